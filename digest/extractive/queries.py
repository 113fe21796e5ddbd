"""Keyword extraction: search phrases from a question's concepts, without a language model.

Invariant: deterministic; a phrase holds words that a question's record has for what is asked about, and few, since a
paper must have every one; what the question leaves out, and what only frames it, is in none.

Few words are one phrase; of many, the most telling concept is combined with each of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.errors import BadInput
from digest.ports import Answer
from digest.question.concepts import CONNECTORS
from digest.question.understand import understand
from digest.question.words import Reading
from store.records.editions import Query, Usage
from store.records.lazy_text import lazy_gettext
from store.records.questions import Concept
from store.text.tokens import is_generic, is_stop, stems, tokens, unique_terms

MAX_PHRASES = 3
# Words that narrow the search, in one phrase: every further one costs most of the papers that are left.
MOST_WORDS = 4  # of a short question whole
MOST_PAIRED = 5  # of two concepts of a longer one
MOST_ALONE = 6  # of one concept: a long compound means one thing

TermGroup = tuple[str, ...]  # terms that stand together in the question

_JOINT = frozenset({"between", "vs", "versus"})  # "between A and B" asks for papers on both
_ALTERNATIVE = CONNECTORS | {","}
_TECHNICAL = re.compile(r"\w*[A-Z]\w*[A-Z]|\w*\d")
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # what a question's "since March" comes to is not asked here


class KeywordQueries:
    """A QueryModel. prompt_hash: the version of these rules."""

    model = "builtin:keywords"
    prompt_hash = "2"

    def phrases(self, question: str) -> Answer[tuple[Query, ...]]:
        slots = list(_find_slots(question))
        if not slots:
            raise BadInput(
                lazy_gettext("No English search words were found in the question, and arXiv's papers are in English."),
                hint=lazy_gettext('Give them, for example --query "image generation", or configure a language model.'),
                for_readers=lazy_gettext("Name the topic in English words, such as “image generation”."),
            )
        phrases = _build_phrases([[concept.terms for concept in slot] for slot in slots])
        concepts = [concept for slot in slots for concept in slot]
        spelt = [other for phrase in phrases for concept in concepts for other in _spell_otherwise(phrase, concept)]
        return Answer(
            tuple(Query(phrase) for phrase in _drop_similar([*phrases, *spelt])), Usage("queries", self.model)
        )


@dataclass(frozen=True)
class _ConceptTerms:
    """A concept as it was asked for, and with an abbreviation for its words, or the words for its abbreviation."""

    terms: TermGroup
    others: tuple[TermGroup, ...]


def _find_slots(question: str) -> Iterator[list[_ConceptTerms]]:
    """Each place in what is asked; several concepts in one are alternatives: "in biology and medicine"."""
    text = Reading(question).text
    joint = not _JOINT.isdisjoint(tokens(text))
    slot: list[_ConceptTerms] = []
    end = 0
    for concept in understand(question, _ANY_DAY).concepts:
        start = text.index(concept.asked, end)
        between = set(re.findall(r"\w+|[^\w\s\"]", text[end:start].lower()))
        quoted = text[start - 1 : start] == '"' == text[start + len(concept.asked) :][:1]
        end = start + len(concept.asked)
        if not (found := _terms_of(concept, quoted=quoted)).terms:
            continue
        if slot and (joint or not between or not between <= _ALTERNATIVE):
            yield slot
            slot = []
        slot.append(found)
    if slot:
        yield slot


def _terms_of(concept: Concept, *, quoted: bool) -> _ConceptTerms:
    """The question's own words, where they are English."""
    same = any(stems(form) == stems(concept.asked) for form in concept.forms)
    asked = concept.asked if same else concept.forms[0]
    terms = (asked,) if quoted else _split_terms(asked)
    others = [other for form in concept.forms if (other := _split_terms(form))]
    return _ConceptTerms(terms, tuple(other for other in others if _is_technical(other) != _is_technical(terms))[:1])


def _is_technical(terms: TermGroup) -> bool:
    return any(map(_TECHNICAL.match, terms))


