"""BibTeX: entries that parse, keys that stay, nothing invented."""

import re
import shutil
import subprocess
from dataclasses import replace

import pybtex.database
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.render import bibtex
from digest.render.safe_text import strip_harmful
from store.text.latex import latex_to_unicode
from store.text.names import parse_author
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
    """As BibTeX counts: a brace behind a backslash is one, too."""
    depth = 0
    for brace in re.findall(r"[{}]", text):
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
    assert (kind, key) == ("misc", "hu2026lora210609685")
    assert fields["author"] == "Hu, Edward J. and Shen, Yelong"
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
        (
            "Phys.Rev.D 101, 012345 (2020)",
            "article",
            {"journal": "Phys.Rev.D", "volume": "101", "year": "2020", "pages": "012345", "eid": "012345"},
        ),
        ("Astron.Inv. 474 (2007) 655", "article", {"journal": "Astron.Inv.", "pages": "655"}),
        (
            "Inv. Rev. B 82, 060599(R) (2010)",
            "article",
            {"pages": "060599", "note": "Inv. Rev. B 82, 060599(R) (2010)"},
        ),
        ("Inv. Lett., vol. 3, pp. 5-9, Aug. 2019", "article", {"month": "aug", "year": "2019"}),
        ("Invented Letters, vol. 3, no. 4, pp. 5-9, 2019", "article", {"volume": "3", "number": "4", "pages": "5--9"}),
        (
            "Proceedings of the Invented Conference, 2021",
            "inproceedings",
            {"booktitle": "Proceedings of the Invented Conference, 2021", "year": "2021"},
        ),
        (
            "Chapter 5 in: Handbook of Inventions (2021)",
            "incollection",
            {"booktitle": "Handbook of Inventions (2021)", "chapter": "5", "year": "2021"},
        ),
        ("J. Inv. Mech. (2009) P03024", "article", {"journal": "J. Inv. Mech.", "eid": "P03024", "pages": "P03024"}),
        ("IEEE Invented Letters, 2025", "article", {"journal": "IEEE Invented Letters", "year": "2025"}),
        (
            "Journal of It, Vol. 244, No. 7 (2025) 1",
            "article",
            {"journal": "Journal of It", "volume": "244", "number": "7", "pages": "1"},
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
    assert key == "arxiv2026whisperlet261100001"
    assert not {"author", "primaryClass", "doi", "note"} & set(fields)


def test_a_paper_without_a_title_goes_by_its_id():
    assert entry(title="")[2]["title"] == "{2611.00001}"


def test_groups_stay_one_name():
    fields = entry(authors=("The ATLAS Collaboration", "Smith and Sons", "and Jo Doe"))[2]
    assert fields["author"] == "{The ATLAS Collaboration} and {Smith and Sons} and Doe, Jo"


def test_authors_who_are_not_named_are_others():
    assert entry(authors=("Rohan Anild", "et al."))[2]["author"] == "Anild, Rohan and others"


def test_a_key_leaves_out_the_particles_that_the_author_keeps():
    _, key, fields = entry(authors=("Jan van den Berg",))
    assert (key, fields["author"]) == ("berg2026whisperlet261100001", "van den Berg, Jan")


@pytest.mark.parametrize(
    ("title", "escaped"),
    [
        ("Sets {a, b and $x^{2$", r"Sets \textbraceleft{}a, b and \$x\textasciicircum{}\textbraceleft{}2\$"),
        (r"$\left\{ x \right.$ and $\{y\}$", r"$\left\lbrace  x \right.$ and $\lbrace y\rbrace $"),
        (r"Open \{ brace}", r"Open \textbackslash{}\textbraceleft{} brace\textbraceright{}"),
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


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Rex Imaginary Jr.", "Imaginary, Jr., Rex"),
        ("Hal Daumé III", "Daumé, III, Hal"),
        ("Luc Van Gool", "Van Gool, Luc"),
        ("Wil van der Aalst", "van der Aalst, Wil"),
        ("Blaise Agüera y Arcas", "{Agüera y Arcas}, Blaise"),
        ("NVIDIA", "NVIDIA"),
        ("Gemini Team", "{Gemini Team}"),
        ("A {Hu", r"\textbraceleft{}Hu, A"),
    ],
)
def test_people_stand_in_parts(name, written):
    assert entry(authors=(name,))[2]["author"] == written


def test_whom_somebody_speaks_for_is_the_collaboration():
    fields = entry(authors=("A. Glenn for the PHENIX Collaboration", "Ada Hu (for the PHENIX Collaboration)"))[2]
    assert (fields["author"], fields["collaboration"]) == ("Glenn, A. and Hu, Ada", "PHENIX")


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='{}$\\%@",#~^&_ =ab1\n', max_size=30),
    st.lists(
        st.sampled_from(
            r"\{ \} { } $ $$ \( \) \left\{ \right. x^{2 % @article{a, \\ \" , \bf \url{ and et_al. Jr. Ö 12".split(" ")
        ),
        max_size=8,
    ).map(" ".join),
)
REFERENCES = st.tuples(
    st.sampled_from(["J. Inv. ", "Proc. ", "Journal of ", ""]), HOSTILE, st.sampled_from([" 12 (2021) 3", ""])
)


