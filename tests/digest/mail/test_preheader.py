"""What a list of mails shows beside the subject adds to it, and is there to be read."""

import re
from dataclasses import replace

import pytest

from digest.mail.digest_mail import render_text_and_html, subject
from store.records.paper_facts import StartPaper
from tests.doubles.editions import edition, quiet_edition
from tests.doubles.pages import Page

HIDDEN = re.compile(r"display:\s*none|visibility|opacity:\s*0|font-size:\s*0|[\u200b-\u200d\u2060\ufeff\u034f\u00ad]")


def beginnings(text, html):
    assert not HIDDEN.search(html)
    return text.split("\n\n")[0].replace("\n", " "), Page(html).text


def test_an_opening_that_adds_comes_first():
    for begin in beginnings(*render_text_and_html(edition(12, kind="digest"))):
        assert begin.startswith("Of 312 papers found")


def test_where_the_opening_repeats_the_subject_the_first_paper_is_named_above_it():
    twelve = edition(12, kind="digest")
    widened = replace(
        twelve,
        opening=f"Twelve new papers close to “{twelve.title}”.",
        start_here=(StartPaper(3, "central", "it is short"),),
    )
    title = next(paper.title for paper in widened.papers if paper.number == 3)
    for begin in beginnings(*render_text_and_html(widened)):
        assert begin.startswith(f"Start here: {title}")
        assert title not in subject(widened)
    text, _ = render_text_and_html(replace(widened, start_here=()))
    assert text.startswith(f"{widened.papers[0].title}\n\nTwelve new papers")


@pytest.mark.parametrize(
    ("language", "opening"),
    [
        ("en", "One new paper, submitted from 14 October 2024 to 30 December 2024."),
        ("ja", "新着論文1本（2024年10月14日から2024年12月30日までに投稿）。"),
    ],
)
def test_an_opening_that_only_counts_stands_below_a_paper(language, opening):
    one = replace(edition(1, kind="digest", language=language), opening=opening)
    for begin in beginnings(*render_text_and_html(one)):
        assert begin.startswith(one.papers[0].title)


def test_a_mail_without_papers_begins_with_why():
    for begin in beginnings(*render_text_and_html(quiet_edition())):
        assert begin.startswith("None of the 4 papers found is both new to this topic and on it.")
