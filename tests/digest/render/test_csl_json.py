"""CSL-JSON: valid by the names and types of its schema, and a preprint where Zotero looks for one."""

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.render import bibliography, csl_json
from tests.doubles.editions import edition, hostile_edition, quiet_edition

TEXT = {"type": "string", "minLength": 1, "pattern": r"^\S(.*\S)?$"}
NAME = {
    "type": "object",
    "additionalProperties": False,
    "properties": dict.fromkeys(("family", "given", "suffix", "literal"), TEXT),
    "oneOf": [{"required": ["family", "given"]}, {"required": ["literal"], "maxProperties": 1}],
}
DATE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["date-parts"],
    "properties": {
        "date-parts": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "integer"}},
        }
    },
}
# What we use of the names in CSL 1.0.2's csl-data.json, narrower where ours is.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "citation-key", "type", "title", "issued", "URL"],
        "properties": {
            **dict.fromkeys(
                "id citation-key title container-title volume issue page chapter-number publisher number version note "
                "archive archive_location DOI URL keyword".split(),
                TEXT,
            ),
            "type": {"enum": ["article", "article-journal", "paper-conference", "chapter"]},
            "author": {"type": "array", "minItems": 1, "items": NAME},
            "issued": DATE,
        },
    },
}
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def parsed(text):
    items = json.loads(text.encode().decode())
    VALIDATOR.validate(items)
    return items


def paper(**changes):
    return replace(edition(1).papers[0], **changes)


def item(**changes):
    return parsed(csl_json.render_papers([paper(**changes)]))[0]


@pytest.mark.parametrize("edition", [edition(1), edition(60), hostile_edition()], ids=["one", "sixty", "hostile"])
def test_it_is_valid_and_has_each_paper_under_its_key(edition):
    items = parsed(csl_json.render(edition))
    assert [one["id"] for one in items] == bibliography.citation_keys(edition.papers)
    assert [one["URL"] for one in items] == [paper.url for paper in edition.papers]


def test_a_preprint():
    made = item(
        id="2106.09685",
        version=2,
        title='LoRA: $L^{2}$ Norms of Schr\\"odinger',
        authors=("Edward J. Hu", "Jan van den Berg", "Hal Daumier III", "The ATLAS Collaboration", "张伟", "et al."),
        published=datetime(2021, 6, 7, 9, tzinfo=UTC),
        categories=("cs.CL", "cs.LG"),
        journal_ref="In press",
        doi="",
    )
    assert made == {
        "id": "hu2021lora210609685",
        "citation-key": "hu2021lora210609685",
        "type": "article",
        "title": "LoRA: L² Norms of Schrödinger",
        "author": [
            {"family": "Hu", "given": "Edward J."},
            {"family": "van den Berg", "given": "Jan"},
            {"family": "Daumier", "given": "Hal", "suffix": "III"},
            {"literal": "The ATLAS Collaboration"},
            {"literal": "张伟"},
        ],
        "issued": {"date-parts": [[2021, 6, 7]]},
        "publisher": "arXiv",
        "number": "arXiv:2106.09685",
        "version": "2",
        "note": "In press",
        "DOI": "10.48550/arXiv.2106.09685",
        "URL": "https://arxiv.org/abs/2106.09685",
        "keyword": "cs.CL, cs.LG",
    }


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (
            "J. Invented Res. 12 (3) 101-112, 2025",
            {
                "type": "article-journal",
                "container-title": "J. Invented Res.",
                "volume": "12",
                "issue": "3",
                "page": "101-112",
                "issued": {"date-parts": [[2025]]},
            },
        ),
        (
            "Proceedings of the Invented Conference, 2021",
            {
                "type": "paper-conference",
                "container-title": "Proceedings of the Invented Conference, 2021",
                "issued": {"date-parts": [[2021]]},
            },
        ),
        (
            "Chapter 5 in: Handbook of Inventions (2021)",
            {"type": "chapter", "container-title": "Handbook of Inventions (2021)", "chapter-number": "5"},
        ),
    ],
)
def test_a_published_paper_says_where_and_that_arxiv_has_it(reference, expected):
    made = item(id="2611.00123", journal_ref=reference, doi="10.1000/x")
    assert expected.items() <= made.items()
    assert (made["DOI"], made["archive"], made["archive_location"]) == ("10.1000/x", "arXiv", "2611.00123")
    assert not {"number", "publisher", "version", "note"} & set(made)


def test_unknown_fields_are_absent():
    assert not {"author", "keyword", "DOI", "note"} & set(item(authors=(), categories=(), doi="", id="of-no-archive"))


def test_no_papers_are_an_empty_list():
    assert parsed(csl_json.render(quiet_edition())) == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=40), st.text(max_size=10))
def test_any_words_make_a_valid_item(title, names, reference, category):
    made = item(title=title, authors=tuple(names), journal_ref=reference, categories=(category,))
    assert not {unicodedata.category(char) for char in made["title"]} & {"Cc", "Cs", "Zl", "Zp"}
