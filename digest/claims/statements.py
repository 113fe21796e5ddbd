"""Statements of a text, each with a verdict, a score and the sentences it rests on: the built-in check. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from digest.claims.claim_check import WEAK_SCORE, Evidence, judge_claims
from digest.claims.paper_reading import paper_sentences
from digest.text import sentences
from store.records.editions import Check, EvidenceSentence, Paper, Statement, StatementVerdict
from store.records.lazy_text import lazy_gettext
from store.text.tokens import is_stop, stem, tokens

BUILTIN = "builtin"
SUPPORTED_SCORE = 0.6
MOST_EVIDENCE = 3

_MARKER = re.compile(r"\[(\d+)\]")


def check_statements(
    texts: Iterable[tuple[int, str]],
    papers: Mapping[int, Paper],
    language: str,
    pointers: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> list[Statement]:
    """Every sentence of resolved texts that cites, in order; each text with the index of its section.

    pointers: by sentence, which sentences its writer named (paper number, position); they stand first in its evidence.
    """
    evidence = Evidence(papers)
    kept = [(section, text) for section, text in texts]
    found = {key: list(group) for key, group in groupby(judge_claims(kept, evidence, language), _sentence_of)}
    return [
        _statement(section, sentence, papers, found.get((section, sentence), ()), (pointers or {}).get(sentence, ()))
        for section, text in kept
        for sentence in citing_sentences(text)
    ]


def citing_sentences(text: str) -> Iterator[str]:
    for paragraph in text.splitlines():
        yield from (sentence for sentence in sentences.split(paragraph) if _MARKER.search(sentence))


def _sentence_of(check: Check) -> tuple[int, str]:
    return check.section, check.sentence


def _statement(
    section: int,
    sentence: str,
    papers: Mapping[int, Paper],
    checks: Sequence[Check],
    named: Sequence[tuple[int, int]],
) -> Statement:
    cited = tuple(number for number in dict.fromkeys(map(int, _MARKER.findall(sentence))) if number in papers)
    score = min((check.score for check in checks), default=None)
    verdict = _verdict(score)
    reason = "" if verdict in ("supported", "unchecked") else lazy_gettext("much of it is not in the abstract")
    evidence = _evidence(sentence, {number: papers[number] for number in cited}, named)
    return Statement(section, sentence, cited, evidence, verdict, score, BUILTIN if checks else "", reason)


def _verdict(score: float | None) -> StatementVerdict:
    if score is None:
        return "unchecked"
    return "supported" if score >= SUPPORTED_SCORE else "partly" if score >= WEAK_SCORE else "unsupported"


def _evidence(
    sentence: str, papers: Mapping[int, Paper], named: Sequence[tuple[int, int]]
) -> tuple[EvidenceSentence, ...]:
    said = _words(sentence)
    ranked = sorted(
        (
            ((number, position) not in named, -len(said & _words(text)), number, position, text)
            for number, paper in papers.items()
            for position, text in enumerate(paper_sentences(paper))
        ),
    )
    return tuple(
        EvidenceSentence(number, position, text)
        for unnamed, shared, number, position, text in ranked[:MOST_EVIDENCE]
        if shared or not unnamed
    )


def _words(text: str) -> set[str]:
    return {stem(token) for token in tokens(_MARKER.sub("", text)) if not is_stop(token)}
