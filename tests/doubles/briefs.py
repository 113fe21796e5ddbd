"""Briefs of invented papers, and what the built-in synthesis makes of them."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.extractive.summaries import ExtractiveSummaries
from digest.extractive.synthesis import AssembledSynthesis
from digest.ports import BriefPaper, OpeningBrief, SectionBrief
from store.records.editions import Paper

MODEL = AssembledSynthesis()
MANY = ("Ada Hu", "Bo Shen", "Cy Wu")


def paper(
    number: int, abstract: str, *, title: str = "On Kilns", authors: tuple[str, ...] = MANY, year: int = 2024
) -> BriefPaper:
    day = datetime(year, 5, 1, tzinfo=UTC)
    record = Paper(f"24{number:02}.00001", 1, title, abstract, authors, (), "", day, day)
    return BriefPaper(number, record, ExtractiveSummaries().summarise(record, "en").value)


def brief(
    *papers: BriefPaper, language: str = "en", before: str = "", after: str = "", legs: tuple[float, ...] = ()
) -> SectionBrief:
    return SectionBrief("pots", language, "Kilns", papers, legs or (1.0,) * (len(papers) - 1), before, after)


def section(*papers: BriefPaper, **more: object) -> str:
    return MODEL.section(brief(*papers, **more), lambda _: None).value  # type: ignore[arg-type]


def opening(*sections: SectionBrief, **more: object) -> str:
    kept = sum(len(part.papers) for part in sections)
    given = {"question": "Kilns for pots", "language": "en", "kind": "survey", "found": 90, "kept": kept}
    given |= {"texts": ("",) * len(sections)} | more
    return MODEL.opening(OpeningBrief(sections=sections, **given), lambda _: None).value  # type: ignore[arg-type]
