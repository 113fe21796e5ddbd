"""Citation markers: normalised to canonical [n] in what a model wrote, or dropped.

Invariant: in a resolved text every bracketed number names a known paper, no URL is left, and resolving it again changes
nothing.

The rule. A marker is a bracket ([ ], ［ ］ or 【 】) that holds paper numbers and nothing else: `[3]`, `[3, 5]`,
`[3-5]`, `[^3]`, `[Paper 3]`, `[3, p. 4]`, `【3†source】`, also behind a backslash or doubled. Numbers without a paper
are dropped and counted, so `[2024]` goes and `[2024 dataset]`, `[a]` and `[0.1, 0.9]` stay. No paper is numbered 0:
several numbers with a 0 among them (`[0, 1]`) are an interval and stay as they are. A bracket behind a TeX command
(`\\sqrt[3]{x}`) is TeX's. Superscripts are never markers: `f⁽³⁾` is a derivative.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

MAX_RANGE = 100  # a model that writes [1-99999] means nothing by it; its ends are judged like two numbers

_DASH = "[-‐‑–—−~〜～]"
_BEFORE = r"(?:(?:see|cf\.?|e\.g\.,?|papers?|refs?\.?|references?|論文)\s*)?"
_NUMBER = rf"{_BEFORE}\^?\#?\d+(?:\s*{_DASH}\s*\#?\d+)?"
_NUMBERS = rf"{_NUMBER}(?:\s*(?:[,;&、，；・]|\band\b)\s*{_NUMBER})*"
_AFTER = r"(?:†[^\[\]【】\n]*|,?\s*(?:pp?|secs?|section|figs?|figure|tables?|eqs?|chap|ch)\.?\s*\d[\w.–-]{0,11})?"
_INSIDE = rf"\s*{_NUMBERS}{_AFTER}\s*"
_MARKER = rf"(?:\[\[{_INSIDE}\]\]|\\?[\[［【]{_INSIDE}\\?[\]］】])"
_RUN = rf"{_MARKER}(?:[ \t]*[,;、]?[ \t]*{_MARKER})*"
_RUNS = re.compile(
    rf"(?P<tex>\\[A-Za-z]+\[[^\]\n]*\])"
    rf"|(?P<lead>(?<![ \t])[ \t]*)(?:(?P<open>[(（])[ \t]*)?(?P<run>{_RUN})(?P<tail>[ \t]*)(?P<close>[)）])?",
    re.IGNORECASE,
)
_ONE_MARKER = re.compile(_MARKER, re.IGNORECASE)
_ONE_NUMBER = re.compile(rf"(\d+)(?:\s*{_DASH}\s*\#?(\d+))?")
_LOCATOR = re.compile(rf"{_AFTER}\s*\\?[\]］】]+$", re.IGNORECASE)
_RANGE_OF_MARKERS = re.compile(r"\[(\d+)\][-–]\[(\d+)\]")
_CANONICAL = re.compile(r"\\[A-Za-z]+\[[^\]\n]*\]|\[(\d+)\]")

_TARGET = r"\(\s*<?(?P<target>[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
_LINK = re.compile(rf"!?\[(?P<label>[^\[\]\n]*|\[[^\[\]\n]*\])\]{_TARGET}")
_TEX_LINK = re.compile(r"\\href\{[^{}]*\}\{([^{}]*)\}|\\url\{([^{}]*)\}")
_URL = re.compile(
    r"<?(?:[a-z][a-z0-9+.-]{1,15}://|\bwww\.|\b(?:mailto|javascript|vbscript):|\bdata:[a-z]+/"
    r"|(?<![\w@.-])(?:[\w-]+\.)+(?:com|org|net|io|ai|dev|edu|gov|co|app|me|info)/)"
    r"[^\s<>\[\]{}\"`，。、）」】］]*>?",
    re.IGNORECASE,
)
_URL_PLACEHOLDER = "[URL]"  # says in any language that an address stood here


@dataclass(frozen=True)
class ResolvedText:
    """text: with canonical markers; numbers: the papers it cites, in order of first use; unknown: numbers dropped."""

    text: str
    numbers: tuple[int, ...]
    unknown: int


def resolve_citations(text: str, known: Collection[int]) -> ResolvedText:
    """Canonical markers for papers in `known`; other numbers, link targets and addresses are taken out."""
    papers = frozenset(known)
    unknown = 0
    while True:  # what one pass takes out may join what stood around it: "[[99]3]"
        passed, dropped = _resolve_once(text, papers)
        unknown += dropped
        if passed == text:
            return ResolvedText(text, cited_numbers(text, papers), unknown)
        text = passed


def cited_numbers(text: str, known: Collection[int]) -> tuple[int, ...]:
    """The papers that a resolved text cites, in order of first use."""
    return tuple(dict.fromkeys(n for n in map(_parse_int, filter(None, _CANONICAL.findall(text))) if n in known))


def _resolve_once(text: str, known: frozenset[int]) -> tuple[str, int]:
    dropped = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal dropped
        if match["tex"]:
            return match[0]
        numbers = list(_numbers(match["run"]))
        if len(numbers) > 1 and 0 in numbers:
            return match[0]
        dropped += sum(number not in known for number in numbers)
        markers = "".join(f"[{number}]" for number in dict.fromkeys(numbers) if number in known)
        return _insert_markers(match, markers) if markers else _close_gap(match)

    text = _RANGE_OF_MARKERS.sub(r"[\1-\2]", _strip_addresses(text))
    return _RUNS.sub(replace, text), dropped


def _strip_addresses(text: str) -> str:
    return _URL.sub(_replace_address, _LINK.sub(_unlink, _TEX_LINK.sub(r"\1\2", text)))


def _unlink(match: re.Match[str]) -> str:
    """A link gives up its target: a citation always, other brackets where the target is an address."""
    label, target = match["label"], match["target"]
    if _ONE_MARKER.fullmatch(f"[{label}]"):
        return f"[{label}]"
    return label if re.search(r"[:/.#]", target) else match[0]


def _replace_address(match: re.Match[str]) -> str:
    """The address goes, the punctuation of the sentence around it stays."""
    closing = ")" if match[0].count(")") > match[0].count("(") else ""
    return _URL_PLACEHOLDER + match[0][len(match[0].rstrip(f".,;:!?'*_{closing}")) :]


def _numbers(run: str) -> Iterator[int]:
    for marker in _ONE_MARKER.findall(run):
        for first, last in _ONE_NUMBER.findall(_LOCATOR.sub("", marker)):
            yield from _expand_range(_parse_int(first), _parse_int(last or first))


def _expand_range(first: int, last: int) -> Iterable[int]:
    return range(first, last + 1) if 0 <= last - first < MAX_RANGE else (first, last)


def _parse_int(digits: str) -> int:
    return int(digits[:9])  # longer ones name no paper anyway, and Python refuses very long ones


def _insert_markers(match: re.Match[str], markers: str) -> str:
    return f"{match['lead']}{match['open'] or ''}{markers}{match['tail']}{match['close'] or ''}"


def _close_gap(match: re.Match[str]) -> str:
    """What stands where a whole run was dropped: "foo [99]." becomes "foo.", "a ([99]) b" becomes "a b"."""
    opened, closed = match["open"] or "", match["close"] or ""
    if opened and closed:
        opened = closed = ""
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    if opened or closed:
        return f"{match['lead']}{opened}" if opened else closed
    if before in ("", "\n") or after in ("", *" \t\n.,;:!?)]}。、，；：！？）】"):
        return ""
    return " " if match["lead"] or match["tail"] else ""
