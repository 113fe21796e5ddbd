"""Invented papers and briefs for the tests of the roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digest.ports import BriefPaper, OpeningBrief, SectionBrief
from digest.text.sentences import split
from store.records.editions import Paper, Summary

_SUBJECTS = (
    "gears",
    "sails",
    "kites",
    "lamps",
    "bells",
    "looms",
    "pumps",
    "clocks",
    "mills",
    "locks",
    "forges",
    "carts",
)


def paper(number: int, abstract: str = "") -> Paper:
    subject = _SUBJECTS[(number - 1) % len(_SUBJECTS)]
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    text = (
        abstract or f"Wooden {subject} wear out in {number + 10} days. We coat {subject} with invented resin {number}."
    )
    return Paper(f"2601.{number:05}", 1, f"Resin for {subject}", text, ("Ada Okafor",), ("cs.RO",), "cs.RO", day, day)


def summary(number: int) -> Summary:
    abstract = paper(number).abstract
    return Summary("", abstract, "", abstract, "scripted:model", "model")


def section(
    *numbers: int, language: str = "en", title: str = "Resin coats", before: str = "", after: str = ""
) -> SectionBrief:
    papers = tuple(
        BriefPaper(number, paper(number), summary(number), tuple(split(paper(number).abstract))) for number in numbers
    )
    legs = tuple(0.1 * at for at in range(1, len(papers)))
    return SectionBrief("How is wear of wood slowed?", language, title, papers, legs, before, after)


def opening(*sections: SectionBrief, language: str = "en", earlier: str = "", kind: str = "survey") -> OpeningBrief:
    texts = tuple(f"About {section.title} [{section.papers[0].number}]." for section in sections)
    kept = sum(len(section.papers) for section in sections)
    question = "How is wear of wood slowed?"
    return OpeningBrief(question, language, kind, sections, texts, 40, kept, earlier=earlier)  # type: ignore[arg-type]


def sentence(number: int) -> str:
    """What a good model says of a paper."""
    subject = _SUBJECTS[(number - 1) % len(_SUBJECTS)]
    return f"Since wooden {subject} wear out in {number + 10} days, they are coated with resin {number} [{number}]."


def prose(*numbers: int) -> str:
    return " ".join(map(sentence, numbers))


ENGLISH = "The coating of the gears is made with a resin that was found to be harder than the wood itself."
JAPANESE = "木製の歯車は摩耗しやすい。樹脂で被覆することにより、寿命が大きく延びることが示された。"
GERMAN = "Die Zahnräder werden mit einem Harz beschichtet, das härter ist als das Holz, und halten länger als zuvor."
