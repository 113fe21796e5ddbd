"""Noun phrase extraction from titles and abstracts, by word lists, without a tagger or a model. Pure.

Invariant: every phrase stands in some paper, word for word and with nothing left out, inside one clause; its edges are
where writers put the edges of a noun phrase.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

from digest.text.word_lists import (
    ADJECTIVE_ENDS,
    BEFORE_NOUNS,
    BEFORE_VERBS,
    CLAUSE_WORDS,
    COMMONPLACE_PHRASES,
    FILLABLE_NOUNS,
    HOLLOW_NOUNS,
    LY_NOUNS,
    NO_EDGE_WORDS,
    NOUN_ENDS,
    NOUN_LIKE_VERBS,
    PROSE_VERBS,
    TERM_VERB_FORMS,
    THIN_NOUNS,
)
from store.text.latex import strip_latex
from store.text.stop_words import STOP_WORDS
from store.text.tokens import is_generic, is_stop, stem, stems

MAX_PHRASE_WORDS = 3  # words in a phrase
_SHORTEST_WORD = 6  # letters of a common word with odd capitals; LoRA and mPLUG have fewer

_ADDRESS = re.compile(r"https?://\S+")
_TOKEN = re.compile(r"[^\W_][\w'’+#]*(?:[-‐‑][\w'’+#]+|\.\d\w*)*|[^\w\s'’]+")  # "GPT-3.5" is one word
_DIGIT = re.compile(r"\d")
_POSSESSIVE = re.compile(r"['’]s?$")
_OF_SEVERAL = re.compile(r"(?:(?<=ss|sh|ch)es|(?<=x)es|(?<=[^\Wsui])s)['’]$")  # clients'; of a Capital one it is a name
_MODEL_SIZE = re.compile(r"\d+(?:\.\d+)?[bm]", re.IGNORECASE)  # "7B models" names no subject
_IRREGULAR_PLURALS = {"corpus": "corpora", "matrix": "matrices", "vertex": "vertices"}
_HOLLOW_STEMS, _FILLABLE_STEMS, _THIN_STEMS = (
    frozenset(map(stem, nouns)) for nouns in (HOLLOW_NOUNS, FILLABLE_NOUNS, THIN_NOUNS)
)
COMMONPLACE_STEMS = frozenset(tuple(stems(phrase.replace("_", " "))) for phrase in COMMONPLACE_PHRASES)


def pluralise(noun: str) -> str:
    ies = noun[-1] == "y" and noun[-2:-1] not in tuple("aeiou")
    es = "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return _IRREGULAR_PLURALS.get(noun) or (f"{noun[:-1]}ies" if ies else f"{noun}{es}")


def _inflect(verb: str) -> set[str]:
    root, doubled = verb.removesuffix("e"), f"{verb}{verb[-1]}"  # mapped, mapping
    third = pluralise(verb)  # likewise formed
    past = f"{verb[:-1]}ied" if third.endswith("ies") else f"{root}ed"
    others = {past, f"{root}ing", f"{doubled}ed", f"{doubled}ing"}
    return others if verb in NOUN_LIKE_VERBS else {verb, third, f"{verb}es", *others}


_VERB_FORMS = frozenset(form for verb in PROSE_VERBS for form in _inflect(verb)) - TERM_VERB_FORMS
_BREAKS = STOP_WORDS | CLAUSE_WORDS | _VERB_FORMS


@dataclass
class Phrase:
    """One phrase over all its occurrences. Keyed by stems: singular and plural are one phrase."""

    stems: tuple[str, ...]
    surfaces: Counter[tuple[str, ...]] = field(default_factory=Counter)  # lower case
    titled: int = 0  # occurrences in papers' titles
    weight: dict[int, float] = field(default_factory=lambda: defaultdict(float))  # paper -> how much it is about this
    before: Counter[str] = field(default_factory=Counter)  # words to the left, "" where a noun phrase can begin
    right: int = 0  # occurrences at whose right edge a noun phrase can end
    seen: int = 0

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The form that the papers use most, or its plural if that is common too: a heading names a kind of thing. Once
        all occurrences are there.
        """
        most = min(self.surfaces, key=lambda words: (-self.surfaces[words], words))
        hyphened = [words for words in self.surfaces if len(words) < len(most)]  # "retrieval-augmented generation"
        if hyphened and 3 * self.surfaces[min(hyphened)] >= self.surfaces[most]:
            most = min(hyphened)
        plural = (*most[:-1], pluralise(most[-1]))
        return plural if 3 * self.surfaces.get(plural, 0) >= self.surfaces[most] else most


