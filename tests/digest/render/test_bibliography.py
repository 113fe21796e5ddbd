"""What all bibliographic forms say alike: keys that stay, identifiers that are an arXiv paper's."""

import re
from dataclasses import replace

import pytest

from digest.render import bibliography, formats
from tests.doubles.editions import edition


def paper(**changes):
    return replace(edition(1).papers[0], **changes)


def test_a_key_is_the_same_alone_and_beside_its_twins():
    twins = [paper(id=f"2611.0000{n}", authors=("Håkan Łuczak",), title="On the Öre") for n in (3, 1, 2)]
    keys = ["luczak2026ore261100003", "luczak2026ore261100001", "luczak2026ore261100002"]
    assert bibliography.citation_keys(twins) == keys
    assert [key for twin in twins for key in bibliography.citation_keys([twin])] == keys
    assert bibliography.citation_keys([paper(authors=("张伟",), title="0", id="cs/0001001")]) == ["arxiv2026cs0001001"]


def test_a_key_that_the_store_gave_stays_whatever_stands_beside_it():
    first, second = paper(id="2611.00001"), paper(id="2611.00002", citation_key="muller2026whisperlet")
    for papers in ([second], [first, second], [second, first], [first, second, paper(id="2611.00003")]):
        assert dict(zip(papers, bibliography.citation_keys(papers), strict=True))[second] == "muller2026whisperlet"
    assert bibliography.citation_keys([first, second])[0] == "muller2026whisperlet261100001"


def test_thirty_twins_have_thirty_keys():
    assert len(set(bibliography.citation_keys([paper(id=f"2611.{n:05}") for n in range(30)]))) == 30


@pytest.mark.parametrize(
    ("id_", "own", "doi"),
    [
        ("2611.00123", "10.1000/x", "10.1000/x"),
        ("2611.00123", "", "10.48550/arXiv.2611.00123"),
        ("hep-th/9711200", "", "10.48550/arXiv.hep-th/9711200"),
        ("math.GT/0309136", "", "10.48550/arXiv.math.GT/0309136"),
        ("of-no-archive-1", "", ""),
    ],
)
def test_a_doi_is_the_journals_or_else_arxivs(id_, own, doi):
    assert bibliography.doi(paper(id=id_, doi=own)) == doi


def test_a_paper_without_a_title_is_named_by_its_id():
    assert bibliography.title(paper(title="\x00 ", id="2611.00123")) == "2611.00123"


@pytest.mark.parametrize("form", formats.paper_formats(), ids=lambda form: form.name)
@pytest.mark.parametrize(
    "reference",
    [
        "Phys. Rev. B 76, 064432 (2007)",
        "Astron.Inv. 474 (2007) 655",
        "J.Phys.A41:055302,2008",
        "Physical Inv. 82, 060515(R) (2010)",
        "Phys. Inv. Lett. 99, 012345 (2007); Erratum-ibid. 100, 0123 (2008)",
        "Proc. 3rd Workshop on It, LNCS 4711 (2007) 12-19",
        "In press, no. 17",
    ],
)
def test_no_form_loses_a_number_of_the_reference(form, reference):
    made = form.render_papers([paper(journal_ref=reference)])
    assert set(re.findall(r"\d+", reference)) <= set(re.findall(r"\d+", made))


@pytest.mark.parametrize("form", formats.paper_formats(), ids=lambda form: form.name)
def test_every_form_names_each_author_and_nobody_else(form):
    made = form.render_papers(
        [paper(authors=("NVIDIA", ":", "Wen Yang", "Jr.", "A. Glenn for the PHENIX Group", "(1)"))]
    )
    for name in ("NVIDIA", "Yang", "Wen", "Jr.", "Glenn", "PHENIX"):
        assert name in made
    assert not re.search(r"(?m)^AU +- [^\w\n]*$|and\s+[^\w\s{]|\"\W*\(1\)", made)
