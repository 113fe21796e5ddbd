r"""A raw line of authors, as arXivRaw and arXiv's bulk file have it -> names as arXiv's search API tells them.

Invariant: pure; no name holds a letter that the line does not have. What stands in brackets behind a name is where it
works, and is left out; a line that is all in brackets is one name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from digest.sources.arxiv.entry import clean_authors
from store.text.latex import latex_to_unicode
from store.text.lazy_pattern import compile_lazily
from store.text.names import is_suffix
from store.text.source_text import clean_line

_THIN_SPACE = compile_lazily(r"\\[,;:! ]")  # "J.\,Smith": no comma
_RAISED = compile_lazily(r"\$\s*\^[^$]{0,80}\$")  # "$^{1,2}$"
_BETWEEN = compile_lazily(r"\s*(?:[,;:]|(?<!\S)(?:and|&)(?!\S))\s*")
_NICKNAME = compile_lazily(r"\([A-Z][a-z]+\)(?=\s+(?!and\s|&)[^\W\d_])")
_INITIALS = compile_lazily(r"(?:[^\W\d_]\.?[ -]{0,2}){1,4}(?<![^\W\d_]{2})")
_GLUED_INITIAL = compile_lazily(r"(?<=\b[^\W\d_]\.)(?=[^\W\d_])")
_OPENING, _CLOSING = "([", ")]"


def split_author_line(line: str) -> tuple[str, ...]:
    """The names of "A. Doe (1), B. Foo, Jr. (1 and 2) and C. Bar ((1) First University, (2) Second Lab)"; a group and
    its people of "X Collaboration: A. Doe, B. Foo".
    """
    plain = _RAISED.sub("", _THIN_SPACE.sub(" ", clean_line(line)))
    parts = filter(None, _BETWEEN.split(_without_brackets(plain)))
    names = [_GLUED_INITIAL.sub(" ", latex_to_unicode(name)) for name in _join_parts(parts)] or [plain]
    return tuple(clean_authors(names))


def _without_brackets(line: str) -> str:
    """With a comma for each bracket and what is in it, but for a nickname. One that never closes is a comma alone."""
    ends = _bracket_ends(line)
    kept: list[str] = []
    at = 0
    while at < len(line):
        nickname = _NICKNAME.match(line, at)
        is_bracket = line[at] in _OPENING + _CLOSING
        kept.append(nickname[0] if nickname else ", " if is_bracket else line[at])
        at = nickname.end() if nickname else ends.get(at, at) + 1
    return "".join(kept)


def _bracket_ends(line: str) -> dict[int, int]:
    """Where each bracket closes that does."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for at, char in enumerate(line):
        if char in _OPENING:
            opened.append(at)
        elif char in _CLOSING and opened:
            ends[opened.pop()] = at
    return ends


def _join_parts(parts: Iterable[str]) -> Iterator[str]:
    """With what is nobody by itself at the name before it: "Jr." of "Sam Doe, Jr.", "J. K." of "Doe, J. K."."""
    name = ""
    for part in parts:
        if name and is_suffix(part):
            name = f"{name} {part}"
        elif name and " " not in name and _INITIALS.fullmatch(part):
            name = f"{name}, {part}"
        else:
            yield from filter(None, [name])
            name = part
    yield from filter(None, [name])
