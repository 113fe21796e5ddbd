"""What is typed into the search box: its signs, and that nothing else of it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import Store
from store.indexing.filters import NO_FILTER
from store.indexing.query_terms import match_expression, parse_phrases
from store.indexing.search_syntax import SearchTerms, narrow, parse_search
from store.sqlite.fts5 import render_match
from tests.factories.databases import NewPlace
from tests.factories.store import digest, paper, survey

_SIGNS = (
    '" - − author: AUTHOR: category: cat: title: : * NEAR( ) {authors} ^ AND OR NOT lora Hu cs.CL cs.* c++ é 画像 の -1'
)
SIGNS = st.sampled_from([*_SIGNS.split(), " ", "\x00", "\ud800"])
TYPED = st.lists(SIGNS | st.text(max_size=4), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("lora diffusion", SearchTerms("lora diffusion")),
        ('"speech recognition" lora', SearchTerms("speech recognition lora", quoted=('"speech recognition"',))),
        ("lora -diffusion", SearchTerms("lora", excluded=("diffusion",))),
        ('lora -"speech recognition"', SearchTerms("lora", excluded=('"speech recognition"',))),
        ("lora −diffusion", SearchTerms("lora", excluded=("diffusion",))),
        ("text-to-image", SearchTerms("text-to-image")),
        ("spin -1", SearchTerms("spin 1")),
        ("author:Hu lora", SearchTerms("lora", authors=("Hu",))),
        ('Author: "Edward Hu"', SearchTerms(authors=("Edward Hu",))),
        ("author:“Edward Hu”", SearchTerms(authors=("Edward Hu",))),
        ("-author:Hu lora", SearchTerms("lora", excluded_authors=("Hu",))),
        ("category:cs.CL", SearchTerms(categories=("cs.CL",))),
        ("cat:cs.* lora", SearchTerms("lora", categories=("cs.*",))),
        ("lora -cat:cs.CV", SearchTerms("lora", excluded_categories=("cs.CV",))),
        ("category:c++", SearchTerms("category c++")),
        ("title:lora", SearchTerms("title:lora")),
        ("author:", SearchTerms("author:")),
        ("-lora", SearchTerms(excluded=("lora",))),
        ("", SearchTerms()),
    ],
)
def test_what_is_typed_has_one_reading(typed: str, expected: SearchTerms) -> None:
    found = parse_search(typed)
    for kind in ("authors", "excluded", "excluded_authors"):
        assert getattr(found, kind) == tuple(tuple(parse_phrases(text)) for text in getattr(expected, kind))
    assert found.quoted == tuple(parse_phrases(" ".join(expected.quoted)))
    assert (found.words, found.categories) == (expected.words, expected.categories)
    assert found.excluded_categories == expected.excluded_categories
    assert found.is_searchable == bool(expected.words or expected.authors or expected.categories)


def test_words_without_signs_are_what_they_were() -> None:
    for typed in ("lora", '"speech recognition" on c++', "画像生成のLoRA", "few-shot AND learning", "AND", '"a "b'):
        assert parse_search(typed).phrases == tuple(parse_phrases(typed))


def test_a_long_search_is_bounded() -> None:
    found = parse_search("-a1 author:b1 category:cs.CL " + " ".join(f"-w{n} author:n{n} word{n}" for n in range(5_000)))
    assert len(found.phrases) <= 32
    assert len(found.excluded) <= 32
    assert len(found.authors) <= 32


@given(TYPED)
def test_nothing_typed_reaches_the_index_unquoted(typed: str) -> None:
    terms = parse_search(typed)
    among = narrow(NO_FILTER, terms)
    for expression in (match_expression(terms.phrases), among.authors, among.excluded, among.excluded_authors):
        written = render_match(expression) if expression else ""
        quoted = re.findall(r'"([^"]*)"', written)
        assert all(text.strip() for text in quoted)
        rest = re.sub(r'"[^"]*"', '""', written)
        assert not re.sub(r'""|\{authors\} : \(NEAR\(|, \d{1,2}\)|AND|OR|[() ]', "", rest), rest


@pytest.fixture(scope="module")
def shelf(new_place: NewPlace) -> Iterator[Store]:
    with new_place() as place, place.open() as store:
        fill(store)
        yield store


def fill(store: Store) -> None:
    store.papers.add(
        [
            paper("1", title="LoRA for walks", authors=("Edward J. Hu", "Yelong Shen"), categories=("cs.CL",)),
            paper("2", title="LoRA for images", authors=("Hu, Edward",), categories=("cs.CV", "cs.CL")),
            paper(
                "4",
                title="Pebbles",
                authors=("Max Foo", "Juan María García Márquez", r"Erd\H{o}s P\'al1,2", "Al Bar"),
                categories=("math.CO",),
            ),
            paper("3", title="Walks on graphs", authors=("Edward Shen", "Ann Hu"), categories=("math.CO",)),
        ]
    )
    store.editions.freeze(survey("s", ("1",), title="On LoRA"))
    store.editions.freeze(digest("d", ("3",), title="On graphs"))


@pytest.mark.parametrize(
    ("typed", "papers", "editions"),
    [
        ("lora", "12", "s"),
        ("lora -images", "1", "s"),
        ('lora -"for images"', "1", "s"),
        ("author:hu", "123", "sd"),
        ('author:"edward hu"', "12", "s"),
        ('author:"Hu, Edward" lora', "12", "s"),
        ('author:"Juan Maria Garcia Marquez"', "4", ""),
        ('author:"Márquez, Juan García"', "4", ""),
        ("author:Erdős author:pal", "4", ""),
        ('author:"Foo Juan"', "", ""),
        ('author:"Max Foo Juan María"', "", ""),
        ("author:hu -author:shen", "2", ""),
        ("author:hu author:shen", "13", "sd"),
        ("category:cs.CL", "12", "s"),
        ("cat:cs.CL cat:cs.CV", "2", ""),
        ("cat:cs.CL -cat:cs.CV", "1", "s"),
        ("walks -lora", "3", "d"),
        ("-lora", "", ""),
        ("-category:cs.CL", "", ""),
    ],
)
def test_signs_narrow_a_search(shelf: Store, typed: str, papers: str, editions: str) -> None:
    hits, total = shelf.search.find_papers(typed)
    assert ({hit.paper.id for hit in hits}, total) == (set(papers), len(papers))
    assert {hit.edition.id for hit in shelf.search.editions(typed)} == set(editions)
    assert shelf.search.count_editions(typed) == len(editions)
    assert {head.id for head in shelf.listings.editions(words=typed, limit=9)} == set(editions)


def test_the_newest_come_first_where_that_is_asked_for(store: Store) -> None:
    base = paper("a", title="Walks walks walks")
    store.papers.add([base, replace(base, id="b", title="Walks", published=base.updated)])
    assert [hit.paper.id for hit in store.search.find_papers("walks", order="date")[0]] == ["b", "a"]


@given(TYPED)
def test_no_search_is_an_error(shelf: Store, typed: str) -> None:
    hits, total = shelf.search.find_papers(typed)
    assert len(hits) == total
    assert len(shelf.search.editions(typed)) == shelf.search.count_editions(typed)
