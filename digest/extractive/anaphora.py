"""Anaphora: whether a sentence refers back to one before it, and what of that can be left out. Pure.

Invariant: pure; only what adds nothing but a link to what came before is ever taken away.
"""

from __future__ import annotations

import re
from functools import lru_cache

PAPER_NOUNS = (
    r"(?:paper|work|article|study|survey|review|thesis|dissertation|letter|note|chapter|report|manuscript|contribution"
    r"|overview|tutorial|research|investigation|lecture|essay|proceedings?)"
)
_BACK = (
    r"(?:this|these|those|that|such|it|them|the above|both|the (?:issue|problem|challenge|gap)s?"
    r"|the (?:limitation|shortcoming|drawback)s?(?=,))\b"
)
_REST = r"(?:(?!\bwe\b|\bthis (?:paper|work|study)\b)[^,;:]){0,130}"
_SOLVING = (
    r"(?:address|solv|overcom|tackl|bridg|mitigat|alleviat|fill|resolv|remedy|clos|handl|meet|answer|cop|deal"
    r"|investigat|explor"
    r"|combat|counter|circumvent|reduc|avoid|enabl|support|facilitat|achiev|study|stud|realiz)(?:e|y|ing)?"
)
_LINK = (
    r"(?:ultimately|most of all|in response|subsequently|indeed"
    r"|however|yet|still|nonetheless|unfortunately|therefore|thus|hence"
    r"|consequently|accordingly|moreover|further(?:more)?|additionally|specifically"
    r"|in particular"
    r"|finally|lastly|besides|as a result|nevertheless|instead|meanwhile|overall|in summary|in short|notably"
    r"|importantly"
    r"|to summarize|in conclusion|so|then|next|first|second|third|firstly|secondly|and|but"
    r"|against this back(?:ground|drop)"
    r"|rather|also|hereby?|in detail|concretely|(?:more|most) (?:precisely|specifically|importantly)|as such"
    r"|in (?:contrast|addition)"
    r"|for the (?:first|second|third|former|latter)(?: (?:one|of (?:them|these)))?"
    r"|afterwards?|thereafter|(?:in|by) (?:doing so|so doing)|in this way"
    r"|to (?:this|that) end|to do (?:so|this)|for (?:this|that) (?:purpose|reason|aim)|together)"
)
# "To address this gap, we ...": what comes before the comma points back; the rest stands on its own.
_OPENING = re.compile(
    rf"^(?:{_LINK}|(?:(?:in order )?to |towards? |by )?(?:\w+ly )?{_SOLVING} (?:\w+ ){{0,3}}?{_BACK}{_REST}"
    rf"|(?:motivated|inspired|guided|driven|prompted|encouraged) (?:by|on) (?:\w+ing )?{_BACK}{_REST}"
    rf"|(?:building|built|based"
    rf"|drawing) (?:up)?on {_BACK}{_REST}"
    rf"|(?:based on|guided by|motivated by|inspired by|building (?:up)?on|driven by|from) our (?:\w+ ){{0,2}}"
    rf"(?:findings?|analys[ei]s|observations?|results?|insights?|stud(?:y|ies)|work){_REST}"
    rf"|in (?:light|view|response|contrast|addition) (?:of|to) {_BACK}{_REST}|given {_BACK}{_REST}|with this in mind"
    rf"|with this (?:goal|aim|motivation){_REST})(?:, +| +(?=(?:we|I|this (?:paper|work|study)) ))(?=\S)",
    re.IGNORECASE,
)
# "We address this gap and present ..." says no less without the gap.
_SOLVED = re.compile(rf"^(we|I) {_SOLVING} (?:this|these) \w+ and (?=\w+ )", re.IGNORECASE)
_TO_SOLVE = re.compile(rf",? (?:in order )?to {_SOLVING} (?:this|these) (?:\w+ )?\w+(?=\.?$)", re.IGNORECASE)
# "It is moreover quick", "we optimise it in another space instead": no less without the link.
_LINK_WITHIN = re.compile(r"\b(is|are|was|were) (?:moreover|furthermore)(?= )")
_INSTEAD = re.compile(r",? instead(?=\.?$)")
_BARE_LINK = re.compile(r"^(?:And|But|Yet(?! another\b)) (?=\w)")
_THEN = re.compile(
    r"^(we|I) (?:then|therefore|thus|hence|next|finally|additionally|further|also|subsequently"
    r"|instead|consequently),? (?!and\b)",
    re.IGNORECASE,
)

