"""Themes: each carried by its papers, none twice, none a bare word; what fits none is left over."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest

from digest.ports import Vectors
from digest.route.section_titles import title_sections
from digest.route.sections import cut
from digest.route.themes import Theme, find_themes, smallest_theme
from digest.route.title_phrases import find_title_phrases
from digest.text.title_coverage import CARRIED
from store.records.editions import Paper
from store.text.tokens import is_stop, stem, stems, tokens

DAY = datetime(2026, 1, 1, tzinfo=UTC)
QUESTION = "the firing of pottery"
TERMS = (
    "wood ovens,gas burners,glaze chemistry,clay bodies,thermal shock,salt vapour,ash deposits,slip casting,"
    "wheel throwing,raku cooling,bone porcelain,oxide pigments,pinhole defects,kiln sensors,crackle networks"
).split(",")
PLAIN = (
    "It burns. They like it. We wait for rain in the yard. Results vary. We tell why. Cones bend early. It is old"
).split(". ")


def paper(chance: Random, terms: list[str]) -> Paper:
    said = [f"We look at {term} here" for term in terms] + chance.sample(PLAIN, 3)
    chance.shuffle(said)
    title = f"On {terms[0]}" if terms and chance.random() < 0.5 else f"Letter {chance.randrange(1000)}"
    return Paper("2601.00001", 1, title, ". ".join(said), ("A",), ("cs.CL",), "cs.CL", DAY, DAY)


def survey(seed: int) -> tuple[list[Paper], Vectors]:
    """Papers on one to three of a few terms, or on none, and their words as vectors."""
    chance = Random(seed)
    terms = chance.sample(TERMS, chance.randrange(3, 10))
    papers = [
        paper(chance, chance.sample(terms, chance.choice([0, 1, 1, 2, 2, 3]))) for _ in range(chance.randrange(12, 70))
    ]
    axes = sorted({word for one in papers for word in stems(one.text)})
    rows = np.array([[stems(one.text).count(axis) for axis in axes] for one in papers], np.float32)
    return papers, rows / np.linalg.norm(rows, axis=1, keepdims=True)


def themes_of(papers: list[Paper], vectors: Vectors, question: str = QUESTION) -> tuple[Theme, ...]:
    return find_themes(vectors, find_title_phrases(papers, question))


def carried(title: str, papers: list[Paper]) -> float:
    """The share of papers that have every word of the title, anywhere."""
    wanted = {stem(word) for word in tokens(title) if not is_stop(word)}
    return sum(wanted <= set(stems(one.text)) for one in papers) / len(papers)


@pytest.mark.parametrize("seed", range(30))
def test_every_theme_is_carried_by_its_papers(seed: int) -> None:
    papers, vectors = survey(seed)
    found = themes_of(papers, vectors)
    assert found
    assert all(carried(theme.title, [papers[i] for i in theme.papers]) >= CARRIED for theme in found)
    assert all(5 <= len(theme.papers) <= 12 for theme in found)
    taken = [i for theme in found for i in theme.papers]
    assert len(taken) == len(set(taken))
    assert len({theme.title.casefold() for theme in found}) == len(found)
    assert all(" " in theme.title for theme in found)


def test_themes_carry_more_than_cuts_of_the_same_papers_do() -> None:
    """What cutting a path in the order of the question would give, over all surveys."""
    shares: dict[str, list[float]] = {"themes": [], "cuts": []}
    for seed in range(10):
        papers, vectors = survey(seed)
        for theme in themes_of(papers, vectors):
            shares["themes"].append(carried(theme.title, [papers[i] for i in theme.papers]))
        groups = cut([1.0] * (len(papers) - 1))
        for group, title in zip(
            groups, title_sections(groups, find_title_phrases(papers, QUESTION), papers), strict=True
        ):
            shares["cuts"].append(carried(title, [papers[i] for i in group]))
    assert np.mean(shares["themes"]) > 1.3 * np.mean(shares["cuts"])


def test_papers_that_fit_no_theme_are_left_over() -> None:
    chance = Random(1)
    papers = [paper(chance, ["wood ovens"]) for _ in range(6)] + [paper(chance, ["thermal shock"]) for _ in range(6)]
    stray = Paper("2601.00002", 1, "Moon phases", "Tides rise twice.", ("A",), ("cs.CL",), "cs.CL", DAY, DAY)
    vectors = np.eye(3, dtype=np.float32)[[0] * 6 + [1] * 6 + [2]]
    found = {theme.title: theme.papers for theme in themes_of([*papers, stray], vectors)}
    assert found == {"wood ovens": tuple(range(6)), "thermal shock": tuple(range(6, 12))}


def test_a_near_paper_joins_a_theme_whose_words_it_lacks() -> None:
    chance = Random(1)
    papers = [paper(chance, ["wood ovens"]) for _ in range(6)] + [paper(chance, ["thermal shock"]) for _ in range(6)]
    near = Paper("2601.00002", 1, "Ovens", "Timber heats them.", ("A",), ("cs.CL",), "cs.CL", DAY, DAY)
    vectors = np.eye(2, dtype=np.float32)[[0] * 6 + [1] * 6 + [0]]
    found = {theme.title: theme.papers for theme in themes_of([*papers, near], vectors)}
    assert found["wood ovens"] == (0, 1, 2, 3, 4, 5, 12)


def test_words_of_the_question_and_their_abbreviation_name_no_theme() -> None:
    papers, vectors = survey(3)
    titles = {theme.title for theme in themes_of(papers, vectors)}
    asked = next(iter(titles))
    assert asked not in {theme.title for theme in themes_of(papers, vectors, asked)}
    short = [
        Paper(p.id, 1, p.title, f"WO is hot. The WO helps. {p.abstract}", p.authors, p.categories, "", DAY, DAY)
        for p in papers
    ]
    assert "WO" in {phrase.text for phrase in find_title_phrases(short, "pottery")}
    assert "WO" not in {phrase.text for phrase in find_title_phrases(short, "wood ovens")}


@pytest.mark.parametrize(
    ("word", "is_title"), [("facts", False), ("LiDAR", True), ("self-attention", True), ("judges", False)]
)
def test_a_bare_word_is_a_title_only_as_a_name(word: str, is_title: bool) -> None:
    papers = [
        Paper(
            "2601.00001", 1, f"On {word}", f"We need {word}. The {word} matter.", ("A",), ("cs.CL",), "cs.CL", DAY, DAY
        )
        for _ in range(4)
    ]
    assert (word in {phrase.text for phrase in find_title_phrases(papers, "")}) is is_title


def test_a_participle_ends_no_title() -> None:
    text = "We compare models ranging from small to large. Models ranging widely are tried."
    papers = [Paper("2601.00001", 1, "Sizes", text, ("A",), ("cs.CL",), "cs.CL", DAY, DAY) for _ in range(4)]
    assert not [phrase.text for phrase in find_title_phrases(papers, "") if "ranging" in phrase.text]


def test_two_forms_of_one_word_are_one_theme() -> None:
    chance = Random(1)
    papers = [paper(chance, ["slip casting"]) for _ in range(6)] + [paper(chance, ["slip casters"]) for _ in range(6)]
    vectors = np.eye(2, dtype=np.float32)[[0] * 6 + [1] * 6]
    assert len(themes_of(papers, vectors)) == 1


@pytest.mark.parametrize("n", [0, 1, 9])
def test_few_papers_have_no_themes(n: int) -> None:
    papers, vectors = survey(1)
    assert themes_of(papers[:n], vectors[:n]) == ()


def test_papers_without_phrases_or_meaning_have_no_themes() -> None:
    papers = [Paper("2601.00001", 1, "...", "$x$", ("A",), ("cs.CL",), "cs.CL", DAY, DAY)] * 20
    assert themes_of(papers, np.zeros((20, 4), np.float32)) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("retrieved passages", "retrieved documents"),
        ("GNN architectures", "graph neural networks"),
        ("convolutional layers", "CNNs"),
        ("autonomous agents", "intelligent agents"),
    ],
)
def test_titles_that_read_alike_are_one_theme(one: str, other: str) -> None:
    chance = Random(1)
    papers = [paper(chance, [one]) for _ in range(6)] + [paper(chance, [other]) for _ in range(6)]
    vectors = np.eye(2, dtype=np.float32)[[0] * 6 + [1] * 6]
    assert len(themes_of(papers, vectors, "pottery")) == 1


def test_no_theme_is_named_by_a_data_set_or_a_measure() -> None:
    chance = Random(1)
    papers = [paper(chance, ["KilnNet", "wear coefficients", "wood ovens"]) for _ in range(4)]
    titles = {phrase.text for phrase in find_title_phrases(papers, "pottery", ["KilnNet"])}
    assert {"KilnNet", "wear coefficients"}.isdisjoint(titles)
    assert "wood ovens" in titles
    assert "wear coefficients" in {phrase.text for phrase in find_title_phrases(papers, "how ovens are evaluated")}


def test_a_small_field_has_smaller_themes() -> None:
    assert [smallest_theme(papers, 5) for papers in (4, 9, 10, 15, 16, 19, 20, 60)] == [5, 5, 3, 3, 4, 4, 5, 5]
    assert smallest_theme(60, 2) == 2
