"""A withdrawn paper is marked in every form of an edition that shows it, with the sentence that says so."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from bot.messages import passages
from digest.i18n.catalog import get_catalog
from digest.mail.digest_mail import render_text_and_html
from digest.render import edition_facts, edition_json, formats, reliability, terminal
from store.records.editions import Edition
from tests.factories.store import survey
from web.feeds import feed_entry

NOTE = "We withdraw this paper: Lemma 3 {fails} & has no proof."
EDITION = survey(ids=("2603.00001", "2603.00002", "2603.00003"))


def mark(edition: Edition, *statuses: str) -> Edition:
    marked = [
        replace(paper, status=status, status_note="" if status == "live" else NOTE)
        for paper, status in zip(edition.papers, statuses, strict=True)
    ]
    return replace(edition, papers=tuple(marked))


WITHDRAWN = mark(EDITION, "live", "withdrawn", "removed")


def plain(text: str) -> str:
    """Without tags, escapes and line ends."""
    bare = re.sub(r"\\textbackslash\{\}|\\text\w+\{\}", "", html.unescape(re.sub(r"<[^>]+>", " ", text)))
    return re.sub(r"[\s!\\{}│]+", " ", bare)


def shown(edition: Edition) -> dict[str, str]:
    console = Console(file=StringIO(), width=100)
    terminal.show(edition, console)
    text, page = render_text_and_html(edition)
    words = get_catalog("slack", "en")
    forms = {form.name: form.render(edition) for form in formats.FORMATS if form.name not in ("svg", "png", "eml")}
    return {
        **{name: body if isinstance(body, str) else body.decode() for name, body in forms.items()},
        "terminal": console.file.getvalue(),
        "mail text": text,
        "mail": page,
        "feed": feed_entry.entry_html(edition, "https://example.org/x"),
        "slack": "\n".join(passages.paper_item(paper, words).mrkdwn for paper in edition.papers),
    }


@pytest.mark.parametrize("form", shown(WITHDRAWN))
def test_every_form_marks_it_with_the_sentence(form: str) -> None:
    told = plain(shown(WITHDRAWN)[form])
    assert "We withdraw this paper: Lemma 3" in told
    if form != "json":
        assert "Withdrawn: We withdraw" in told
        assert "Removed by arXiv: We withdraw" in told


@pytest.mark.parametrize("status", ["live", "restored"])
def test_a_paper_that_is_there_is_shown_as_any_other(status: str) -> None:
    there = shown(mark(EDITION, "live", "live", status))
    del there["json"]
    before = shown(EDITION)
    assert there == {name: before[name] for name in there}


def test_the_edition_names_them_before_its_text() -> None:
    assert reliability.notices(WITHDRAWN) == ["2 papers shown here were withdrawn: [2], [3]."]
    assert reliability.notices(mark(EDITION, "withdrawn", "live", "live")) == ["1 paper shown here was withdrawn: [1]."]
    assert not reliability.notices(mark(EDITION, "live", "restored", "live"))


def test_the_json_holds_status_and_sentence_as_fields() -> None:
    papers = json.loads(edition_json.render(mark(EDITION, "live", "restored", "removed")))["papers"]
    assert [(paper["status"], paper["status_note"]) for paper in papers] == [
        ("live", ""),
        ("restored", NOTE),
        ("removed", NOTE),
    ]


def test_a_status_without_a_sentence_is_told_alone() -> None:
    for note in ("", "withdrawn", "Withdrawn."):
        paper = replace(EDITION.papers[0], status="withdrawn", status_note=note)
        assert edition_facts.status_line(paper, get_catalog("edition", "en")) == "Withdrawn"
