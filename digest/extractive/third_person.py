"""First person to third person: "We propose X" becomes "Hu et al. propose X". Pure.

Invariant: only persons change (we, our, us, this paper, and the verb that follows a single author); no other word of a
claim is touched, and formulas not at all. What cannot be turned safely is quoted, whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.extractive.anaphora import PAPER_NOUNS, make_standalone
from store.text import math
from store.text.names import parse_authors

_UNSAFE = re.compile(r"[\[\]()<>{}*_`#|\\\x00-\x1f]|\(.*?\)|https?:\S*")
_THIS = r"(?:this|the present|the current|our)"
_WORK = rf"{_THIS} (?:(?!we\b|is\b|has\b)[A-Za-z-]+ ){{0,2}}?{PAPER_NOUNS}(?: series| article| paper)?"
_IN_THIS = re.compile(
    rf"^(?:in|with|through|throughout|for) {_WORK}(?: of [^,]{{1,60}}(?=,))?"
    r"(?:, *| (?!(?:of|on|that|and|to|for|by|with|in)\b))|^here(?:in)?,? (?=(?:we|through|by|using)\b)",
    re.IGNORECASE,
)
_MID_THIS = re.compile(rf",? (?:here(?=[ ,.]|$)|in {_WORK}),?(?=[ .]|$)", re.IGNORECASE)
_SHARED_OUR = re.compile(
    r"\bour (?=(?:(?:own|current|physical|theoretical|present|basic|fundamental|collective|increasingly [\w-]+) )?"
    r"(?:understanding|knowledge|universe|galaxy|world|planet|society|lives|daily|solar system|sun|milky way|earth"
    r"|ability|everyday|cosmos|local group|species|brains?|ancestors)\b)",
    re.IGNORECASE,
)
_KNOWLEDGE = re.compile(r",? ?\bto (?:the best of )?our (?:best )?knowledge\b,? ?", re.IGNORECASE)
_OUR_NAME = re.compile(r"(?:\b[Oo]ur )(?=[A-Z][\w-]*[A-Z])")  # "our KilnNet" is KilnNet, of whomever
_PERSON = re.compile(
    rf"(?<![\w\\^_{{-])(?:(?P<work>(?!our (?!paper|work|study|article|survey|review)){_WORK}\b(?![-’']))"
    r"|(?P<we>we|I(?= (?:\w+ly )?[a-z]{3,}))|(?P<our>our|my)|(?P<us>us|me|ours|ourselves|myself))(?![\w’'^_}-])",
    re.IGNORECASE,
)
_LATER = {"us": "them", "me": "them", "ours": "theirs", "ourselves": "themselves", "myself": "themselves"}
_QUOTED = re.compile(r"\blet us\b|\b(?:we|I|let)['’]|[“\"][^”\"]*\b(?:we|our|I)\b", re.IGNORECASE)
# "unless we have a good kiln": everybody, not the authors.
_ANYBODY = re.compile(r"\b(?:if|when|whenever|unless|until|once|as|that|what|whether|the way) we\b", re.IGNORECASE)
_OURSELVES = re.compile(r"\b(?:we|our|my)\b|\bI\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\b[A-Z][a-z]+ $")  # "Type I errors"
# "In our experiments, we": the clause that follows names them at once.
_AT_ONCE = re.compile(r"^[^:;.]*, $")

_VERB = re.compile(
    r"(?P<before>(?: [a-z]+ly,?| (?:also|first|then|here|thus|therefore|instead|further|hence|next),?)*)"
    r" (?P<verb>[a-z-]+)"
)
_UNCHANGED = frozenset(
    """
    can cannot could may might must shall should will would had was did found gave made built took saw showed shown
    began chose drew felt got held kept knew left led let met ran said sent sought taught thought told
    understood wrote
    """.split()
)
_IRREGULAR = {"are": "is", "have": "has", "do": "does", "were": "was", "go": "goes", "am": "is"}
# A second verb of the same subject, mostly; whose it is cannot be told.
_JOINED = re.compile(
    r"(?:\band|\bor|,|\bbut)(?: then| \w+ly)* [a-z-]+(?<!ed)(?<!ing) "
    r"(?:a|an|the|that|how|its?|our|their|this|these|two|three|several|new|novel|whether|to|on|it|them|both|one|some)\b"
    r"|\b(?:and|or|but|,)(?: then| \w+ly)* (?:present|propose|introduce|show|demonstrate|develop|prove|describe|discuss"
    r"|provide|analy[sz]e|evaluate|investigate|give|apply|derive|find|suggest|argue|compare|use|discover|explore)\b"
)


@dataclass(frozen=True)
class Subject:
    """Who wrote a paper, as in mid-sentence. `recorded`: whether its record names them."""

    name: str = "the authors"
    plural: bool = True
    recorded: bool = True


NAMELESS = Subject(recorded=False)


def author_subject(authors: Sequence[str], *, given: bool = False) -> Subject:
    """ "Hu", "Hu and Shen", "Hu et al.", "the ATLAS Collaboration"; "the authors" where none is recorded.

    given: with the first author's given name, to tell two Wangs apart.
    """
    known = parse_authors(_clean_name(name) for name in authors if not name.strip().startswith("("))
    if not known:
        return NAMELESS
    first = known[0].name if given else known[0].surname
    if known[0].kind == "group":
        group = known[0].name
        return Subject(f"the {group[4:] if group.lower().startswith('the ') else group}", plural=False)
    if len(known) == 1:
        return Subject(first, plural=False)
    if len(known) == 2 and known[1].kind == "person":
        return Subject(f"{first} and {known[1].surname}")
    return Subject(f"{first} et al.")


def _clean_name(name: str) -> str:
    return " ".join(_UNSAFE.sub(" ", name).split())[:60]


def turn_sentence(sentence: str, subject: Subject) -> str:  # decision 9
    """The sentence about `subject`; in the authors' own words where it cannot be turned."""
    if is_of_anybody(sentence):
        return sentence
    rest = _IN_THIS.sub("", sentence, count=1)
    said = capitalise(_KNOWLEDGE.sub(" ", rest if rest == sentence else make_standalone(rest)).strip())
    text = _SHARED_OUR.sub("the ", _OUR_NAME.sub("", _MID_THIS.sub("", said)))
    if not subject.plural:
        text = _inflect_verb(text, _persons(text))
    if _QUOTED.search(text) or not text:
        return f"{capitalise(subject.name)}: “{said.rstrip('. ').translate(_INNER_QUOTES)}”"
    return capitalise(_replace(text, _persons(text), subject))


