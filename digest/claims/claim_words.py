"""Word lists of the claim check: negations and directions. Data alone."""

from __future__ import annotations

# Patterns of words that deny what stands behind them, ...
DENIALS = tuple(
    """
    no not never neither nor cannot none nothing fails? failed failing ineffective unable incapable impossible
    incompatible unnecessary unaffected
    """.split()
)
# ... that say that it is not there, ...
LACKS = tuple("without lacks? lacking absence avoids? hardly rarely seldom barely".split())
# ... and that may stand where another says "not".
IMPLIED_DENIALS = tuple(
    r"""
    rather instead unlike absent less free fewer few only just merely alone independent agnostic remain(?:s|ed|ing)?
    left prevents? prevented hard difficult difficulty struggles? too insufficient limited unfit poor\w*
    far short gap regardless whatever un(?:seen|able|changed|touched|modified|known|likely|used|needed|clear|explored)
    in(?:sufficient|dependent|accura\w+|adequate\w*) \w{3,}less beyond
    """.split()
)


def _scale(name: str, up: str, down: str) -> dict[str, tuple[str, int]]:
    return {**dict.fromkeys(up.split(), (name, 1)), **dict.fromkeys(down.split(), (name, -1))}


# Words of a direction, each with its scale.
DIRECTIONS = {
    **_scale(
        "worth",
        """
        better best good well improve improves improved improving improvement improvements outperform outperforms
        outperformed beat beats beaten surpass surpasses surpassed exceed exceeds exceeded superior ahead outdo outdoes
        overtake overtakes lead leads win wins prefer prefers preferred enhance enhances enhanced strengthen
        strengthens benefit benefits boost boosts boosted excel excels promising effective gain gains gained
        reliable reliably robust accurate accurately precise precisely faithful faithfully strong strongly
        successful successfully
        """,
        """
        worse worst bad badly poor poorly degrade degrades degraded underperform underperforms underperformed trail
        trails lag lags behind inferior worsens worsen worsened short harm harms harmed hurt hurts impair impairs
        impaired
        deteriorate deteriorates weaken weakens lose loses lost suffer suffers suffered
        ineffective unsuccessful unsuccessfully
        unreliable inaccurate inaccurately imprecise imprecisely unfaithful weak weakly
        """,
    ),
    **_scale(
        "amount",
        """
        more many increase increases increased increasing higher high highest larger large largest greater rise rises
        raise raises raised grow grows grew growing climb climbs climbed lift lifts lifted expensive costly costlier
        double doubles doubled triple triples tripled widen widens longer lengthen lengthens expand expands amplify
        amplifies amplified prolong prolongs prolonged
        """,
        """
        less few fewer little decrease decreases decreased decreasing lower lowers lowered lowest low smaller small
        smallest fall falls fell drop drops dropped reduce reduces reduced reducing reduction reductions shrink shrinks
        cut cuts suppress suppresses damp damps milder lessen lessens decline declines declined cheap cheaper halve
        halves halved narrow narrows shorten shortens shorter mitigate mitigates mitigated diminish diminishes
        save saves
        """,
    ),
    **_scale(
        "speed",
        "faster fast quick quicker quickly speed speeds sped sooner accelerate accelerates accelerated rapid rapidly",
        "slower slow slows slowed slowly later decelerate decelerates",
    ),
    **_scale(
        "ease",
        "easy easily easier simple simpler straightforward",
        "hard harder difficult difficulty tough challenging challenge cumbersome",
    ),
    **_scale("enough", "sufficient sufficiently suffice suffices adequate ample", "insufficient inadequate too"),
}

# What turns a direction round that stands up to three words behind.
TURNS = frozenset("no not never neither nor cannot fails failed without lack lacks hardly half".split())
# Before "behind", where it is a direction and no place, as in "learned behind a transform".
BEFORE_BEHIND = frozenset(
    """
    is are was were be being been far well still falls fall fell stays stay remains remain lies lie leaves leave left
    points point percent much close just
    """.split()
)
SELF_WORDS = frozenset("we our ours it its their".split())
