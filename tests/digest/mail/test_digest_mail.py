"""The mail: what it is about, all of it under the size at which Gmail clips, nothing left out in silence."""

import re
from dataclasses import replace

import pytest

from digest.mail.digest_mail import MAX_HTML_BYTES, render_text_and_html, subject
from store.records.editions import Edition, Section
from tests.doubles.editions import edition, hostile_edition, partly_failed_edition, quiet_edition
from tests.doubles.pages import Page


def mail_text(edition: Edition) -> str:
    return render_text_and_html(edition)[0]


def mail_html(edition: Edition) -> str:
    return render_text_and_html(edition)[1]


@pytest.mark.parametrize(
    "edition",
    [
        edition(1, kind="digest"),
        edition(12),
        edition(60, kind="digest", language="ja"),
        quiet_edition(),
        hostile_edition(),
        partly_failed_edition(),
    ],
    ids=["one", "twelve", "sixty", "quiet", "hostile", "partly failed"],
)
def test_it_is_well_formed_safe_and_small(edition):
    document = mail_html(edition)
    assert len(document.encode("utf-8")) < MAX_HTML_BYTES
    read = Page(document)
    assert all(link.startswith(("https://arxiv.org/abs/", "https://arxiv.org/pdf/")) for link in read.links)
    assert read.count("h1") == 1
    assert all(attrs.get("role") == "presentation" for tag, attrs in read.elements if tag == "table")
    assert all(f"https://arxiv.org/abs/{paper.id}" in read.links for paper in edition.papers if '"' not in paper.id)


@pytest.mark.parametrize("size", [12, 60, 700])
def test_the_contents_lead_to_each_section(size):
    read = Page(mail_html(edition(size, kind="digest")))
    assert len(read.ids) == len(set(read.ids)) > 0
    assert read.jumps == [f"#{id_}" for id_ in read.ids if read.jumps]
    named = [attrs["name"] for tag, attrs in read.elements if tag == "a" and "name" in attrs]
    assert named == read.ids


def test_a_large_edition_shrinks_to_lines_and_names_every_paper():
    large = edition(200, kind="digest")
    document = mail_html(large)
    assert 0.9 * MAX_HTML_BYTES < len(document.encode("utf-8")) < MAX_HTML_BYTES
    read = Page(document)
    assert all(paper.url in read.links for paper in large.papers)
    assert read.count("h3") < 200


def test_what_has_no_room_is_counted():
    read = Page(mail_html(edition(700, kind="digest")))
    links = [attrs for tag, attrs in read.elements if tag == "a" and "href" in attrs]
    listed = [attrs for attrs in links if "/abs/" in attrs["href"] and "class" not in attrs]
    more = re.search(r"and (\d+) more papers in this edition", read.text)
    assert len(listed) + int(more[1]) == 700


def test_texts_that_are_too_long_alone_still_fit():
    base = edition(12, kind="digest")
    long = tuple(Section(section.title, section.papers, "word [1] " * 20_000) for section in base.sections)
    document = mail_html(replace(base, sections=long, opening="word " * 50_000))
    assert len(document.encode("utf-8")) < MAX_HTML_BYTES
    assert "2 more sections in this edition" in Page(document).text


def test_subjects_say_what_is_inside():
    assert subject(edition(1, kind="digest")) == (
        "1 new paper on On-device speech recognition: Distilled recognisers for small devices"
    )
    assert subject(edition(12, kind="digest")).startswith("12 new papers on On-device speech recognition: Distilled")
    assert subject(quiet_edition()) == "No new papers on On-device speech recognition"
    assert subject(edition(1)).endswith("(1 paper): Distilled recognisers for small devices")
    assert subject(edition(12, kind="digest", language="ja")).startswith("On-device speech recognition：新着論文12件：")


def test_a_subject_names_themes_only():
    made = edition(12, kind="digest")
    rest = tuple(replace(section, is_theme=False) for section in made.sections)
    assert subject(replace(made, sections=rest)) == "12 new papers on On-device speech recognition"


@pytest.mark.parametrize("title", ["a\r\nBcc: x@example.org", "x" * 5_000, "\x1b[31m\u202ered", "", "\ud800"])
def test_a_subject_is_one_safe_line(title):
    line = subject(replace(edition(60, kind="digest"), title=title))
    line.encode("utf-8")
    assert len(line) <= 140
    assert line.isprintable()


def test_the_text_part_holds_the_whole_edition():
    text = mail_text(edition(12, kind="digest"))
    assert all(paper.url in text for paper in edition(12).papers)
    assert "Streaming attention with bounded delay" in text
    assert "Thank you to arXiv" in text
