"""How the question was read, in every form: nothing that was not understood, or not answered, is passed over."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from rich.console import Console

from digest.i18n import LANGUAGES
from digest.i18n.catalog import get_catalog
from digest.mail.digest_mail import render_text_and_html, subject
from digest.render import edition_facts, markdown, plain_text, terminal
from digest.render.html import render_page
from store.records.editions import Edition, SelectionReport
from store.records.questions import Concept, Correction, SearchLimits
from tests.doubles.editions import (
    NARROWER,
    NOW,
    READ_EDITIONS,
    broad_edition,
    edition,
    hostile_question_edition,
    nothing_edition,
    partly_understood_edition,
    read_edition,
    request,
)
from tests.doubles.pages import Page
from web.feeds import feed_entry


def shown_in_terminal(made: Edition) -> str:
    out = io.StringIO()
    terminal.show(made, Console(file=out, width=100))
    return out.getvalue()


FORMS: dict[str, Callable[[Edition], str]] = {
    "page": lambda made: render_page(made, map_svg=None),
    "mail": lambda made: render_text_and_html(made)[1],
    "mail's text": lambda made: render_text_and_html(made)[0],
    "text": plain_text.render,
    "markdown": markdown.render,
    "terminal": shown_in_terminal,
    "feed": lambda made: feed_entry.entry_html(made, "https://example.org/e"),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def words_of(text: str) -> str:
    """What a reader reads: without tags, escapes, marks of emphasis and line breaks."""
    plain = unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL))
    return " ".join(re.sub(r"(?m)^(?:! |> |- )|\*\*|\\(?=\W)", " ", plain).split())


@every_form
def test_what_was_not_understood_stands_in_the_title_line_and_in_a_line_of_its_own(form) -> None:
    read = words_of(form(partly_understood_edition()))
    assert "Not understood: 医学" in read
    assert "大语言模型在 医学 中的应用 (understood only in part)" in read


@every_form
def test_nothing_on_this_is_said_before_the_text(form) -> None:
    read = words_of(form(nothing_edition()))
    assert "nothing found on this, understood only in part)" in read
    told = "No paper was found on this. What follows is nearest to it, and about something else."
    assert read.index(told) < read.index("Of 312 papers found")
    assert "Nothing was submitted in 2019 that fits. A wider window finds more." in read
    assert "Ask for one of its parts." in read
    assert "at the edge" not in read  # all of it is beyond it


@every_form
def test_corrections_guesses_and_limits_are_told(form) -> None:
    read = words_of(form(read_edition()))
    for told in (
        "Searched for “Spracherkennung” in place of “Spracherkenung”.",
        "A guess: “Rauschen” means “noise”.",
        "Only papers submitted from 1 January 2024 to 31 December 2024.",
        "Only papers in cs.SD or eess.AS.",
        "Only papers by Ada Okafor.",
        "No papers with “music” or “singing voice”.",
    ):
        assert told in read
    assert "understood only in part" not in read


@every_form
def test_a_broad_question_says_how_many_fit_and_what_to_ask_instead(form) -> None:
    read = words_of(form(broad_edition()))
    assert "431 papers fit this question; the most relevant are shown." in read
    assert "Narrower questions" in read
    assert all(question in read for question in NARROWER)
    assert "Only papers submitted from 1 January 2024. No papers with “music”." in read


@every_form
def test_papers_at_the_edge_are_marked_and_the_others_are_not(form) -> None:
    made = read_edition()
    edge = sum(not paper.core for paper in made.papers)
    text = words_of(form(made))
    assert text.count("at the edge of the question") == edge or form is FORMS["terminal"]
    assert "at the edge" in text
    assert "at the edge" not in words_of(form(replace(made, papers=edition().papers)))


def test_the_page_alone_shows_the_figure() -> None:
    assert "relevance 0.94" in words_of(FORMS["page"](read_edition()))
    assert not [name for name, form in FORMS.items() if name != "page" and "relevance 0" in form(read_edition())]
    assert "relevance" not in words_of(FORMS["page"](edition()))


@every_form
def test_an_edition_from_before_says_nothing_of_it(form) -> None:
    read = words_of(form(edition()))
    for told in ("understood", "nothing found", "Narrower", "Only papers", "fit this question"):
        assert told not in read


@pytest.mark.parametrize("name", READ_EDITIONS)
@every_form
def test_hostile_words_of_a_question_stay_words(form, name) -> None:
    made = form(READ_EDITIONS[name])
    made.encode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made)
    if form in (FORMS["page"], FORMS["mail"], FORMS["feed"]):
        read = Page(made if form is not FORMS["feed"] else f"<!doctype html>{made}")
        assert read.count("script") == read.count("img") == 0


def test_a_feed_reader_that_shows_a_summary_alone_says_it_too() -> None:
    assert feed_entry.entry_summary(nothing_edition()).startswith("No paper was found on this.")
    assert "Not understood: 医学 Of 312 papers" in feed_entry.entry_summary(partly_understood_edition())
    assert feed_entry.entry_summary(read_edition()).startswith("Of 312 papers found")


def test_a_long_question_keeps_lines_and_title_short() -> None:
    made = hostile_question_edition()
    assert all(len(note.text) <= 4_000 for note in edition_facts.question_notes(made))
    for limit in (80, 110, 150, 400):
        title = edition_facts.title(made, limit)
        assert len(title) <= limit
        assert title.endswith("(nothing found on this, understood only in part)")
    assert len(edition_facts.narrower_questions(made)) == 8
    assert subject(made).startswith("<script>alert(1)")
    assert "nothing found on this" in subject(made)


def test_a_title_with_its_mark_says_the_question_still() -> None:
    made = partly_understood_edition()
    assert edition_facts.shown_question(made) == ""
    assert edition_facts.shown_question(replace(made, title="Otherwise")) == made.question


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (SearchLimits(until=NOW), ["Only papers submitted to 22 November 2026."]),
        (SearchLimits(categories=("cs",)), ["Only papers in cs."]),
        (SearchLimits(authors=("A", "B")), ["Only papers by A, B."]),
        (SearchLimits(), []),
    ],
)
def test_each_limit_alone(limits: SearchLimits, told: list[str]) -> None:
    made = replace(edition(1), request=request("speech", limits=limits))
    assert [note.text for note in edition_facts.question_notes(made)] == told


def test_several_slips_and_guesses_are_one_line_each() -> None:
    slips = (Correction("grpah", "graph"), Correction("nueral", "neural"), Correction("grpah", "graph"))
    guesses = (Concept("Rauschen", ("noise",), guessed=True), Concept("Netze", ("nets", "networks"), guessed=True))
    read = replace(request("grpah nueral"), corrections=slips, concepts=guesses)
    assert [note.text for note in edition_facts.question_notes(replace(edition(1), request=read))] == [
        "Searched for “graph” in place of “grpah”, “neural” in place of “nueral”.",
        "A guess: “Rauschen” means “noise”, “Netze” means “nets”.",
    ]


def test_many_words_that_were_not_understood_are_counted() -> None:
    words = [f"wort{n}" for n in range(30)]
    question = " und ".join(words)
    made = replace(edition(1), request=request(question, *words))
    (note,) = edition_facts.question_notes(made)
    assert note.serious
    assert note.text.endswith("wort10, wort11, and 18 more")


def test_how_many_were_compared_stands_with_how_it_was_made() -> None:
    assert "312 compared with the question, 12 of them relevant" in plain_text.render(read_edition())
    none = replace(edition(), selection=SelectionReport())
    assert "compared with the question" not in plain_text.render(none)


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_all_of_it_is_said_in_each_language(language: str) -> None:
    words = get_catalog("edition", language)
    for make in (read_edition, partly_understood_edition, nothing_edition):
        made = replace(make(language=language), selection=SelectionReport("nothing", 9, 0))
        for note in edition_facts.question_notes(made):
            assert not re.search(r"\b(papers?|understood|searched|taken|nothing)\b", note.text, re.IGNORECASE)
        assert not re.search(r"\b(nothing|understood)\b", edition_facts.title_mark(made))
    assert "broad" not in json.dumps([note.text for note in edition_facts.question_notes(broad_edition())])
    assert words.show(edition_facts.NARROWER_LEAD) != "Narrower questions"


def test_the_window_of_a_digest_is_told_once_and_is_no_limit_of_its_question() -> None:
    survey = replace(edition(1), request=request("speech", limits=SearchLimits(until=NOW, categories=("cs",))))
    digest = replace(survey, slot=NOW)
    told = [[note.text for note in edition_facts.question_notes(made)] for made in (survey, digest)]
    assert told == [["Only papers submitted to 22 November 2026. Only papers in cs."], ["Only papers in cs."]]
