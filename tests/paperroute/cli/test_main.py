"""The program as a user runs it: real processes, exit codes, one-line errors."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from digest.errors import BadInput
from paperroute.config.load import load
from paperroute.output import write_file

QUESTION = "LoRA for image generation"


def run(folder: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("PAPERROUTE_")}
    own |= {"PAPERROUTE_STORE__PATH": str(folder / "p.db"), "PAPERROUTE_SOURCE__KIND": "sample"} | environment
    command = [sys.executable, "-m", "paperroute", *args]
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)


def fails(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One plain line on stderr, nothing on stdout, no traceback."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert "Traceback" not in result.stderr
    assert lines[-1].startswith("paperroute: ")
    for word in words:
        assert word in lines[-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose store holds one survey."""
    path = tmp_path_factory.mktemp("cli")
    made = run(path, "survey", QUESTION)
    assert made.returncode == 0, made.stderr
    return path


def test_a_survey_goes_to_stdout_and_its_progress_to_stderr(folder: Path) -> None:
    made = run(folder, "survey", QUESTION, "--refresh")
    assert made.returncode == 0
    assert QUESTION in made.stdout
    assert "https://arxiv.org/abs/" in made.stdout
    assert "search: " in made.stderr
    assert "search: " not in made.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "2025", "--until", "2024"), "since 2025 and until 2024"),
        (("--since", "2999"), "in the future"),
        (("--until", "yesterday"), "“yesterday” is no date. Write a year, a month or a day"),
        (("--category", "cs.CL", "--category", "cs.CX"), "“cs.CX” is no category of arXiv. Did you mean “cs.C"),
        (("--author", "12345"), "“12345” is no author’s name"),
        (("--exclude", "?"), "“?” cannot be excluded"),
        (("--selection", "best"), "none of ranked, all-words"),
    ],
)
def test_limits_that_cannot_be_are_one_line(folder: Path, options: tuple[str, ...], said: str) -> None:
    fails(run(folder, "survey", QUESTION, *options), 2, said)