_PREPOSITION = (
    r"(?:in|for|of|with|on|under|from|by|to|at|due to|because of|unlike|despite|based on|using|given|among|beyond"
    r"|through|as"
    r"|both|all|most|some|many|each|one|two|none|neither|either)"
)
_IMPERSONAL = (
    r"(?:is (?:shown|found|well[- ]known|known|important|crucial|essential|difficult|hard|possible|often|widely"
    r"|proved|proven)"
    r"|has (?:been|long been)|was (?:shown|found)|remains)"
)
_POINTER = re.compile(
    rf"^(?:{_LINK},? )?(?:in practice, )?(?:{_PREPOSITION} (?:of )?)?"
    r"(?:this|these|those|such|it|they|its|their|he|she|both|another"
    rf"|others?"
    rf"|the (?:former|latter|above|proposed|resulting|said|same))\b"
    rf"(?! (?:(?<!these )(?<!those )(?:\w+[ -]){{0,2}}{PAPER_NOUNS}\b|{_IMPERSONAL}))"
    r"|^(?:most|many|some|several|few|all|none) (?:of (?:them|these|those) )?(?:still|also|thus|however|do|does|are"
    r"|were|have|can|cannot|could|suffer|rely|fail|focus|require|use|assume|ignore|lack|remain|only|depend|neglect)\b"
    r"|^the (?:improvement|gain|increase|advantage|effect|difference)s? (?:is|are|further|also|even|becomes?|grows?)\b"
    rf"|^(?:{_LINK},? )?such (?!as\b)"  # "Such work", too, is of others
    r"|^(?:for (?:example|instance)|e\.g|in other words|that is|similarly|likewise|on the other hand|conversely)\b",
    re.IGNORECASE,
)
# "We explore this objective": an antecedent that the sentence itself cannot have given yet.
_EARLY = re.compile(
    r"\b(?:this|these|the (?:above|aforementioned)|(?:up)?on it"
    r"|those (?!of\b|that\b|with\b|who\b|in\b|from\b)|the former|the latter"
    r"|(?<!every )(?<!each )(?<!any )(?<!no )(?<!all )such (?!as\b))"
    rf"(?! ?(?<!these )(?<!those )(?:\w+[ -]){{0,2}}{PAPER_NOUNS}\b)",  # "these methods work" is no work
    re.IGNORECASE,
)
_LATE = re.compile(
    r"\b(?:this|these|such) (?:\w+ )?(?:issues?|problems?|challenges?|gaps?|limitations?|questions?|drawbacks?)\b",
    re.IGNORECASE,
)
_EARLY_WORDS = 11
_DEFINITE = re.compile(
    r"^(?:the|both|all) (?:\w+ly )?(?:models?|methods?|approach(?:es)?|frameworks?|algorithms?|systems?|techniques?"
    r"|architectures?|networks?|datasets?|tools?|solution|pipeline|authors?|problem|task|code|library|resulting \w+"
    r"|obtained \w+|first|second|third|new \w+) (?:is|are|was|were|can|has|have|also|then|consists?|uses?|takes?"
    r"|allows?"
    r"|comprises?|provides?|enables?|relies|supports?|learns?|combines?|includes?|contains?|achieves?|shows?|works?)\b",
    re.IGNORECASE,
)

# What leans on an unseen sentence further in: less of a fault, since the sentence can still be understood.
_SETTING = (
    r"(?:settings?|scenarios?|contexts?|cases?|regimes?|domains?|tasks?|datasets?|corpus|corpora|frameworks?|directions?"
    r"|aspects?|paradigms?|data|models?|setups?|spaces?|categories|levels)"
)
_DANGLING = re.compile(
    rf"\b(?:in|for|under|within|on|to|of|from|with) (?:this|these|such) (?!as\b)(?:[\w-]+ ){{0,2}}{_SETTING}\b"
    r"|\b(?:in|on|across|at|for) all (?:of the |the )?(?:two|three|four|five|six|seven|eight|nine|ten) \w+s\b(?! of)"
    r"|\bboth (?:of )?(?:the|these|those) |\binstead(?=[.,;]|$)"
    r"|^(?:\w+ed|built|relative|unlike|without|despite|on|with|for|in|at|across) [^,]{1,100}, (?:it|they)\b"
    rf"(?! {_IMPERSONAL})"
    r"|^(?:on|for|in|at|across|over|with|under) "
    r"(?:(?!(?:that|which|who|where|when|while|if|as|because)\b)[\w'’.+-]+ ){1,12}"
    r"(?:it|they) (?:also |even )?"
    r"(?:obtain|achieve|reach|outperform|surpass|exceed|improve|gain|attain|score|match|beat)(?:e?s)?\b"
    r"|^\((?:\d|i{1,3}|[abc])\) "
    r"|^(?:two|three|four|five|six|several|both) (?:[\w-]+ ){1,3}(?:are|were|is) ",
    re.IGNORECASE,
)


def make_standalone(sentence: str) -> str:
    """The sentence without an opening that only points back ("To address this gap, we ..." gives "We ..."), and without
    an "instead" at its end.
    """
    return _INSTEAD.sub("", _without_links(sentence))


@lru_cache(maxsize=1024)  # sentences; of each it is asked several times
def _without_links(sentence: str) -> str:
    for _ in range(2):
        match = _OPENING.match(sentence) or _BARE_LINK.match(sentence)
        if not match:
            break
        sentence = _capitalise(sentence[match.end() :])
    sentence = _LINK_WITHIN.sub(r"\1", sentence)
    return _TO_SOLVE.sub("", _THEN.sub(r"\1 ", _SOLVED.sub(r"\1 ", sentence, count=1), count=1))


def _capitalise(text: str) -> str:
    first = text.split(maxsplit=1)[0].rstrip(",;:")
    whole = first.replace("-", "").isalpha() and first.islower() and len(first.split("-")[0]) > 1  # not k-means
    return text[0].upper() + text[1:] if whole or first == "a" else text


def opens_with_reference(sentence: str) -> bool:
    """Whether its standing form opens with what points back ("It ..."), or is about "The model"."""
    text = make_standalone(sentence)
    return bool(_POINTER.search(text) or _DEFINITE.search(text))


def depends_on_previous(sentence: str) -> bool:
    """Whether even its standing form points back, so that it cannot be read without the sentence before it."""
    text = make_standalone(sentence)
    early = " ".join(text.split()[:_EARLY_WORDS])
    return bool(_POINTER.search(text) or _EARLY.search(early) or _LATE.search(text))


def has_dangling_reference(sentence: str) -> bool:
    """Whether its standing form speaks, further in, of what only an earlier sentence can have named."""
    return bool(_DANGLING.search(_without_links(sentence)))


def opens_with_definite(sentence: str) -> bool:
    """Whether it opens with "The model is ..." or the like: fine after the method, not as the method itself."""
    return bool(_DEFINITE.search(sentence))
