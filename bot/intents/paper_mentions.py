"""Papers that a message names: by their numbers in an answer ("[3]", "papers 2 and 5", "the third one"), or by ids.

Invariant: pure and total; a number that is no paper's ("top 5", "3D", "2024") is never taken for one.
"""

from __future__ import annotations

import re

from bot.intents.message_event import spell_out_addresses
from digest.question.search_limits import take_paper_ids
from digest.question.words import Reading
from digest.retrieval.paper_lookup import PaperReference, parse_reference

_LIST = r"\d{1,3}(?:\s*(?:,|;|&|/|and|or|und|oder|et|ou|y|o|with|mit|avec|con|to|と|、)+\s*(?:#|no\.? ?)?\d{1,3})*"
_PAPER = (
    r"(?:papers?|articles?|nos?\.|numbers?|nr\.?|artikeln?|arbeit(?:en)?|nummer|numéros?|artículos?|trabajos?|"
    r"número|論文|文献)"
)
_MARKED = re.compile(
    rf"\[\s*(?P<marked>\d{{1,3}}(?:\s*[,;–-]\s*\d{{1,3}})*)\s*\]|(?<![\w#])#(?P<hash>\d{{1,3}})(?![\w-])"
    rf"|(?<!\w){_PAPER}\s*(?:#|no\.? ?)?(?P<named>{_LIST})(?![\w.%-])|(?<!\d)(?P<kanji>\d{{1,3}})\s*番(?:目)?",
    re.IGNORECASE,
)
_VERB = (
    r"(?:(?:tell (?:me|us) )?(?:more |something )?(?:about|on)|explain|summari[sz]e|describe|compare|contrast|"
    r"detail|details? (?:on|of|about)|"
    r"expand on|elaborate on|what (?:does|is|do|are)|how (?:does|do|is|are)|open|show(?: me)?|"
    r"(?:erzähl(?:e)? (?:mir )?)?mehr (?:über|zu)|erkläre?|vergleiche?|fasse?|was sagt|worum geht es in|"
    r"(?:dis-m'en |parle-moi )?(?:plus )?(?:sur|de)|explique|compare[rz]?|résume|que dit|"
    r"(?:cuéntame )?más sobre|explica|compara|resume|qué dice)"
)
# A number alone names a paper only where something is asked about it, and nothing else is.
_ALONE = re.compile(
    rf"(?<!\w){_VERB}\s+(?P<alone>{_LIST})(?=\s*(?:$|[?.!,;]|please|bitte|svp|por favor|say|do|about|differ|with|"
    rf"and\b|zusammen))",
    re.IGNORECASE,
)
_ORDINALS = {
    name: number
    for number, names in enumerate(
        (
            "first erste ersten premier première primer primero primera",
            "second zweite zweiten deuxième seconde segundo segunda",
            "third dritte dritten troisième tercer tercero tercera",
            "fourth vierte vierten quatrième cuarto cuarta",
            "fifth fünfte fünften cinquième quinto quinta",
            "sixth sechste sechsten sixième sexto sexta",
            "seventh siebte siebten septième séptimo séptima",
            "eighth achte achten huitième octavo octava",
            "ninth neunte neunten neuvième noveno novena",
            "tenth zehnte zehnten dixième décimo décima",
        ),
        start=1,
    )
    for name in names.split()
}
_NTH = re.compile(
    rf"\b(?:the|die|das|den|dem|le|la|el)\s+(?P<nth>{'|'.join(_ORDINALS)})(?:\s+(?:one|paper|article|arbeit|"
    rf"artikel|artículo|trabajo|papier)\b|\s*[?.!]*$)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\]\s*[–-]\s*\[")  # "[1]-[3]"
MOST_NUMBERS = 20


def paper_numbers(text: str) -> tuple[int, ...]:
    """The [n] that are named, each once, in the order in which they stand."""
    text = _RANGE.sub("-", text)
    found: dict[int, str] = {}
    for pattern in (_MARKED, _ALONE, _NTH):
        for match in pattern.finditer(text):
            found.setdefault(match.start(), next(part for part in match.groups() if part))
    numbers = [number for at in sorted(found) for number in _numbers(found[at])]
    return tuple(dict.fromkeys(numbers))[:MOST_NUMBERS]


def mark_ordinals(text: str) -> str:
    """ "more like the second one": as [2]."""
    return _NTH.sub(lambda found: f"[{_ORDINALS[found['nth'].lower()]}]", text)


def _numbers(said: str) -> list[int]:
    if nth := _ORDINALS.get(said.lower()):
        return [nth]
    numbers: list[int] = []
    for first, last in re.findall(r"(\d{1,3})(?:\s*[–-]\s*(\d{1,3}))?", said):
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def is_marked(text: str) -> bool:
    """Whether a number stands there as answers write it, or with the word for a paper."""
    return bool(_MARKED.search(text))


def paper_references(message: str) -> tuple[PaperReference, ...]:
    """The papers whose arXiv ids, DOIs or addresses a message holds. message: as Slack sends it."""
    named = take_paper_ids(Reading(spell_out_addresses(message)[:4_000]))
    return tuple(reference for name in named if (reference := parse_reference(name)))
