"""Invented papers and editions for the tests of the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store.records.editions import (
    Counts,
    Edition,
    EditionPaper,
    FilterReport,
    Health,
    Paper,
    RouteReport,
    Section,
    Summary,
    Usage,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SUMMARY = Summary("Paths are long.", "We walk them.", "They are shorter.", "A walk.", "builtin:extract", "extract")


def paper(
    id_: str = "2603.00001", version: int = 1, title: str = "A title", abstract: str = "Words.", **other
) -> Paper:
    made = Paper(
        id=id_,
        version=version,
        title=title,
        abstract=abstract,
        authors=("Ada Example", "Ben Beispiel"),
        categories=("cs.CL", "cs.LG"),
        primary_category="cs.CL",
        published=NOON,
        updated=NOON + timedelta(days=version),
    )
    return replace(made, **other)


def papers(count: int) -> list[Paper]:
    return [paper(f"2603.{n:05}", title=f"Paper number {n}", abstract=f"Token{n} and more.") for n in range(count)]


def shown(n: int, id_: str, title: str = "Shown", *, cited: bool = True) -> EditionPaper:
    return EditionPaper(
        number=n,
        id=id_,
        version=1,
        title=title,
        authors=("Ada Example",),
        categories=("cs.CL",),
        primary_category="cs.CL",
        published=NOON,
        updated=NOON,
        comment="",
        doi="",
        journal_ref="",
        section=0,
        reason="holds every word",
        cited=cited,
        summary=SUMMARY,
        x=0.25,
        y=0.75,
    )


def survey(id_: str = "s1", ids: tuple[str, ...] = ("2603.00001",), **other) -> Edition:
    made = Edition(
        id=id_,
        kind="survey",
        title="Walks through graphs",
        question="How do walks cover graphs?",
        topic="",
        slot=None,
        since=None,
        until=None,
        language="en",
        created_at=NOON,
        queries=("graph walks",),
        counts=Counts(found=3, kept=len(ids)),
        filter=FilterReport("every word", ("one word fewer",)),
        papers=tuple(shown(n, id_) for n, id_ in enumerate(ids, 1)),
        route=RouteReport(1.5, 2.5, "local-search"),
        opening="Walks have been studied [1].",
        sections=(Section("Cover times", tuple(range(1, len(ids) + 1)), "They cover graphs [1].", "extract"),),
        health=(Health("arxiv", True, "answered"),),
        usage=(Usage("summary", "builtin:extract", usd=None),),
        seconds={"total": 1.5},
    )
    return replace(made, **other)


def digest(id_: str = "d1", ids: tuple[str, ...] = ("2603.00001",), day: int = 0, **other) -> Edition:
    slot = NOON + timedelta(days=day)
    window = {"slot": slot, "since": slot - timedelta(days=1), "until": slot, "created_at": slot}
    return survey(id_, ids, **{"kind": "digest", "topic": "walks", **window, **other})