def is_of_anybody(sentence: str) -> bool:
    """Whether it says "we" of everybody, and speaks of no authors."""
    return bool(_ANYBODY.search(sentence)) and not _OURSELVES.search(_ANYBODY.sub("", sentence))


_INNER_QUOTES = str.maketrans({"“": "‘", "”": "’", '"': "’"})


def _persons(text: str) -> list[re.Match[str]]:
    formulas = math.spans(text)
    return [
        match
        for match in _PERSON.finditer(text)
        if match["us"] != "US"
        and match[0] != "i"
        and not (match[0] == "I" and _NUMBERED.search(text[: match.start()]))
        and not any(formula.start <= match.start() < formula.end for formula in formulas)
    ]


def _replace(text: str, persons: Sequence[re.Match[str]], subject: Subject) -> str:
    """The first of the persons replaced by the subject, the others by pronouns."""
    first = next((i for i, match in enumerate(persons) if match["we"] or match["work"]), 0)
    if persons and not _AT_ONCE.match(text[: persons[first].start()]):
        first = 0  # what comes before is no clause that waits for its subject
    named = {first}
    if persons and persons[first]["work"] and not subject.recorded:  # "The paper presents the authors' kiln"
        named |= {next((i for i, match in enumerate(persons) if i > first and not match["work"]), first)}
    parts, end = [], 0
    for i, match in enumerate(persons):
        parts += [text[end : match.start()], _word(match, subject, named=i in named)]
        end = match.end()
    return "".join([*parts, text[end:]])


def _word(match: re.Match[str], subject: Subject, *, named: bool) -> str:
    if match["work"]:
        noun = re.sub(rf"^{_THIS} ", "", match["work"], flags=re.IGNORECASE)
        by = f" by {subject.name}" if named and subject.recorded else ""
        return f"the {noun}{by}"
    if match["we"]:
        return subject.name if named or not subject.plural else "they"
    if match["our"]:
        return f"{subject.name}{'’' if subject.name.endswith('s') else '’s'}" if named else "their"
    later = _LATER[match["us"].lower()]
    goes_on = match.string[match.end() :].strip(" .")  # "et al." and a full stop would be one
    return subject.name if named and goes_on and later == "them" else later


def _inflect_verb(text: str, persons: Sequence[re.Match[str]]) -> str:
    """For one author: with an s at the verb after the only "we"; "" where it is unclear which verbs are whose."""
    nominative = [match for match in persons if match["we"]]
    if not nominative:
        return text
    head, rest = text[: nominative[0].end()], text[nominative[0].end() :]
    found = _VERB.match(rest)
    if len(nominative) > 1 or not found or _JOINED.search(rest, found.end()):
        return ""
    return f"{head}{found['before']} {_third_person(found['verb'])}{rest[found.end() :]}"


def _third_person(verb: str) -> str:
    if verb in _UNCHANGED or verb in _IRREGULAR or verb.endswith("ed"):
        return _IRREGULAR.get(verb, verb)
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    return verb[:-1] + "ies" if verb.endswith("y") and verb[-2:-1] not in tuple("aeiou") else verb + "s"


def capitalise(text: str) -> str:
    """With a capital first letter, unless the first word has capitals of its own (iPhone)."""
    word = text.split(" ", 1)[0]
    return text if any(c.isupper() for c in word) else text[:1].upper() + text[1:]