def test_a_survey_takes_limits_and_a_way_to_choose(folder: Path) -> None:
    options = ("--since", "2024", "--until", "2024-12-31", "--exclude", "singing voice", "--exclude", "music")
    made = run(folder, "survey", QUESTION, *options, "--selection", "all-words", "-f", "json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["question"] == QUESTION


def test_quiet_says_nothing_but_the_result(folder: Path) -> None:
    made = run(folder, "--quiet", "survey", QUESTION)
    assert (made.returncode, made.stderr) == (0, "")


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json", "bibtex", "ris", "csl-json", "csv", "eml", "svg"])
def test_show_renders_every_form_to_a_file(folder: Path, form: str) -> None:
    target = folder / f"out.{form}"
    shown = run(folder, "show", "latest", "--format", form, "-o", str(target))
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == ""
    assert len(target.read_text()) > 1000


def test_the_json_form_is_the_documented_one(folder: Path) -> None:
    document = json.loads(run(folder, "show", "latest", "-f", "json").stdout)
    assert document["schema"] == "paperroute.edition/1"
    assert document["counts"]["cited"] == len(document["papers"])
    assert set(document["seconds"]) >= {
        "queries",
        "search",
        "filter",
        "embed",
        "order",
        "summarise",
        "synthesise",
        "total",
    }


def test_show_why_gives_each_papers_reason(tmp_path: Path) -> None:
    assert run(tmp_path, "survey", QUESTION).returncode == 0
    shown = run(tmp_path, "show", "latest", "--why")
    assert shown.returncode == 0
    papers = re.findall(r"^\[\d+\] \S.*\n(.*)", shown.stdout, re.MULTILINE)
    assert len(papers) >= 20
    assert all(re.match("    (?:has|close|named) ", reason) for reason in papers)


def test_history_lists_and_searches(folder: Path) -> None:
    listed = json.loads(run(folder, "history", "--format", "json").stdout)
    assert listed[0]["title"] == QUESTION
    assert QUESTION in run(folder, "history", "--search", "lora").stdout
    assert "No edition" in run(folder, "history", "--search", "zirconium").stderr
    for hostile in ('"', "c++", "AND", "NEAR(", "日本語", "*"):
        assert run(folder, "history", "--search", hostile).returncode == 0


def test_topics_are_added_changed_used_and_removed(tmp_path: Path) -> None:
    added = run(tmp_path, "topics", "add", "speech", "--question", "Speech recognition", "--cadence", "daily")
    assert added.returncode == 0, added.stderr
    fails(run(tmp_path, "topics", "add", "speech", "--question", "Speech"), 2, "already")
    assert run(tmp_path, "topics", "edit", "speech", "--exclude", "whisper").returncode == 0
    assert "whisper" in run(tmp_path, "topics", "show", "speech").stdout
    assert run(tmp_path, "topics", "edit", "speech", "--exclude", "").returncode == 0
    assert "whisper" not in run(tmp_path, "topics", "show", "speech").stdout
    digest = run(tmp_path, "digest", "speech", "--slot", "2024-12-30", "--since", "2024-10-14", "-f", "json")
    assert json.loads(digest.stdout)["counts"]["kept"] >= 8
    again = run(tmp_path, "digest", "speech", "--slot", "2024-12-30", "--since", "2024-10-01")
    assert "nothing was made anew, and --since has no effect on it." in again.stderr
    assert "--since" not in run(tmp_path, "digest", "speech", "--slot", "2024-12-30").stderr
    assert run(tmp_path, "topics", "remove", "speech").returncode == 0
    fails(run(tmp_path, "digest", "speech"), 1, "no topic “speech”")
    assert "speech-2024-12-30" in run(tmp_path, "history").stdout


def test_a_bad_topic_is_refused_with_every_problem(tmp_path: Path) -> None:
    bad = ("--cadence", "hourly", "--timezone", "Mars", "--category", "no such", "--papers", "0")
    result = run(tmp_path, "topics", "add", "A b", "--question", "?", *bad)
    fails(result, 2, "slug", "question", "hourly", "Mars", "no such", "max_papers")


@pytest.mark.parametrize("question", ["q", "What is it?", "что это"])
def test_a_topic_whose_question_has_no_search_words_is_refused_where_no_model_finds_any(
    tmp_path: Path, question: str
) -> None:
    add = ("topics", "add", "x3", "--question", question)
    refused = run(tmp_path, *add, OPENAI_API_KEY="", ANTHROPIC_API_KEY="")
    fails(refused, 2, "question: No English search words", "--query")
    assert run(tmp_path, *add, OPENAI_API_KEY="sk-of-a-test").returncode == 0  # it is the model's to find them
    changed = run(tmp_path, "topics", "edit", "x3", "--at", "09:00", OPENAI_API_KEY="", ANTHROPIC_API_KEY="")
    fails(changed, 2, "question: No English search words")
    given = ("topics", "edit", "x3", "--query", "speech recognition")
    assert run(tmp_path, *given, OPENAI_API_KEY="", ANTHROPIC_API_KEY="").returncode == 0


@pytest.mark.parametrize("question", ["", "   ", "?!", "x" * 10_000, "\x1b"])
def test_an_absurd_question_is_a_usage_error(tmp_path: Path, question: str) -> None:
    fails(run(tmp_path, "survey", question), 2)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["show", "no-such-edition"], 1, ["no-such-edition", "history"]),
        (["survey", "x", "--language", "English!"], 2, ["English!"]),
        (["survey", QUESTION, "--papers", "0"], 2, ["1 to 300 papers, not 0"]),
        (["survey", QUESTION, "--query", "cat:cs.CL"], 2, ["cat:"]),
        (["digest", "nothing"], 1, ["no topic"]),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, args: list[str], code: int, words: list[str]) -> None:
    fails(run(tmp_path, *args), code, *words)


@pytest.mark.parametrize(
    "args", [["survay", "x"], ["survey"], ["survey", "x", "--order", "best"], ["history", "--limit", "0"]]
)
def test_wrong_usage_is_code_2(tmp_path: Path, args: list[str]) -> None:
    result = run(tmp_path, *args)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ("survay x", "No such command survay. Did you mean survey? See paperroute --help."),
        ("survey", "Missing argument question. See paperroute survey --help."),
        ("survey x --papers abc", "--papers: give a whole number. See paperroute survey --help."),
        ("survey x --order best", "--order: “best” is none of tsp, similarity, none. See paperroute survey --help."),
        ("history --limit 0", "--limit: give 1 or more. See paperroute history --help."),
        ("history --no-such", "No such option: --no-such. See paperroute history --help."),
    ],
)
def test_wrong_usage_is_one_plain_line(tmp_path: Path, args: str, line: str) -> None:
    result = run(tmp_path, *args.split())
    assert (result.returncode, result.stdout, result.stderr) == (2, "", f"paperroute: {line}\n")


