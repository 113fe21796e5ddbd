"""The comparison table: a row a paper, and a CSV that spreadsheets read and never run."""

import csv
import io
from dataclasses import replace

from digest.i18n.catalog import get_catalog
from digest.render import comparison
from store.records.editions import Edition
from store.records.paper_facts import PaperFacts
from tests.doubles.editions import edition, hostile_edition, quiet_edition


def read(made: Edition) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(comparison.render_csv(made).removeprefix("\ufeff"))))


def with_facts(language: str = "en") -> Edition:
    made = edition(3, language=language)
    facts = PaperFacts(
        role="benchmark",
        code_url="https://github.com/example/kitchens",
        methods=("LoRA", "GRPO"),
        datasets=("ImageNet", "COCO"),
        venue="Letters on Kitchens",
        citations=0,
    )
    return replace(made, papers=(replace(made.papers[0], facts=facts), *made.papers[1:]))


def test_a_paper_is_a_row_with_what_is_known_of_it() -> None:
    row = comparison.comparison_rows(with_facts())[0]
    assert (row.number, row.year, row.role) == (1, 2026, "benchmark or data set")
    assert (row.methods, row.datasets) == ("LoRA, GRPO", "ImageNet, COCO")
    assert (row.code, row.data) == ("https://github.com/example/kitchens", "")
    assert (row.venue, row.citations) == ("Letters on Kitchens", 0)
    assert row.section == with_facts().sections[0].title
    assert row.problem
    assert row.method
    assert row.result


def test_what_is_not_known_is_empty() -> None:
    row = comparison.comparison_rows(edition(3))[1]  # as an older edition has it
    assert (row.role, row.methods, row.datasets, row.code, row.data) == ("", "", "", "", "")
    assert (row.venue, row.citations) == ("", None)
    assert [line["Citations"] for line in read(with_facts())] == ["0", "", ""]


def test_the_csv_has_a_row_a_paper_under_a_header_in_the_editions_language() -> None:
    rows = read(with_facts("de"))
    assert [row["Nr."] for row in rows] == ["1", "2", "3"]
    assert (rows[0]["Rolle"], rows[0]["Genannte Datensätze"]) == ("Benchmark oder Datensatz", "ImageNet, COCO")
    for row in comparison.comparison_rows(with_facts()):
        assert len(comparison.cells(row)) == len(comparison.column_names(get_catalog("edition", "en")))


def test_an_edition_without_papers_is_a_header() -> None:
    assert read(quiet_edition()) == []
    assert comparison.render_csv(quiet_edition()).count("\r\n") == 1


def test_no_cell_is_run_as_a_formula() -> None:
    made = edition(4)
    titles = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2")
    papers = tuple(replace(paper, title=title) for paper, title in zip(made.papers, titles, strict=True))
    assert [row["Title"][:2] for row in read(replace(made, papers=papers))] == ["'=", "'+", "'@", "'-"]


def test_hostile_texts_stay_in_their_cells() -> None:
    rows = read(hostile_edition())
    assert len(rows) == len(hostile_edition().papers)
    assert all(None not in row and len(row) == 17 for row in rows)
