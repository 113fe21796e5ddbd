"""What is told of one or two papers: from abstracts and facts; by a language model, from these papers alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.errors import NotFound
from digest.pipeline import followup
from digest.pipeline.about_papers import compare_papers, describe_paper, edition_of_papers, gist_of
from digest.pipeline.followup import AboutPapers
from digest.pipeline.services import Services
from digest.ports import Answer, SectionBrief
from digest.run_context import RunContext
from store.records.editions import NO_SUMMARY, Usage
from store.records.paper_facts import PaperFacts
from tests.doubles.editions import NOW, edition

EDITION = edition(6)


def test_a_paper_is_told_by_its_summary_and_its_facts_with_its_number() -> None:
    facts = PaperFacts("method", venue="ACL 2024", citations=3, methods=("LoRA",), datasets=("GLUE",))
    paper = replace(EDITION.papers[2], facts=facts)
    told = str(describe_paper(paper, "An abstract."))
    assert paper.summary.method in told
    assert paper.summary.result in told
    for said in ("[3]", "It proposes a method.", "It appeared at ACL 2024.", "3 papers cite it.", "LoRA", "GLUE"):
        assert said in told


def test_without_a_summary_it_is_told_by_its_abstract() -> None:
    paper = replace(EDITION.papers[0], summary=NO_SUMMARY, facts=PaperFacts())
    assert str(describe_paper(paper, "First. Second.")) == "First. Second. [1]"
    assert gist_of(paper, "First. Second. Third.") == "First. Second."


def test_papers_are_compared_by_what_they_share_and_by_their_days() -> None:
    facts = PaperFacts(methods=("LoRA", "DoRA"))
    first = replace(EDITION.papers[0], facts=facts, published=NOW)
    second = replace(EDITION.papers[1], facts=PaperFacts(methods=("LoRA",)), published=NOW - timedelta(days=3))
    told = str(compare_papers([first, second]))
    assert told == "[1], [2] side by side. All of them name “LoRA”. [2] is of 2026-11-19, [1] of 2026-11-22."


def test_a_number_that_is_not_there_is_told(services: Services) -> None:
    with pytest.raises(NotFound, match="99"):
        followup.reply(EDITION, AboutPapers("about [99]", (99,)), services, RunContext())


class _Model:
    """Writes a sentence that cites a paper that it was given, and one that it was not."""

    source, model, prompt_hash = "model", "scripted:model", "x"

    def __init__(self) -> None:
        self.briefs: list[SectionBrief] = []

    def section(self, brief: SectionBrief, _: Any) -> Answer[str]:
        self.briefs.append(brief)
        return Answer("The second is wider [5], as nobody says [9].", Usage("synthesis", self.model))

    def note(self, _: str) -> str:
        return "by a model"


def test_a_model_gets_these_papers_alone(services: Services) -> None:
    model: Any = _Model()
    wish = AboutPapers("compare [2] and [5]", (2, 5))
    reply = followup.reply(EDITION, wish, replace(services, synthesis=model), RunContext())
    assert [paper.number for paper in model.briefs[0].papers] == [2, 5]
    assert "[5]" in str(reply.text)
    assert "[9]" not in str(reply.text)
    assert reply.note == "by a model"


def test_papers_beside_any_edition_are_numbered_as_they_are_named(services: Services) -> None:
    papers = list(services.source.fetch(["2403.00370"], wait=lambda *_: None))
    made = edition_of_papers(papers, "what is it about?", "de", NOW)
    assert [(paper.number, paper.id) for paper in made.papers] == [(1, "2403.00370")]
    assert made.language == "de"
    assert str(followup.reply(made, AboutPapers("?", (1,)), services, RunContext()).text).endswith("[1]")