def test_no_verb_is_the_help(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert (result.returncode, result.stderr) == (2, "")
    assert "Usage: paperroute" in result.stdout


def test_wrong_configuration_names_every_key(tmp_path: Path) -> None:
    fails(
        run(tmp_path, "history", PAPERROUTE_SURVEY__MAX_PAPER="3", PAPERROUTE_ARXIV__DELAY_SECONDS="soon"),
        2,
        "PAPERROUTE_SURVEY__MAX_PAPER",
        "PAPERROUTE_SURVEY__MAX_PAPERS",
        "PAPERROUTE_ARXIV__DELAY_SECONDS = 'soon': write a number",
    )
    fails(run(tmp_path, "--config", "none.toml", "history"), 2, "none.toml")


def test_an_unwritable_store_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    fails(run(tmp_path, "history", PAPERROUTE_STORE__PATH=str(tmp_path / "file" / "p.db")), 1, "file")
    (tmp_path / "text.db").write_text("this is no database, but long enough to look like one" * 30)
    fails(run(tmp_path, "history", PAPERROUTE_STORE__PATH=str(tmp_path / "text.db")), 1, "text.db")


def test_an_unwritable_output_is_one_clear_line(folder: Path) -> None:
    result = run(folder, "show", "latest", "-o", "no/such/folder/x.txt")
    fails(result, 2, "no/such/folder/x.txt")


def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for target, word in (("file/x.html", "Not a directory"), ("none/x.html", "no folder none"), (".", "is a folder")):
        refused = run(tmp_path, "survey", QUESTION, "-o", target)
        fails(refused, 2, word)
        assert refused.stderr.count("\n") == 1  # no stage was begun
    assert not (tmp_path / "p.db").exists()


def test_a_file_that_goes_away_meanwhile_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BadInput, match="cannot be written"):
        write_file(tmp_path / "file" / "x.html", b"text")


def test_a_reading_verb_tells_of_a_store_that_it_made(tmp_path: Path) -> None:
    for verb in (["history"], ["show", "latest"], ["usage"], ["topics", "list"], ["deliveries", "list"]):
        (tmp_path / "p.db").unlink(missing_ok=True)
        assert f"A new store was made at {tmp_path / 'p.db'}.\n" in run(tmp_path, *verb).stderr
        assert "new store" not in run(tmp_path, *verb).stderr


def test_a_backup_is_a_store_of_its_own(folder: Path) -> None:
    assert run(folder, "backup", "copy.db").returncode == 0
    copied = run(folder, "history", PAPERROUTE_STORE__PATH=str(folder / "copy.db"))
    assert QUESTION in copied.stdout


def test_no_result_is_written_over_what_is_paper_routes_own(folder: Path) -> None:
    fails(run(folder, "show", "latest", "-o", "p.db"), 2, "p.db", "own file")
    (folder / "own.toml").write_text('[store]\npath = "p.db"\n')
    fails(run(folder, "--config", "own.toml", "show", "latest", "-o", "own.toml"), 2, "own.toml", "own file")
    assert QUESTION in run(folder, "history").stdout


