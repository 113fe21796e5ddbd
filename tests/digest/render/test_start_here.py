"""What to read first, in every form: before the sections, each paper with its reason; nothing where none is named."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from digest.i18n import LANGUAGES
from digest.i18n.catalog import get_catalog
from digest.mail.digest_mail import MAX_HTML_BYTES, render_text_and_html
from digest.render import edition_facts, edition_json
from store.records.editions import Edition
from store.records.paper_facts import StartPaper
from tests.digest.render.test_question_notes import FORMS, words_of
from tests.doubles.editions import edition, hostile_edition, start_edition

SHOWN = {name: form for name, form in FORMS.items() if name != "page"}
every_form = pytest.mark.parametrize("form", SHOWN.values(), ids=SHOWN)


@every_form
def test_the_papers_stand_before_the_sections_in_their_order_with_their_reasons(form: Callable[[Edition], str]) -> None:
    made = start_edition()
    read = words_of(form(made))
    start = read[read.index("Start here") :]
    places = [start.index(word) for word in ("the survey of the field", "the most central method", "the benchmark or")]
    assert places == sorted(places)
    for paper, _ in edition_facts.start_papers(made):
        assert start.index(edition_facts.paper_title(paper)) < start.index("the benchmark or data set")
    # the first section: in mail and text its title comes again behind
    assert edition_facts.section_title(made.sections[0]) in start[places[-1] :]


@every_form
@pytest.mark.parametrize("made", [edition(12), hostile_edition()], ids=["older", "hostile"])
def test_where_none_is_named_nothing_is_said(form: Callable[[Edition], str], made: Edition) -> None:
    assert "Start here" not in words_of(form(made))


def test_a_number_that_no_paper_has_is_passed_over() -> None:
    made = replace(start_edition(), start_here=(StartPaper(99, "survey", "the survey"), *start_edition().start_here))
    assert [paper.number for paper, _ in edition_facts.start_papers(made)] == [2, 4, 10]


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_told_in_the_editions_language(language: str) -> None:
    told = [reason for _, reason in edition_facts.start_papers(start_edition(language=language))]
    assert told[1] == get_catalog("edition", language).gettext("the most central method")
    assert (told[1] == "the most central method") == (language == "en")


def test_json_has_facts_and_start() -> None:
    document = edition_json.document(start_edition())
    assert [start["position"] for start in document["start_here"]] == [2, 4, 10]
    assert document["start_here"][0] == {"position": 2, "kind": "survey", "reason": "the survey of the field"}
    facts = document["papers"][9]["facts"]
    assert (facts["role"], facts["datasets"], facts["citations"]) == ("benchmark", ["Kitchens", "LibriSpeech"], None)
    assert document["papers"][0]["facts"]["role"] == "unknown"
    json.dumps(document)


def test_a_mail_has_the_first_rows_of_the_table_and_stays_small() -> None:
    text, html = render_text_and_html(start_edition(60))
    assert "Side by side" in words_of(html)
    assert words_of(html).count("RNN-T") == 1
    assert "https://github.com/example/chunks" in text
    assert len(html.encode()) < MAX_HTML_BYTES
    assert "Side by side" not in words_of(render_text_and_html(edition(12))[1])


def test_of_papers_without_recorded_authors_the_year_is_told() -> None:
    paper, words = start_edition().papers[0], get_catalog("edition", "en")
    assert edition_facts.mention(paper, words).endswith(f"{edition_facts.first_author(paper, words)}, 2026")
    assert edition_facts.mention(replace(paper, authors=()), words) == "2026"


def test_json_says_which_section_is_no_theme() -> None:
    made = start_edition()
    rest = replace(made.sections[-1], title="Also on the way", is_theme=False)
    told = json.loads(edition_json.render(replace(made, sections=(*made.sections[:-1], rest))))
    assert [section["is_theme"] for section in told["sections"]] == [True] * (len(made.sections) - 1) + [False]
