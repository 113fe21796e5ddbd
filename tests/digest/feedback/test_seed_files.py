"""Files of reference managers: the papers that they name, whatever else stands in them."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import BadInput
from digest.feedback.seed_files import MOST, SeedEntry, parse_seed_file
from digest.retrieval.paper_lookup import PaperReference

BIBTEX = """% Zotero
@comment{not a paper, arXiv:2401.00001}
@string{ni = "Nature Invented"}
@misc{hu_lora_2021,
  title = {{LoRA}: {Low}-Rank Adaptation of "Large" Models},
  author = {Hu, Edward J. and Shen, Yelong},
  url = {http://arxiv.org/abs/2106.09685},
  publisher = {arXiv}, number = {{arXiv}:2106.09685},
}
@article(old, eprint = "hep-th/9711200", archivePrefix = "arXiv", title = "The large {N} limit")
@article{doi, title = {With a DOI}, doi = {10.1000/invented.1}, year = 2020}
@inproceedings{plain, title={Only a title here}, journal = {arXiv preprint arXiv:2401.00002}}
"""
RIS = """TY  - JOUR
TI  - A paper of RIS
UR  - https://arxiv.org/pdf/2401.00003v2
DO  - 10.48550/arXiv.2401.00003
ER  -

TY  - CONF
T1  - Another one
ER  -
"""
CSV = '"Key","Item Type","Title","DOI","Url","Extra"\n"A","preprint","One, with comma","","","arXiv:2401.00004 [cs]"\n'
CSL = """[{"type": "article", "title": "Of CSL", "DOI": "10.48550/arXiv.2401.00005", "issued": {"x": [[2024]]}},
{"type": "book", "title": "A book"}]"""


def ids(text: str) -> list[str]:
    return [entry.reference.label if entry.reference else entry.title for entry in parse_seed_file(text).entries]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (BIBTEX, ["arXiv:2106.09685", "arXiv:hep-th/9711200", "doi:10.1000/invented.1", "arXiv:2401.00002"]),
        (RIS, ["arXiv:2401.00003", "Another one"]),
        (CSV, ["arXiv:2401.00004"]),
        ("title;doi\nA title of two cells;10.1000/invented.2\n", ["doi:10.1000/invented.2"]),
        (CSL, ["arXiv:2401.00005", "A book"]),
        ('{"items": [{"data": {"title": "Zotero\'s API", "archiveID": "arXiv:2401.00006"}}]}', ["arXiv:2401.00006"]),
        ("# mine\n2401.00007, arXiv:2401.00008v3\nhttps://arxiv.org/abs/2401.00009\n", None),
        ("\ufeff2401.00007", ["arXiv:2401.00007"]),
        ('["2401.00007", "10.1000/invented.3"]', ["arXiv:2401.00007", "doi:10.1000/invented.3"]),
    ],
)
def test_every_usual_form_is_read(text: str, named: list[str] | None) -> None:
    assert ids(text) == (named or ["arXiv:2401.00007", "arXiv:2401.00008", "arXiv:2401.00009"])


def test_titles_are_readable() -> None:
    first, *_ = parse_seed_file(BIBTEX).entries
    assert first.title == 'LoRA: Low-Rank Adaptation of "Large" Models'


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('@article{a, title = {{Schr{\\"o}dinger} Bridges}}', "Schrödinger Bridges"),
        ("@article{a, title = {On {\\O}stergaard's {$\\alpha$}-divergence}}", "On Østergaard's α-divergence"),
        ('[{"title": "<i>LoRA</i>: <span class=\\"nocase\\">Low</span>-Rank"}]', "LoRA: Low-Rank"),
        ("@misc{a, title = {" + "{" * 5_000 + "x", ""),
    ],
)
def test_titles_are_read_as_the_store_reads_its_own(text: str, title: str) -> None:
    entries = parse_seed_file(text + "\n@misc{b, title={B}}" if text[0] == "@" else text).entries
    assert entries[0].title == (title or "B")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ("note={12 pages. Builds on arXiv:2401.00012}, doi={10.1000/own}", "doi:10.1000/own"),
        ("note={arXiv: 2401.00012 [cs]}, doi={10.1000/own}", "arXiv:2401.00012"),
        ("journal={ArXiv preprint arXiv:2401.00012}, doi={10.1000/own}", "arXiv:2401.00012"),
    ],
)
def test_another_paper_of_a_note_is_not_taken_for_the_papers_own_id(fields: str, named: str) -> None:
    assert ids(f"@misc{{a, title={{T}}, {fields}}}") == [named]


def test_what_names_no_paper_is_counted() -> None:
    read = parse_seed_file("2401.00007 nonsense 2401.00007")
    assert read.entries == (SeedEntry(PaperReference(arxiv="2401.00007")),)
    assert read.unreadable == 1


@pytest.mark.parametrize(
    "text", ["", "  \n", "[", "[1, 2]", '{"a": 1}', "[" * 100_000, "no ids here", "title,doi\n,\n"]
)
def test_nothing_in_it_is_one_clear_line(text: str) -> None:
    with pytest.raises(BadInput):
        parse_seed_file(text)


def test_too_many_are_refused() -> None:
    with pytest.raises(BadInput, match="more than"):
        parse_seed_file("\n".join(f"2401.{n:05}" for n in range(MOST + 1)))
    with pytest.raises(BadInput, match="too large"):
        parse_seed_file("x" * 5_000_001)


@pytest.mark.parametrize("piece", ["@a{", "{", '"', "a = ", "title = {", "arxiv ", "TY  - ", ",\n", "arXiv:", " " * 50])
def test_a_large_file_of_one_piece_takes_no_time(piece: str) -> None:
    text = "@misc{x, " + piece * (300_000 // len(piece))
    begun = time.process_time()
    with suppress(BadInput):
        parse_seed_file(text)
    assert time.process_time() - begun < 5


@given(st.text(max_size=300) | st.text(alphabet='@{}"=,;\n -TYERarxivo:0123456789./[]', max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = parse_seed_file(text)
    except BadInput:
        return
    assert all(entry.reference or entry.title for entry in read.entries)
