"""Reliability, in every form: a doubtful statement says so where it stands, and a text of many warns first."""

import json
import re
from dataclasses import replace

import pytest

from bot.limits import MOST_SHOWN, shown_length
from bot.messages.answer import answer_message
from bot.messages.canvas_text import answer_canvas
from bot.messages.digest import digest_post
from bot.messages.survey import survey_messages
from digest.mail.digest_mail import MAX_HTML_BYTES, render_text_and_html
from digest.render import edition_json, reliability
from digest.render.formats import set_length
from digest.render.html import render_page
from digest.render.reliability import mark_statements, support_warning
from paperroute.cli.archive import _checks
from store.records.editions import Edition, EditionLength, EvidenceSentence, Statement
from tests.digest.render.test_question_notes import FORMS, words_of
from tests.doubles.editions import HOSTILE_TITLES, checked_edition, checked_statement, edition, hostile_edition
from tests.doubles.pages import Page
from web.mcp.tool_results import edition_text


def in_slack(made: Edition) -> str:
    return "\n".join(message.rescue for message in survey_messages(made))


ALL_FORMS = {**FORMS, "slack": in_slack, "canvas": answer_canvas}
every_form = pytest.mark.parametrize("form", ALL_FORMS.values(), ids=ALL_FORMS)
READ_ALOUD = {name: form for name, form in ALL_FORMS.items() if name != "page"}
UNSUPPORTED = "not supported by the abstract: a number differs"
WARNING = "Do not rely on this text: 0 of its 12 statements are supported by the papers that it cites."


def plain_of(text: str) -> str:
    """Words as they are read, without the links of citations and their brackets."""
    return re.sub(r"\]?\(https?://[^)]*\)|[\[\]\\]|<https?[^|>]*\||>", "", words_of(text))


@every_form
def test_a_doubtful_statement_says_so_behind_its_citation_and_a_good_one_says_nothing(form) -> None:
    read = plain_of(form(checked_edition(12)))
    assert re.search(rf"L² cost (2 ?)?\.? ?\(?⚠ ?{UNSUPPORTED}", read)
    assert re.search(r"within 300 ms (1 ?)?\.? ?\(?partly supported by the abstract", read)
    verdicts = [statement.verdict for statement in checked_edition(12).statements]
    assert read.count(f"⚠ {UNSUPPORTED}") == verdicts.count("unsupported")


@pytest.mark.parametrize("form", READ_ALOUD.values(), ids=READ_ALOUD)
def test_where_all_is_supported_nothing_is_added(form) -> None:
    made = edition(12)
    good = tuple(checked_statement(one.section, one.sentence, "supported") for one in checked_edition(12).statements)
    assert form(replace(made, statements=good)) == form(made)


@every_form
@pytest.mark.parametrize("length", ["full", "standard", "short"])
def test_a_text_that_its_papers_do_not_support_warns_before_it_begins(form, length: EditionLength) -> None:
    read = plain_of(form(set_length(checked_edition(12, weak=True), length)))
    assert read.index(WARNING) < read.index("Of 312 papers found")
    assert read.count(WARNING) == 1
    assert "Do not rely" not in form(checked_edition(12))


def test_a_mail_and_a_message_begin_with_the_warning() -> None:
    weak = checked_edition(12, weak=True, kind="digest")
    text, html = render_text_and_html(weak)
    assert words_of(text).startswith(WARNING)
    body = html.partition("<body")[2]
    assert words_of(body.partition(">")[2]).startswith(WARNING)
    for message in (answer_message(weak), digest_post(weak).parent):
        assert message.text.endswith(WARNING)
        first = next(block["text"] for block in message.blocks if block["type"] == "markdown")
        assert first.startswith(f"**{WARNING}**")
        assert shown_length(message.blocks) <= MOST_SHOWN


def test_a_message_leads_with_what_is_supported() -> None:
    made = replace(edition(12), opening="Small models are quick [1]. Large ones are better [2].")
    bad = checked_statement(-1, "Small models are quick [1].", "unsupported")
    assert "Large ones are better" in answer_message(replace(made, statements=(bad,))).text


def test_a_warning_without_statements_is_what_its_part_said() -> None:
    weak = replace(checked_edition(12, weak=True), statements=())
    assert support_warning(weak) == "the papers do not say what the text says"
    assert support_warning(edition(12)) == ""
    assert not any("support" in line for line in reliability.notices(weak))


def marked(text: str, *sentences: str) -> str:
    statements = tuple(checked_statement(-1, sentence, "unsupported", reason="no") for sentence in sentences)
    made = replace(edition(3), opening=text, sections=(), statements=statements)
    return mark_statements(made, lambda mark: f"<{mark.number}>").opening