@dataclass
class Lexicon:
    """What one set of papers tells about its own words."""

    phrases: dict[tuple[str, ...], Phrase] = field(default_factory=dict)
    cases: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    plain: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # no capitals within, anywhere
    small: set[str] = field(default_factory=set)  # stems of words that are written small somewhere
    runs: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # in Runs Of Capitals
    initials: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # of those runs
    acronyms: set[str] = field(default_factory=set)  # capitals and digits of odd words: "nrf" of NeRF
    nouns: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    where: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # stem -> papers

    def loosely(self, wanted: Iterable[str]) -> frozenset[int]:
        """The papers that have all these stems, wherever they stand."""
        places = [self.where.get(s, set()) for s in wanted]
        return frozenset(set.intersection(*places)) if places else frozenset()


def clauses(text: str) -> Iterator[list[str]]:
    """The runs of words between punctuation, LaTeX formulas dropped (they end a run)."""
    run: list[str] = []
    for token in _TOKEN.findall(_strip_markup(text)):
        if token[0].isalnum():
            run.append(token)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _strip_markup(text: str) -> str:
    return strip_latex(_ADDRESS.sub(" | ", text))


def build_lexicon(texts: Sequence[str]) -> Lexicon:
    """All phrases of up to MAX_PHRASE_WORDS words, with where they stand; judge them with `is_title`.

    texts: of each paper its title and its abstract, a line each (Paper.text).
    """
    found = Lexicon()
    for number, text in enumerate(texts):
        title, abstract = read_runs(text)
        for runs, weight in ((title, 3.0), (abstract, 1.0)):
            for run in runs:
                _add_run(found, run, number, weight)
    return found


class _Cases(NamedTuple):
    """Of the words of a run, each in small letters: the forms that they are written in."""

    plain: list[tuple[str, str]]  # as in `Lexicon`, as are the others
    small: list[str]
    acronyms: list[str]
    written: list[tuple[str, str]]
    in_runs: list[tuple[str, str, str]]  # with the initials of the run


class _PhraseSeen(NamedTuple):
    key: tuple[str, ...]
    words: tuple[str, ...]
    before: str
    is_right_edge: bool


class _Run(NamedTuple):
    """What one run of words adds to a lexicon, in whichever set of papers it stands."""

    lower: Sequence[str]
    stems: Sequence[str]
    nouns: Sequence[str]
    cases: _Cases
    phrases: Sequence[_PhraseSeen]


@lru_cache(maxsize=256)  # texts; a survey reads its candidates', and then those that stay
def read_runs(text: str) -> tuple[tuple[_Run, ...], tuple[_Run, ...]]:
    """Of a title and of an abstract, a line each."""
    title, _, abstract = text.rpartition("\n")
    return (
        tuple(_read_run(run, prose=False) for run in clauses(title)),
        tuple(_read_run(run, prose=True) for run in clauses(abstract)),
    )


def _read_run(run: list[str], *, prose: bool) -> _Run:
    run = [_strip_possessive(token) for token in run]
    lower = [token.lower().replace("’", "'") for token in run]
    breaks = [_is_break(word) or _is_verb_here(lower, i) for i, word in enumerate(lower)]
    word_stems = tuple(chain.from_iterable(map(_word_stems, lower)))
    phrases = tuple(_read_phrases(run, lower, breaks))
    return _Run(lower, word_stems, _find_nouns(lower, breaks), _read_cases(run, lower, prose=prose), phrases)


def _read_phrases(run: list[str], lower: list[str], breaks: list[bool]) -> Iterator[_PhraseSeen]:
    cut = [_word_stems(_singular(token)) for token in run]
    for i in range(len(run)):
        if breaks[i]:
            continue
        before = "" if i == 0 or breaks[i - 1] else lower[i - 1]
        for j in range(i + 1, min(len(run), i + MAX_PHRASE_WORDS) + 1):
            if breaks[j - 1]:
                if lower[j - 1] == "of" and i < j - 1:
                    continue
                break
            key = tuple(chain.from_iterable(cut[i:j]))
            yield _PhraseSeen(key, tuple(lower[i:j]), before, j == len(run) or breaks[j])


def _add_run(found: Lexicon, run: _Run, paper: int, weight: float) -> None:
    found.known.update(run.lower)
    for word in run.stems:
        found.where[word].add(paper)
    found.nouns.update(run.nouns)
    _add_cases(found, run.cases)
    for seen in run.phrases:
        phrase = found.phrases.get(seen.key)
        if phrase is None:
            phrase = found.phrases[seen.key] = Phrase(seen.key)
        _note_phrase(phrase, seen, paper, weight)


def _strip_possessive(token: str) -> str:
    """Clients' data are client data."""
    if token.isalnum():  # without an apostrophe, as nearly all
        return token
    one = token if _is_capital(token) else _OF_SEVERAL.sub("", re.sub("ies['’]$", "y", token))
    return _POSSESSIVE.sub("", one)


