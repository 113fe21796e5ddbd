"""Word lists of the claim check: negations and directions. Data alone."""

from __future__ import annotations

NEGATIONS = tuple("not no never neither nor cannot none nothing fails? failed ineffective unable".split())
# Of these an abstract may have one where a statement says "not": they deny something, and say how.
MILD_NEGATIONS = tuple(
    "lack hardly without unfit insufficient unable unlike unseen rather instead avoid absent less free".split()
)
GOOD_WORDS = frozenset(
    """
    better best improve improves improved improving improvement outperform outperforms outperformed beat beats surpass
    surpasses exceed exceeds superior ahead outdo outdoes overtake overtakes gain gains win wins prefer
    prefers preferred
    """.split()
)
WORSE_WORDS = frozenset(
    """
    worse worst degrade degrades underperform underperforms trail trails lag lags behind inferior worsens worsen short
    harm harms harmed hurt hurts impair impairs impaired deteriorate deteriorates weaken weakens lose loses
    """.split()
)
UP_WORDS = frozenset(
    """
    more increase increases increased higher highest larger largest greater rise rises raise raises raised grow grows
    faster fast quick quicker quickly speed speeds enhance enhances strengthens strengthen climb climbs
    climbed lift lifts lifted accelerate accelerates accelerated
    """.split()
)
DOWN_WORDS = frozenset(
    """
    less fewer decrease decreases decreased lower lowers lowest smaller smallest fall falls drop drops reduce reduces
    reduced reduction reductions shrink shrinks cut cuts slower slow slows slowed suppress suppresses damp damps milder
    lessen lessens decline declines declined decelerate decelerates
    """.split()
)
SELF_WORDS = frozenset("we our ours it its their".split())

