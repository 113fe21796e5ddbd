"""Rows of bioRxiv and medRxiv as papers: identity, days, names, addresses, notices; what cannot be read, by name."""

from datetime import UTC, date, datetime

import pytest

from digest.sources.biorxiv.record import first_days, newest_versions, read_rows, to_paper
from digest.sources.biorxiv.servers import BIORXIV, MEDRXIV
from store.records.editions import Paper
from store.text.names import parse_author
from tests.doubles.biorxiv_server import row

DOI = "10.1101/2024.01.05.574321"


def paper(**fields: object) -> Paper:
    (version,), set_aside = read_rows([row(DOI, **{"date": "2024-01-09", **fields})])
    assert set_aside == []
    return to_paper(version, date(2024, 1, 9), BIORXIV)


def test_a_row_is_a_paper_with_the_addresses_and_ids_of_its_server() -> None:
    assert paper(version=2, published="10.1038/s41586-024-00001-1") == Paper(
        id=f"biorxiv:{DOI}",
        version=2,
        title="Counting cells in moss",
        abstract="We count cells in moss. There are many.",
        authors=("A. Example", "B. C. Sample", "D. van der Probe"),
        categories=("cell biology",),
        primary_category="cell biology",
        published=datetime(2024, 1, 9, tzinfo=UTC),
        updated=datetime(2024, 1, 9, tzinfo=UTC),
        doi=f"10.1038/s41586-024-00001-1 {DOI}",
        source="biorxiv",
        url=f"https://www.biorxiv.org/content/{DOI}v2",
        pdf_url=f"https://www.biorxiv.org/content/{DOI}v2.full.pdf",
    )


@pytest.mark.parametrize("published", ["NA", "", None, "na"])
def test_a_preprint_of_no_journal_has_its_own_doi_alone(published: str | None) -> None:
    assert paper(published=published).dois == (DOI,)


@pytest.mark.parametrize(
    ("server", "source", "page"),
    [
        ("medRxiv", "medrxiv", "https://www.medrxiv.org/content/"),
        ("biorxiv", "biorxiv", "https://www.biorxiv.org/content/"),
        ("", "biorxiv", "https://www.biorxiv.org/content/"),
        (None, "biorxiv", "https://www.biorxiv.org/content/"),
    ],
)
def test_whose_it_is_says_the_row_and_no_prefix_of_a_doi(server: str | None, source: str, page: str) -> None:
    found = paper(server=server)
    assert (found.source, found.id) == (source, f"{source}:{DOI}")
    assert found.url.startswith(page)


@pytest.mark.parametrize(
    ("told", "shown", "family", "given"),
    [
        ("Example, A.", "A. Example", "Example", "A."),
        ("van der Probe, D.", "D. van der Probe", "van der Probe", "D."),
        ("Van Gool, L.", "L. Van Gool", "Van Gool", "L."),
        ("García Márquez, G. J.", "G. J. García Márquez", "García Márquez", "G. J."),
        ("King, M. L., Jr.", "M. L. King Jr.", "King", "M. L."),
        ("Li, X.", "X. Li", "Li", "X."),
        ("Plato", "Plato", "Plato", ""),
    ],
)
def test_a_name_is_shown_in_the_order_of_speech_and_its_family_is_what_the_server_says(
    told: str, shown: str, family: str, given: str
) -> None:
    (name,) = paper(authors=told).authors
    author = parse_author(name)
    assert (author.name, author.family, author.given) == (shown, family, given)


def test_a_group_is_one_author_and_empty_places_are_none() -> None:
    assert paper(authors="Example, A.; The Moss Consortium; ;").authors == ("A. Example", "The Moss Consortium")
    assert paper(authors=None).authors == ()


