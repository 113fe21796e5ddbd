"""What the documents say is held against the program: commands, keys, links."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from paperroute.cli.main import VERBS, app, load_verb
from paperroute.config.load import Config, load
from tests import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
DOCS = [*(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")), *PAGES]
NAMES = {doc: doc.relative_to(ROOT).as_posix() for doc in DOCS}
COMMAND = re.compile(r"^\$ (?:\.venv/bin/)?(paperroute .*)$", re.MULTILINE)


def commands() -> list[str]:
    return [line for doc in DOCS for line in COMMAND.findall(doc.read_text())]


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The verb that a command line names, and its arguments."""
    command: Any = typer.main.get_command(app)
    if words and words[0] in VERBS:
        command, words = load_verb(words[0]), words[1:]
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"there is no verb {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_documents_parses(line: str) -> None:
    words = shlex.split(line.split("  #", maxsplit=1)[0])[1:]
    command, arguments = resolve(words)
    command.make_context(command.name, arguments, resilient_parsing=False)


@pytest.mark.parametrize("line", [line for line in commands() if "  #" in line])
def test_options_named_beside_a_command_exist(line: str) -> None:
    shown, _, comment = line.partition("  #")
    command, _ = resolve(shlex.split(shown)[1:])
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", comment)) <= known


@pytest.mark.parametrize("doc", DOCS, ids=NAMES.get)
def test_every_key_named_in_the_documents_exists(doc: Path) -> None:
    sections = "|".join(name for name in Config.model_fields if name not in ("topics", "providers", "prices"))
    named = set(re.findall(rf"`({sections})\.(\w+)`", doc.read_text()))
    for section, key in named:
        keys = {field.alias or name for name, field in Config.model_fields[section].annotation.model_fields.items()}
        assert key in keys, f"{section}.{key}"


def configurations() -> list[str]:
    fenced = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [shown for doc in DOCS for shown in fenced.findall(doc.read_text())]


@pytest.mark.parametrize("shown", configurations())
def test_every_configuration_of_the_documents_is_valid(tmp_path: Path, shown: str) -> None:
    (tmp_path / "config.toml").write_text(shown)
    named = tomllib.loads(shown).get("models", {}).get("summary", "auto")
    assert load(tmp_path / "config.toml", {}).models.summary == named


def test_each_kind_of_local_server_is_shown() -> None:
    shown = "".join(configurations())
    assert [name for name in ("ollama", "vllm", "llama") if f'summary = "{name}:' not in shown] == []


@pytest.mark.parametrize("doc", DOCS, ids=NAMES.get)
def test_every_link_within_the_project_leads_somewhere(doc: Path) -> None:
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", doc.read_text()):
        there = doc.parent / target if target else doc
        assert there.exists(), target
        assert not heading or heading in anchors(there), f"{target}#{heading}"


def anchors(doc: Path) -> set[str]:
    """The headings of a document as links name them."""
    headings = re.findall(r"^#+ (.+)$", doc.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_verb_is_in_the_list_of_commands() -> None:
    verbs = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    listed = (ROOT / "docs" / "commands.md").read_text()
    assert [verb for verb in verbs if f"paperroute {verb}" not in listed] == []


def test_the_index_names_every_document_and_the_readme_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    assert [page.name for page in PAGES if page.name != "README.md" and f"]({page.name})" not in index] == []
    assert "](docs/README.md)" in (ROOT / "README.md").read_text()


def test_the_readme_can_be_read_at_one_go() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= 1_200


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "pyproject.toml", "Makefile"])
def test_what_installs_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert name.endswith(".lock") == ("--hash=sha256:" in text)


def test_every_decision_that_a_line_rests_on_is_written_down() -> None:
    written = {
        int(number)
        for number in re.findall(r"^(\d+)\. \*\*", (ROOT / "docs" / "decisions.md").read_text(), re.MULTILINE)
    }
    rooms = ("bot", "digest", "paperroute", "store", "web")
    code = "".join(path.read_text() for room in rooms for path in (ROOT / room).rglob("*.py"))
    named = {int(number) for number in re.findall(r"\bdecision (\d+)\b", code)}
    assert len(named) > 50
    assert named <= written
