"""`paperroute search` as a user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.ports import SearchRequest
from digest.sources.sample import SampleSource
from store import Store
from tests.doubles.arxiv_server import ArxivServer, Entry
from tests.factories.store import paper
from tests.paperroute.cli.test_main import fails, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search")
    with Store.open(path / "p.db") as store:
        store.papers.add(
            [
                paper("2401.00001", title="LoRA for images", authors=("Edward J. Hu",)),
                paper("2401.00003", title="", abstract="Of pebbles."),
                paper("2401.00002", title="LoRA for speech", published=paper().updated.replace(year=2027)),
            ]
        )
    return path


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["lora"], ["2401.00001", "2401.00002"]),
        (["lora", "--sort", "date"], ["2401.00002", "2401.00001"]),
        (["lora", "-speech"], ["2401.00001"]),
        (["author:Edward Hu"], ["2401.00001"]),
        (["lora", "--limit", "1", "--sort", "date"], ["2401.00002"]),
    ],
)
def test_papers_are_found_in_order(folder: Path, arguments: list[str], found: list[str]) -> None:
    made = run(folder, "search", *arguments)
    assert made.returncode == 0, made.stderr
    assert [line.split()[0] for line in made.stdout.splitlines() if line.startswith("24")] == found


def test_a_paper_without_a_title_goes_by_its_id(folder: Path) -> None:
    assert run(folder, "search", "2401.00003").stdout.startswith("2401.00003\n")
    assert run(folder, "search", "pebbles").stdout.splitlines()[0].endswith("  2401.00003")


def test_nothing_found_offers_near_spellings(folder: Path) -> None:
    made = run(folder, "search", "speach")
    assert (made.returncode, made.stdout) == (0, "")
    assert "Did you mean: speech" in made.stderr


@pytest.mark.parametrize(("typed", "said"), [("", "no word"), ("-", "no word"), ("-lora", "Add a word")])
def test_a_search_for_nothing_says_so(folder: Path, typed: str, said: str) -> None:
    fails(run(folder, "search", "--", typed), 2, said)


def test_a_mistyped_option_is_no_word_to_leave_out(folder: Path) -> None:
    fails(run(folder, "search", "--formt", "bibtex", "lora"), 2, "There is no option --formt.")


def test_an_id_shows_the_paper_and_an_unknown_one_is_asked_of_arxiv(folder: Path) -> None:
    assert run(folder, "search", "arXiv:2401.00001v2").stdout.startswith("LoRA for images\n")
    with ArxivServer([Entry("2610.00001", title="Fresh pebbles")]) as arxiv:
        asked = {"PAPERROUTE_SOURCE__KIND": "arxiv", "PAPERROUTE_ARXIV__API_URL": arxiv.url}
        asked |= {"PAPERROUTE_ARXIV__DELAY_SECONDS": "0"}
        for _ in range(2):
            assert run(folder, "search", "https://arxiv.org/abs/2610.00001", **asked).stdout.startswith(
                "Fresh pebbles\n"
            )
        assert len(arxiv.requests) == 1
        fails(run(folder, "search", "2610.00009", **asked), 1, "Neither the store nor arXiv has arXiv:2610.00009.")
        several = run(folder, "search", "2401.00001,", "2610.00009", "and", "arXiv:2610.00001", **asked)
        assert (several.returncode, "Neither the store nor arXiv has arXiv:2610.00009." in several.stderr) == (1, True)
        lines = [line for line in several.stdout.splitlines() if line.startswith("2")]
        assert [line.split()[0] for line in lines] == ["2401.00001", "2610.00001"]
        bib = run(folder, "search", "2401.00001 2610.00001", "--format", "bibtex", **asked).stdout
        assert bib.count("@misc") == 2


def test_the_sample_has_its_own_papers(folder: Path) -> None:
    (page,) = SampleSource().search(SearchRequest((), limit=1), wait=lambda *_: None)
    assert SampleSource().fetch([page.papers[0].id, "x"], wait=lambda *_: None) == page.papers
    assert run(folder, "search", page.papers[0].id).returncode == 0