def _is_verb_here(lower: list[str], i: int) -> bool:
    return i > 0 and lower[i] in NOUN_LIKE_VERBS and (lower[i - 1] in BEFORE_VERBS or _is_adverb(lower[i - 1]))


def _find_nouns(lower: list[str], breaks: list[bool]) -> list[str]:
    """The words that must be nouns where they end a stretch: "of the new adapter", "... adapters"."""
    first, nouns = 0, list[str]()
    for end in (i for i, is_end in enumerate([*breaks, True]) if is_end):
        if first < end:
            last = lower[end - 1]
            plural = last.endswith("s") and not last.endswith(("ss", "ous", "less")) and first < end - 1
            after = lower[first - 1] in BEFORE_NOUNS if first else False
            if plural or (after and lower[end : end + 1] not in (["and"], ["or"])):
                nouns.append(last)
        first = end + 1
    return nouns


@lru_cache(maxsize=50_000)
def _word_stems(word: str) -> tuple[str, ...]:
    """Hyphens cut: "question-answering" is "question answering"."""
    return tuple(stems(word))


def _singular(token: str) -> str:
    """LLMs and GNNs without the s, which no stemmer takes away."""
    return token[:-1] if token.endswith("s") and sum(map(str.isupper, token)) > 1 else token


def _note_phrase(phrase: Phrase, seen: _PhraseSeen, paper: int, weight: float) -> None:
    phrase.surfaces[seen.words] += 1
    phrase.weight[paper] = max(phrase.weight[paper], weight) + (0.25 if phrase.weight[paper] else 0.0)
    phrase.titled += weight > 1
    phrase.before[seen.before] += 1
    phrase.right += seen.is_right_edge
    phrase.seen += 1


def _read_cases(run: list[str], lower: list[str], *, prose: bool) -> _Cases:
    """How each word is written where a capital means something: not first in a clause, not in a Title."""
    cases = _Cases([], [], [], [], [])
    for i, token in enumerate(run):
        is_plain = token[1:] == token[1:].lower()
        if is_plain:
            cases.plain.append((lower[i], token))
        if token == lower[i]:
            cases.small.append(stem(token))
        odd = _DIGIT.search(token) or (not is_plain and any(part[1:] != part[1:].lower() for part in token.split("-")))
        if odd:
            cases.acronyms.append("".join(c for c in token if c.isupper() or c.isdigit()).lower())
        within = prose and i > 0
        if odd or (within and not _is_in_capitals(run, i)):
            cases.written.append((lower[i], token))
        elif within:
            cases.in_runs.append((lower[i], token, _initials(run, i)))
    return cases


def _is_in_capitals(run: list[str], i: int) -> bool:
    """Whether a word stands in a Run Of Capitals."""
    near = run[max(0, i - 1) : i] + run[i + 1 : i + 2]
    return run[i][0].isupper() and any(_is_capital(word) and not is_stop(word) for word in near)


def _add_cases(found: Lexicon, cases: _Cases) -> None:
    found.small.update(cases.small)
    found.acronyms.update(cases.acronyms)
    for counts, forms in ((found.plain, cases.plain), (found.cases, cases.written)):
        for word, form in forms:
            counts[word][form] += 1
    for word, form, initials in cases.in_runs:
        found.runs[word][form] += 1
        found.initials[word][initials] += 1


def _initials(run: list[str], i: int) -> str:
    """Of the Run Of Capitals in which word i stands: "roc"; with numbers whole, "3dgs"."""
    first, last = i, i
    while first > 0 and (run[first - 1][0].isupper() or run[first - 1][0].isdigit()):
        first -= 1
    while last + 1 < len(run) and run[last + 1][0].isupper():
        last += 1
    parts = chain.from_iterable(word.lower().split("-") for word in run[first : last + 1])
    return "".join(part if part[:1].isdigit() else part[:1] for part in parts)


def _is_capital(token: str) -> bool:
    """Capitalised as any word can be, unlike GPU or LoRA."""
    return token[0].isupper() and len(token) > 1 and all(part[1:] == part[1:].lower() for part in token.split("-"))


@lru_cache(maxsize=50_000)
def _is_break(word: str) -> bool:
    return word in _BREAKS or _is_adverb(word) or not any(c.isalpha() for c in word) or len(word) == 1


def _is_adverb(word: str) -> bool:
    return word.endswith("ly") and len(word) > 4 and word not in LY_NOUNS


