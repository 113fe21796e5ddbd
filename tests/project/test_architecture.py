"""The one table of docs/architecture.md, held against every import statement of the house, in both directions."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT

ROOMS = ("store", "templates", "digest", "bot", "web", "paperroute")
DOC = (ROOT / "docs" / "architecture.md").read_text()
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
}
# Values, numbers and columns: they speak to nobody, and any chapter may use them.
PLAIN_LIBRARIES = {"markupsafe", "numpy", "pydantic", "rich"}
# The place of a package is a chapter, but for the frameworks that a whole room is written on.
FRAMEWORKS = {"fastapi": "web", "starlette": "web", "typer": "paperroute"}


def imports(path: Path) -> Iterator[str]:
    """Every module or name that a file imports, lazily too, under its full name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who imports whom"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(name: str) -> str | None:
    """The module of ours that a full name is, or stands in."""
    parts = name.split(".")
    return next((own for n in range(len(parts), 0, -1) if (own := ".".join(parts[:n])) in FILES), None)


def chapter_of(module: str) -> str:
    """A chapter is a folder; a module in a room's own folder is a chapter of its own."""
    path = FILES[module]
    if path.name == "__init__.py":
        return module.replace(".", "/")
    folder = str(path.parent.relative_to(ROOT))
    return module.replace(".", "/") if folder in ROOMS else folder


def rows() -> list[list[str]]:
    table = DOC.split("| chapter | may import | packages | what it holds |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines()[2:]]


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([\w/]+)`", cell))


TABLE = {min(words(row[0])): row for row in rows()}
OPEN = {chapter for chapter, row in TABLE.items() if row[0].startswith("**")}
CHAPTERS = sorted({chapter_of(module) for module in FILES} - set(ROOMS) | {"templates"})


def used_by(chapter: str) -> tuple[set[str], set[str]]:
    """The chapters of its own room and the other rooms that a chapter imports; and the packages of others."""
    room = chapter.split("/", maxsplit=1)[0]
    inside, outside = set(), set()
    for module, path in FILES.items():
        if chapter_of(module) != chapter:
            continue
        for name in imports(path):
            if found := module_of(name):
                there = chapter_of(found)
                inside.add(there if there.split("/")[0] == room else there.split("/")[0])
            elif name.split(".")[0] not in sys.stdlib_module_names:
                outside.add(name.split(".")[0])
    return inside - {chapter, room}, outside - PLAIN_LIBRARIES


def test_every_chapter_has_its_row_and_every_row_its_chapter() -> None:
    assert sorted(TABLE) == CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_imports_just_what_its_row_says(chapter: str) -> None:
    inside, outside = used_by(chapter)
    row = TABLE[chapter]
    assert inside - OPEN == words(row[1]), "may import"
    assert outside == words(row[2]), "packages"


# Packages with two places, and why.
SHARED = {
    "httpx2": "what the models' SDKs stand on, whose errors are read there; OpenAlex and bioRxiv, by the same client",
    "nh3": "cleans the HTML that is made of Markdown, and the MathML that is made of LaTeX",
    "urllib3": "what requests stands on, for arXiv; the connections to Slack that stay open",
    "anyio": "the threads that answer the web and assistants",
    "uvicorn": "the web's server, and what it makes of each connection",
}


def test_each_package_is_known_in_one_place() -> None:
    places = defaultdict(set)
    for chapter, row in TABLE.items():
        for package in words(row[2]):
            places[package].add(chapter.split("/")[0] if package in FRAMEWORKS else chapter)
    assert {package for package, where in places.items() if len(where) > 1} == set(SHARED)
    assert {package: places[package] for package in FRAMEWORKS} == {name: {room} for name, room in FRAMEWORKS.items()}


def test_rooms_look_only_down() -> None:
    below = {"store": set(), "templates": set(), "digest": {"store", "templates"}}
    below |= {"bot": {"digest", "store"}, "web": {"digest", "store"}, "paperroute": {"bot", "digest", "store", "web"}}
    for chapter in CHAPTERS:
        room = chapter.split("/")[0]
        others = {name.split("/")[0] for name in used_by(chapter)[0]} - {room}
        assert others <= below[room], chapter


def edges() -> dict[str, set[str]]:
    return {
        module: {found for name in imports(path) if (found := module_of(name))} - {module}
        for module, path in FILES.items()
    }


def circles(graph: dict[str, set[str]]) -> set[str]:
    """The nodes that are on a circle, or between two: what stays when all with nothing below, or above, are taken."""
    left = dict(graph)
    while gone := {node for node in left if not left[node] & left.keys() or not any(node in left[o] for o in left)}:
        left = {node: below for node, below in left.items() if node not in gone}
    return set(left)


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circles(edges()) == set()


def test_no_chapter_imports_itself_by_way_of_others() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for module, below in edges().items():
        graph[chapter_of(module)] |= {chapter_of(found) for found in below} - {chapter_of(module)}
    assert circles(graph) == set()


@pytest.mark.parametrize("module", [module for module in FILES if not module.startswith("store")])
def test_sql_stays_in_the_store(module: str) -> None:
    strings = [node.value for node in ast.walk(ast.parse(FILES[module].read_text())) if isinstance(node, ast.Constant)]
    sql = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|DELETE FROM|CREATE TABLE)\b")
    assert not [text for text in strings if isinstance(text, str) and sql.search(text)]


def test_no_folder_has_more_modules_than_a_reader_can_take_in() -> None:
    counts: dict[str, int] = defaultdict(int)
    for path in FILES.values():
        counts[str(path.parent.relative_to(ROOT))] += path.name != "__init__.py"
    assert {folder: n for folder, n in counts.items() if n > 15} == {"store/tables": counts["store/tables"]}
    assert counts["store/tables"] <= 20


def test_a_class_name_has_one_meaning() -> None:
    where = defaultdict(list)
    for module, path in FILES.items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                where[node.name].append(module)
    assert {name for name, modules in where.items() if len(modules) > 1} == set()


# Module names that stand in two chapters, and mean the same there.
SAME_SUBJECT = {
    **dict.fromkeys(
        ["deliveries", "editions", "papers", "subscriptions", "topics", "usage"], "of a table, at each door"
    ),
    **dict.fromkeys(
        ["mail", "models", "operator", "reports", "slack", "web"],
        "a section of the configuration, composed, and examined",
    ),
    **dict.fromkeys(["queries", "section", "summaries", "synthesis"], "a role, with a language model and without one"),
    **dict.fromkeys(["errors", "retry", "settings", "urls"], "the same for another room or server"),
    **dict.fromkeys(["app", "service"], "the program, and each part of it that starts"),
    **dict.fromkeys(["archive", "search"], "a verb of readers, at each door"),
    "feedback": "of readers: its records, its table, and what it does to relevance, at each door",
    "authors": "of papers, as the store knows them, and their page",
    "harvest": "a section of the configuration, composed, and examined",
    "harvests": "the records of them, and their tables",
    "leases": "the rule, and its table",
    "circuits": "of the outbox: the record of one, and its table",
    "progress": "of a survey, at each door",
    "questions": "the record of one, and the role that reads it",
    "relevance": "of a paper to a question, by a language model and by measures",
    "report": "what an examination found",
    "sections": "of an edition, and of config.toml",
}


def test_a_module_name_has_one_meaning() -> None:
    where = defaultdict(list)
    for path in FILES.values():
        if not path.name.startswith("__"):
            where[path.stem].append(str(path.relative_to(ROOT)))
    assert {name for name, paths in where.items() if len(paths) > 1} == set(SAME_SUBJECT)