def _split_terms(text: str) -> TermGroup:
    """Without grammar, and numbers and single letters grown to their neighbour: "type 2" diabetes, "T cells"."""
    terms: list[str] = []
    for word in text.split():
        if not tokens(word) or _is_grammar(word):
            continue
        if terms and (len(terms[-1]) == 1 or word.isdigit()):
            terms[-1] = f"{terms[-1]} {word}"
        elif not word.isdigit():
            terms.append(word)
    if len(terms) > 1 and len(terms[-1]) == 1:
        terms[-2:] = [f"{terms[-2]} {terms[-1]}"]
    return tuple(term for term in terms if len(term) > 1)


def _is_grammar(word: str) -> bool:
    """Stop words; but capitals of two and more letters are a name (US, IT)."""
    return is_stop(word) and not (len(word) > 1 and word.isupper())


def _build_phrases(slots: Sequence[Sequence[TermGroup]]) -> list[TermGroup]:
    """Few words: one phrase of all. Many: the group that tells most with each of the others, or each for itself."""
    groups = [group for slot in slots for group in slot]
    if len(groups) == 1 or (_count_telling_words(groups) <= MOST_WORDS and len(slots) in (1, len(groups))):
        return [_limit_terms([term for group in groups for term in group], MOST_ALONE)]
    if len(slots) == 1:
        return _drop_similar(_limit_terms(group, MOST_WORDS) for group in groups)
    head = max(range(len(slots)), key=lambda at: max(map(_group_weight, slots[at])))
    return _drop_similar(
        _pair_groups(main, other, main_first=head < at)
        for at, slot in enumerate(slots)
        if at != head
        for other in slot
        if _group_weight(other)
        for main in slots[head]
    ) or _drop_similar(_limit_terms(main, MOST_WORDS) for main in slots[head])


def _count_telling_words(groups: Iterable[Sequence[str]]) -> int:
    """How many words narrow the search: a generic one ("large", "models") is in most of the papers anyway."""
    return sum(not is_generic(word) for group in groups for term in group for word in term.split())


def _group_weight(group: Sequence[str]) -> int:
    """How much a group tells: its words that are not generic, and one more for each name or compound."""
    return sum((not is_generic(term)) + bool(_TECHNICAL.match(term) or "-" in term) for term in group)


def _pair_groups(main: TermGroup, other: TermGroup, *, main_first: bool) -> TermGroup:
    """Both groups, in the question's order; the main one gives way where they are too long together."""
    second = _limit_terms(other, MOST_PAIRED - 2)
    first = _limit_terms(main, MOST_PAIRED - _count_telling_words([second]))
    return tuple(unique_terms((*first, *second) if main_first else (*second, *first)))


def _limit_terms(terms: Sequence[str], most: int) -> TermGroup:
    """The first terms, up to so many that narrow the search."""
    return tuple(
        unique_terms(
            term for at, term in enumerate(terms) if _count_telling_words([terms[: at + 1]]) <= most or at == 0
        )
    )


def _spell_otherwise(phrase: TermGroup, concept: _ConceptTerms) -> Iterator[TermGroup]:
    """The phrase with other words for the concept, where it holds it whole."""
    at = _find_terms(concept.terms, phrase)
    if at >= 0:
        yield from ((*phrase[:at], *other, *phrase[at + len(concept.terms) :]) for other in concept.others)


def _find_terms(part: TermGroup, phrase: TermGroup) -> int:
    """Where a run of terms begins in a phrase, inflections aside; -1 where it does not."""
    run, whole = [stems(term) for term in part], [stems(term) for term in phrase]
    return next((at for at in range(len(whole) - len(run) + 1) if whole[at : at + len(run)] == run), -1)


def _drop_similar(phrases: Iterable[TermGroup]) -> list[TermGroup]:
    """The first few that differ."""
    first: dict[frozenset[str], TermGroup] = {}
    for phrase in phrases:
        first.setdefault(frozenset(stem for term in phrase for stem in stems(term)), phrase)
    return list(first.values())[:MAX_PHRASES]
