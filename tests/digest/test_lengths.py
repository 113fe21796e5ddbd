"""Short, standard and full editions, in every form that reads from top to bottom."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.messages.digest import digest_post
from bot.messages.survey import survey_messages
from digest.lengths import set_length
from digest.mail.digest_mail import render_text_and_html
from digest.render import formats, terminal
from digest.render.html import render_page
from store.records.editions import Edition, EditionLength
from tests.doubles.editions import edition, quiet_edition

LENGTHS: tuple[EditionLength, ...] = ("short", "standard", "full")


def in_terminal(shown: Edition) -> str:
    out = io.StringIO()
    terminal.show(shown, Console(file=out, width=100, legacy_windows=False, force_terminal=True))
    return out.getvalue()


def in_slack(shown: Edition) -> str:
    post = digest_post(shown)
    return " ".join(map(repr, (post.parent, *post.thread, *survey_messages(shown))))


FORMS = {
    "text": formats.TEXT.render,
    "markdown": formats.MARKDOWN.render,
    "page": lambda shown: render_page(shown, map_svg=None),
    "terminal": in_terminal,
    "mail": lambda shown: render_text_and_html(shown)[0],
    "HTML mail": lambda shown: render_text_and_html(shown)[1],
    "Slack": in_slack,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("length", LENGTHS)
def test_every_length_links_every_paper_once_in_the_list_and_has_the_opening(form: str, length: EditionLength) -> None:
    whole = edition(12)
    text = str(FORMS[form](set_length(whole, length)))
    assert all(paper.url in text for paper in whole.papers)
    assert "Also found" not in text or "Also found" in str(FORMS[form](whole))
    assert whole.opening.split()[0] in text


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("terminal", "Slack")])
def test_each_length_says_more_than_the_one_before(form: str) -> None:
    sizes = [len(str(FORMS[form](set_length(edition(12), length)))) for length in LENGTHS]
    assert sizes == sorted(set(sizes))


def test_standard_tells_each_paper_once_and_what_no_text_cites_by_its_summary() -> None:
    whole = edition(12)
    shown = set_length(whole, "standard")
    assert [section.text for section in shown.sections] == [section.text for section in whole.sections]
    assert all(bool(paper.summary.text) is not paper.cited for paper in shown.papers)
    assert set_length(whole, "full") is whole


@pytest.mark.parametrize("length", LENGTHS)
def test_a_quiet_digest_is_the_same_in_every_length(length: EditionLength) -> None:
    assert set_length(quiet_edition(), length) == quiet_edition()