def test_a_backup_replaces_nothing_but_a_copy(folder: Path) -> None:
    (folder / "precious.txt").write_text("precious")
    fails(run(folder, "backup", "precious.txt"), 1, "precious.txt")
    assert (folder / "precious.txt").read_text() == "precious"
    fails(run(folder, "backup", "no/such/folder/copy.db"), 1, "no/such/folder")
    first, second = (run(folder, "backup", "twice.db") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert "in place of" not in first.stderr
    assert "in place of the copy that was there" in second.stderr


def test_a_full_disk_under_stdout_is_one_clear_line(folder: Path) -> None:
    command = f'"{sys.executable}" -m paperroute --quiet show latest > /dev/full'
    own = os.environ | {"PAPERROUTE_STORE__PATH": str(folder / "p.db")}
    result = subprocess.run(["bash", "-c", command], env=own, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("paperroute: The result cannot be written")


def test_a_reused_survey_says_when_it_was_written(folder: Path) -> None:
    again = run(folder, "survey", QUESTION)
    assert "This was written on" in again.stderr
    assert "This was written on" not in run(folder, "survey", QUESTION, "--refresh").stderr


def test_a_file_without_topics_puts_none_to_rest(tmp_path: Path) -> None:
    (tmp_path / "with.toml").write_text('[[topics]]\nslug = "speech"\nquestion = "Speech"\n')
    assert run(tmp_path, "--config", "with.toml", "topics", "list").returncode == 0
    assert "resting" not in run(tmp_path, "topics", "list").stdout
    (tmp_path / "with.toml").write_text('[[topics]]\nslug = "other"\nquestion = "Speech"\n')
    assert "speech" in run(tmp_path, "--config", "with.toml", "topics", "list").stdout
    assert "resting" in run(tmp_path, "topics", "list").stdout


def test_doctor_checks_each_part_offline(folder: Path) -> None:
    found = run(folder, "doctor", "--offline")
    assert found.returncode == 0, found.stdout
    for part in ("program", "configuration", "store", "vectors", "models", "papers"):
        assert part in found.stdout


def test_doctor_says_what_is_wrong_and_goes_on(tmp_path: Path) -> None:
    found = run(tmp_path, "doctor", "--offline", PAPERROUTE_SURVEY__ORDER="best")
    assert found.returncode == 1
    assert "PAPERROUTE_SURVEY__ORDER" in found.stdout


def test_config_show_prints_what_is_in_force(tmp_path: Path) -> None:
    shown = run(tmp_path, "config", "show", PAPERROUTE_SURVEY__MAX_PAPERS="41", OPENAI_API_KEY="sk-secret")
    assert "max_papers = 41" in shown.stdout
    assert "sk-secret" not in shown.stdout


def test_a_closed_pipe_is_no_error(folder: Path) -> None:
    command = f'"{sys.executable}" -m paperroute --quiet show latest | head -n 1'
    own = os.environ | {"PAPERROUTE_STORE__PATH": str(folder / "p.db")}
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], env=own, cwd=folder, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_the_demo_writes_its_files_and_can_be_run_again(tmp_path: Path) -> None:
    for _ in range(2):
        result = run(tmp_path, "demo", "--folder", "d")
        assert result.returncode == 0, result.stderr
        assert "How to go on" in result.stdout
        assert "d/survey.html" in result.stdout
        assert len(result.stdout.splitlines()) <= 40
    made = {path.name for path in (tmp_path / "d").iterdir() if not path.name.startswith("paperroute.db")}
    assert made == {
        *("config.toml", "survey.html", "survey.md", "survey.bib", "survey.json", "digest.eml", "digest.html"),
    }
    assert load(tmp_path / "d" / "config.toml", {}).store.path == tmp_path / "d" / "paperroute.db"


def test_a_section_papers_and_a_search_are_bibliographies(folder: Path) -> None:
    edition = json.loads(run(folder, "show", "latest", "--format", "json").stdout)
    first = [paper["id"] for paper in edition["papers"] if paper["section"] == 0]
    section = run(folder, "show", "latest", "--format", "bibtex", "--section", "1")
    assert [line for line in section.stdout.splitlines() if "eprint =" in line] == [
        f"  eprint = {{{id_}}}," for id_ in first
    ]
    named = run(folder, "papers", f"arXiv:{first[1]}v1", first[0], "--format", "ris")
    assert [line for line in named.stdout.splitlines() if line.startswith("AN")] == [
        f"AN  - arXiv:{id_}" for id_ in (first[1], first[0])
    ]
    found = json.loads(run(folder, "search", "image", "--format", "csl-json", "--limit", "3").stdout)
    assert len(found) == 3


def test_a_bibliography_that_cannot_be_made_is_refused_in_one_line(folder: Path) -> None:
    fails(run(folder, "show", "latest", "--format", "bibtex", "--section", "99"), 2, "no section 99")
    fails(run(folder, "show", "latest", "--format", "markdown", "--section", "1"), 2, "bibtex")
    fails(run(folder, "papers", "not-an-id"), 2, "not-an-id")
    fails(run(folder, "papers", "-"), 2, "stdin")
    fails(run(folder, "papers", "2001.99999"), 1, "2001.99999")
