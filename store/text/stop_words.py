"""English stop words, and the generic words of academic prose: for every comparison of words (store/text/tokens.py).

Invariant: data alone, in small letters; who applies a list stems it.
"""

from __future__ import annotations

# Words that carry grammar, and the words with which people ask for a survey: never searched for, never a title's edge.
STOP_WORDS = frozenset(
    """
    a about above across after again against all almost along already also although always am among an and another any
    anyone anything are around as at away back be became because become been before being below best between both but
    by can cannot could did do does doing done down due during each either else enough et etc even ever every few find
    for found from further furthermore gave get give given gives go going good got had has have having he hence her here
    hers herself him himself his hope how however i if in indeed instead into is it its itself just keep know last
    latest least less let like likely little look made main make makes many may me means might more moreover most much
    must my myself near need neither never new newest next no nor not now nothing of off often on once one only onto or
    other others otherwise our ours ourselves out over overall own per perhaps please possible quite rather really
    recent recently regarding said same see seem seems several shall she should show shown shows since so some
    something still such take tell than that the their theirs them themselves then there therefore these they thing
    things this those though through throughout thus to together too toward towards under until up upon us use used
    uses using very via view want was way ways we well were what whatever when where whether which while who whole whom
    whose why will with within without would yet you your yours yourself i'm i'd i've don't doesn't isn't aren't can't
    what's it's let's
    """.split()
)

# Words that nearly every paper has: they may be searched for, but tell little, and are dropped first when widening.
GENERIC_WORDS = frozenset(
    """
    algorithm analysis application approach art article based baseline benchmark case challenge comparison comprehensive
    concept data dataset design development different domain effect effective efficient evaluation experiment
    experimental feature field framework general future high idea implementation improve improved improvement
    information insight introduction investigation issue large learning level literature low machine method methodology
    model modern network novel number overview paper perform performance perspective practice present problem process
    progress proposal propose proposed quality research result review role scenario science set setting simple small
    solution state strategy structure study survey system task technical technique technology test theory tool topic
    trend type understanding various work state-of-the-art advance advances current developments
    """.split()
)
