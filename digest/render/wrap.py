"""Wrapping by the columns that characters take, not by their number.

Invariant: only white space is lost; a word is broken only where it is wide script (Japanese, Chinese, Korean), and
addresses never.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

_WIDE = "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]"
_NO_START = "、。，．・：；！？」』）】］〉》〕ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々"
_NO_END = "「『（【［〈《〔"
# A wide character with what must not be parted from it, or a run of other characters with its quotes and dashes, or a
# blank. Curly quotes belong to both scripts.
_ATOM = re.compile(rf"[{_NO_END}“‘(]*{_WIDE}[{_NO_START}”’)]*|(?:(?!{_WIDE})\S)+[{_NO_START}]*|\s+")


def wrap(text: str, width: int = 78, *, first: str = "", rest: str | None = None) -> str:
    """Lines of at most `width` columns; `first` begins the first line, `rest` (default: `first`) each further one."""
    indent = first if rest is None else rest
    lines, current, empty = [], first, True
    for atom in _ATOM.findall(" ".join(text.split())):
        if not empty and not atom.isspace() and cell_len(current) + cell_len(atom) > width:
            lines.append(current.rstrip())
            current, empty = indent, True
        if empty and atom.isspace():
            continue
        current, empty = current + atom, False
    return "\n".join([*lines, current.rstrip()])