def test_an_abstract_loses_the_marks_of_typesetting_and_no_word() -> None:
    told = (
        "O_ST_ABSBackgroundC_ST_ABSMoss grows.\n\nMethodsWe count\ncells &amp; spores at p &lt; 0.05.\n\n"
        'O_LIOne point C_LIO_LIAnother C_LI\n\nO_FIG O_LINKSMALLFIG WIDTH=200 ALT="Figure 1">\nView larger version '
        "(39K):\norg.highwire.dtl.DTLVardef@bad2dd_HPS_FORMAT_FIGEXP  M_FIG C_FIG ConclusionsIt grows."
    )
    assert paper(abstract=told).abstract == (
        "Background: Moss grows. Methods: We count cells & spores at p < 0.05. One point Another Conclusions: It grows."
    )
    assert paper(abstract="Methodsology O_FIG without an end").abstract == "Methodsology without an end"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "live"),
        ({"abstract": "The authors have withdrawn their manuscript owing to an error in the counts."}, "withdrawn"),
        ({"abstract": "This manuscript has been withdrawn by bioRxiv at the request of the committee."}, "removed"),
        ({"abstract": "medRxiv has removed this preprint."}, "removed"),
        ({"title": "WITHDRAWN: Counting cells in moss"}, "withdrawn"),
        ({"title": "Withdrawn growth factors in moss"}, "live"),
        ({"abstract": "Patients who had withdrawn from the trial were counted."}, "live"),
    ],
)
def test_a_withdrawal_is_told_by_the_notice_in_the_abstract_s_place_or_before_the_title(
    fields: dict[str, str], status: str
) -> None:
    found = paper(**fields)
    assert found.status == status
    assert bool(found.status_note) is (status != "live")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"version": "0"}, f"{DOI} (its <version> cannot be read)"),
        ({"version": "one"}, f"{DOI} (its <version> cannot be read)"),
        ({"date": "2024-02-31"}, f"{DOI} (its <date> cannot be read)"),
        ({"date": 1704758400}, f"{DOI} (its <date> cannot be read)"),
        ({"doi": "10.1101/<script>"}, "10.1101/<script> (its <doi> cannot be read)"),
        ({"doi": "../../etc"}, "../../etc (its <doi> cannot be read)"),
        ({"doi": None}, "Counting cells in moss (its <doi> cannot be read)"),
        ({"title": ["a"]}, f"{DOI} (its <title> cannot be read)"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_by_name_and_costs_no_other(wrong: dict[str, object], told: str) -> None:
    read, set_aside = read_rows([row(DOI) | wrong, row("10.64898/2026.01.02.700001")])
    assert [version.doi for version in read] == ["10.64898/2026.01.02.700001"]
    assert list(map(str, set_aside)) == [told]


@pytest.mark.parametrize("nonsense", [None, "a row", 7, []])
def test_what_is_no_row_is_set_aside(nonsense: object) -> None:
    read, set_aside = read_rows([nonsense])
    assert read == []
    assert len(set_aside) == 1


def test_of_several_rows_the_highest_version_counts_and_the_first_one_s_day() -> None:
    old = "10.1101/123456"
    read, _ = read_rows(
        [
            row(DOI, 3, "2024-05-01"),
            row(DOI, 1, "2024-01-09"),
            row(DOI, 2, "2024-03-01"),
            row("10.1101/2024.02.03.580000", 2, "2024-05-01"),
            row("10.1101/2024.13.41.580001", 2, "2024-05-01"),
            row(old, 2, "2024-05-01"),
        ]
    )
    assert next((version.doi, version.version) for version in newest_versions(read)) == (DOI, 3)
    assert first_days(read) == {DOI: date(2024, 1, 9), "10.1101/2024.02.03.580000": date(2024, 2, 3)}


@pytest.mark.parametrize(
    ("told", "filed"),
    [
        ("Cell Biology", "cell biology"),
        ("cell_biology", "cell biology"),
        (" NEUROSCIENCE ", "neuroscience"),
        ("Zoology (all animals)", "zoology"),
        ("New Area (2027)", "new area (2027)"),
        ("", ""),
    ],
)
def test_its_subject_area_is_that_of_the_list_or_as_it_was_told(told: str, filed: str) -> None:
    assert paper(category=told).primary_category == filed
    assert MEDRXIV.read_subject("Infectious Diseases (except HIV/AIDS)") == "infectious diseases"
