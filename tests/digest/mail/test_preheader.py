"""What a list of mails shows beside the subject adds to it, and is there to be read."""

import re
from dataclasses import replace

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
    assert beginnings(*render_text_and_html(replace(widened, start_here=())))[0].startswith("Twelve new papers")


def test_a_mail_without_papers_begins_with_why():
    for begin in beginnings(*render_text_and_html(quiet_edition())):
        assert begin.startswith("None of the 4 papers found is both new to this topic and on it.")
