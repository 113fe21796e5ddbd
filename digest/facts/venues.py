"""Pages and venue of a paper, from its comment and its journal reference. Pure.

Invariant: where it was submitted is no venue, nor where an earlier version of it was; a venue stands as the authors
wrote it, or as its journal reference names it.
"""

from __future__ import annotations

import re

from store.records.editions import Paper
from store.text.journal_reference import parse_journal_reference
from store.text.latex import latex_to_unicode

_LONGEST = 120
_PAGES = re.compile(r"(?<![\w.–-])(?:[ivxl]{1,6}\s*\+\s*)?([1-9]\d{0,3})\s*-?\s*(?:pages?|pp|pgs)\b", re.IGNORECASE)
_ALL_PAGES = re.compile(
    r"(?:total(?: of)?|altogether)\s+([1-9]\d{0,3})\s*(?:pages?|pp)\b"
    r"|([1-9]\d{0,3})\s*(?:pages?|pp)\s+(?:in total|total|altogether)\b",
    re.IGNORECASE,
)
_PIECE_END = re.compile(r"[;\n]|(?<![A-Z])\.(?=\s|$)|\.(?=\s+[A-Z][a-z]+\s+(?:page|is|available|website))")
_NOT_YET = re.compile(
    r"\b(?:submi\w+|under (?:\w+ )?review|in review|extension of|extended version|preliminary version"
    r"|(?:short|shorter|full|earlier|conference) version|previous\w*|withdrawn|reject\w*|superse\w+|prepar\w+"
    r"|solution|entry|system description|intended|to the IEEE for possible|derived from|based on)\b",
    re.IGNORECASE,
)
_ACCEPTED = re.compile(
    r"\b(?:accepted|published|appears?|appeared|appearing|presented|in press|camera[- ]ready(?: version)?"
    r"|to be published|forthcoming|publication)\s+(?:as (?:an? )?[\w-]+(?: [\w-]+)? )?(?:paper )?"
    r"(?:to|at|by|in|for|on|with)\s+(?:publication (?:in|at|by|to)\s+|presentation (?:in|at|by|to)\s+"
    r"|be (?:published|presented) (?:in|at)\s+|appear (?:in|at)\s+)?(?:the\s+)?(?:main (?:conference|track) of\s+)?"
    r"(?P<venue>(?-i:[A-Z0-9]).{1,200})",
    re.IGNORECASE,
)
_VENUE_END = re.compile(
    r"\s*(?:,\s*(?=(?:\d+ )?(?:pages?|figures?|tables?|project|code|website|github|supplement\w*|oral|spotlight|poster"
    r"|main|with|https?)\b)|\bproject\b|\bcode\b|\(|https?:|\bwith \d|\bas an? |:|\.$).*$",
    re.IGNORECASE,
)
# Conferences and journals that go by an acronym, and are named with a year.
_ACRONYMS = re.compile(
    r"\b(?:AAAI|AACL|AAMAS|ACCV|ACL|ACM ?MM|AISTATS|ALT|APSEC|ASE|ASPLOS|ASRU|ASSETS|BMVC|CAV|CCS|CDC|CHI|CIKM|COLING"
    r"|COLM|COLT|CoNLL|CoRL|CSCW|CVPR|CVPRW|DAC|DATE|DSN|EACL|ECAI|ECCV|ECCVW|ECIR|ECML|EDBT|EMNLP|EMSOFT|ESEC|EuroSys"
    r"|FAccT|FOCS|FSE|GECCO|HPCA|HRI|ICALP|ICAPS|ICASSP|ICCAD|ICCV|ICCVW|ICDAR|ICDE|ICDM|ICIP|ICLR|ICME|ICML|ICPR|ICRA"
    r"|ICSE|ICSME|ICST|ICWSM|IJCAI|IJCNLP|IJCNN|INFOCOM|Interspeech|INTERSPEECH|IPDPS|IROS|ISCA|ISMAR|ISMIR|ISSTA|ITSC"
    r"|IUI|KDD|L4DC|LICS|LoG|LREC|LREC-COLING|MICCAI|MICRO|MLHC|MLSys|MMM|MSR|NAACL|NDSS|NeurIPS|NIPS|NSDI|OOPSLA|OSDI|PLDI"
    r"|PODC|PODS|POPL|PPoPP|RecSys|RSS|SANER|SDM|SEKE|SIGCOMM|SIGGRAPH(?: Asia)?|SIGIR|SIGMOD|SLT|SODA|SOSP|STACS|STOC"
    r"|TACL|TMLR|TPAMI|UAI|UbiComp|UIST|USENIX Security|VLDB|WACV|WMT|WSDM|WWW|3DV)(?:[ -]IJCNLP)?"
    r"[ -]?['’]?(?:(?:19|20)\d{2}|\d{2})\b"
    r"(?:(?: [\w&-]+){0,4}? [Ww]orkshops?\b| Findings\b)?"
)


def find_pages(paper: Paper) -> int | None:
    """As its comment counts them; where it counts parts and the whole, the whole."""
    found = _ALL_PAGES.search(paper.comment) or _PAGES.search(paper.comment)
    return int(next(filter(None, found.groups()))) if found else None


def find_venue(paper: Paper) -> str:
    """ "" where neither names one."""
    reference = _to_line(paper.journal_ref)
    if reference:
        found = parse_journal_reference(reference, paper.published.year)
        return _shorten(found.container or reference.rstrip("."))
    for piece in _PIECE_END.split(_to_line(paper.comment)):
        if venue := _venue_in(piece):
            return venue
    return ""


def _venue_in(piece: str) -> str:
    if _NOT_YET.search(piece):
        return ""
    if accepted := _ACCEPTED.search(piece):
        return _shorten(_VENUE_END.sub("", accepted["venue"]).strip(" ,.;:-"))
    named = _ACRONYMS.search(piece)
    return named[0] if named else ""


def _shorten(venue: str) -> str:
    return venue if len(venue) <= _LONGEST else venue[:_LONGEST].rsplit(" ", 1)[0].rstrip(" ,.;:-")


def _to_line(text: str) -> str:
    return " ".join(latex_to_unicode(text).split())
