"""Word lists of the claim check: negations, directions, words that mean the same. Data alone."""

from __future__ import annotations

from collections.abc import Mapping

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


def _synonyms(groups: str) -> Mapping[str, str]:
    return {word: group.split()[0] for group in groups.strip().splitlines() for word in group.split()}


# The first word of each line stands for all: what a paraphrase says in other words.
SYNONYMS = _synonyms(
    """
    image images picture pictures photo photos photograph photographs
    train trains trained training tune tuned tunes tuning fine-tune finetune
    train adapt adapts adapted adapting learn learned learns
    public open publicly released release releases available publish published publishes
    speaker speakers talker talkers participant participants
    movement movements motion motions move moves
    apply applies applied employ employs employed exploit exploits adopt adopts
    join joins combine combines merge merges merged fuse fuses fused unite unites
    keep keeps kept preserve preserves preserved retain retains maintain maintains
    create creates created generate generates generated generation produce produces
    create produced build builds built synthesise synthesises
    speech spoken voice audio
    recogniser recognisers recognition recognise recognises asr transcribe transcribes
    corrector correctors correct correction
    matrix transform
    begin begins beginning early first start starts stages
    transcript transcripts transcription transcriptions
    slim lean light lightweight
    heavy bulky costly expensive
    quick fast rapid
    collect collects gather gathers assemble assembles compile collection corpus dataset
    show shows reveal reveals expose exposes
    weakness weaknesses shortcoming shortcomings limitation limitations
    transfer transfers carry carries pass passes
    stronger strongly strong robust
    choose chooses pick picks select selects
    control controls steer steers guide guides guided
    restrain restrains restrict restricts constrain constrains constrained limit limits
    entirely full fully whole entire complete
    further extra additional
    half halve halved
    earlier previous prior
    """
)
