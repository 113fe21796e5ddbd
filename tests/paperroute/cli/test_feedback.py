"""The verbs of feedback, over the bundled sample."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from paperroute.cli.main import app
from store import Store
from store.records.editions import Topic
from tests.factories.store import paper

IDS = ["2603.00001", "2603.00002"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        store.topics.put(Topic("graphs", "Graphs"))
        store.papers.add([paper(id_, title=f"Invented paper {id_}") for id_ in IDS])
    monkeypatch.setenv("PAPERROUTE_STORE__PATH", str(path))
    monkeypatch.setenv("PAPERROUTE_SOURCE__KIND", "sample")
    monkeypatch.chdir(tmp_path)

    def called(*words: str, code: int = 0, given: str | None = None) -> Result:
        result = CliRunner().invoke(app, list(words), input=given)
        assert (0 if result.exception is None else 1) == (1 if code else 0), result.output
        return result

    return called


def test_papers_are_kept_listed_exported_and_taken_back(run) -> None:
    run("feedback", "keep", *IDS, "--topic", "graphs")
    run("feedback", "seen", IDS[0])
    assert [one["kind"] for one in json.loads(run("feedback", "list", "-f", "json").stdout)] == ["seen", "keep", "keep"]
    listed = run("reading-list").stdout
    assert listed.index(IDS[1]) < listed.index(IDS[0])
    assert "(seen)" in listed
    assert run("reading-list", "--unseen", "--format", "ris").stdout.count("TY  -") == 1
    run("feedback", "clear", IDS[1])
    assert IDS[1] not in run("reading-list").stdout


def test_a_reader_has_a_list_of_their_own(run) -> None:
    run("feedback", "keep", IDS[0], "--topic", "graphs", "--address", "Ada@example.org")
    assert IDS[0] in run("reading-list", "--address", "ada@example.org").stdout
    assert IDS[0] not in run("reading-list").stdout
    run("feedback", "off", "--address", "ada@example.org")
    run("subscriptions", "erase", "ada@example.org", "--yes")
    assert IDS[0] not in run("reading-list", "--address", "ada@example.org").stdout


def test_seeds_come_from_ids_and_files(run, tmp_path: Path) -> None:
    file = tmp_path / "zotero.bib"
    file.write_text(f"@misc{{a, eprint = {{{IDS[0]}}}}}\n@misc{{b, title = {{Nobody has it}}}}\n")
    result = run("seeds", "import", str(file), "--topic", "graphs")
    assert "not found: Nobody has it" in result.output
    run("seeds", "import", "-", "--topic", "graphs", given=IDS[1])
    run("seeds", "follow", "Ada Example", "--topic", "graphs")
    told = json.loads(run("seeds", "list", "-f", "json").stdout)
    assert {one["subject"] for one in told} == {*IDS, "ada-example"}
    run("seeds", "remove", *IDS)
    run("seeds", "unfollow", "Example, Ada")
    assert json.loads(run("seeds", "list", "-f", "json").stdout) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_file_is_read_in_the_encodings_of_reference_managers(run, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "old.bib"
    file.write_bytes(
        f"@misc{{a, eprint={{{IDS[0]}}}}}\n@misc{{b, title={{Schrödinger’s}}}}\n".encode(encoding, "replace")
    )
    told = run("seeds", "import", str(file), "--topic", "graphs").output
    assert "1 seed, 1 not found" in told
    assert "not found: Schrödinger" in told


@pytest.mark.parametrize(
    "words",
    [
        ("seeds", "add", IDS[0]),
        ("seeds", "add", IDS[0], "--topic", "nope"),
        ("seeds", "import", "no-such-file", "--topic", "graphs"),
        ("seeds", "follow", "--", "---"),
        ("feedback", "keep", "not an id"),
        ("feedback", "keep", IDS[0], "--address", "not an address"),
    ],
)
def test_what_cannot_be_ends_with_an_error(run, words: tuple[str, ...]) -> None:
    run(*words, code=1)
