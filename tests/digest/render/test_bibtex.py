"""BibTeX: entries that parse, keys that stay, nothing invented."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.render import bibtex
from tests.doubles.editions import edition, hostile_edition, quiet_edition


def parsed(text):
    """Entries as (type, key, fields), read by matching braces."""
    entries = []
    for match in re.finditer(r"@(\w+)\{([^,]+),\n(.*?)\n\}\n", text, re.DOTALL):
        fields = {}
        for row in match[3].split(",\n"):
            name, value = re.fullmatch(r"  (\w+) = (\{.*\}|[a-z]{3})", row, re.DOTALL).groups()
            assert name not in fields
            fields[name] = value[1:-1] if value.startswith("{") else value
            assert balanced(value)
        entries.append((match[1], match[2], fields))
    return entries


def balanced(text):
    depth = 0
    for brace in re.findall(r"[{}]", re.sub(r"\\[{}]", "", text)):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def paper(**changes):
    return replace(edition(1).papers[0], **changes)


def entry(**changes):
    return parsed(bibtex.render(replace(edition(1), papers=(paper(**changes),))))[0]


@pytest.mark.parametrize("edition", [edition(1), edition(60), hostile_edition()], ids=["one", "sixty", "hostile"])
def test_it_parses_and_its_keys_are_unique(edition):
    entries = parsed(bibtex.render(edition))
    keys = [key for _, key, _ in entries]
    assert len(entries) == len(edition.papers) == len(set(keys))
    assert all(re.fullmatch(r"[a-z0-9]+", key) for key in keys)


def test_a_preprint():
    kind, key, fields = entry(
        authors=("Edward J. Hu", "Yelong Shen"), title="LoRA: Low-Rank Adaptation", id="2106.09685"
    )
    assert (kind, key) == ("misc", "hu2026lora")
    assert fields["author"] == "Edward J. Hu and Yelong Shen"
    assert fields["title"] == "{LoRA: Low-Rank Adaptation}"
    assert fields["eprint"] == "2106.09685"
    assert fields["archivePrefix"] == "arXiv"
    assert fields["primaryClass"] == "eess.AS"
    assert (fields["year"], fields["month"]) == ("2026", "nov")
    assert fields["url"] == "https://arxiv.org/abs/2106.09685"


@pytest.mark.parametrize(
    ("reference", "kind", "expected"),
    [
        (
            "J. Invented Res. 12 (2025) 101-112",
            "article",
            {"journal": "J. Invented Res.", "volume": "12", "pages": "101--112", "year": "2025"},
        ),
        ("Phys.Rev.D 101, 123456 (2020)", "article", {"journal": "Phys.Rev.D", "volume": "101", "year": "2020"}),
        ("Invented Letters, vol. 3, no. 4, pp. 5-9, 2019", "article", {"volume": "3", "number": "4", "pages": "5--9"}),
        (
            "Proceedings of the Invented Conference, 2021",
            "inproceedings",
            {"booktitle": "Proceedings of the Invented Conference, 2021", "year": "2021"},
        ),
        ("IEEE Invented Letters, 2025", "article", {"journal": "IEEE Invented Letters", "year": "2025"}),
        (
            "Journal of It, Vol. 244, No. 7 (2025) 1",
            "article",
            {"journal": "Journal of It", "volume": "244", "number": "7"},
        ),
        ("Accepted by ABCD 2024", "misc", {"note": "Accepted by ABCD 2024"}),
        ("In press", "misc", {"note": "In press"}),
        ("somewhere & elsewhere", "misc", {"note": r"somewhere \& elsewhere", "year": "2026"}),
        ("", "misc", {"year": "2026"}),
    ],
)
def test_the_type_is_what_the_reference_supports(reference, kind, expected):
    found, _, fields = entry(journal_ref=reference)
    assert found == kind
    assert expected.items() <= fields.items()


def test_unknown_fields_are_absent():
    _, key, fields = entry(authors=(), primary_category="", doi="")
    assert key == "arxiv2026whisperlet"
    assert not {"author", "primaryClass", "doi", "note"} & set(fields)


def test_groups_stay_one_name():
    fields = entry(authors=("The ATLAS Collaboration", "Smith and Sons", "and Jo Doe"))[2]
    assert fields["author"] == "{The ATLAS Collaboration} and {Smith and Sons} and Jo Doe"


def test_authors_who_are_not_named_are_others():
    assert entry(authors=("Rohan Anild", "et al."))[2]["author"] == "Rohan Anild and others"


def test_a_key_leaves_out_the_particles_that_the_author_keeps():
    _, key, fields = entry(authors=("Jan van den Berg",))
    assert (key, fields["author"]) == ("berg2026whisperlet", "Jan van den Berg")


@pytest.mark.parametrize(
    ("title", "escaped"),
    [
        ("50% of A & B #1_x", r"50\% of A \& B \#1\_x"),
        ("$L^{2}$ norms cost $5", r"$L^{2}$ norms cost \$5"),
        ("A C# ^ and ~ here", r"A C\# \textasciicircum{} and \textasciitilde{} here"),
        (r"Schr\"odinger", "Schrödinger"),
    ],
)
def test_specials_are_escaped_and_formulas_kept(title, escaped):
    assert bibtex.escape_title(title) == escaped


def test_no_papers_is_a_comment():
    assert bibtex.render(quiet_edition()).startswith("% ")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=40))
def test_any_words_make_an_entry_that_parses(title, names, reference):
    kind, _, fields = entry(title=title, authors=tuple(names), journal_ref=reference)
    assert kind in ("misc", "article", "inproceedings")
    assert balanced(fields["title"])
