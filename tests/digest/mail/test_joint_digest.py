"""One mail for several topics: what it says, a paper of two topics once, always under the size, nothing in silence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from digest.mail.digest_mail import MAX_HTML_BYTES, MailLinks
from digest.mail.joint_digest import JointPart, joint_subject, render_joint
from store.records.editions import Edition, EditionLength, Section
from store.tables.deliveries import MAIL_TOPICS
from tests.doubles.editions import hostile_edition, topic_edition
from tests.doubles.pages import Page

FEEDBACK = "https://papers.example.org/feedback/" + "f" * 38
LINKS = MailLinks(
    preferences="https://papers.example.org/preferences/p",
    unsubscribe_all="https://papers.example.org/unsubscribe/all/a",
)


def part(edition: Edition, length: EditionLength = "full") -> JointPart:
    base = "https://papers.example.org"
    links = MailLinks(
        web=f"{base}/editions/{edition.id}",
        archive=f"{base}/topics/{edition.topic}",
        unsubscribe=f"{base}/unsubscribe/{edition.topic}",
        feedback=FEEDBACK,
    )
    return JointPart(edition, links, length)


def joint(*editions: Edition, length: EditionLength = "full") -> tuple[str, Page]:
    text, html = render_joint([part(edition, length) for edition in editions], LINKS)
    assert len(html.encode()) < MAX_HTML_BYTES
    return text, Page(html)


SPEECH, LORA = topic_edition("Speech recognition"), topic_edition("LoRA", shift=20)


def pdf_links(page: Page) -> list[str]:
    """Of the papers that are told whole."""
    return [attrs["href"] for _, attrs in page.elements if attrs.get("aria-label", "").startswith("PDF: ")]


def test_the_contents_come_first_and_lead_to_each_topic() -> None:
    text, page = joint(SPEECH, LORA)
    assert page.text.startswith("Speech recognition 12 new papers Of 312 papers found, 12 were kept;")
    assert text.startswith("Speech recognition: 12 new papers\n")
    assert page.jumps[:2] == ["#topic-1", "#topic-2"]
    assert [id_ for id_ in page.ids if id_.count("-") == 1] == ["topic-1", "topic-2"]
    assert sorted(page.jumps) == sorted(f"#{id_}" for id_ in page.ids)
    assert [attrs["name"] for tag, attrs in page.elements if tag == "a" and "name" in attrs] == page.ids
    assert len(set(page.ids)) == len(page.ids)
    assert page.text.index("LoRA 12 new papers") < page.text.index(
        "Digests of 22 November 2026 2 topics, 24 new papers"
    )
    assert [tag for tag, _ in page.elements if tag in ("h1", "h2")] == ["h1", "h2", "h2"]


def test_each_topic_has_its_links_what_to_read_first_and_its_papers_in_both_parts() -> None:
    text, page = joint(SPEECH, LORA)
    for edition in (SPEECH, LORA):
        for path in (f"editions/{edition.id}", f"topics/{edition.topic}", f"unsubscribe/{edition.topic}"):
            link = f"https://papers.example.org/{path}"
            assert link in page.links
            assert f"  {link}\n" in text
        for paper in edition.papers:
            assert paper.url in page.links
            assert f"{FEEDBACK}/papers/{paper.id}" in page.links
            assert f"{FEEDBACK}/papers/{paper.id}" in text
    assert page.text.count("Start here") == text.count("Start here") == 2
    assert page.links.count(LINKS.unsubscribe_all) == page.links.count(LINKS.preferences) == 2


def test_a_paper_of_two_topics_is_told_once_with_a_note_at_both() -> None:
    other = topic_edition("LoRA", shift=10)  # its first two are the last two of the other
    text, page = joint(SPEECH, other)
    assert page.text.count("also on LoRA") == text.count("also on LoRA") == 2
    assert page.text.count("told above, under “Speech recognition”") == 2
    told = pdf_links(page)
    assert len(told) == len(set(told)) == len(pdf_links(joint(SPEECH, LORA)[1])) - 2
    assert joint_subject([SPEECH, other]).startswith("22 new papers on Speech recognition and LoRA: ")


def test_a_section_whose_papers_were_all_told_above_is_not_told_again() -> None:
    again = topic_edition("LoRA")
    _, page = joint(SPEECH, again)
    assert page.text.count("told above") == 12
    assert (
        page.text.count("A second line of work bounds the delay")
        == joint(SPEECH, LORA)[1].text.count("A second line of work bounds the delay") // 2
    )


def test_how_it_was_written_is_told_once_for_all_topics_and_a_long_finding_ends_with_its_sentence() -> None:
    note, long = "No language model was used.", f"Tiles last {'very ' * 30}long [1]. Kilns burn {'much ' * 40}wood [2]."
    speech, lora = (replace(one, note=note, opening=long) for one in (SPEECH, LORA))
    text, page = joint(speech, lora)
    assert text.count(note) == page.text.count(note) == 1
    assert page.text.startswith(f"Speech recognition 12 new papers Tiles last {'very ' * 30}long. LoRA 12 new papers")
    assert joint(speech, replace(lora, note="Another."))[0].count("Another.") == 1


def test_a_quiet_topic_is_told_in_a_line() -> None:
    quiet = topic_edition("Walks", 0)
    _, page = joint(SPEECH, quiet)
    assert "Walks No new papers None of the 4 papers found" in page.text
    assert joint_subject([quiet, SPEECH]).startswith("12 new papers on Speech recognition: ")
    assert joint_subject([quiet, replace(quiet, title="LoRA")]) == "No new papers on Walks and LoRA"


@pytest.mark.parametrize("count", [2, 3, 6, MAIL_TOPICS])
@pytest.mark.parametrize("size", [12, 60, 300])
def test_it_fits_however_much_there_is_and_what_has_no_room_is_counted(count: int, size: int) -> None:
    editions = [topic_edition(f"Topic number {n}", size, shift=n * 1_000) for n in range(count)]
    text, page = joint(*editions)
    listed = {link for link in page.links if "arxiv.org/abs/" in link}
    more = sum(int(n) for n in re.findall(r"and (\d+) more papers? in this edition", page.text))
    for edition in editions:
        assert f"https://papers.example.org/unsubscribe/{edition.topic}" in page.links
    whole = {paper.url for edition in editions for paper in edition.papers}
    assert len(listed & whole) + more >= count * size
    assert sum(int(n) for n in re.findall(r"and (\d+) more papers? in this edition", text)) == more


def test_it_is_shortened_by_length_before_a_paper_is_left_out() -> None:
    editions = [topic_edition(f"Topic {n}", 60, shift=n * 1_000) for n in range(4)]
    _, page = joint(*editions)
    assert "more paper" not in page.text
    assert all(paper.url in page.links for edition in editions for paper in edition.papers)


def test_each_topic_has_the_length_that_its_subscription_chose() -> None:
    parts = [part(SPEECH, "short"), part(LORA, "full")]
    page = Page(render_joint(parts, LINKS)[1])
    assert pdf_links(page) == [paper.pdf_url for paper in LORA.papers if paper.cited]


def test_texts_that_are_too_long_alone_still_fit() -> None:
    long = [
        replace(
            topic_edition(f"Topic {n}", 12, shift=n * 100),
            title="word " * 200,
            opening="word " * 20_000,
            sections=tuple(Section(one.title, one.papers, "word [1] " * 20_000) for one in SPEECH.sections),
        )
        for n in range(MAIL_TOPICS)
    ]
    _, page = joint(*long)
    assert page.count("h2") == MAIL_TOPICS


def test_hostile_texts_stay_texts() -> None:
    hostile = replace(hostile_edition(), kind="digest", topic="evil")
    text, page = joint(hostile, SPEECH)
    assert "<script>" in page.text
    assert "\x1b" not in text
    good = ("https://arxiv.org/", "https://papers.example.org/", "https://github.com/", "https://doi.org/", "#topic-")
    assert all(link.startswith(good) for link in page.links)
    assert joint_subject([hostile, SPEECH]).isprintable()
    joint(*[replace(hostile, id=f"evil-{n}") for n in range(MAIL_TOPICS)])


def test_each_topic_is_told_in_its_language() -> None:
    japanese = topic_edition("音声認識", language="ja", shift=50)
    _, page = joint(SPEECH, japanese)
    wrapped = [(attrs["lang"], attrs["dir"]) for tag, attrs in page.elements if attrs.get("class") == "topic"]
    assert wrapped == [("en", "ltr"), ("ja", "ltr")]
    assert "このトピックの配信停止" in page.text


def test_a_subject_names_as_many_topics_as_have_room() -> None:
    editions = [topic_edition(f"A topic with quite a long name {n}", 3, shift=n * 10) for n in range(6)]
    line = joint_subject(editions)
    assert line.startswith("18 new papers on A topic with quite a long name 0, A topic with quite a long name 1")
    assert "more topics" in line
    assert len(line) <= 140
    assert joint_subject([SPEECH, LORA]).startswith("24 new papers on Speech recognition and LoRA: Distilled")
