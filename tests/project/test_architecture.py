"""The import tables of docs/architecture.md, held against every import statement, in both directions."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT

ROOMS = ("store", "templates", "digest", "bot", "web", "paperroute")
DOC = (ROOT / "docs" / "architecture.md").read_text()
# The packages that talk to the outside: each adapter may know one, and nothing else may know any.
SDKS = {
    "arxiv": "sources",
    "wordllama": "models",
    "sqlite_utils": "store",
    "python_tsp": "solvers",
    "mcp": "mcp",
    "mcp_types": "mcp",
    "prometheus_client": "metrics",
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, under its full name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who imports whom"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([\w/]+)`", cell))


def rows(header: str) -> list[list[str]]:
    table = DOC.split(header)[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines()[2:]]


@pytest.mark.parametrize("row", rows("| room | may import | what it is |"), ids=lambda row: row[0])
def test_rooms_import_just_the_rooms_that_the_table_allows(row: list[str]) -> None:
    (room,) = words(row[0])
    used = {name.split(".")[0] for path in files(room) for name in imports(path)} & set(ROOMS) - {room}
    assert used == words(row[1])


def kinds() -> dict[str, str]:
    """Module of digest -> the row of the second table that it stands in."""
    named = {}
    for modules, what, _ in rows("| modules | what they are | may import from `digest` |"):
        kind = what.split(":")[0].split(",")[0]
        named |= dict.fromkeys((module.rstrip("/") for module in words(modules)), kind)
    return named


def kind_of(module: str) -> str:
    return kinds()[module.split(".")[1]]


def test_every_module_of_the_pipeline_stands_in_the_table() -> None:
    there = {path.stem for path in (ROOT / "digest").glob("*.py")} - {"__init__"}
    there |= {path.name for path in (ROOT / "digest").iterdir() if (path / "__init__.py").exists()}
    assert there == set(kinds())


@pytest.mark.parametrize("path", files("digest"), ids=lambda path: str(path.relative_to(ROOT)))
def test_stages_and_adapters_know_only_the_vocabulary(path: Path) -> None:
    own = path.relative_to(ROOT).with_suffix("").parts
    if path.name == "__init__.py" or kind_of(".".join(own)) in ("the story", "its chapters", "its service"):
        return
    inside = {name for name in imports(path) if name.startswith("digest.") and name.split(".")[1] != own[1]}
    strangers = {name.split(".")[1] for name in inside if kind_of(name) != "the vocabulary"}
    if kind_of(".".join(own)) == "verbs over the store":
        strangers = {name for name in strangers if kind_of(f"digest.{name}") != "verbs over the store"}
    assert strangers <= helpers().get(own[1], set())


def helpers() -> dict[str, set[str]]:
    """Stage -> the stages that serve it, as the table says: "`a` and `b` serve `c`"."""
    (cell,) = (row[2] for row in rows("| modules | what they are | may import from `digest` |") if "serves" in row[2])
    served: dict[str, set[str]] = {}
    for clause in cell.partition(":")[2].split(","):
        servants, _, master = re.sub(r" serves? ", " | ", clause).partition("|")
        for name in words(master):
            served.setdefault(name, set()).update(words(servants), {name})
            for servant in words(servants):
                served.setdefault(servant, set()).update(words(servants))
    return served


@pytest.mark.parametrize("room", ROOMS)
def test_each_sdk_is_known_in_one_place(room: str) -> None:
    for path in files(room):
        place = path.relative_to(ROOT).with_suffix("").parts
        for name in imports(path):
            home = SDKS.get(name.split(".")[0])
            assert home is None or home in place, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("path", [path for room in ("digest", "web", "paperroute") for path in files(room)], ids=str)
def test_sql_stays_in_the_store(path: Path) -> None:
    strings = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    sql = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|DELETE FROM|CREATE TABLE)\b")
    assert not [text for text in strings if isinstance(text, str) and sql.search(text)]