@st.composite
def hostile_papers(draw):
    return [
        paper(
            id=f"2611.{number:05}",
            title=draw(HOSTILE),
            authors=tuple(draw(st.lists(HOSTILE, max_size=3))),
            journal_ref="".join(draw(REFERENCES)),
            doi=f"10.1000/{draw(HOSTILE)}",
            primary_category=draw(HOSTILE),
        )
        for number in range(12)
    ]


@settings(max_examples=40, deadline=None)
@given(hostile_papers())
def test_bibtex_reads_every_entry_whatever_its_fields_hold(papers):
    """pybtex in its strict mode refuses what BibTeX would lose."""
    text = bibtex.render_papers(papers)
    entries = pybtex.database.parse_string(text, "bibtex").entries
    assert len(entries) == len({key.lower() for key in entries}) == len(papers)
    for found, one in zip(entries.values(), papers, strict=True):
        assert found.fields["eprint"] == one.id
        assert all(map(balanced, found.fields.values()))
        said = " ".join(found.fields.values())
        reference = strip_harmful(latex_to_unicode(one.journal_ref))
        assert set(re.findall(r"[0-9]+", reference)) <= set(re.findall(r"[0-9]+", said))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(alphabet="abcd", min_size=2, max_size=8).map(str.title), min_size=2, max_size=3),
    st.sampled_from(["", "Jr.", "III"]),
)
def test_bibtex_reads_a_persons_parts(words, suffix):
    name = " ".join([*words, suffix]).strip()
    (found,) = pybtex.database.parse_string(bibtex.render_papers([paper(authors=(name,))]), "bibtex").entries.values()
    (person,) = found.persons["author"]
    author = parse_author(name)
    assert " ".join(person.prelast_names + person.last_names) == author.family
    assert " ".join(person.first_names + person.middle_names) == author.given
    assert " ".join(person.lineage_names) == author.suffix == suffix


@pytest.mark.skipif(shutil.which("biber") is None, reason="biber is not installed")
def test_biber_takes_the_file(tmp_path):
    (tmp_path / "papers.bib").write_text(bibtex.render(hostile_edition()), encoding="utf-8")
    done = subprocess.run(
        ["biber", "--tool", "--validate-datamodel", "papers.bib"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "ERROR" not in done.stdout


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=40))
def test_any_words_make_an_entry_that_parses(title, names, reference):
    kind, _, fields = entry(title=title, authors=tuple(names), journal_ref=reference)
    assert kind in ("misc", "article", "inproceedings", "incollection")
    assert balanced(fields["title"])
