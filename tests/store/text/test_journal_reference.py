"""Journal references: read as fields where they can be, and never a word or a number lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.text.journal_reference import Publication, parse_journal_reference


@pytest.mark.parametrize(
    ("reference", "container", "volume", "number", "pages", "year"),
    [
        ("Phys. Rev. B 76, 064432 (2007)", "Phys. Rev. B", "76", "", ["064432"], "2007"),
        ("Astron.Astrophys. 474 (2007) 655", "Astron.Astrophys.", "474", "", ["655"], "2007"),
        ("J.Phys.A41:055302,2008", "J.Phys.A", "41", "", ["055302"], "2008"),
        ("Mon.Not.Inv.Astron.Soc.380:1161-1170,2007", "Mon.Not.Inv.Astron.Soc.", "380", "", ["1161", "1170"], "2007"),
        ("Inv. Astr. 660:L81-L84,2007", "Inv. Astr.", "660", "", ["L81", "L84"], "2007"),
        (
            "Applied Invented Engineering 210 (2022) 118399",
            "Applied Invented Engineering",
            "210",
            "",
            ["118399"],
            "2022",
        ),
        ("PLoS INV 12(3): e0172345 (2017)", "PLoS INV", "12", "3", ["e0172345"], "2017"),
        ("Sci. Inv.10, eadv7594 (2025)", "Sci. Inv.", "10", "", ["eadv7594"], "2025"),
        ("Invented Lett., vol. 25, no. 8, pp. 1-9, 2021", "Invented Lett.", "25", "8", ["1", "9"], "2021"),
        ("Invented Optics, 2024, Vol.63(35): 8936-8943", "Invented Optics", "63", "35", ["8936", "8943"], "2024"),
        ("Trans. Inv. ( Volume: 65 , Issue: 4 , 2019 )", "Trans. Inv.", "65", "4", [], "2019"),
        ("Inv. Trans., Vol.E108.D, No. 6, pp. 640-643, 2025", "Inv. Trans.", "E108.D", "6", ["640", "643"], "2025"),
        ("Int. J. Inv. (IJI), Vol.3, No.1, 2012", "Int. J. Inv. (IJI)", "3", "1", [], "2012"),
        ("Ann. Inv. (N.Y.) 322 (2007) 1", "Ann. Inv. (N.Y.)", "322", "", ["1"], "2007"),
        ("2007 J. Phys. A: Math. Theor. 40 1021", "J. Phys. A: Math. Theor.", "40", "", ["1021"], "2007"),
        ("Nature 500 (2013) 2001", "Nature", "500", "", ["2001"], "2013"),
        ("Nature 500, 2001 (2013)", "Nature", "500", "", ["2001"], "2013"),
        ("Int. J. X 12(3-4), 2019, 1--20", "Int. J. X", "12", "3-4", ["1", "20"], "2019"),
        ("Eur. Inv. J. C (2021) 81:952", "Eur. Inv. J. C", "81", "", ["952"], "2021"),
        ("Inventions 2021, 13(4), 600", "Inventions", "13", "4", ["600"], "2021"),
        ("IEEE Inv., vol. 8, 2020, Art. no. 99", "IEEE Inv.", "8", "", ["99"], "2020"),
        ("Inv. J. 2001, 12, 345", "Inv. J.", "12", "", ["345"], "2001"),
        ("Inv. J. Comb. 14 (2007), #R12", "Inv. J. Comb.", "14", "", ["R12"], "2007"),
        ("Ann. of Inv. (2) 167 (2008), 481-547", "Ann. of Inv. (2)", "167", "", ["481", "547"], "2008"),
        ("Ann. Inv. Sup. (4) 41 (2008), no. 2, 273-319", "Ann. Inv. Sup. (4)", "41", "2", ["273", "319"], "2008"),
        ("J. Stat. Inv. (2009) P03024", "J. Stat. Inv.", "", "", ["P03024"], "2009"),
        ("J. Stat. Inv.: Theor. Exp. (2009), P03024", "J. Stat. Inv.: Theor. Exp.", "", "", ["P03024"], "2009"),
        ("J. Stat. Inv. P03024-P03031 (2009)", "J. Stat. Inv.", "", "", ["P03024", "P03031"], "2009"),
        ("J. Stat. Inv. 2009 (2009) P03024", "J. Stat. Inv.", "2009", "", ["P03024"], "2009"),
        ("JHEP (2009) 024", "JHEP", "", "", ["024"], "2009"),
        ("JHEP 2010, 045", "JHEP", "", "", ["045"], "2010"),
        ("JHEP 2010, 045 (2010)", "JHEP", "2010", "", ["045"], "2010"),
        ("JHEP 2010, 045, 2010", "JHEP", "2010", "", ["045"], "2010"),
        ("JHEP 2010:45,2010", "JHEP", "2010", "", ["45"], "2010"),
        ("Proc. Natl. Acad. Inv. U.S.A. 105 (2008) 1118", "Proc. Natl. Acad. Inv. U.S.A.", "105", "", ["1118"], "2008"),
        (
            "Proc Natl Acad Inv USA 105(4):1118-1123, 2008",
            "Proc Natl Acad Inv USA",
            "105",
            "4",
            ["1118", "1123"],
            "2008",
        ),
        ("Proc. R. Soc. A 465, 1 (2009)", "Proc. R. Soc. A", "465", "", ["1"], "2009"),
        ("Math. Proc. Inv. Phil. Soc. 144 (2008) 1", "Math. Proc. Inv. Phil. Soc.", "144", "", ["1"], "2008"),
        ("Proc. Inv. Math. Soc. (3) 96 (2008) 1-20", "Proc. Inv. Math. Soc. (3)", "96", "", ["1", "20"], "2008"),
        ("Proceedings of the IEEE, vol. 95, pp. 1-20, 2007", "Proceedings of the IEEE", "95", "", ["1", "20"], "2007"),
        ("Inv. Phys. B (Proc. Suppl.) 174 (2007) 1-3", "Inv. Phys. B (Proc. Suppl.)", "174", "", ["1", "3"], "2007"),
        ("Proc. VLDB Endow. 13(5): 1-12 (2020)", "Proc. VLDB Endow.", "13", "5", ["1", "12"], "2020"),
    ],
)
def test_a_journals_volume_number_and_pages_are_read(
    reference: str, container: str, volume: str, number: str, pages: list[str], year: str
) -> None:
    made = parse_journal_reference(reference, 2020)
    assert made == Publication("journal", year, 0, container, volume, number, tuple(pages))


@pytest.mark.parametrize(
    ("reference", "container"),
    [
        ("Proc. IEEE Inventcom 2008, pp. 1-5", "Proc. IEEE Inventcom 2008, pp. 1-5"),
        ("Proc. ACM SIGINV 2008", "Proc. ACM SIGINV 2008"),
        ("Proc. Inv. Soc. 5th Meeting, vol. 3, 2008", "Proc. Inv. Soc. 5th Meeting, vol. 3, 2008"),
        ("Proc. Soc. Inv., 2008", "Proc. Soc. Inv., 2008"),
        ("In International Symposium on Inventions, 2008", "International Symposium on Inventions, 2008"),
        ("In: Advances in Invention, Springer 2008", "Advances in Invention, Springer 2008"),
        ("Chapter 3 in Proceedings of Inventions, 2008", "Chapter 3 in Proceedings of Inventions, 2008"),
    ],
)
def test_proceedings_are_a_whole_line(reference: str, container: str) -> None:
    assert parse_journal_reference(reference, 2020) == Publication("proceedings", "2008", container=container)


@pytest.mark.parametrize(
    ("reference", "book", "chapter"),
    [
        ("Chapter 5 in: Handbook of Inventions (2008)", "Handbook of Inventions (2008)", "5"),
        ("Chapter 12, Inventing, Springer, 2008, pp. 1-20", "Inventing, Springer, 2008, pp. 1-20", "12"),
        ("Chapter in Advances in Inventing, 2008", "Advances in Inventing, 2008", ""),
        ("In: Handbook of Inventions, Springer (2008)", "Handbook of Inventions, Springer (2008)", ""),
        ("Handbook of Inventing, vol. 5, 2008, 1-20", "Handbook of Inventing, vol. 5, 2008, 1-20", ""),
        ("The Inventors Handbook, 2008, vol. 5", "The Inventors Handbook, 2008, vol. 5", ""),
        ("A. Foo, Wheels, in: Encyclopaedia of Work, 2008", "A. Foo, Wheels, in: Encyclopaedia of Work, 2008", ""),
    ],
)
def test_a_chapter_of_a_book_is_told_from_an_article(reference: str, book: str, chapter: str) -> None:
    assert parse_journal_reference(reference, 2020) == Publication("chapter", "2008", container=book, chapter=chapter)


def test_what_says_where_it_was_published_is_read_without_these_words() -> None:
    made = parse_journal_reference("Published in: Inv. Rev. D 76 (2007) 1", 2020)
    assert (made.kind, made.container, made.volume) == ("journal", "Inv. Rev. D", "76")
    assert made.note == "Published in: Inv. Rev. D 76 (2007) 1"


def test_a_month_is_read_where_one_is_named() -> None:
    assert parse_journal_reference("Invented Lett., vol. 25, pp. 1-9, Sept. 2021", 2020).month == 9
    assert parse_journal_reference("Invented Lett., vol. 25, January-December 2021", 2020).month == 0
    assert parse_journal_reference("Decision March. 25, 1-9, 2021", 2020).month == 0


@pytest.mark.parametrize(
    ("reference", "pages"),
    [
        ("Physical Review B 82, 060599(R) (2010)", ["060599"]),
        ("Phys. Rev. Lett. 99, 012345 (2007); Erratum-ibid. 100, 0123 (2008)", ["012345"]),
        ("Device, Volume 2, Issue 9, 20 September 2024, 100469", ["100469"]),
        ("SIGMA 3 (2007), 001, 18 pages", []),
    ],
)
def test_where_a_word_found_no_field_the_whole_reference_is_the_note(reference: str, pages: list[str]) -> None:
    made = parse_journal_reference(reference, 2020)
    assert (made.kind, list(made.pages), made.note) == ("journal", pages, reference)


@pytest.mark.parametrize(
    "reference",
    [
        "In press",
        "In review",
        "Chapter 5",
        "Venue 2025",
        "PoS INV2007:123,2007",
        "AI XLII. SGAI 2025. Notes, vol 16302 (2026), pp 3-9",
    ],
)
def test_what_is_no_journal_is_a_note(reference: str) -> None:
    assert parse_journal_reference(reference, 2020) == Publication("preprint", "2020", note=reference)


def test_the_number_of_an_article_is_told_from_a_page() -> None:
    for reference, number in (
        ("Phys. Rev. B 76, 064432 (2007)", "064432"), ("Inv. 12, e1004 (2017)", "e1004"), ("Inv. 474 (2007) 655", ""),
        ("Inv. 12, 1-9 (2017)", ""), ("J. Stat. Inv. (2009) P03024", "P03024"),
    ):  # fmt: skip
        assert parse_journal_reference(reference, 2020).article_number == number


PIECES = st.sampled_from(
    "Phys. Rev. J. Inv A: (2007) 2007 1999 76 no. vol. pp. 064432 12-19 L3 (R) , ; : 12(3) Sept. e12 in: # (2) P03024 "
    "Proc. Soc. Chapter Handbook Published in".split()
)


def made_of(made: Publication) -> str:
    return " ".join([made.container, made.volume, made.number, *made.pages, made.chapter, made.year, made.note])


@settings(max_examples=400)
@given(
    st.one_of(
        st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES, max_size=8).map("".join), st.text(max_size=50)
    )
)
def test_no_number_of_a_reference_is_ever_lost(reference: str) -> None:
    reference = " ".join(reference.split())
    made = parse_journal_reference(reference, 2020)
    assert set(re.findall(r"\d+", reference)) <= set(re.findall(r"\d+", made_of(made)))
    assert made.kind == "preprint" or made.container
    assert int(made.year)


def test_long_references_take_no_longer_than_their_length_asks() -> None:
    for reference in (
        "J. A (" * 5_000,
        "J. " + "1 (" * 20_000,
        "J. Inv 12 " + "no. " * 20_000,
        "Proc. " * 10_000,
        "Chapter " * 10_000 + "5 in ",
        "J." + " 2009" * 10_000,
        "J.\u00a0" + " " * 50_000 + "x",
    ):
        assert parse_journal_reference(reference, 2020).year
