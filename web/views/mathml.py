"""LaTeX formulas in foreign texts -> MathML, the rest of the text as it is set without them.

Invariant: nothing leaves here but escaped text and the MathML elements named below, without address, style or script,
whatever the source holds. What cannot be read whole stays text, its LaTeX as readable as `store.text.latex` makes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape
from xml.etree import ElementTree as ET

import nh3
from latex2mathml.converter import convert
from markupsafe import Markup
from markupsafe import escape as escaped

from digest.render.html import LatexSetting
from digest.render.safe_text import to_line
from store.text.math import spans

_TAGS = set(
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom msub msup msubsup munder mover "
    "munderover mmultiscripts mprescripts mtable mtr mtd".split()
)
_ATTRIBUTES = {
    "math": {"display"},
    "mo": set("stretchy fence separator form lspace rspace minsize maxsize symmetric largeop movablelimits".split()),
    "mi": {"mathvariant"},
    "mfrac": {"linethickness"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
    "mspace": {"width"},
    "mpadded": {"width", "lspace"},
}
_PLAIN = re.compile(r"[\d\s.,+%\\-]*(?:\\times)?")  # a bare number needs no mathematics
_LONGEST = 300  # letters of a formula; a longer one is no part of a line
_BREAK = "\u200b"  # where a line may end
_LINE = 24  # letters of a formula that a narrow screen has room for
_BREAKING, _OPENING, _CLOSING = (frozenset(signs) for signs in ("=+−-<>≤≥≈∼≡∈→⇒,", "([{⟨", ")]}⟩"))
_DEEPEST = 12
_TEXT = re.compile(r"\\(?:text|mbox|hbox|operatorname)")  # what the library passes through as it is
_PLACEHOLDER = re.compile("\ue010(\\d+)\ue011")
_PLACEHOLDER_MARKS = re.compile("[\ue010\ue011]")


def render_line(text: str, limit: int) -> str:
    """One line of a foreign text, its formulas as MathML."""
    return render_formulas(text, lambda plain: to_line(plain, limit))


def render_formulas(text: str, render: Callable[[str], str]) -> str:
    """What `render` makes of a text, with the formulas put in that it never saw. Markup that it makes stays markup."""
    hidden, found = _hide_formulas(text)
    if not found:
        return render(text)
    around = escaped(render(hidden))
    shown = _PLACEHOLDER.sub(lambda place: found[int(place[1])], around)
    return Markup(_PLACEHOLDER_MARKS.sub("", shown))  # noqa: S704  # escaped around, cleaned inside


SETTING = LatexSetting(render_line, render_formulas)


def _hide_formulas(text: str) -> tuple[str, list[str]]:
    """The text with a private character for each formula that can be shown, and those formulas."""
    found: list[str] = []
    parts, end = [], 0
    text = _PLACEHOLDER_MARKS.sub("", text)
    for formula in spans(text):
        shown = latex_to_mathml(formula.source)
        if shown:
            parts += [text[end : formula.start], f"\ue010{len(found)}\ue011"]
            found.append(shown)
            end = formula.end
    return ("".join([*parts, text[end:]]), found) if found else (text, found)


@lru_cache(maxsize=4096)
def latex_to_mathml(source: str) -> str:  # decision 74
    """A formula, its source beside it as an annotation; "" where it cannot be shown whole."""
    source = " ".join(source.split())
    if not source or len(source) > _LONGEST or _PLAIN.fullmatch(source) or _depth(source) > _DEEPEST:
        return ""
    try:
        made = convert(source)
    except Exception:  # noqa: BLE001  # the library's failures on broken input are of every kind
        return ""
    clean = nh3.clean(made, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None)
    inside = clean.partition(">")[2].removesuffix("</math>")
    if "\\" in inside or not inside.startswith("<mrow>") or _is_lossy(source, inside):
        return ""
    note = f'<annotation encoding="application/x-tex">{escape(source)}</annotation>'
    first, *others = _split_formula(inside) if len(source) > _LINE else [inside]
    return _BREAK.join(
        [f"<math><semantics>{first}{note}</semantics></math>", *(f"<math>{row}</math>" for row in others)]
    )


def _split_formula(inside: str) -> list[str]:
    """The rows between its outermost operators, which a narrow screen may set on lines of their own."""
    try:
        children = list(ET.fromstring(inside))  # noqa: S314  # cleaned before
    except ET.ParseError:  # a name of a character, such as &nbsp;
        return [inside]
    rows, depth = [""], 0
    for child in children:
        sign = (child.text or "") if child.tag == "mo" else ""
        depth += (sign in _OPENING) - (sign in _CLOSING)
        rows[-1] += ET.tostring(child, encoding="unicode")
        if sign in _BREAKING and depth == 0:
            rows.append("")
    return [f"<mrow>{row}</mrow>" for row in rows if row]


def _depth(source: str) -> int:
    """How deeply braces nest; beyond any cap where they do not balance."""
    depth = deepest = 0
    for brace in re.findall(r"(?<!\\)[{}]", source):
        depth += 1 if brace == "{" else -1
        deepest = max(deepest, depth)
        if depth < 0:
            return _DEEPEST + 1
    return deepest if depth == 0 else _DEEPEST + 1


def _is_lossy(source: str, inside: str) -> bool:
    r"""Whether cleaning took away what the source shows: tags in a \text, a style."""
    return inside == "<mrow></mrow>" or "\\style" in source or ("<" in source and _TEXT.search(source) is not None)
