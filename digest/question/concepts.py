"""Concepts: which terms of a question are one thing that is asked about, and how English abstracts write it.

Invariant: grammar and marks part concepts; a generic word stays with the telling one beside it; a run of words that
only frame a request, or one generic word alone, is a concept only where nothing else is asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from digest.question.term_tables import ACTIONS, ROMANCE, english_forms, is_known_phrase, singular
from digest.question.terms import Term
from digest.text.word_lists import FRAMING_OPENERS, FRAMING_WORDS, NO_EDGE_WORDS, PROSE_VERBS
from store.records.questions import Concept
from store.text.tokens import is_generic, stems, unique_terms

_MOST_WORDS = 5  # of one concept that was put together of several terms of the glossary
_MOST_TERMS = 8  # of any
_MANY_TERMS = 4  # from which on a run may be several concepts
_LONGEST_FORM = 6  # words of what may be abbreviated
CONNECTORS = frozenset("and or nor und oder et ou ni nem y o e u ed od né や と 和 与 或 及 、 / &".split())
_OBJECT_MAY_FOLLOW = frozenset('( " [')
_HOLLOW = FRAMING_WORDS | frozenset(
    """
    people folks someone short brief quick chapter references reference need needs team thesis supervisor advisor
    colleague lab class course talk presentation proposal group grants interested curious wondering question answer
    answers stop prevent avoid reduce increase happens bit couple stuff thing things lot lots job data-set place
    pros cons bad hot cool nice great advice tips recommendations suggestions resources reading list subject areas
    second-year first-year third-year year approach tackled solved tried known stand standing
    """.split()
)
# At the end of a run, these belong to the request,
_REQUEST_ENDS = frozenset(
    "papers paper articles literature research studies study surveys survey overview works progress trends today "
    "currently nowadays advances advancements breakthroughs prospects anyway lately insights".split()
)
# and these to its thing, but abstracts on it seldom write them behind it.
_UNWRITTEN_ENDS = frozenset(
    "method methods methodology methodologies technique techniques approach approaches application applications tool "
    "tools challenges improvements".split()
)
# With these alone nothing is asked for.
_REQUEST = frozenset(
    """
    overview overviews survey surveys paper papers article articles literature student students phd researcher review
    reviews summary summarize summarise introduction research study studies people list question questions thanks work
    works latest recent trends trend advances progress state help topic topics stuff thing things
    """.split()
)
_SUBJECTS = frozenset("not to can could do does did should would will may might i we you they one".split())
_VERBS = dict(
    pair.split(":")
    for pair in """
    plan:planning detect:detection predict:prediction forecast:forecasting classify:classification segment:segmentation
    recognize:recognition recognise:recognition translate:translation generate:generation evaluate:evaluation
    align:alignment control:control compress:compression prune:pruning quantize:quantization distill:distillation
    retrieve:retrieval reconstruct:reconstruction simulate:simulation optimize:optimization optimise:optimization
    verify:verification schedule:scheduling rank:ranking recommend:recommendation embed:embedding denoise:denoising
    synthesize:synthesis track:tracking localize:localization navigate:navigation grasp:grasping
    manipulate:manipulation reason:reasoning diagnose:diagnosis discover:discovery estimate:estimation
    fine-tune:fine-tuning finetune:fine-tuning pretrain:pre-training train:training teach:teaching unlearn:unlearning
    cluster:clustering label:labeling annotate:annotation augment:augmentation calibrate:calibration attack:attacks
    defend:defense watermark:watermarking parse:parsing measure:measurement monitor:monitoring
    transcribe:transcription caption:captioning edit:editing steer:steering accelerate:acceleration debug:debugging
    hallucinate:hallucination grade:grading generalize:generalization generalise:generalization overfit:overfitting
    memorize:memorization forget:forgetting summarise:summarization summarize:summarization extract:extraction
    """.split()
)
_PREPOSED = frozenset("large big small new good great high low first".split())  # before their noun there, too


@dataclass
class Run:
    """Terms that stand together. excluded: behind a negation."""

    terms: list[Term]
    excluded: bool = False

    @property
    def words(self) -> list[str]:
        return [word.lower() for term in self.terms for word in term.english.split()]


def find_runs(terms: Sequence[Term], objects_before: set[int], language: str) -> list[Run]:
    """The runs of content in order. objects_before: places of negations that come behind what they leave out."""
    runs: list[Run] = []
    last = -1  # the index of the last term of the last run
    excluding = False
    for at, term in enumerate(terms):
        if term.role == "exclusion":
            behind = term.start in objects_before
            if behind and runs and all(other.kind == "grammar" for other in terms[last + 1 : at]):
                runs[-1].excluded = True
            excluding = excluding or not behind
        elif term.kind == "content" and term.role is None:
            if runs and len(runs[-1].terms) < _MOST_TERMS and _joins(terms, last, at, language):
                for link in terms[last + 1 : at]:
                    link.role = "concept"
                runs[-1].terms.extend(terms[last + 1 : at + 1])
            else:
                runs.append(Run([term], excluding))
            last = at
        elif excluding and runs and runs[-1].excluded and last >= 0:
            excluding = _list_goes_on(terms, at)
        elif excluding and term.kind == "mark" and term.lower not in _OBJECT_MAY_FOLLOW:
            excluding = False
    return runs


def _joins(terms: Sequence[Term], last: int, at: int, language: str) -> bool:
    """Whether a term goes on with the run that ended at `last`."""
    one, other = terms[last], terms[at]
    if other.linked and all(term.kind == "grammar" and term.role is None for term in terms[last + 1 : at]):
        return True
    if at != last + 1:
        return False
    if language == "zh" and one.english in ACTIONS and (last == 0 or terms[last - 1].kind != "content"):
        return False  # what is done to something stands behind it, or it is a verb
    if language == "de" and one.pieces[-1].text[0].isupper():
        translated = one.english.lower() != one.lower or other.english.lower() != other.lower
        if other.pieces[0].text[0].islower() or translated:
            return False  # a verb, or another noun: German grows nouns together that are one thing
    if one.pieces[-1].is_cjk or other.pieces[0].is_cjk:
        return one.end == other.start and len(one.english.split()) + len(other.english.split()) <= _MOST_WORDS
    return True


def _list_goes_on(terms: Sequence[Term], at: int) -> bool:
    """Whether what is left out goes on behind this term: "images, videos and audio"."""
    if terms[at].lower in CONNECTORS:
        return True
    if terms[at].lower != ",":
        return False
    rest = iter(terms[at:])
    joined = next((term for term in rest if term.kind != "content" and term.lower != ","), None)
    return joined is not None and joined.lower in CONNECTORS


def split_verbs(runs: Iterable[Run], terms: Sequence[Term]) -> Iterator[Run]:
    """The verb of "how to detect hallucinations" is a concept by itself, or none at all ("to make robots safe")."""
    before = {id(term): previous for previous, term in itertools.pairwise(terms)}
    for run in runs:
        first = run.terms[0]
        previous = before.get(id(first))
        word = first.english.lower()
        if run.excluded or previous is None or previous.lower not in _SUBJECTS or not _is_verb(word):
            yield run
        elif word not in _VERBS:
            first.role = "framing"
            if run.terms[1:]:
                yield Run(run.terms[1:])
        else:
            first.english = _VERBS[word]
            first.typed = first.typed or word
            yield Run([first])
            if run.terms[1:]:
                yield Run(run.terms[1:])


def _is_verb(word: str) -> bool:
    return word in PROSE_VERBS or word in _VERBS


def split_long(run: Run) -> list[Run]:
    """A long run of words at the terms that the tables know, where none of its parts is a single word."""
    if len(run.terms) < _MANY_TERMS or run.excluded or any(" " in term.english or term.linked for term in run.terms):
        return [run]
    parts: list[list[Term]] = []
    rest: list[Term] = []
    at = 0
    while at < len(run.terms):
        size = next((n for n in range(_LONGEST_FORM, 1, -1) if is_known_phrase(_words_of(run.terms[at : at + n]))), 0)
        if size:
            parts += [rest, run.terms[at : at + size]]
            rest = []
        else:
            rest.append(run.terms[at])
        at += size or 1
    parts = [part for part in (*parts, rest) if part]
    return [Run(part) for part in parts] if all(len(part) > 1 for part in parts) else [run]


def _words_of(terms: Sequence[Term]) -> str:
    return " ".join(term.english for term in terms)


def trim(run: Run) -> Run:
    """Without the words at its edges that only frame the request, which get that role; a hollow run stays whole."""
    terms = list(run.terms)
    while terms and _is_edge(terms[0], FRAMING_OPENERS):
        del terms[0]
    while terms and _is_edge(terms[-1], _REQUEST_ENDS):
        del terms[-1]
    if run.excluded or not terms or is_hollow(kept := Run(terms)):
        return run
    inside = set(map(id, terms))
    for term in run.terms:
        if id(term) not in inside:
            term.role = "framing"
    return kept


def _is_edge(term: Term, words: frozenset[str]) -> bool:
    return term.kind != "content" or (term.english.lower() in words and not term.typed)


def is_hollow(run: Run) -> bool:
    """Whether it tells nothing of a subject: all of it frames, or it is one generic word."""
    words = run.words
    if run.excluded or any(term.typed for term in run.terms):
        return False
    if set(words) <= _HOLLOW:
        return True
    return len(words) == 1 and (is_generic(words[0]) or words[0] in NO_EDGE_WORDS or words[0].isdigit())


def is_request(run: Run) -> bool:
    return set(run.words) <= _REQUEST


def make_concept(run: Run, text: str, language: str) -> Concept:
    """text: the question as it was read."""
    content = [term for term in run.terms if term.kind == "content"]
    forms = surface_forms(_in_english_order(content, language))
    if any(term.typed for term in content):
        forms = unique_terms([*forms, " ".join(term.typed or term.english for term in content)])
    asked = text[run.terms[0].start : run.terms[-1].end]
    return Concept(asked, tuple(forms), any(term.guessed for term in content))


def _in_english_order(terms: Sequence[Term], language: str) -> str:
    """Genitives before their head, and for Romance languages adjectives before their noun."""
    groups: list[list[Term]] = []
    for term in terms:
        if term.linked and groups:
            groups.append([term])
        elif groups:
            groups[-1].append(term)
        else:
            groups.append([term])
    ordered = [_adjectives_first(group) if language in ROMANCE else group for group in groups]
    words = [term.english for group in reversed(ordered) for term in group]
    telling = list(words)
    while telling and telling[-1].lower() in _UNWRITTEN_ENDS:
        del telling[-1]
    words = words if all(map(is_generic, telling)) else telling
    if (len(words) > 1 and language not in ("en", "de")) or len(groups) > 1:
        words = [*map(singular, words[:-1]), words[-1]]
    return " ".join(words)


def _adjectives_first(group: list[Term]) -> list[Term]:
    if all(term.english.lower() == term.lower for term in group) or group[0].english.lower() in _PREPOSED:
        return group
    return group[::-1]


def surface_forms(phrase: str) -> list[str]:
    """The phrase, and with each abbreviation for its words or words for its abbreviation; the usual one first."""
    words = phrase.split()
    whole = english_forms().get(tuple(stems(phrase)))
    if whole:
        return unique_terms([*whole, phrase])
    forms = [phrase]
    for size in range(min(len(words) - 1, _LONGEST_FORM), 0, -1):
        for at in range(len(words) - size + 1):
            found = english_forms().get(tuple(stems(" ".join(words[at : at + size]))), ())
            for other in found:
                middle = singular(other) if at + size < len(words) else other
                forms.append(" ".join([*words[:at], middle, *words[at + size :]]))
        if len(forms) > 1:
            break
    return unique_terms(forms)
