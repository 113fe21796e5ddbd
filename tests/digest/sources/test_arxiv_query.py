"""What is asked of arXiv: its grammar, whatever the terms hold; the window; the split of what is too long."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.ports import SearchRequest
from digest.sources.arxiv.query import clean_term, query_text, search_texts, window_text
from store.records.editions import Query
from tests.doubles.arxiv_server import ArxivServer, Entry

ROOM = 3_800


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (("lora",), "(all:lora)"),
        (
            ("lora", "text-to-image", "speech recognition"),
            '(all:lora AND all:"text-to-image" AND all:"speech recognition")',
        ),
        (("lora", "lora"), "(all:lora)"),
        (("C++", "gpt-3.5"), '(all:"C++" AND all:"gpt-3.5")'),
        (("text\u2013to\u2013image",), '(all:"text-to-image")'),
        (("\uff2c\uff4f\uff32\uff21",), "(all:LoRA)"),
        (("音声認識",), "(all:音声認識)"),
        (("Schrödinger",), "(all:Schrödinger)"),
        (("alzheimer\u2019s",), '(all:"alzheimer\'s")'),
        (("encoder/decoder",), '(all:"encoder decoder")'),
        (('lora") OR (cat:cs.*',), '(all:"lora OR cat cs")'),
        (("NOT", "TO"), '(all:"NOT" AND all:"TO")'),
        (("state", "of", "the", "art"), "(all:state AND all:art)"),
        (("the",), "(all:the)"),
        (("lora", "?", "--", ""), "(all:lora)"),
        (("nul\x00l", "tab\tbed"), '(all:"nul l" AND all:"tab bed")'),
        (("?", "()"), ""),
        ((), ""),
    ],
)
def test_terms_become_clauses(terms, text):
    assert query_text(Query(terms)) == text


def test_several_queries_with_everything_go_out_as_one_expression_in_parentheses():
    request = SearchRequest(
        (Query(("lora", "image")), Query(("speech recognition",))),
        categories=("cs.CL", "cs.SD"),
        since=at("2026-10-01T12:00"),
        until=at("2026-10-08T12:00"),
    )
    (text,) = search_texts(request, ROOM)
    assert text == (
        '((all:lora AND all:image) OR (all:"speech recognition")) AND (cat:cs.CL OR cat:cs.SD)'
        " AND submittedDate:[202610011200 TO 202610081200]"
    )


def test_authors_are_queries_of_their_own_in_one_expression():
    request = SearchRequest(
        (Query(("Geoffrey E. Hinton",), "author"), Query(("LeCun, Yann",), "author"), Query((" - ",), "author")),
        ("cs.LG",),
    )
    (text,) = search_texts(request, 2_000)
    assert text == "((au:Geoffrey AND au:Hinton) OR (au:LeCun AND au:Yann)) AND (cat:cs.LG)"


def test_a_query_without_a_word_is_left_out_beside_one_that_has_some():
    assert search_texts(SearchRequest((Query(("?",)), Query(("lora",)))), ROOM) == ["(all:lora)"]


def test_a_whole_archive():
    assert search_texts(SearchRequest((), categories=("hep-th", "cs.*")), ROOM) == [
        "(cat:hep-th OR cat:hep-th.* OR cat:cs.*)"
    ]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (SearchRequest((Query(("?!",)),)), "no word"),
        (SearchRequest(()), "empty"),
        (SearchRequest((Query(("lora",)),), categories=("cs.CL) OR (all:a",)), "not an arXiv category"),
        (SearchRequest((Query(("x" * 10_000,)),)), "too long"),
    ],
)
def test_what_cannot_be_asked_is_refused_for_good(request_, words):
    with pytest.raises(SourceError, match=words) as caught:
        search_texts(request_, ROOM)
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("since", "until", "text"),
    [
        (None, None, ""),
        ("2026-10-01T12:00:59", "2026-10-08T12:00", "submittedDate:[202610011200 TO 202610081200]"),
        ("2026-10-01", "2026-10-08T12:00:01", "submittedDate:[202610010000 TO 202610081201]"),
        ("2026-10-01", None, "submittedDate:[202610010000 TO 209912312359]"),
        (None, "2026-12-31T23:59:00.5", "submittedDate:[199101010000 TO 202701010000]"),
    ],
)
def test_the_window_in_whole_minutes_is_never_narrower_than_asked(since, until, text):
    assert window_text(since and at(since), until and at(until)) == text


def test_the_window_is_in_utc():
    tokyo = timezone(timedelta(hours=9))
    assert window_text(datetime(2026, 10, 1, 8, tzinfo=tokyo), None).startswith("submittedDate:[202609302300")


def test_long_requests_are_split_and_together_ask_the_same():
    queries = tuple(Query((f"word{number}", "text-to-image", "schrödinger bridge")) for number in range(120))
    texts = search_texts(SearchRequest(queries, categories=("cs.CL",), since=at("2026-10-01")), ROOM)
    assert all(len(quote_plus(text)) <= ROOM for text in texts)
    assert all("(cat:cs.CL)" in text and "submittedDate:[202610010000" in text for text in texts)
    assert [text.count(query_text(query)) for query in queries for text in texts if query_text(query) in text] == [
        1
    ] * 120
    assert len(texts) <= 2 * sum(map(len, map(quote_plus, texts))) / ROOM + 1


def test_many_categories_are_split_too():
    names = tuple(f"q-bio.{first}{second}" for first in "ABCDEFGHIJKLMNOP" for second in "ABCDEFGHIJKLMNOP")
    texts = search_texts(SearchRequest((Query(("lora",)),), categories=names), ROOM)
    assert len(texts) > 1
    assert all(len(quote_plus(text)) <= ROOM and text.startswith("(all:lora) AND (cat:") for text in texts)
    assert sum(text.count("cat:") for text in texts) == len(names)


terms = st.lists(st.text(max_size=12) | st.sampled_from(['"', "AND", "(", "OR (", "]", "a:b", "ti:x"]), max_size=4)


@given(st.lists(terms, min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_no_term_can_break_the_grammar(lists):
    """The stand-in parses like arXiv and refuses what is malformed; a paper with just these words must be found."""
    queries = tuple(Query(tuple(words)) for words in lists)
    try:
        texts = search_texts(SearchRequest(queries, categories=("cs.LG",)), ROOM)
    except SourceError:
        assert not any(clean_term(term) for query in queries for term in query.terms)
        return
    words = " . ".join(clean_term(term) for query in queries for term in query.terms)
    server = ArxivServer([Entry("2610.00001", abstract=words), Entry("2610.00002", categories=("math.CO",))])
    assert [entry.id for entry in server.hits(texts[0], "relevance")] == ["2610.00001"]
