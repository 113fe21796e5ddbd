"""A laid route -> the edition's text: sections side by side and their titles, then the opening; every citation checked.

Invariant: a text that was written is in the store before it is handed on, so a resumed run pays for none twice; what
leaves here cites only papers of its edition, and so does what is told while it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from digest.errors import PaperRouteError, absorbed
from digest.pipeline.edition_spec import Commission
from digest.pipeline.model_cache import KeptSynthesis, KeptWhole
from digest.pipeline.ordering import Laid
from digest.pipeline.section_writer import (
    InOrder,
    Naming,
    TextSoFar,
    Written,
    identity,
    write_opening,
    write_sections,
    write_whole,
)
from digest.pipeline.services import Parts
from digest.ports import Answer, BriefPaper, OpeningBrief, SectionBrief, SynthesisModel, T, WholeModel
from digest.retrieval.search import Gathered
from digest.run_context import Run, Stage
from digest.text.citations import resolve
from digest.text.claim_check import Checked, check
from store.records.editions import Section


@dataclass(frozen=True)
class Text:
    opening: str
    sections: tuple[Section, ...]
    cited: frozenset[int]
    unknown_markers: int
    note: str
    checked: Checked


def write(commission: Commission, laid: Laid, found: Gathered, parts: Parts, run: Run) -> Text:
    briefs, parts = _briefs(commission, laid), _keeping(parts)
    with run.stage("synthesise", len(briefs) + 1) as stage:
        with closing(Naming(briefs, parts, run)) as naming:
            sections = _sections(briefs, parts, run, stage)
            briefs = naming.named()
        opening = _opening(_opening_brief(commission, briefs, sections, found, parts), parts, run, stage)
        stage.advanced(len(briefs) + 1, len(briefs) + 1)
        text = _checked(opening, sections, briefs, parts.synthesis, commission.language)
        stage.detail = f"{len(text.cited)} of {len(laid.kept)} papers cited"
    _report(sections, run)
    return text


def _keeping(parts: Parts) -> Parts:
    texts = parts.store.texts
    whole = KeptWhole(parts.whole, texts) if parts.whole else None
    return replace(parts, synthesis=KeptSynthesis(parts.synthesis, texts), whole=whole)


def _briefs(commission: Commission, laid: Laid) -> list[SectionBrief]:
    names = ("", *laid.titles, "")
    return [
        SectionBrief(
            commission.question,
            commission.language,
            laid.titles[index],
            tuple(BriefPaper(at + 1, laid.kept[at].paper, laid.summaries[at]) for at in section),
            laid.route.legs[section.start : section.stop - 1],
            before=names[index],
            after=names[index + 2],
        )
        for index, section in enumerate(laid.sections)
    ]


def _sections(briefs: Sequence[SectionBrief], parts: Parts, run: Run, stage: Stage) -> list[Written]:
    """The text of every brief: all from one call where that was asked for and succeeds, else each from its own."""
    together = _together(briefs, parts.whole, parts, run, stage) if parts.whole else None
    return together or _side_by_side(briefs, parts, run, stage)


def _side_by_side(briefs: Sequence[SectionBrief], parts: Parts, run: Run, stage: Stage) -> list[Written]:
    """The text of every brief: from the store where an earlier run left it, else from the model."""
    keys, order = [identity(parts.synthesis, brief) for brief in briefs], InOrder()

    def tell(index: int, text: str, *, done: bool) -> None:
        for at, shown in order.heard(index, text, done=done):
            stage.text(briefs[at].title, _shown(shown, briefs))

    written = _kept(keys, parts)
    for index, one in written.items():
        tell(index, one.text, done=True)
    missing = [(index, brief) for index, brief in enumerate(briefs) if index not in written]
    for news in write_sections(missing, parts.synthesis, parts.executor, run.check):
        if isinstance(news, TextSoFar):
            tell(news.index, news.text, done=False)
            continue
        written[news.index] = news
        if news.answer is None:
            run.count(news.usage)
        else:
            run.took(news.answer)
        tell(news.index, news.text, done=True)
        stage.advanced(len(written), len(briefs) + 1)
    return [written[index] for index in range(len(briefs))]


def _together(
    briefs: Sequence[SectionBrief], model: WholeModel, parts: Parts, run: Run, stage: Stage
) -> list[Written] | None:
    """Likewise from one call; None where it failed, and health says so."""
    keys = [identity(model, brief) for brief in briefs]
    if len(written := _kept(keys, parts)) == len(briefs):
        return [written[index] for index in range(len(briefs))]
    names = [brief.title for brief in briefs]
    try:
        answer = _heard(write_whole(briefs, model, parts.executor, run.check), names, briefs, stage)
    except PaperRouteError as error:
        run.count(absorbed(error))
        run.note("synthesis", ok=False, detail=f"Each section was written by itself, because: {error}")
        return None
    run.count(answer.usage)
    return [Written(index, text, None) for index, text in enumerate(answer.value)]


def _kept(keys: Sequence[str], parts: Parts) -> dict[int, Written]:
    found = ((index, parts.store.texts.get(key)) for index, key in enumerate(keys))
    return {index: Written(index, text, None) for index, text in found if text is not None}


def _heard(
    news: Iterable[TextSoFar | Answer[T]], names: Sequence[str], briefs: Sequence[SectionBrief], stage: Stage
) -> Answer[T]:
    """The answer at the end of what is told, and all of that passed on under the names of its parts."""
    for one in news:
        if not isinstance(one, TextSoFar):
            return one
        stage.text(names[one.index], _shown(one.text, briefs))
    raise AssertionError("what is told ends with an answer or an error")  # pragma: no cover


def _shown(text: str, briefs: Sequence[SectionBrief]) -> str:
    return resolve(text, _numbers(briefs)).text


def _numbers(briefs: Sequence[SectionBrief]) -> frozenset[int]:
    return frozenset(one.number for brief in briefs for one in brief.papers)


def _opening_brief(
    commission: Commission, briefs: Sequence[SectionBrief], sections: Sequence[Written], found: Gathered, parts: Parts
) -> OpeningBrief:
    return OpeningBrief(
        commission.question,
        commission.language,
        commission.kind,
        tuple(briefs),
        tuple(_shown(section.text, briefs) for section in sections),
        found=found.found,
        widened=bool(found.widened),
        outage=bool(found.outage),
        kept=sum(len(brief.papers) for brief in briefs),
        since=commission.since,
        until=commission.until,
        previous=commission.previous,
        earlier=_earlier(commission, parts),
        queries=found.queries,
    )


def _earlier(commission: Commission, parts: Parts) -> str:
    """What the digest before this one said: its opening, and what its sections were about."""
    if commission.previous is None:
        return ""
    edition = parts.store.editions.last_digest(commission.topic, commission.slot)
    if edition is None:
        return ""
    # Without its markers: they name other papers than this edition's.
    return "\n\n".join([resolve(edition.opening, ()).text, *(section.title for section in edition.sections)])


def _opening(brief: OpeningBrief, parts: Parts, run: Run, stage: Stage) -> str:
    """The opening; where it cannot be written the edition goes without, and its health says so."""
    key = identity(parts.synthesis, brief)
    if (kept := parts.store.texts.get(key)) is not None:
        return kept
    try:
        answer = _heard(
            write_opening(brief, parts.synthesis, parts.executor, run.check), ["opening"], brief.sections, stage
        )
    except PaperRouteError as error:
        run.count(absorbed(error))
        run.note("synthesis", ok=False, detail=f"The opening could not be written: {error}")
        return ""
    return run.took(answer)


def _checked(
    opening: str, sections: Sequence[Written], briefs: Sequence[SectionBrief], model: SynthesisModel, language: str
) -> Text:
    """The texts with every marker resolved, unknown ones dropped and counted, and every statement judged."""
    known = _numbers(briefs)
    first = resolve(opening, known)
    texts = [resolve(section.text, known) for section in sections]
    return Text(
        first.text,
        tuple(
            Section(
                brief.title,
                tuple(one.number for one in brief.papers),
                one.text,
                "summaries" if section.failure else model.source,
            )
            for one, section, brief in zip(texts, sections, briefs, strict=True)
        ),
        frozenset(number for one in (first, *texts) for number in one.numbers),
        sum(one.unknown for one in (first, *texts)),
        model.note(language),
        check(
            [(index, one.text) for index, one in enumerate((first, *texts), start=-1)],
            {one.number: one.paper for brief in briefs for one in brief.papers},
            language,
        ),
    )


def _report(sections: Sequence[Written], run: Run) -> None:
    failed = [section for section in sections if section.failure]
    if failed:
        detail = f"{len(failed)} sections are their papers' summaries, because: {failed[0].failure}"
        run.note("synthesis", ok=False, detail=detail)
