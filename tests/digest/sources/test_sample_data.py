"""The bundled sample: well-formed, about the two topics it is for, and honest about whose words it holds."""

import json
import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from store.text.tokens import stems
from tests import ROOT

SAMPLE = ROOT / "digest" / "sources" / "sample.jsonl"
LINES = SAMPLE.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
PAPERS = [json.loads(line) for line in LINES[1:]]
TYPES = {
    "id": str,
    "version": int,
    "title": str,
    "abstract": str,
    "authors": list,
    "categories": list,
    "primary_category": str,
    "published": str,
    "updated": str,
    "comment": str,
    "doi": str,
    "journal_ref": str,
}

each_paper = pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper["id"])


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def holds(paper, words):
    return set(stems(words)) <= set(stems(f"{paper['title']} {paper['abstract']}"))


def test_first_line_says_whose_words_these_are():
    about = json.loads(LINES[0])["about"]
    for part in (
        "retold",
        "CC0",
        "https://arxiv.org",
        "Thank you to arXiv for use of its open access interoperability",
    ):
        assert part in about


@each_paper
def test_keys_in_order_and_typed(paper):
    assert {key: type(value) for key, value in paper.items()} == TYPES
    assert list(paper) == list(TYPES)
    assert paper["version"] >= 1
    assert paper["title"]


@each_paper
def test_authors_and_categories(paper):
    assert paper["authors"]
    assert all(isinstance(name, str) and name == " ".join(name.split()) != "" for name in paper["authors"])
    assert all(re.fullmatch(r"[a-z-]+(\.[A-Za-z-]+)?", category) for category in paper["categories"])
    # Either both are recorded or neither is: what the source did not have is empty, never guessed.
    assert paper["primary_category"] in (paper["categories"] or [""])


@each_paper
def test_dates(paper):
    # A revision is later than the submission, and the id holds the month in which arXiv received the paper.
    assert moment(paper["published"]) <= moment(paper["updated"])
    received = datetime.strptime(paper["id"][:4], "%y%m").replace(tzinfo=UTC)
    assert abs((moment(paper["published"]) - received).days) <= 31


@each_paper
def test_abstract_reads_like_one(paper):
    abstract = paper["abstract"]
    assert 60 <= len(abstract.split()) <= 220
    assert abstract == " ".join(abstract.split())
    assert abstract[-1] == "."
    assert 4 <= len(re.findall(r"[.?!](?= |$)", abstract)) <= 9


def test_ids_are_valid_and_unique():
    assert all(re.fullmatch(r"\d{4}\.\d{4,5}", paper["id"]) for paper in PAPERS)
    assert [i for i, n in Counter(paper["id"] for paper in PAPERS).items() if n > 1] == []


def test_sorted_by_submission():
    assert sorted(PAPERS, key=lambda paper: (paper["published"], paper["id"])) == PAPERS


@pytest.mark.parametrize(("words", "least"), [("LoRA image generation", 20), ("speech recognition", 18)])
def test_both_topics_have_enough_papers(words, least):
    assert sum(holds(paper, words) for paper in PAPERS) >= least


def test_every_paper_belongs_to_exactly_one_topic():
    for paper in PAPERS:
        assert holds(paper, "LoRA image generation") != holds(paper, "speech recognition"), paper["id"]


def test_a_winter_digest_has_something_to_say():
    since, until = datetime(2024, 10, 14, tzinfo=UTC), datetime(2024, 12, 30, 8, tzinfo=UTC)
    speech = [paper for paper in PAPERS if holds(paper, "speech recognition")]
    assert 8 <= sum(since <= moment(paper["published"]) < until for paper in speech) <= 12


def test_no_control_characters():
    assert not [line for line in LINES if re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff]", line)]
