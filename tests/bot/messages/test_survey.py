"""A whole survey holds every paper, links only to arXiv and the archive, and breaks no limit of Slack's."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from slack_sdk.models.blocks import Block

from bot import ids, limits
from bot.limits import message_problems
from bot.messages.blocks import Message
from bot.messages.survey import survey_messages
from digest.render.formats import offered_formats
from store.records.editions import OverflowPaper, Usage
from tests.bot.messages.test_escape import HOSTILE
from tests.doubles.editions import (
    NARROWER,
    NOW,
    READ_EDITIONS,
    broad_edition,
    edition,
    hostile_edition,
    hostile_question_edition,
    nothing_edition,
    partly_failed_edition,
    partly_understood_edition,
    quiet_edition,
    read_edition,
    start_edition,
)

ARCHIVE = "https://papers.example/editions/x"
EDITIONS = {
    "none": edition(0),
    "one": edition(1),
    "twelve": edition(12),
    "japanese": edition(60, language="ja"),
    "many": edition(120),
    "quiet": quiet_edition(),
    "partly failed": partly_failed_edition(),
    "hostile": hostile_edition(),
    **READ_EDITIONS,
    "beyond": replace(
        edition(12, kind="digest"),
        beyond=tuple(OverflowPaper(f"2611.1{n:04}", 1, f"One <!channel> *more* {n}", NOW, "") for n in range(150)),
    ),
}
every_edition = pytest.mark.parametrize("edition", EDITIONS.values(), ids=EDITIONS)


def markdown_of(messages):
    return [block["text"] for message in messages for block in message.blocks if block["type"] == "markdown"]


def read(messages):
    """The addresses that a reader could follow from the markdown, and the words, as CommonMark reads them."""
    tokens = [token for text in markdown_of(messages) for token in MarkdownIt("commonmark").parse(text)]
    links = [child.attrs["href"] for token in tokens for child in token.children or () if child.type == "link_open"]
    return links, " ".join(
        "".join(child.content for child in token.children or ()) for token in tokens if token.children
    )


def check(edition, messages):
    assert [message_problems(message.arguments()) for message in messages] == [[]] * len(messages)
    found, words = read(messages)
    assert {paper.url for paper in edition.papers} | {paper.url for paper in edition.beyond} == set(found)
    rescued = re.findall(r"<(https:[^|>]+)\|", "".join(message.rescue for message in messages))
    assert set(rescued) == set(found)
    assert all(f"[{paper.number}]" in words for paper in edition.papers)
    for message in messages:
        assert all(len(text) <= 15_000 for text in (message.rescue, message.text))
        assert not re.search(r"<(?!https://arxiv\.org/abs/)", message.rescue)
        assert not re.search("[<>]", message.text)
    for block in (block for message in messages for block in message.blocks):
        Block.parse(block).to_dict()  # raises where slack_sdk's own checks fail


@every_edition
def test_every_paper_is_linked_and_no_limit_broken(edition):
    check(edition, survey_messages(edition, archive_url=ARCHIVE))


hostile = st.lists(st.sampled_from([*HOSTILE, "words of a title", "[1]", "[7]", "[99]", "\n\n"]), max_size=8).map(
    " ".join
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    size=st.integers(0, 120),
    titles=st.lists(hostile | st.text(max_size=60), min_size=1, max_size=8),
    texts=st.lists(hostile | st.text(max_size=60), min_size=1, max_size=6),
    sources=st.lists(st.sampled_from(["extract", "model", "summaries"]), min_size=1, max_size=4),
    language=st.sampled_from(["en", "ja", "de"]),
)
def test_hostile_texts_of_any_size(size, titles, texts, sources, language):
    base = edition(size, language=language)
    survey = replace(
        base,
        title=titles[0],
        question=titles[-1],
        opening=texts[0],
        papers=tuple(replace(paper, title=titles[n % len(titles)]) for n, paper in enumerate(base.papers)),
        sections=tuple(
            replace(
                section,
                title=titles[-1 - n % len(titles)],
                text=texts[n % len(texts)] * (1 + 40 * (n % 3)) + "\n\n" + section.text,
                source=sources[n % len(sources)],
            )
            for n, section in enumerate(base.sections)
        ),
        note=texts[-1],
    )
    check(survey, survey_messages(survey, archive_url=ARCHIVE))


def test_a_paragraph_longer_than_a_message_is_parted_and_whole():
    base = edition(12)
    long = " ".join(f"Sentence {n} has [{1 + n % 12}] its own words." for n in range(900))
    survey = replace(base, sections=(replace(base.sections[0], text=long), base.sections[1]))
    messages = survey_messages(survey)
    check(survey, messages)
    assert len(messages) > 2
    _, said = read(messages)
    assert all(f"Sentence {n} has" in said for n in range(900))
    assert "(continued)" in said


def test_a_word_longer_than_a_message_is_parted_and_whole():
    survey = replace(edition(1), opening="x" * 40_000)
    messages = survey_messages(survey)
    check(survey, messages)
    assert sum(text.count("x") for text in markdown_of(messages)) >= 40_000


def test_parts_end_between_sections_and_are_counted():
    messages = survey_messages(edition(110))
    assert len(messages) == 2
    tops = [str(message.blocks) for message in messages]
    assert "Part 1/2" in tops[0]
    assert "Part 2/2" in tops[1]
    headings = [re.findall(r"(?m)^## (.*)$", "\n".join(markdown_of([message]))) for message in messages]
    assert [title for part in headings for title in part] == [
        *(f"{n + 1}. {section.title}" for n, section in enumerate(edition(110).sections)),
        "Also found",
    ]
    assert messages[1].text.startswith("Part 2/2 of “")
    assert "Part" not in str(survey_messages(edition(12))[0].blocks)


def test_buttons_stand_in_the_last_part_and_carry_the_edition():
    for size in (12, 120):
        messages = survey_messages(edition(size), archive_url=ARCHIVE)
        *others, last = messages
        assert not [block for message in others for block in message.blocks if block["type"] == "actions"]
        (row,) = [block for block in last.blocks if block["type"] == "actions"]
        assert [element["action_id"] for element in row["elements"]] == [
            ids.DOWNLOAD,
            ids.CHOOSE_PAPER,
            ids.OPEN_ARCHIVE,
        ]
        menu, papers, _ = row["elements"]
        assert [option["value"] for option in papers["options"]][:2] == [f"{n} {edition(size).id}" for n in (1, 2)]
        assert [option["value"] for option in menu["options"]] == [
            f"{form.name} {edition(size).id}" for form in offered_formats()
        ]
        assert row["elements"][-1]["url"] == ARCHIVE


def test_narrower_questions_of_a_broad_one_are_told():
    (message,) = survey_messages(broad_edition())
    _, words = read([message])
    assert "431 papers fit this question; the most relevant are shown." in words
    assert all(question in message.rescue for question in NARROWER)


def test_how_the_question_was_read_is_said_in_both_dialects():
    made = read_edition()
    listed_at_the_edge = replace(made, papers=tuple(replace(paper, core=paper.cited) for paper in made.papers))
    for made, told in (
        (partly_understood_edition(), "Not understood: 医学"),
        (nothing_edition(), "No paper was found on this."),
        (read_edition(), "Searched for “Spracherkennung” in place of “Spracherkenung”."),
        (read_edition(), "Only papers in cs.SD or eess.AS."),
        (listed_at_the_edge, "in Multilingual ASR (at the edge of the question), Okafor"),
    ):
        messages = survey_messages(made)
        for text in (read(messages)[1], "".join(message.rescue for message in messages)):
            assert told in text.replace("\u2024", ".").replace(">", "")


def test_the_header_keeps_the_mark_of_a_long_title():
    messages = survey_messages(hostile_question_edition())
    header = messages[0].blocks[0]["text"]["text"]
    assert header.endswith("(nothing found on this, understood only in part)")
    assert len(header) <= 150
    assert survey_messages(partly_understood_edition())[0].blocks[0]["text"]["text"].endswith("in part)")


def test_figures_stand_at_the_end():
    said = str(survey_messages(edition(12))[-1].blocks)
    assert "312 found, 12 kept, 11 cited · 11.9 s · $0.0631 · openai:gpt-small · anthropic:some-model" in said
    assert "Widened" in said
    unpriced = replace(edition(12), usage=(Usage("synthesis", "own:model", usd=None),))
    assert "$0.00 + price unknown · own:model" in str(survey_messages(unpriced)[-1].blocks)


def test_failures_are_told_before_the_text():
    texts = markdown_of(survey_messages(partly_failed_edition()))
    assert "**Please note**: summary: 1 of 12 summaries could not be made" in texts[0]
    assert "could not be written" in texts[1]


def test_a_question_too_long_for_the_header_stands_whole_under_it():
    asked = " ".join(f"word{n}" for n in range(250))
    survey = replace(edition(12), title=asked, question=asked)
    messages = survey_messages(survey)
    check(survey, messages)
    assert messages[0].blocks[0]["text"]["text"].endswith("…")
    assert asked in read(messages)[1]
    assert "The question" not in read(survey_messages(edition(12)))[1]


def test_what_to_read_first_stands_between_opening_and_sections():
    made = start_edition(12)
    told = "\n".join(markdown_of(survey_messages(made)))
    assert told.index(made.opening[:20]) < told.index("## Start here") < told.index(f"## 1. {made.sections[0].title}")
    assert "the most central method" in told


def test_previews_are_off_and_rescue_has_no_blocks():
    message = survey_messages(edition(12))[0]
    assert message.arguments()["unfurl_links"] is False
    assert message.arguments()["unfurl_media"] is False
    rescue = Message(message.rescue).arguments()
    assert rescue["unfurl_links"] is rescue["unfurl_media"] is False
    assert "blocks" not in rescue
    assert "<https://arxiv.org/abs/2611.00001|[1]>" in rescue["text"]


def test_japanese_wording():
    said = str(survey_messages(edition(12, language="ja"))[-1].blocks)
    assert "そのほかに見つかった論文" in said
    assert not re.search("Also found|Please note", said)


def test_a_models_lists_stay_and_its_other_markup_goes():
    base = edition(6)
    text = "It **matters** that `x` [1]:\n- one [2]\n- *two*\n\n# Not a heading\n\n```\n[3]\n```"
    survey = replace(base, sections=(replace(base.sections[0], text=text, source="model"),))
    body = markdown_of(survey_messages(survey))[1]
    assert "It matters that x" in body
    assert "\n- one \\[[2]" in body
    assert "\n- two" in body
    assert "\nNot a heading" in body
    assert "\\[[3](https://arxiv.org/abs/2611.00003)\\]" in body


def test_limits_hold_for_every_part_of_a_long_one():
    for message in survey_messages(edition(120)):
        assert limits.text_length(message.blocks) <= 12_000
        assert sum(map(limits.count_structures, message.blocks)) <= 45
