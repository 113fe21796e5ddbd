"""Repair of a text: what its verification found is corrected, left out or marked. Pure.

Invariant: what no verdict speaks of stays as it was written; a text that cites keeps a sentence that does; nothing is
left out on whose subject the next sentence goes on, nor what the built-in check finds supported: who reads cannot judge
what is not there, so that takes two. A correction is taken only where the built-in check finds it no worse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from digest.claims.claim_check import Evidence
from digest.claims.statements import MOST_EVIDENCE
from digest.ports import Verification
from store.records.editions import EvidenceSentence, Statement, StatementVerdict
from store.records.lazy_text import AnyText, lazy_gettext

_CONTRADICTED = 0.2  # a built-in score below which a model's word alone makes nothing supported
_MODEL_SCORES: Mapping[StatementVerdict, float] = {
    "supported": 1.0,
    "partly": 0.5,
    "unsupported": 0.0,
    "unchecked": 0.5,
}
_REASONS: Mapping[str, AnyText] = {
    "absent": lazy_gettext("the abstract does not say this"),
    "contrary": lazy_gettext("the abstract says the opposite"),
    "direction": lazy_gettext("the abstract has it the other way round"),
    "number": lazy_gettext("a number differs"),
    "detail": lazy_gettext("a detail is not in the abstract"),
    "paper": lazy_gettext("the abstract of another paper says this"),
}
# Beginnings of sentences that go on from the one before, in the languages of editions.
_GOES_ON = re.compile(
    r"(?!(?:This|Diese|Dieser|Ce|Cet|Cette|Este|Esta|この)\s?(?:paper|work|study|article|Arbeit|Artikel|Studie|étude"
    r"|travail|trabajo|artículo|estudio|論文|研究))"  # which names its own subject
    r"(?:(?:It|Its|This|These|That|Those|They|Their|Both|Such|However|[IB][ny] contrast|Conversely|Moreover|Furthermore"
    r"|Likewise|Similarly|Instead|Rather|The (?:former|latter|same|other|method|approach|authors)|Another|Others|Thus"
    r"|Therefore|Hence|Also|Yet|But|And|Still|Nevertheless|Here|Then"
    r"|Es|Dies|Diese[rsmn]?|Sie|Er|Damit|Dabei|Dagegen|Hingegen|Jedoch|Allerdings|Außerdem|Ebenso|Beide|Dadurch|Auch"
    r"|Doch|Aber|Ils?|Elles?|Ce|Cet|Cette|Ces|Cela|Celui|Celle|Cependant|Toutefois|En revanche|De plus|De même|Ainsi"
    r"|Tous deux|Mais|Est[eao]s?|Es[eao]s?|Ello|Sin embargo|En cambio|Además|Asimismo|Por el contrario|Amb[oa]s|Así"
    r"|Pero)\b|これ|それ|この|その|こう|そう|一方|しかし|また|さらに|両者|同様|ただし)"
)


@dataclass(frozen=True)
class RepairedText:
    """statements: of the text as it is now. corrected, dropped: how many were; repeated: dropped since they said again
    what stands before.
    """

    text: str
    statements: tuple[Statement, ...]
    corrected: int = 0
    dropped: int = 0
    repeated: int = 0


@dataclass(frozen=True)
class StatementFinding:
    """A statement as the built-in check has it, and as it is after its verification. drop: it should be left out."""

    draft: Statement
    now: Statement
    drop: bool = False

    @property
    def is_corrected(self) -> bool:
        return self.now.sentence != self.draft.sentence


def settle_statement(  # decision 165
    draft: Statement,
    found: Verification | None,
    corrected: Statement | None,
    evidence: Evidence,
    model: str,
) -> StatementFinding:
    """corrected: the correction as the built-in check has it; None where there is none."""
    if found is None:
        return StatementFinding(draft, draft)
    if corrected and _is_better(corrected, draft):
        whole: StatementVerdict = "partly" if corrected.verdict == "partly" else "supported"
        return StatementFinding(draft, _judge(corrected, found, whole, evidence, model))
    is_contradicted = found.verdict != "unsupported" and draft.score is not None and draft.score < _CONTRADICTED
    now = _judge(draft, found, "unsupported" if is_contradicted else found.verdict, evidence, model)
    return StatementFinding(draft, now, found.verdict == "unsupported" and draft.verdict != "supported")


def _is_better(corrected: Statement, draft: Statement) -> bool:
    if corrected.verdict == "unsupported" or not set(corrected.papers) <= set(draft.papers):
        return False
    return corrected.score is None or draft.score is None or corrected.score >= draft.score


def _judge(
    said: Statement, found: Verification, verdict: StatementVerdict, evidence: Evidence, model: str
) -> Statement:
    """The statement with that verdict, and both scores as one."""
    of_model = _MODEL_SCORES[verdict]
    score = of_model if said.score is None else (of_model + said.score) / 2
    reason = "" if verdict == "supported" else _REASONS.get(found.reason) or said.reason or _REASONS["absent"]
    return replace(
        said,
        verdict=verdict,
        evidence=_merge_evidence(found.evidence, said, evidence),
        score=round(score, 3),
        checked_by=model,
        reason=reason,
    )


def _merge_evidence(
    named: Sequence[tuple[int, int]], said: Statement, evidence: Evidence
) -> tuple[EvidenceSentence, ...]:
    """What the model named first."""
    found = [
        EvidenceSentence(number, position, evidence.reading(number).sentences[position])
        for number, position in named
        if number in said.papers and position < len(evidence.reading(number).sentences)
    ]
    return tuple(dict.fromkeys([*found, *said.evidence]))[:MOST_EVIDENCE]


def repair_text(text: str, findings: Sequence[StatementFinding]) -> RepairedText:
    """The text with its statements as they are now. findings: of all its statements, in order."""
    folded = "\n".join(" ".join(line.split()) for line in text.splitlines())
    kept = list[Statement]()
    spans = _sentence_spans(folded, findings)
    spared = _choose_spared(findings)
    corrected = dropped = 0
    for finding, (start, end) in reversed(list(zip(findings, spans, strict=True))):
        if finding.drop and finding is not spared and start < end and not _goes_on(folded[end:]):
            folded, dropped = _cut_out(folded, start, end), dropped + 1
            continue
        kept.insert(0, finding.now)
        folded = folded[:start] + (finding.now.sentence if start < end else "") + folded[end:]
        corrected += finding.is_corrected
    return RepairedText(re.sub(r"\n{3,}", "\n\n", folded).strip(), tuple(kept), corrected, dropped)


def _sentence_spans(folded: str, findings: Sequence[StatementFinding]) -> list[tuple[int, int]]:
    """Where each stands, in order; an empty span where it is not to be found."""
    spans, at = list[tuple[int, int]](), 0
    for finding in findings:
        start = folded.find(finding.draft.sentence, at)
        at = at if start < 0 else start + len(finding.draft.sentence)
        spans.append((at if start < 0 else start, at))
    return spans


def _choose_spared(findings: Sequence[StatementFinding]) -> StatementFinding | None:
    """The best of a text of which nothing that cites would be left; None where something is."""
    if any(not finding.drop for finding in findings):
        return None
    return max(findings, key=lambda finding: finding.draft.score or 0.0, default=None)


def _goes_on(after: str) -> bool:
    """Whether the next sentence of a paragraph goes on from the one before it."""
    return bool(_GOES_ON.match(after.partition("\n")[0].lstrip()))


def _cut_out(text: str, start: int, end: int) -> str:
    before, after = text[:start], text[end:]
    if not after or after.startswith("\n"):
        return before.rstrip(" ") + after
    return before + after.lstrip(" ")
