"""First person to third person: "We propose X" becomes "Hu et al. propose X". Pure.

Invariant: only persons change (we, our, us, this paper, and the verb that follows a single author); no other word of a
claim is touched, and formulas not at all. Where that cannot be done safely the answer is None, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.extractive import verb_forms
from store.text import math
from store.text.names import parse_authors

_UNSAFE = re.compile(r"[\[\]()<>{}*_`#|\\\x00-\x1f]|\(.*?\)|https?:\S*")

_WORK = (
    r"(?:(?!(?:is|are|has|can|we|shows?|presents?|proposes?)\b)[A-Za-z-]+ ){0,2}?(?P<noun>paper|work|article|study"
    r"|survey|review|thesis|dissertation"
    r"|letter|note|chapter|report|manuscript|overview|tutorial|essay|research|investigation|contribution)\b"
)
_IN_THIS = re.compile(
    rf"^(?:in|with|through|throughout|for) (?:this|the present|the current|our) {_WORK}"
    r"(?: of [^,]{1,60}(?=,))?(?:, *| (?!(?:of|on|that|and|to|for|by|with|in)\b))"
    r"|^here(?:in)?,? (?=we\b)",
    re.IGNORECASE,
)
_MID_THIS = re.compile(
    r",? (?:here|in (?:this|the present|the current) (?:paper|work|article|study|letter|note|thesis|survey"
    r"|review))\b,?(?=[ .]|$)",
    re.IGNORECASE,
)
_THIS = re.compile(
    rf"^(?:this|the present|the current|our (?=(?:paper|work|article|study|survey|review|letter|note"
    rf"|thesis)\b))\s*(?P<work>{_WORK})",
    re.IGNORECASE,
)
_CLAUSE_THIS = re.compile(r", (?:this|the present) (?:paper|work|article|study|survey|review) (?P<verb>[a-z]+)(?= )")
_LATER_THIS = re.compile(
    r"\b(?P<this>[Tt]his|[Tt]he present|[Tt]he current) (?=(?:research )?(?:paper|work|article|study|survey|review"
    r"|letter|note|thesis)\b)"
)
_PERSON = re.compile(
    r"(?<![\w\\^_{-])(?P<word>[Ww]e|[Oo]ur|us|[Oo]urs|ourselves|I(?= (?:\w+ly )?[a-z]{3,})|[Mm]y|me"
    r"|myself)(?![\w’'^_}-])"
)
_OUR_WORK = re.compile(
    r"^Our (?P<what>(?:[\w-]+ ){0,3}?(?:approach|method|methodology|model|framework|system|algorithm|technique|pipeline"
    r"|solution|architecture|analysis|study|experiments|results|findings|evaluation|goal|aim|idea|contributions?|work"
    r"|paper|strategy|dataset|benchmark|tool|survey|research))\b(?! of\b)"
)
# "In our experiments, we": the clause itself names them at once.
_AT_ONCE = re.compile(
    r"^(?:in|by|with|using|through|on|from|for|to|based on|under|via|across|\w+(?:ing|ed))\b[^,:;.]*, $", re.IGNORECASE
)
_QUOTED = re.compile(r"\blet us\b|\b(?:we|I|let)['’]|[“\"][^”\"]*\b(?:we|our|I)\b", re.IGNORECASE)
_OURS = re.compile(r"(?:One|Another|A further|One more|A \d{4}) paper\b|The (?:authors|[\w-]+ Collaboration)\b")
_ENUMERATED = re.compile(r"(?<=[\w,;:] )(?<!equation )(?<!theorem )\((?:\d|i{1,3}|iv|[a-d])\) (?=[a-z])")
_SHARED_OUR = re.compile(
    r"\b([Oo])ur (?=(?:(?:own|current|physical|theoretical|present|basic|fundamental|collective"
    r"|increasingly [\w-]+) )?(?:understanding|knowledge|universe|galaxy|world|planet"
    r"|society|lives|daily|solar system|sun|milky way|earth|ability|everyday|cosmos|local group|species|brains?"
    r"|ancestors)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Subject:
    """Who did it, in words. `name` as in mid-sentence; `pronoun` where the sentence before was about them."""

    name: str
    plural: bool = True
    pronoun: str = "they"
    possessive: str = "their"
    marker: str = ""  # "[12]", where the record names no author and the number must stand for them

    @property
    def anonymous(self) -> bool:
        return bool(self.marker)

    @property
    def genitive(self) -> str:
        return "the authors’" if self.anonymous else f"{self.name}’s"


def author_subject(authors: Sequence[str], *, given: bool = False) -> Subject | None:
    """ "Hu", "Hu and Shen", "Hu et al.", "the ATLAS Collaboration"; None where no author is recorded.

    given: with the first author's given name, to tell two Wangs apart.
    """
    known = parse_authors(_clean_name(name) for name in authors if not name.strip().startswith("("))
    if not known:
        return None
    first = known[0].name if given else known[0].surname
    if known[0].kind == "group":
        group = known[0].name
        return Subject(f"the {group[4:] if group.lower().startswith('the ') else group}", plural=False)
    if len(known) == 1:
        return Subject(first, plural=False, pronoun=first)
    if len(known) == 2 and known[1].kind == "person":
        return Subject(f"{first} and {known[1].surname}")
    return Subject(f"{first} et al.")


def _clean_name(name: str) -> str:
    return " ".join(_UNSAFE.sub(" ", name).split())[:60]


def turn_first_sentence(sentence: str, subject: Subject) -> str | None:  # decision 9
    """The sentence about `subject`, as the first one about this paper. None: it cannot be turned safely."""
    text = strip_in_this_paper(sentence)
    if subject.anonymous:
        text, subject = _refer_by_marker(text, subject)
    if match := _THIS.match(text):
        return _turn_work_sentence(text[match.end() :], match["work"], subject)
    if (match := _CLAUSE_THIS.search(text)) and (base := verb_forms.base_form(match["verb"])):
        verb = base if subject.plural else match["verb"]
        text = f"{text[: match.start()]}, {subject.name} {verb}{text[match.end() :]}"
        return _replace_persons(text, subject, "they", "their")
    return _replace_persons(_MID_THIS.sub("", text), subject, subject.name, subject.genitive)


def _refer_by_marker(text: str, subject: Subject) -> tuple[str, Subject]:
    """For a record without authors: "Our approach" is "The approach of [3]", and "we" "the authors of [3]".

    "One paper" stays where a single "we", or the paper itself, opens the sentence: nothing else refers to it then.
    """
    text = _ENUMERATED.sub("", text) if _ENUMERATED.search(text[:60]) else text  # "The model of [1] (1) reads"
    if match := _OUR_WORK.match(text):
        text = f"The {match['what']} of {subject.marker}{text[match.end() :]}"
        return text, replace(subject, name="the authors", plural=True, pronoun="they", possessive="their")
    if text.startswith("Our "):
        text = f"In {subject.marker}, our {text[4:]}"
        return text, replace(subject, name="the authors", plural=True, pronoun="they", possessive="their")
    simple = len(list(_PERSON.finditer(text))) <= 1 and re.match(r"(?:We|I)\b", text)
    if simple or _THIS.match(text):
        return text, subject
    return text, replace(
        subject, name=f"the authors of {subject.marker}", plural=True, pronoun="they", possessive="their"
    )


def turn_later_sentence(sentence: str, subject: Subject) -> str | None:
    """The sentence as one that follows another about the same paper. None: it cannot be turned safely."""
    text = _MID_THIS.sub("", strip_in_this_paper(sentence))
    text = _LATER_THIS.sub(lambda m: "The " if m["this"][0] == "T" else "the ", text)
    return _replace_persons(text, subject, subject.pronoun, subject.possessive)


def capitalise(text: str) -> str:
    """With a capital first letter, unless the first word has capitals of its own (iPhone)."""
    word = text.split(" ", 1)[0]
    return text if any(c.isupper() for c in word) else text[:1].upper() + text[1:]


def lowercase_stand_in(text: str) -> str:
    """With a small first letter where the first word is one of ours: "One paper ..." after a comma."""
    return text[:1].lower() + text[1:] if _OURS.match(text) else text


def strip_in_this_paper(sentence: str) -> str:
    """Without "In this paper," before it, or "Here"."""
    return capitalise(_replace_shared_our(_IN_THIS.sub("", sentence, count=1)))


def _turn_work_sentence(rest: str, noun: str, subject: Subject) -> str | None:
    """ "This paper presents X" is "Hu et al. present X" with a verb of telling, else "the paper by Hu et al. ..."."""
    verb, _, tail = rest.strip().partition(" ")
    base = verb_forms.base_form(verb)
    joined = re.search(r"\b(?:and|then) (?:\w+ly )?\w+s (?:a|an|the|that|how|its)\b", tail)
    if base and not (subject.plural and joined):
        told = f"{capitalise(subject.name)} {base if subject.plural else verb} {tail}"
    elif subject.anonymous:
        told = f"One {noun} {rest.strip()}"
    else:
        told = f"The {noun} by {subject.name} {rest.strip()}"
    return _replace_persons(told, subject, "they", "their")


def _replace_persons(text: str, subject: Subject, name: str, owner: str) -> str | None:
    """Every first person of the text replaced; the first "we" by `name`, later ones by "they"."""
    if _QUOTED.search(text):
        return None
    turned: str | None = text
    if name == subject.name and not subject.plural:
        turned = _inflect_first_verb(text)
    again = "they" if subject.plural or name != subject.name else name
    return None if turned is None else _PersonReplacer(turned, name, owner, subject.possessive, again).replaced()


def _inflect_first_verb(text: str) -> str | None:
    """For one author: the verb after the first "we" takes its s, and so do those that are joined to it."""
    first = next(_nominatives(text), None)
    if first is None:
        return text
    rest = verb_forms.inflect_clause(text[first.end() :])
    return None if rest is None else text[: first.end()] + rest


def _nominatives(text: str) -> Iterator[re.Match[str]]:
    """Each "we" and "I" that stands in no formula."""
    formulas = math.spans(text)
    for match in _PERSON.finditer(text):
        if match["word"] in ("we", "We", "I") and not _is_inside(match, formulas):
            yield match


def _is_inside(match: re.Match[str], formulas: Sequence[math.Formula]) -> bool:
    return any(formula.start <= match.start() < formula.end for formula in formulas)


class _PersonReplacer:
    """One pass over a sentence that remembers whether the authors were named already."""

    def __init__(self, text: str, name: str, owner: str, possessive: str, again: str) -> None:
        """again: what the first "we" becomes where "our" has named the authors already."""
        self.text, self.name, self.owner, self.possessive, self.again = text, name, owner, possessive, again
        first = next(_nominatives(text), None)
        self.at_once = first is not None and _AT_ONCE.match(text[: first.start()]) is not None
        self.named = self.we = False
        self.formulas = math.spans(text)

    def replaced(self) -> str:
        text = _PERSON.sub(self._replacement, self.text)
        return _LATER_THIS.sub(lambda m: "The " if m["this"][0] == "T" else "the ", text)

    def _replacement(self, match: re.Match[str]) -> str:
        if _is_inside(match, self.formulas):
            return match.group()
        new = self._pronoun(match["word"].lower())
        return capitalise(new) if match.start() == 0 else new

    def _pronoun(self, word: str) -> str:
        if word in ("we", "i"):
            new = "they" if self.we else self.again if self.named else self.name
            self.named = self.we = True
            return new
        if word in ("our", "my"):
            known = self.named or self.at_once
            self.named = self.named or not self.at_once
            return self.possessive if known else self.owner
        return {"us": "them", "me": "them", "ours": "theirs"}.get(word, "themselves")


def _replace_shared_our(text: str) -> str:
    """ "Our Galaxy" is nobody's in particular."""
    return _SHARED_OUR.sub(lambda m: "The " if m[1] == "O" else "the ", text)
