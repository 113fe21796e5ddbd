"""A canvas holds every paper, mentions nobody, and is of nothing but what Slack's dialect takes."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.messages import canvas_text
from bot.messages.canvas_text import answer_canvas, canvas_title, topic_canvas
from tests.bot.messages.test_escape import HOSTILE
from tests.bot.messages.test_survey import every_edition
from tests.doubles.editions import edition, quiet_edition, start_edition
from tests.doubles.slack_canvases import MENTION, check_markdown

ARCHIVE = "https://papers.example/editions/x"
TRICKS = (
    "![](@U1ADA)",
    "!\\[](@U1ADA)",
    "!![](#C1GENERAL)",
    "> > nested",
    "> - list",
    "- > quote",
    "| a | b |",
    "#### four",
)


def links_of(text):
    tokens = [child for token in MarkdownIt("commonmark").parse(text) for child in token.children or ()]
    return {token.attrs["href"] for token in tokens if token.type == "link_open"}


def kinds_of(text):
    return {token.type for token in MarkdownIt("commonmark").enable("table").parse(text)}


def check(text):
    check_markdown({"type": "markdown", "markdown": text}, "canvas_creation_failed")
    assert not MENTION.search(text)
    assert not re.search(r"!\\?\[", text)
    assert not kinds_of(text) & {"blockquote_open", "table_open", "html_block", "fence", "code_block"}
    nested = [
        token for token in MarkdownIt("commonmark").parse(text) if token.type.endswith("list_open") and token.level
    ]
    assert not nested


@every_edition
def test_every_paper_is_linked_and_nothing_else(edition):
    text = answer_canvas(edition, ARCHIVE)
    check(text)
    beyond = {f"https://arxiv.org/abs/{paper.id}" for paper in edition.beyond}
    assert links_of(text) == {paper.url for paper in edition.papers} | beyond | {ARCHIVE}


def test_without_an_archive_there_is_no_link_to_it():
    assert links_of(answer_canvas(start_edition())) == {paper.url for paper in start_edition().papers}


@given(st.lists(st.sampled_from((*HOSTILE, *TRICKS)), min_size=1, max_size=4).map(" ".join))
def test_titles_and_texts_of_strangers_are_words(said):
    whole = edition(6)
    papers = tuple(replace(paper, title=said, authors=(said,)) for paper in whole.papers)
    sections = tuple(replace(section, title=said, text=f"{said}\n\n{said}! [1]") for section in whole.sections)
    hostile = replace(whole, title=said, question=said, papers=papers, sections=sections, opening=said)
    for text in (answer_canvas(hostile), topic_canvas([hostile, hostile], ["", ""])):
        check(text)
    assert not re.search(r"<[!@#]", canvas_title(hostile))
    assert len(canvas_title(hostile)) <= 150


def test_the_newest_digest_is_on_top_and_the_archive_below():
    newest, older = (replace(edition(12, kind="digest"), id=id_) for id_ in ("new", "old"))
    text = topic_canvas([newest, older], ["https://papers.example/new", "https://papers.example/old"])
    check(text)
    assert text.index("papers.example/new") < text.index("# Earlier digests") < text.index("papers.example/old")
    assert text.startswith("# ")


def test_a_quiet_digest_on_top_says_so():
    text = topic_canvas([quiet_edition(), edition(3, kind="digest")], ["", ""])
    assert text.splitlines()[0].endswith("Nothing new this time")
    assert links_of(text) == {paper.url for paper in edition(3).papers}


def test_what_is_too_long_is_told_shortly_and_the_oldest_are_left_out(monkeypatch: pytest.MonkeyPatch):
    whole = edition(60, kind="digest")
    full = len(answer_canvas(whole).encode())
    monkeypatch.setattr(canvas_text, "MOST_BYTES", full - 1)
    shorter = answer_canvas(whole)
    assert len(shorter.encode()) < full
    assert links_of(shorter) == {paper.url for paper in whole.papers}
    text = topic_canvas([whole] * 50, [""] * 50)
    assert len(text.encode()) <= full
    assert links_of(text) == {paper.url for paper in whole.papers}


def test_of_an_earlier_digest_with_many_papers_the_rest_is_counted():
    text = topic_canvas([edition(3, kind="digest"), edition(70, kind="digest")], ["", ""])
    assert "and 10 more" in text
