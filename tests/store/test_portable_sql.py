"""Every SQL text outside of `store/db` is one that SQLite and PostgreSQL both take, as far as reading it can tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "store"
# store/db is the engine; what two engines have to say differently stands there.
FOLDERS = ("tables", "views", "outbox", "indexing")
MODULES = [path for path in sorted(ROOT.rglob("*.py")) if (path.parent.name in FOLDERS or path.parent == ROOT)]
_SQL = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|WHERE|JOIN|ON CONFLICT|ORDER BY|LIMIT)\b|= \?")

# What the other engine does not take, or takes for something else: a pattern, an example, what is written instead.
RULES = {
    "INSERT OR": (r"\b(?:INSERT|UPDATE) OR\b|\bREPLACE INTO\b", "INSERT OR IGNORE INTO t", "ON CONFLICT, NOT EXISTS"),
    "target": (r"ON CONFLICT DO UPDATE", "INSERT INTO t ON CONFLICT DO UPDATE SET a = 1", "ON CONFLICT (key)"),
    "CROSS JOIN ON": (r"CROSS JOIN \w+(?: AS \w+)? ON\b", "a CROSS JOIN b AS c ON c.a = b.a", "WHERE"),
    "planner's words": (r"\bNOT INDEXED\b|\bINDEXED BY\b", "FROM t NOT INDEXED", "none"),
    "no limit": (r"\bLIMIT -", "SELECT 1 LIMIT -1", "columns.ALL_ROWS"),
    "truth": (r"\b(?:WHERE|AND|OR|NOT) [01]\b", "SELECT 1 WHERE 0", "true, false"),
    "user": (r"""(?<!["\w.:'])user(?!["\w'])""", "SELECT user FROM asks WHERE 1 = 2", 'the column "user" in quotes'),
    "functions": (
        r"\b(?:iif|ifnull|group_concat|json_tree|randomblob|strftime|printf|julianday)\s*\(",
        "SELECT iif(a, b, c)",
        "CASE, coalesce, or Python",
    ),
    "scalar max": (r"\b(?:max|min)\([^()]*,", "SELECT max(a, 0)", "CASE"),
    "sum of truths": (r"\bsum\([^()]*(?:[<>=]|\bIS\b)", "SELECT sum(a <> '')", "count(*) FILTER (WHERE ...)"),
    "GLOB": (r"\bGLOB\b", "WHERE a GLOB 'D*'", "substr, LIKE of lower case"),
    "LIKE": (r"(?<!\))\s(?:NOT )?LIKE (?!'unread %')", "WHERE name LIKE ?", "lower(...) LIKE"),
    "numbered": (r"\?\d", "WHERE a = ?1", "names"),
    "instr": (r"\binstr\((?:[^()]|\([^()]*\))*\)\s+(?![-+>*/]|AS\b)", "WHERE instr(a, ?) ORDER BY a", "instr(...) > 0"),
    "engine": (
        r"\b(?:PRAGMA|MATCH|bm25|docsize|data_version)\b|\bsqlite_|\btemp\.",
        "PRAGMA quick_check",
        "a word of store/db",
    ),
}  # fmt: skip


def _texts(source: str) -> Iterator[str]:
    """The texts of a module, each with its blanks as one; what an f-string puts in is `x`."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            parts = (str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
            yield " ".join("".join(parts).split())
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | inside:
            yield " ".join(node.value.split())


def _sql_of(path: Path) -> list[str]:
    return [text for text in _texts(path.read_text("utf-8")) if _SQL.search(text)]


def _unnamed_subqueries(sql: str) -> list[str]:
    """Those in FROM, which PostgreSQL 15 wants named."""
    found = []
    for begin in re.finditer(r"\b(?:FROM|JOIN) \(", sql):
        depth, at = 1, begin.end()
        while depth and at < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[at], 0)
            at += 1
        if not depth and not sql[at:].startswith(" AS "):
            found.append(sql[begin.start() : at + 20])
    return found


def _placeholders_in_literals(sql: str) -> list[str]:
    """What one engine would take for a text, and the other, whose placeholders are written anew, for a value."""
    return [literal for literal in sql.split("'")[1::2] if re.search(r"\?|:\w", literal)]


def _unqualified_columns(sql: str) -> list[str]:
    """Names on the right side of DO UPDATE that may be the row's or the one's that could not be inserted."""
    clause = sql.partition("DO UPDATE SET ")[2]
    values = re.sub(
        r"'[^']*'|[:]\w+|\w+\.\w+|\w+ = |\b[A-Z]+\b|\b\d+\b|\bx\b|\w+\(", " ", clause.partition(" RETURNING ")[0]
    )
    return re.findall(r"[a-z_]\w*", values)


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(ROOT)) for path in MODULES])
def test_a_statement_is_one_that_both_engines_take(path: Path) -> None:
    wrong = [
        f"{name} ({instead}): {sql[:160]}"
        for sql in _sql_of(path)
        for name, (pattern, _, instead) in RULES.items()
        if re.search(pattern, sql)
    ]
    wrong += [f"a subquery without a name: {found}" for sql in _sql_of(path) for found in _unnamed_subqueries(sql)]
    wrong += [
        f"whose columns are {found}: {sql[:160]}" for sql in _sql_of(path) if (found := _unqualified_columns(sql))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", RULES)
def test_each_rule_finds_its_example(name: str) -> None:
    pattern, example, _ = RULES[name]
    assert re.search(pattern, example)


def test_the_scan_sees_statements() -> None:
    assert sum(len(_sql_of(path)) for path in MODULES) > 150
    assert _unnamed_subqueries("SELECT count(*) FROM (SELECT 1 FROM (SELECT 2) AS a) WHERE true")
    assert not _unnamed_subqueries("SELECT count(*) FROM (SELECT 1 FROM (SELECT 2) AS a) AS b WHERE true")
    assert _placeholders_in_literals("WHERE a = 'x' OR b = ? OR c = 'why?'") == ["why?"]
    assert _unqualified_columns("ON CONFLICT (a) DO UPDATE SET n = n + 1, b = excluded.b") == ["n"]
    assert not _unqualified_columns("ON CONFLICT (a) DO UPDATE SET n = t.n + 1, b = :b, c = coalesce(excluded.c, 'x')")
