"""Full text on PostgreSQL against FTS5 over the same texts: for every kind of query the same rows in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from store import Store
from store.db.database import Session
from store.db.match_expression import (
    MatchAll,
    MatchAny,
    MatchColumns,
    MatchExpression,
    MatchNear,
    MatchPhrase,
    MatchWeights,
    MatchWithout,
    match_all,
    match_any,
)
from store.indexing.query_terms import match_expression, parse_phrases
from store.text.term_match import stem_text
from tests.factories.databases import StoreDatabases

PAPERS, EDITIONS = 1_500, 60
WEIGHTS = {"papers_fts": MatchWeights((4.0, 1.0, 4.0)), "editions_fts": MatchWeights((4.0, 4.0, 1.0, 2.0))}
SPECIAL = [
    *"C++ 3D c# few-shot text-to-image Schrödinger's d'Alembert naïve 画像生成 k-means PointNet++ β-VAE GPT-4".split(),
    *"learning learned images image Hölder 확산 モデル O’Neill it's R&D ﬁne-tuning".split(),
]
SYLLABLES = "ba co di fu ge la mi no pu ra se ti vo xe zy tron".split()
_RANDOM = Random(260)
WORDS = [*SPECIAL, *("".join(_RANDOM.choices(SYLLABLES, k=_RANDOM.randint(1, 4))) for _ in range(1_200))]
FAMILIES, GIVEN = ["van der Maaten", "Hu", "Wang", "Müller", "O'Neill", "李", "Li"], ["Jean-Pierre", "Edward", "Wei"]
Made = Callable[[Random], MatchExpression | None]


def _text(random: Random, words: int) -> str:
    """Few of the words stand in most texts."""
    return " ".join(WORDS[int(len(WORDS) * random.random() ** 3)] for _ in range(words))


def _authors(random: Random) -> str:
    names = [f"{random.choice(GIVEN)} {family}" for family in random.sample(FAMILIES, random.randint(0, 4))]
    return "| |".join(map(stem_text, names))


@pytest.fixture(scope="module")
def engines(databases: StoreDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Session]]:
    """Of SQLite and of PostgreSQL, with the same texts."""
    folder = tmp_path_factory.mktemp("engines")
    with ExitStack() as stack:
        place = stack.enter_context(databases.lend(folder / "postgresql.db"))
        stores = [stack.enter_context(opened) for opened in (Store.open(folder / "sqlite.db"), place.open())]
        for store in stores:
            _fill(store)
        first, second = (stack.enter_context(store._database.read()) for store in stores)
        yield first, second


def _fill(store: Store) -> None:
    random = Random(7)
    with store._database.write() as session:
        papers = [
            (row, stem_text(_text(random, 8)), stem_text(_text(random, 60)), _authors(random))
            for row in range(1, PAPERS + 1)
        ]
        session.many("INSERT INTO main.papers_fts (rowid, title, abstract, authors) VALUES (?, ?, ?, ?)", papers)
        editions = [
            (row, *(stem_text(_text(random, words)) for words in (5, 9, 400, 90))) for row in range(1, EDITIONS + 1)
        ]
        sql = "INSERT INTO main.editions_fts (rowid, title, question, text, papers) VALUES (?, ?, ?, ?, ?)"
        session.many(sql, editions)


def _phrase(random: Random, length: int) -> MatchPhrase:
    """One that stands in a paper, mostly."""
    words = stem_text(_text(Random(7 + random.randint(0, 3)), 60)).replace("|", "").split()
    start = random.randrange(len(words) - length)
    return MatchPhrase(" ".join(words[start : start + length]))


def _word(random: Random) -> MatchExpression | None:
    return match_expression(parse_phrases(WORDS[int(len(WORDS) * random.random() ** 2)]))


def _typed(random: Random) -> MatchExpression | None:
    quoted = f'"{_text(random, 2)}"' if random.random() < 0.3 else ""
    return match_expression(parse_phrases(f"{_text(random, random.randint(1, 4))} {quoted}"))


def _name(random: Random, given: Sequence[str] = GIVEN[1:]) -> MatchExpression | None:
    families = FAMILIES if given is GIVEN else FAMILIES[1:]
    parts = [phrase[0] for phrase in parse_phrases(f"{random.choice(given)} {random.choice(families)}")]
    random.shuffle(parts)
    return MatchColumns(("authors",), MatchNear(tuple(dict.fromkeys(parts)), 1))


def _near(random: Random) -> MatchExpression | None:
    forms = {_phrase(random, random.choice((1, 1, 2))).form for _ in range(random.randint(1, 4))}
    return MatchNear(tuple(forms), random.randint(0, 4))


def _columns(random: Random) -> MatchExpression:
    part = MatchColumns(("title",), match_all([_word(random)]) or _phrase(random, 2))
    return random.choice(
        [part, MatchColumns(("title", "abstract"), MatchAll((_phrase(random, 1), _phrase(random, 1))))]
    )


def _queries(random: Random) -> MatchExpression | None:
    """As a survey asks: any of several queries, in columns, and without hyphens."""
    words = MatchAll(tuple(_phrase(random, length) for length in (1, 1, 2)[: random.randint(2, 3)]))
    return MatchAny((_columns(random), MatchColumns(("title", "abstract"), words)))


def _without(random: Random) -> MatchExpression | None:
    part = _typed(random) or _phrase(random, 1)
    return MatchWithout(
        part, random.choice([MatchColumns(("title",), part), _phrase(random, 2), _name(random) or part])
    )


KINDS: dict[str, Made] = {
    "word": _word,
    "phrase": lambda random: _phrase(random, random.randint(2, 3)),
    "typed": _typed,
    "special": lambda random: match_expression(parse_phrases(random.choice(SPECIAL))),
    "name": _name,
    "columns": _columns,
    "queries": _queries,
    "without": _without,
}


def _rows(session: Session, index: str, expression: MatchExpression | None) -> list[int]:
    return [row for (row,) in session.rows(f"SELECT rowid FROM {index}(?) ORDER BY rowid", [expression])]


def _ranked(session: Session, index: str, expression: MatchExpression | None) -> list[int]:
    sql = f"SELECT rowid, rank FROM {index}(?, ?) ORDER BY rank, rowid"
    return [row for row, _ in session.rows(sql, [expression, WEIGHTS[index]])]


@pytest.mark.parametrize("kind", KINDS)
def test_papers_are_found_and_ranked_as_fts5_does(engines: tuple[Session, Session], kind: str) -> None:
    random, found = Random(11), 0
    for _ in range(35):
        expression = KINDS[kind](random)
        first, second = (_ranked(session, "papers_fts", expression) for session in engines)
        assert first == second, expression
        found += bool(first)
    assert found > 10


def test_what_stands_near_each_other_is_found_as_fts5_does(engines: tuple[Session, Session]) -> None:
    random, found = Random(12), 0
    for number in range(60):
        expression = _near(random) if number % 2 else match_any([_name(random, GIVEN), _near(random), _columns(random)])
        first, second = (_rows(session, "papers_fts", expression) for session in engines)
        assert first == second, expression
        found += bool(first)
    assert found > 10


def test_editions_are_found_and_ranked_as_fts5_does(engines: tuple[Session, Session]) -> None:
    random = Random(13)
    for columns in (("title",), ("question", "papers"), ("title", "question", "text", "papers")):
        for _ in range(20):
            expression = MatchColumns(columns, _typed(random) or _phrase(random, 1))
            first, second = (_ranked(session, "editions_fts", expression) for session in engines)
            assert first == second, expression


@pytest.mark.parametrize(
    "form", ["'", "\\", "a' | 'b", "a) | (b", "!a", "a:*", "", " ", "w" * 3_000, "字" * 3_000, "c++", '"']
)
def test_a_form_is_never_syntax(engines: tuple[Session, Session], form: str) -> None:
    expression = MatchAll((MatchPhrase(form), MatchNear((form, "a"), 1), _phrase(Random(1), 1)))
    assert _ranked(engines[1], "papers_fts", expression) == []


def test_what_is_forgotten_is_not_found_and_ranks_nothing(databases: StoreDatabases, tmp_path: Path) -> None:
    with databases.lend(tmp_path / "paperroute.db") as place, place.open() as store:
        with store._database.write() as session:
            sql = "INSERT INTO main.papers_fts (rowid, title, abstract, authors) VALUES (?, ?, ?, ?)"
            session.many(sql, [(row, " a graph ", " of words ", " hu ") for row in (1, 2, 3)])
            session.forget_papers([2])
        with store._database.read() as session:
            assert _ranked(session, "papers_fts", MatchPhrase("graph")) == [1, 3]
            assert session.rows("SELECT count(*) FROM main.papers_fts") == [(2,)]
            assert session.rows("SELECT texts, words FROM index_totals WHERE name = 'papers_fts'") == [(2, 10)]


LONG = [
    ("words", " ".join(f"word{n}" for n in range(150_000))),
    ("one word often", "graph " * 200_000),
    ("a word without end", "x" * 1_200_000),
    ("characters", "字 " * 300_000),
]


@pytest.mark.parametrize("text", [text for _, text in LONG], ids=[name for name, _ in LONG])
def test_no_edition_is_too_long(databases: StoreDatabases, tmp_path: Path, text: str) -> None:
    with databases.lend(tmp_path / "paperroute.db") as place, place.open() as store:
        with store._database.write() as session:
            sql = "INSERT INTO editions_fts (rowid, title, question, text, papers) VALUES (?, ?, ?, ?, ?)"
            session.run(sql, [1, " a title ", "", f" {text} ", " its paper "])
        with store._database.read() as session:
            first = text.split(maxsplit=1)[0]
            for form in (first, "a title", "its paper"):
                assert _ranked(session, "editions_fts", MatchPhrase(form)) == [1]