@pytest.mark.parametrize(
    ("text", "sentences", "expected"),
    [
        ("A is B [1]. C is D [2].", ("A is B [1].", "C is D [2]."), "A is B [1]<1>. C is D [2]<2>."),
        ("A is B [1]. A is B [1].", ("A is B [1].", "A is B [1]."), "A is B [1]<1>. A is B [1]<2>."),
        ("A\n is  B [1][2], so C.", ("A is B [1][2], so C.",), "A\n is  B [1][2]<1>, so C."),
        ("**A is B [1].** And C.", ("**A is B [1].**",), "**A is B [1]<1>.** And C."),
        ("A is B [1].", ("Something else [1].",), "A is B [1]."),
        ("A is B [1]. C [2].", ("Nothing [9].", "C [2]."), "A is B [1]. C [2]<2>."),
        ("A (x.*y) [1].", ("A (x.*y) [1].",), "A (x.*y) [1]<1>."),
        ("A \ue0121\ue013 [1].", ("A \ue0121\ue013 [1].",), "A 1 [1]<1>."),
        ("", ("A [1].",), ""),
    ],
)
def test_marks_stand_behind_the_citations_of_their_own_sentences(text, sentences, expected) -> None:
    assert marked(text, *sentences) == expected


def test_a_models_emphasis_survives_its_mark() -> None:
    statement = checked_statement(0, "**A is B [1].**", "supported")
    sections = (replace(edition(3).sections[0], text="**A is B [1].** And C.", source="model"),)
    page = render_page(replace(edition(3), sections=sections, statements=(statement,)), map_svg=None)
    assert "<strong>A is B <a" in page
    assert "** And C" not in page


def test_the_page_shows_what_each_statement_rests_on() -> None:
    made = checked_edition(12)
    page = Page(render_page(made, map_svg=None))
    buttons = [attributes for tag, attributes in page.elements if tag == "button"]
    judged = [statement for statement in made.statements if statement.verdict != "unchecked"]
    assert [attributes["aria-label"] for attributes in buttons] == [f"Evidence: [{one.papers[0]}]" for one in judged]
    assert {attributes["popovertarget"] for attributes in buttons} <= set(page.ids)
    assert page.text.count("so that no transcripts are needed beyond ten hours.") >= len(judged)
    assert "Title: A Title of One" in page.text
    assert "popovertarget" not in render_page(edition(12), map_svg=None)


def hostile_statements() -> Edition:
    made = hostile_edition()
    return replace(
        made,
        opening="A is B [1]. " * len(HOSTILE_TITLES),
        statements=tuple(
            Statement(
                -1,
                "A is B [1].",
                (1,),
                (EvidenceSentence(1, 1, title),),
                "unsupported",
                0.0,
                title,
                f"{title} [2] {title}",
            )
            for title in HOSTILE_TITLES
        ),
    )


@every_form
def test_foreign_reasons_and_evidence_are_words(form) -> None:
    shown = form(hostile_statements())
    assert not re.search("\x1b\\[31|\x00|\ud800|\u202e|\ue012", shown)
    assert "⚠ not supported by the abstract" in words_of(shown)


def test_hostile_evidence_keeps_the_page_sound() -> None:
    page = Page(render_page(hostile_statements(), map_svg=None))
    assert len(page.ids) == len(set(page.ids))
    assert "<script>alert(1)</script>" in page.text


@pytest.mark.parametrize("size", [12, 60, 240])
def test_a_mail_stays_within_its_bytes(size: int) -> None:
    _, html = render_text_and_html(checked_edition(size, weak=True, kind="digest"))
    assert len(html.encode()) < MAX_HTML_BYTES
    assert "not supported by the abstract" in html


def test_json_and_assistants_get_statements_with_evidence() -> None:
    made = checked_edition(12, weak=True)
    document = json.loads(edition_json.render(made))
    assert document["support_warning"] == WARNING
    first = document["statements"][0]
    assert (first["section"], first["positions"], first["verdict"]) == (None, [1], "unsupported")
    assert first["evidence"][1] == {"position": 1, "sentence": 0, "text": "A Title of One"}
    told = edition_text(made, document["markdown"], None, "")
    assert [one.sentence for one in told.statements] == [reliability.to_line(one.sentence) for one in made.statements]
    assert told.support_warning == WARNING
    assert edition_text(made, "## 1. A part without any of them", None, "").statements == []


def test_the_command_line_lists_what_is_doubtful_with_its_evidence() -> None:
    made = checked_edition(12)
    listed = _checks(made)
    verdicts = [statement.verdict for statement in made.statements]
    assert listed.startswith("9 of 12 statements were held against the papers that they cite; 6 are not")
    assert listed.count("⚠ ") == verdicts.count("unsupported")
    assert listed.index("partly supported") > listed.rindex("⚠ ")
    assert "      [1] Title: A Title of One" in listed


@every_form
def test_a_paper_that_no_sentence_cites_is_told_in_brief_with_its_reason(form) -> None:
    made = edition(12)
    reason = "What only the seventh was kept for"
    papers = tuple(replace(one, reason=reason) if one.number == 7 else one for one in made.papers)
    papers = tuple(
        replace(one, summary=replace(one.summary, result="Only its result.")) if one.number == 7 else one
        for one in papers
    )
    read = words_of(form(replace(made, papers=papers)))
    if form is not answer_canvas:  # which lists all papers by their numbers
        assert reason in read
    shown_in_table = form is FORMS["page"]
    assert read.count("Only its result.") == shown_in_table
