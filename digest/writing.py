"""A laid route -> the edition's text: the sections side by side, then the opening; every citation checked.

Invariant: a text that was written is in the store before the next one is read, so a resumed run pays for none twice;
what leaves here cites only papers of its edition.
"""

from __future__ import annotations

from dataclasses import dataclass

from digest.citations import resolve
from digest.commission import Commission
from digest.errors import Cancelled, PaperRouteError
from digest.gather import Gathered
from digest.parts import Parts
from digest.ports import BriefPaper, OpeningBrief, SectionBrief, SynthesisModel
from digest.routing import Laid
from digest.run import Run, Stage
from digest.synthesise import TextSoFar, Written, identity, write_sections
from store.records import Section


@dataclass(frozen=True)
class Text:
    opening: str
    sections: tuple[Section, ...]
    cited: frozenset[int]
    unknown_markers: int
    note: str


def write(commission: Commission, laid: Laid, found: Gathered, parts: Parts, run: Run) -> Text:
    briefs = _briefs(commission, laid)
    with run.stage("synthesise", len(briefs) + 1) as stage:
        sections = _sections(briefs, parts, run, stage)
        opening = _opening(_opening_brief(commission, briefs, sections, found), parts, run, stage)
        stage.advanced(len(briefs) + 1, len(briefs) + 1)
        text = _checked(opening, sections, briefs, parts.synthesis, commission.language)
        stage.detail = f"{len(text.cited)} of {len(laid.kept)} papers cited"
    _report(sections, run)
    return text


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


def _sections(briefs: list[SectionBrief], parts: Parts, run: Run, stage: Stage) -> list[Written]:
    """The text of every brief: from the store where an earlier run left it, else from the model."""
    written: dict[int, Written] = {}
    keys = [identity(parts.synthesis, brief) for brief in briefs]
    for index, key in enumerate(keys):
        if (text := parts.store.texts.get(key)) is not None:
            written[index] = Written(index, text, None)
    missing = [(index, brief) for index, brief in enumerate(briefs) if index not in written]
    for news in write_sections(missing, parts.synthesis, parts.executor):
        if isinstance(news, TextSoFar):
            stage.text(briefs[news.index].title, news.text)
            continue
        written[news.index] = news
        if news.answer is not None:
            parts.store.texts.add(keys[news.index], "section", parts.synthesis.model, run.took(news.answer))
        stage.advanced(len(written), len(briefs) + 1)
    return [written[index] for index in range(len(briefs))]


def _opening_brief(
    commission: Commission, briefs: list[SectionBrief], sections: list[Written], found: Gathered
) -> OpeningBrief:
    return OpeningBrief(
        commission.question,
        commission.language,
        commission.kind,
        tuple(briefs),
        tuple(section.text for section in sections),
        found=found.found,
        widened=bool(found.widened),
        outage=bool(found.outage),
        kept=sum(len(brief.papers) for brief in briefs),
        since=commission.since,
        until=commission.until,
        previous=commission.previous,
    )


def _opening(brief: OpeningBrief, parts: Parts, run: Run, stage: Stage) -> str:
    """The opening; where it cannot be written the edition goes without, and its health says so."""
    key = identity(parts.synthesis, brief)
    if (kept := parts.store.texts.get(key)) is not None:
        return kept
    try:
        text = run.took(parts.synthesis.opening(brief, lambda text: stage.text("opening", text)))
    except Cancelled:
        raise
    except PaperRouteError as error:
        run.note("synthesis", ok=False, detail=f"The opening could not be written: {error}")
        return ""
    parts.store.texts.add(key, "opening", parts.synthesis.model, text)
    return text


def _checked(
    opening: str, sections: list[Written], briefs: list[SectionBrief], model: SynthesisModel, language: str
) -> Text:
    """The texts with every marker resolved; those that name no paper of the edition dropped and counted."""
    known = {one.number for brief in briefs for one in brief.papers}
    first = resolve(opening, known)
    checked = [resolve(section.text, known) for section, brief in zip(sections, briefs, strict=True)]
    return Text(
        first.text,
        tuple(
            Section(
                brief.title,
                tuple(one.number for one in brief.papers),
                one.text,
                "summaries" if section.failure else model.source,
            )
            for one, section, brief in zip(checked, sections, briefs, strict=True)
        ),
        frozenset(number for one in (first, *checked) for number in one.numbers),
        sum(one.unknown for one in (first, *checked)),
        model.note(language),
    )


def _report(sections: list[Written], run: Run) -> None:
    failed = [section for section in sections if section.failure]
    if failed:
        detail = f"{len(failed)} sections are their papers' summaries, because: {failed[0].failure}"
        run.note("synthesis", ok=False, detail=detail)