def is_title(phrase: Phrase, found: Lexicon) -> bool:
    """Whether the phrase could stand alone in a heading: a whole noun phrase that names a thing."""
    words = phrase.words
    varied = len(words) > 1 and max(phrase.before.values()) <= 0.5 * phrase.seen  # vision, video foundation models
    whole = (varied or phrase.before[""] >= 0.4 * phrase.seen) and phrase.right >= 0.3 * phrase.seen
    pair = len(words) == 2 and stem(words[0]) in _HOLLOW_STEMS
    thin = stem(words[-1]) in _THIN_STEMS and (len(words) == 1 or pair)
    telling = not thin and phrase.stems not in COMMONPLACE_STEMS and not all(is_generic(word) for word in words)
    return whole and telling and _may_begin(words) and _may_end(words, found)


def _may_begin(words: tuple[str, ...]) -> bool:
    first = words[0]
    if first in ("learning", "fine-tuning") and len(words) > 1:  # a paper begins so: "Learning robot policies"
        return False
    if _MODEL_SIZE.fullmatch(first):
        return False
    return first not in NO_EDGE_WORDS and not (len(words) > 1 and words[1] == "of" and _is_empty(first))


def _is_empty(word: str) -> bool:
    return is_generic(word) or stem(word) in _HOLLOW_STEMS | _THIN_STEMS


def _may_end(words: tuple[str, ...], found: Lexicon) -> bool:
    last = words[-1].rpartition("-")[2]
    if (
        last in NO_EDGE_WORDS
        or "-to-" in words[-1]  # end-to-end
        or (last in _BREAKS and last != words[-1])
        or (stem(last) in _HOLLOW_STEMS and (len(words) == 1 or not _is_apt(words)))
    ):
        return False
    if last.endswith(ADJECTIVE_ENDS) and not _has_other_number(last, found):
        return False
    return last.endswith(NOUN_ENDS) or last in found.nouns or _has_other_number(last, found)


def _is_apt(words: tuple[str, ...]) -> bool:
    """Whether the words before a hollow noun give it a meaning of its own."""
    return stem(words[-1]) in _FILLABLE_STEMS and any(
        not is_generic(word) and word not in NO_EDGE_WORDS for word in words[:-1]
    )


def _has_other_number(word: str, found: Lexicon) -> bool:
    return (pluralise(word) in found.known and not word.endswith("ic")) or (
        word.endswith("s") and word[:-1] in found.known
    )


def restore_case(words: Sequence[str], found: Lexicon) -> str:
    """The words with the capitals that the papers give them in running text."""
    return " ".join(_restore_word_case(word, found) for word in words)


def _restore_word_case(word: str, found: Lexicon) -> str:
    seen = found.cases.get(word)
    if seen:
        plain = found.plain.get(word) or Counter[str]()
        most = min(seen, key=lambda form: (-seen[form], -plain.get(form, 0), form != word, form))
        return _plain_spelling(word, found) if _spells_an_acronym(most, seen[most], found) else most
    runs = found.runs.get(word)  # never outside a Run Of Capitals: a name, unless the run only spells out an acronym
    named = word.endswith(("ian", "ish", "ese")) and stem(word) not in found.small  # Bayesian, Japanese
    if runs and sum(runs.values()) >= 2 and (named or not _spells_out_acronyms(word, found)):
        return min(runs, key=lambda form: (-runs[form], form))
    return word


def _spells_out_acronyms(word: str, found: Lexicon) -> bool:
    runs, known = found.initials[word], found.acronyms | found.known
    return 2 * sum(n for initials, n in runs.items() if initials in known) >= sum(runs.values())


def _spells_an_acronym(form: str, times: int, found: Lexicon) -> bool:
    """ "citationS", "enTAILment": capitals inside a common word, to derive a name; LoRA and ControlNet are names."""
    within = len(form) >= _SHORTEST_WORD and form.isalpha() and form[1:] != form[1:].lower() and not form[:-1].isupper()
    plain = sum(found.plain.get(form.lower(), {}).values())
    return within and (plain >= times or (not plain and stem(form.lower()) in found.small))


def _plain_spelling(word: str, found: Lexicon) -> str:
    """As it is written elsewhere: small if anywhere it is (citations), else as a name (French)."""
    plain = found.plain.get(word)
    return min(plain, key=lambda form: (form != word, form)) if plain else word


def bare_stems(words: Sequence[str]) -> frozenset[str]:
    """Stems with hyphenated words taken apart, to compare phrases with each other and with a question."""
    return frozenset(chain.from_iterable(map(_word_stems, words)))


def are_alike(one: str, other: str) -> bool:
    """A word in common, or one of them spells out an acronym of the other."""
    both = [[_singular(word) for word in phrase.split()] for phrase in (one, other)]
    initials = {"".join(word[0] for word in phrase.replace("-", " ").split()).casefold() for phrase in (one, other)}
    short = {form.casefold() for words in both for word in words for form in (word, re.sub("[a-z]", "", word))}
    joined = [bare_stems([*words, *(word.replace("-", "") for word in words)]) for words in both]
    return bool(joined[0] & joined[1] or initials & short)  # multi-modal is multimodal
