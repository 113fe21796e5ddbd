"""A paper source over a file: the same request means the same as to arXiv."""

import json
from datetime import UTC, datetime

import pytest

from digest.errors import SourceError
from digest.ports import SearchRequest
from digest.sources.sample import SampleSource
from store.records.editions import Query

ABOUT = {"about": "Invented papers."}


def line(number, title, abstract, day, categories=("cs.CL",), **fields):
    return {
        "id": f"2610.{number:05d}",
        "version": 1,
        "title": title,
        "abstract": abstract,
        "authors": ["Ada Example", "Ben Example"],
        "categories": list(categories),
        "primary_category": categories[0] if categories else "",
        "published": f"2026-10-{day:02d}T12:00:00Z",
        "updated": f"2026-10-{day:02d}T12:00:00Z",
        "comment": "",
        "doi": "",
        "journal_ref": "",
        **fields,
    }


LINES = [
    line(1, "LoRA for images", "Adapters.\u2028Text-to-image models.", 1, ("cs.CV",)),
    line(2, "Exploration of rooms", "Robots make images of text; an image is to be had.", 2, ("cs.RO", "cs.CV")),
    line(3, "Recognising speech", "Speech recognition with LoRAs.", 3, ("cs.CL", "eess.AS")),
    line(4, "0", "Recognition, then speech.", 4, ()),
    line(5, "LoRA, LoRA and LoRA", "An image.", 5, ("hep-th",)),
]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_text(
        "\n".join(json.dumps(line, ensure_ascii=False) for line in [ABOUT, *LINES]) + "\n", encoding="utf-8"
    )
    return SampleSource(path)


def no_wait(seconds, why):
    pytest.fail("a file needs no waiting")


def found(source, *queries, **rest):
    (page,) = source.search(SearchRequest(tuple(Query(terms) for terms in queries), **rest), wait=no_wait)
    assert page.total >= len(page.papers)
    return [int(paper.id[-1]) for paper in page.papers]


@pytest.mark.parametrize(
    ("queries", "numbers"),
    [
        ([("lora",)], [5, 3, 1]),
        ([("lora", "image")], [5, 1]),
        ([("images",)], [2, 1, 5]),
        ([("text-to-image",)], [1]),
        ([("speech recognition",)], [3]),
        ([("speech", "recognition")], [3, 4]),
        ([("text-to-image",), ("speech recognition",)], [3, 1]),
        ([("lora", "?")], [5, 3, 1]),
        ([("?",)], []),
        ([("nothing of the kind",)], []),
        ([], [5, 4, 3, 2, 1]),
    ],
)
def test_any_query_with_all_its_terms(source, queries, numbers):
    assert sorted(found(source, *queries)) == sorted(numbers)


def test_titles_weigh_more_and_the_order_is_stable(source):
    assert found(source, ("lora",)) == [5, 1, 3]


def test_submitted_order_is_newest_first(source):
    assert found(source, ("lora",), order="submitted") == [5, 3, 1]


@pytest.mark.parametrize(
    ("categories", "numbers"),
    [
        (("cs.CV",), [2, 1]),
        (("eess.AS", "cs.RO"), [3, 2]),
        (("cs",), [3, 2, 1]),
        (("cs.*",), [3, 2, 1]),
        (("hep-th",), [5]),
    ],
)
def test_categories(source, categories, numbers):
    assert found(source, categories=categories) == numbers


def test_the_window_holds_its_start_and_not_its_end(source):
    since, until = datetime(2026, 10, 2, 12, tzinfo=UTC), datetime(2026, 10, 4, 12, tzinfo=UTC)
    assert found(source, since=since, until=until) == [3, 2]


def test_the_limit_leaves_the_total(source):
    (page,) = source.search(SearchRequest((), limit=2), wait=no_wait)
    assert (len(page.papers), page.total) == (2, 5)


def test_a_paper_as_the_file_has_it(source):
    (page,) = source.search(SearchRequest((Query(("recognition", "then")),)), wait=no_wait)
    (paper,) = page.papers
    assert (paper.title, paper.authors, paper.categories) == ("0", ("Ada Example", "Ben Example"), ())
    assert paper.published == datetime(2026, 10, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 2 is not a paper"),
        ("[]", "line 2 is not a paper"),
        ('{"id": "2610.00001"}', "line 2 is not a paper .*version"),
        (json.dumps({**LINES[0], "colour": "red"}), "line 2 is not a paper .*colour"),
        (json.dumps({**LINES[0], "published": "yesterday"}), "line 2 is not a paper"),
    ],
)
def test_a_broken_line_is_named(tmp_path, text, words):
    path = tmp_path / "papers.jsonl"
    path.write_text(f"{json.dumps(ABOUT)}\n{text}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=words) as caught:
        found(SampleSource(path))
    assert caught.value.permanent


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"none\.jsonl cannot be read"):
        found(SampleSource(tmp_path / "none.jsonl"))


def test_the_bundled_sample_serves_its_two_topics():
    for terms in (("lora", "image"), ("speech recognition",)):
        (page,) = SampleSource().search(SearchRequest((Query(terms),)), wait=no_wait)
        assert page.total == len(page.papers) >= 12
        assert all(paper.published.tzinfo is UTC for paper in page.papers)
