"""Asking for more of an answer, in whatever words, and nothing that asks for something else."""

import pytest

from bot.intents.edition_views import ALL_PAPERS_REQUEST, FULL_SURVEY_REQUEST, parse_edition_view


@pytest.mark.parametrize(
    "words",
    [
        *(FULL_SURVEY_REQUEST, "more", "More!", "show me more", "tell me more", "the full survey please", "read more"),
        *("Could you show me the whole text?", "in full", "everything", "mehr", "die ganze Übersicht, bitte", "alles"),
        *("plus", "la suite", "l'étude complète", "más", "el texto completo", "todo", "もっと", "続きを見せて", "全文"),
    ],
)
def test_the_whole_survey(words):
    assert parse_edition_view(words) == "survey"


@pytest.mark.parametrize(
    "words",
    [
        *(ALL_PAPERS_REQUEST, "show me all the papers", "List all 60 papers", "the paper list", "list of all papers"),
        *(
            "all papers in a table",
            "alle Artikel",
            "zeig mir alle 12 Paper",
            "tous les articles",
            "todos los artículos",
        ),
        *("すべての論文", "論文一覧をください", "all of the papers, please"),
    ],
)
def test_all_papers(words):
    assert parse_edition_view(words) == "papers"


@pytest.mark.parametrize(
    "words",
    [
        *("", "more like [7]", "tell me more about [3]", "all papers by Ada Example", "more papers", "only 2025"),
        *("full-text search", "is there more on kernels?", "all papers from 2024", "plus petit", "todo list agents"),
        *("more recent ones", "papers", "what about all papers on diffusion?", "table understanding", "mehr Licht"),
    ],
)
def test_what_asks_for_something_else(words):
    assert parse_edition_view(words) is None


def test_many_words_are_read_at_once():
    assert parse_edition_view("show " * 15) is None
    assert parse_edition_view("more " * 1_000_000) is None  # would never end if it grew faster than they do
