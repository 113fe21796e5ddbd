"""RIS: records that a strict reader takes line by line, whatever a paper holds."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.render import bibliography, ris
from tests.doubles.editions import edition, hostile_edition, quiet_edition

ONCE = {"TY", "ID", "TI", "PY", "T2", "VL", "IS", "SE", "SP", "EP", "PB", "N1", "AN", "DO", "UR", "ER"}
TAGS = ONCE | {"AU", "KW"}


def parsed(text):
    """Records as lists of (tag, value). Strict: no line is continued, TY is first and ER last, no field is empty."""
    records, record = [], None
    assert text == "" or text.endswith("ER  - \n")
    for line in text.split("\n")[:-1]:
        if record is None and line == "" and records:
            continue
        tag, dash, value = line[:2], line[2:6], line[6:]
        assert (tag in TAGS, dash) == (True, "  - "), line
        assert not {unicodedata.category(char) for char in value} & {"Cc", "Cs", "Zl", "Zp"}
        assert value == value.strip()
        if record is None:
            assert tag == "TY"
            record = []
        assert tag not in ONCE or tag not in dict(record)
        assert (value == "") == (tag == "ER")
        record.append((tag, value))
        if tag == "ER":
            records.append(record)
            record = None
    assert record is None
    return records


def paper(**changes):
    return replace(edition(1).papers[0], **changes)


def record(**changes):
    return parsed(ris.render_papers([paper(**changes)]))[0]


def authors(*names):
    return [value for tag, value in record(authors=names) if tag == "AU"]


@pytest.mark.parametrize("edition", [edition(1), edition(60), hostile_edition()], ids=["one", "sixty", "hostile"])
def test_a_strict_reader_finds_each_paper_under_its_key(edition):
    records = [dict(fields) for fields in parsed(ris.render(edition))]
    assert [fields["ID"] for fields in records] == bibliography.citation_keys(edition.papers)
    assert [fields["UR"] for fields in records] == [paper.url for paper in edition.papers]


def test_a_preprint():
    made = ris.render_papers(
        [
            paper(
                id="2106.09685",
                title='LoRA: $L^{2}$ Norms of Schr\\"odinger',
                authors=("Edward J. Hu", "Jan van den Berg", "Martin Luther King, Jr.", "The ATLAS Collaboration"),
                published=datetime(2021, 6, 7, 9, tzinfo=UTC),
                categories=("cs.CL", "cs.LG"),
                journal_ref="In press",
                doi="",
            )
        ]
    )
    assert made == (
        "TY  - UNPD\n"
        "ID  - hu2021lora210609685\n"
        "TI  - LoRA: L² Norms of Schrödinger\n"
        "AU  - Hu, Edward J.\n"
        "AU  - van den Berg, Jan\n"
        "AU  - King, Martin Luther, Jr.\n"
        "AU  - The ATLAS Collaboration\n"
        "PY  - 2021/06/07/\n"
        "PB  - arXiv\n"
        "N1  - In press\n"
        "AN  - arXiv:2106.09685\n"
        "DO  - 10.48550/arXiv.2106.09685\n"
        "UR  - https://arxiv.org/abs/2106.09685\n"
        "KW  - cs.CL\n"
        "KW  - cs.LG\n"
        "ER  - \n"
    )


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (
            "J. Invented Res. 12 (3) 101-112, 2025",
            {"TY": "JOUR", "T2": "J. Invented Res.", "VL": "12", "IS": "3", "SP": "101", "EP": "112", "PY": "2025"},
        ),
        ("IEEE Invented Letters, 2025", {"TY": "JOUR", "T2": "IEEE Invented Letters", "PY": "2025"}),
        (
            "Proceedings of the Invented Conference, 2021",
            {"TY": "CONF", "T2": "Proceedings of the Invented Conference, 2021", "PY": "2021"},
        ),
        (
            "Chapter 5 in: Handbook of Inventions (2021)",
            {"TY": "CHAP", "T2": "Handbook of Inventions (2021)", "SE": "5", "PY": "2021"},
        ),
    ],
)
def test_a_published_paper_says_where(reference, expected):
    fields = dict(record(journal_ref=reference, doi="10.1000/x"))
    assert expected.items() <= fields.items()
    assert fields["DO"] == "10.1000/x"
    assert not {"PB", "N1"} & set(fields)


def test_a_comma_stands_only_between_the_parts_of_a_name():
    assert authors("Institute of Sound, University of Somewhere") == ["Institute of Sound University of Somewhere"]
    assert authors("Curie, Marie", "张伟", "et al.") == ["Curie, Marie", "张伟"]


def test_no_papers_are_no_records():
    assert ris.render(quiet_edition()) == ""


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=40), st.text(max_size=10))
def test_any_words_make_one_record(title, names, reference, category):
    fields = record(title=title, authors=tuple(names), journal_ref=reference, categories=(category,))
    assert dict(fields)["TY"] in {"UNPD", "JOUR", "CONF", "CHAP"}
    assert re.fullmatch("[a-z0-9]+", dict(fields)["ID"])


def test_a_title_cannot_begin_a_record_of_its_own():
    assert dict(record(title="One\nER  - \r\nTY  - JOUR\x85TI  - Two\u2028AU  - Eve"))["TI"].startswith("One ER - TY")
