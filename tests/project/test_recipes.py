"""The recipes of CONTRIBUTING.md: all are there, and the files that they name."""

import re

import pytest

from tests import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text().split("\n## Recipes\n")[1].split("\n## ")[0]
RECIPES = dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", TEXT, re.MULTILINE | re.DOTALL))
FILE = re.compile(r"[\w.<>*-]+(?:/[\w.<>*-]+)*/?")
TITLES = {
    "Add a source",
    "Add a channel",
    "Add a form",
    "Add a Slack subcommand",
    "Add a tool for assistants",
    "Add a language",
    "Add a column to papers",
    "Change how sections get their titles",
    "Add an LLM vendor",
    "Change the mail's look",
    "Add a cadence",
    "Add a config key",
}


def paths(text: str) -> list[str]:
    """What is set as code and is a path: it has a slash, or is a file of the root."""
    code = re.findall(r"`([^`]+)`", text)
    return [one for one in code if FILE.fullmatch(one) and ("/" in one or one.endswith((".toml", ".json", ".md")))]


def test_every_recipe_is_there() -> None:
    assert set(RECIPES) == TITLES


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_names_files_that_there_are_and_a_test(recipe: str) -> None:
    named = paths(RECIPES[recipe])
    assert [path for path in named if not any(ROOT.glob(re.sub(r"<\w+>", "*", path)))] == []
    assert [path for path in named if "/test_" in path and "<" not in path] != []
    assert [path for path in named if not path.startswith("tests/")] != []


def test_the_intro_names_files_that_there_are() -> None:
    assert all((ROOT / path).exists() for path in paths(TEXT.split("\n### ")[0]) if "<" not in path)
