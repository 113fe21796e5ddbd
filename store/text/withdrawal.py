"""Whether a paper was withdrawn, and the sentence that says so, which only its comment or abstract tells.

Invariant: pure; what is withdrawn must be this paper, now: not cash, not an assumption, not an earlier version, not a
submission to a conference. Whoever names nothing else in a comment speaks of the paper; an abstract speaks of
anything, so there it must be named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from store.text.lazy_pattern import compile_lazily

# withdrawn by its authors; removed by the archive that keeps it; restored: it was one of these, and is there again
PaperStatus = Literal["live", "withdrawn", "removed", "restored"]
WITHDRAWN: tuple[PaperStatus, ...] = ("withdrawn", "removed")  # is not to be relied on

_SENTENCE_END = compile_lazily(r"(?<=[.!?]) (?=[\"'(\[]?[A-Z])| ?; ?")

# The grammar of a notice, over texts in which all white space is a single blank.
_DOCUMENT = (
    "(?:paper|article|submission|manuscript|pre-?print|version|work|document|report|note|e-?print|draft|study|letter)"
)
_WORDS = (  # between "the" and "paper": nothing that makes it another one, and no preposition
    r"(?:(?!(?:earlier|previous|prior|preceding|older|old|original|first|second|third|initial|former|other|another|"
    r"short|long|extended|full|conference|workshop|journal|companion|related|duplicate|"
    r"in|of|on|from|for|to|at|by|with|and)\b)[\w-]+ ){0,2}?"
)
_NAMED = rf"(?:this|the|our|my) {_WORDS}{_DOCUMENT}(?: of (?:this|the|our|my) {_DOCUMENT})?(?: ?\([^()]*\))?"
# As an object: whoever withdraws the paper coating from a roll speaks of something else.
_OBJECT = (
    rf"{_NAMED}(?= ?(?:$|[^\w ])| (?:\w+ly|about|after|again|and|as|at|because|before|but|by|concerning|despite|due"
    r"|during|following|for|from|here|if|in|instead|myself|now|of|on|once|or|ourselves|over|owing|pending|per|regarding|since|so"
    r"|that|though|through|to|under|until|upon|via|when|which|while|with|within|without|v?\d+)\b)"
)
_SUBJECT = "".join(rf"(?<!\b{word} )" for word in "if why when until before whether in of by".split()) + rf"\b{_NAMED}"
_CLAUSE = r"(?:^|[,:()\[\]–—-] ?|\b(?:and|so|therefore|thus|hence|because|since|as|that) )"
_ADVERB = "(?:(?:now|temporarily|therefore|thus|hereby|officially|formally|permanently|voluntarily|currently|also) )?"
_MUST = "(?:(?:needs?|has|have|ought) to|must|should|shall)"
_BECAME = (
    f"(?:(?:has|have) {_ADVERB}been|(?:is|was|are) {_ADVERB}(?:being|to be)|is|was|are|"
    f"(?:will|{_MUST}) {_ADVERB}be|be) {_ADVERB}"
)
_WITHDRAWN = r"(?:withdraw(?:n|ed)?|retracted)\b"
_REMOVED = r"(?:removed|deleted|taken down)\b"
_WITHDRAW = r"(?:withdraw(?:s|n|ing|ed)?|withdrew|retract(?:s|ed|ing)?)\b(?: temporarily)?"
_ARCHIVE = "(?:arxiv|biorxiv|medrxiv)"
_KEEPER = rf"(?:the )?(?:{_ARCHIVE}|administrators?|admins?|moderators?)\b"
_AUTHOR = (
    r"(?:us|me|(?:(?:the|its|an?|all|one of the) )?(?:(?:first|corresponding|original|lead|sole) )?"
    r"(?:(?:co-?)?authors?|submitters?|editors?|publishers?))\b"
)
_OPEN = rf"(?:the )?(?:e-?print|{_ARCHIVE}|public|circulation)\b"  # what a paper that is gone is gone from
_NOT_ELSEWHERE = rf"(?! from (?!{_OPEN}))"  # withdrawn from a conference, it is still on arXiv
_NOT_BY_OTHERS = (
    rf"(?! by (?!{_KEEPER}|{_AUTHOR}|request\b|mistake\b|accident\b|error\b))"  # a report that the WHO withdrew
)
_FOLLOW = (  # what may stand behind a "withdrawn" without a verb
    rf"(?= ?(?:$|[.,:()\[\]!–—]|-(?!\w)|by (?:{_KEEPER}|{_AUTHOR}|request)|from {_OPEN}|on \d|on \w+ \d|"
    r"in (?:\w+ )?\d{4}|at (?:the|our|my|its) (?:author|request)|in (?:order|favou?r)\b|"
    r"(?:due|because|owing|since|as|for|following|until|pending|while|and|see|to|temporarily)\b))"
)
_PERSON = (
    r"\b(?:we|i|authors?) "
    r"(?:(?!(?:not|never|can|could|may|might|if|how|why|when|where|whether|who|which)\b)[\w']+ ){0,9}?"
)
_WISH = (
    r"(?:decid\w+|wish\w*|want\w*|like|request\w*|ask\w*|intend\w*|plan\w*|need\w*|have|had|agree\w*|choose|chose\w*|"
    r"propose\w*) to"
)
_REQUEST = r"\b(?:request(?:s|ed|ing)?|ask(?:s|ed|ing)?) (?:for )?(?:(?:the|its|an?|this) )?(?:withdrawal|retraction)\b"
_BEGIN = r"(?:^\W*|[:–—-] ?)"
_FAULT = (
    r"(?:wrong|incorrect|flawed|invalid|erroneous|superseded|errors?|mistakes?|(?:no longer|not) (?:valid|correct))"
)
_COUNTS = r"\d ?(?:pages?|pp\.?|figures?|figs?\.?|tables?) ?[,(] ?"

_BY_ITS_ARCHIVE = rf"\b{_ARCHIVE}(?: \w+)? (?:has |have )?(?:removed|withdrew|withdrawn|retracted) (?:{_OBJECT}|it\b)"


def _compile(*patterns: str) -> re.Pattern[str]:
    return compile_lazily("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_COMMENT = _compile(
    rf"(?:{_SUBJECT} |{_CLAUSE}(?:{_DOCUMENT}|this) |\bit |^\W*){_BECAME}{_WITHDRAWN}{_NOT_ELSEWHERE}",
    rf"(?:{_SUBJECT} |{_CLAUSE}(?:{_DOCUMENT}|this) ){_BECAME}{_REMOVED}{_FOLLOW}",
    rf"(?:^|\b(?:and|so|therefore|thus|hence) ){_MUST} be {_WITHDRAWN}{_NOT_ELSEWHERE}",
    rf"{_CLAUSE}(?:(?:this|the|our|my) )?{_DOCUMENT} (?:to be )?{_ADVERB}(?:{_WITHDRAWN}|{_REMOVED}){_FOLLOW}",
    rf"(?:{_BEGIN}|{_COUNTS})(?:to be )?{_ADVERB}{_WITHDRAWN}{_FOLLOW}",
    r"^\W*(?:withdrawn|retracted) (?:paper|article|manuscript|pre-?print)\W*$",
    rf"(?:^\W*|(?:^|[,:] ?)(?:(?:this|the|our|my) )?{_DOCUMENT}(?: [\w']+){{0,8}}? ){_FAULT}"
    rf"(?:,| and|, and) (?:{_BECAME})?{_ADVERB}{_WITHDRAWN}{_FOLLOW}",
    r"^\W*please withdraw\W*$",
    rf"\b(?:therefore|thus|hence) {_WITHDRAWN}{_FOLLOW}",
    rf"{_BEGIN}removed (?:by {_KEEPER}|from {_OPEN})",
    rf"{_BEGIN}(?:notice of )?(?:withdrawal|retraction)\b(?: notice| request(?:ed)?)?{_FOLLOW}",
    rf"(?:{_CLAUSE}|\bplease |(?<!\bnever )(?<!\bnot )\b{_WISH} ){_WITHDRAW} {_OBJECT}{_NOT_ELSEWHERE}",
    rf"\b(?:withdrawal|retraction) of {_OBJECT}",
    rf"{_PERSON}{_WITHDRAW} (?:{_OBJECT}|it\b){_NOT_ELSEWHERE}",
    rf"{_PERSON}{_WISH} {_WITHDRAW} ?(?:$|[.,]|(?:due|because|as|for now|temporarily)\b)",
    _REQUEST,
    _BY_ITS_ARCHIVE,
)
_ABSTRACT = _compile(
    rf"{_SUBJECT} {_BECAME}(?:{_WITHDRAWN}{_NOT_ELSEWHERE}{_NOT_BY_OTHERS}|removed (?:by {_KEEPER}|from {_OPEN}))",
    rf"\b(?:we|i|the authors?) (?:(?:have|has) )?{_ADVERB}{_WITHDRAW} {_OBJECT}{_NOT_ELSEWHERE}",
    rf"{_PERSON}{_WISH} {_WITHDRAW} (?:{_OBJECT}|it\b){_NOT_ELSEWHERE}",
    rf"{_REQUEST} of {_OBJECT}",
    # bioRxiv has no comments: a notice takes the abstract's place, in these words.
    rf"^the authors? (?:has|have) {_ADVERB}{_WITHDRAWN} (?:their|his|her|its) {_DOCUMENT}\b",
    f"^{_BY_ITS_ARCHIVE}",
)
_ABSTRACT_BEGIN = _compile(
    rf"^\W*(?:{_DOCUMENT} )?{_ADVERB}{_WITHDRAWN}(?= ?(?:$|[.:!]|by (?:{_KEEPER}|{_AUTHOR})|due\b|because\b))"
)
_BY_KEEPER = _compile(
    rf"\bby {_KEEPER}(?! ?[:\d])",  # by arXiv:2401.01234 it is superseded
    rf"\b{_ARCHIVE}(?: \w+)? (?:has |have )?(?:removed|withdrew|withdrawn|retracted)\b",
    rf"\barxiv admin\w* (?:note|comment)(?!.*\bby {_AUTHOR})",
)
_BY_MISTAKE = "(?:mistakenly|accidentally|erroneously|inadvertently|unintentionally|wrongly)"
_RESTORED = _compile(
    rf"(?:^|[,.:(–—-] ?|\b(?:and|then|now|later|it|{_DOCUMENT}|v\d+) )(?:(?:is|was|has been|have been) )?"
    r"(?:now |then )?(?:restored|reinstated|un-?withdrawn)\b",
    r"\bwithdrawal (?:(?:is|was|has been) )?(?:cancell?ed|reversed|revoked|undone|lifted|rescinded|withdrawn)\b",
    r"\bno longer (?:withdrawn|retracted)\b",
    rf"\b{_BY_MISTAKE} (?:withdrawn|retracted|removed)\b",
    rf"\b(?:withdrawn|retracted|removed) (?:by (?:mistake|accident|error)|in error|{_BY_MISTAKE})\b",
)
# Behind a notice: the paper is what was corrected, and no other that took its place.
_CORRECTED = _compile(
    r"\b(?:since(?: then)?|now|meanwhile|subsequently)(?: been)? (?:corrected|fixed|repaired|resubmitted|republished)\b"
    r"(?!.*\b(?:arxiv|another|elsewhere|(?:journal|published) version|new (?:article|paper|submission))\b)",
    r"\b(?:been|is|was) (?:corrected|fixed|repaired) in (?:this version|version \d|v\d)",
)
_SPOKEN_OF = ("withdraw", "withdrew", "retract", "removed", "deleted", "taken down")


def read_status(comment: str, abstract: str) -> tuple[PaperStatus, str]:
    """The status, and the sentence that says so ("" of a live paper)."""
    sentences = _sentences(comment)
    restored = next(filter(_RESTORED.search, sentences), "")
    if restored:
        return "restored", restored
    notice = next(filter(_COMMENT.search, sentences), "")
    if not notice:
        notice = _abstract_notice(sentences := _sentences(abstract))
    if not notice:
        return "live", ""
    if corrected := next(filter(_CORRECTED.search, sentences[sentences.index(notice) :]), ""):
        return "restored", corrected
    return ("removed" if _BY_KEEPER.search(notice) else "withdrawn"), notice


def _abstract_notice(sentences: Sequence[str]) -> str:
    """Inside an abstract "the paper" may be one that is studied; a notice about this one begins or ends it."""
    if sentences and _ABSTRACT_BEGIN.search(sentences[0]):
        return sentences[0]
    for sentence in sentences:
        found = _ABSTRACT.search(sentence)
        if found and (sentence in (sentences[0], sentences[-1]) or re.search(r"\bthis\b", found[0], re.IGNORECASE)):
            return sentence
    return ""


def _sentences(text: str) -> list[str]:
    """None where the text speaks of nothing of the kind, as nearly every one."""
    lowered = text.lower()
    if not any(word in lowered for word in _SPOKEN_OF):
        return []
    return [sentence for sentence in _SENTENCE_END.split(" ".join(text.split())) if sentence]
