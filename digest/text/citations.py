"""Citation markers: normalised to canonical [n] in what a model wrote, or dropped; which sentences they named.

Invariant: in a resolved text every bracketed number names a known paper, no URL is left, and resolving it again changes
nothing. A bound text is a resolved one.

The rule. A marker is a bracket ([ ], ［ ］ or 【 】) that holds paper numbers and nothing else: `[3]`, `[3, 5]`,
`[3-5]`, `[^3]`, `[Paper 3]`, `[3, p. 4]`, `【3†source】`, also behind a backslash or doubled. Numbers without a paper
are dropped and counted, so `[2024]` goes and `[2024 dataset]`, `[a]` and `[0.1, 0.9]` stay. No paper is numbered 0:
several numbers with a 0 among them (`[0, 1]`) are an interval and stay as they are. A bracket behind a TeX command
(`\\sqrt[3]{x}`) is TeX's. Superscripts are never markers: `f⁽³⁾` is a derivative.

What a model wrote that was shown the papers' sentences is bound: there `[7.3]` is the third sentence of paper 7 and
`[7.0]` its title, alone and in each form above (`[7.3, 7.5]`, `[7.3-7.5]`). What names no paper here, and no interval
either, is dropped and counted as well: `[-1]`, an arXiv id with or without a bracket.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

MAX_RANGE = 100  # a model that writes [1-99999] means nothing by it; its ends are judged like two numbers

_DASH = "[-‐‑–—−~〜～]"
_BEFORE = r"(?:(?:see|cf\.?|e\.g\.,?|papers?|refs?\.?|references?|論文)\s*)?"
_AFTER = r"(?:†[^\[\]【】\n]*|,?\s*(?:pp?|secs?|section|figs?|figure|tables?|eqs?|chap|ch)\.?\s*\d[\w.–-]{0,11})?"


def _marker(number: str) -> str:
    one = rf"{_BEFORE}\^?\#?{number}(?:\s*{_DASH}\s*\#?{number})?"
    inside = rf"\s*{one}(?:\s*(?:[,;&、，；・]|\band\b)\s*{one})*{_AFTER}\s*"
    return rf"(?:\[\[{inside}\]\]|\\?[\[［【]{inside}\\?[\]］】])"


def _compile_runs(number: str) -> re.Pattern[str]:
    run = rf"{_marker(number)}(?:[ \t]*[,;、]?[ \t]*{_marker(number)})*"
    return re.compile(
        rf"(?P<tex>\\[A-Za-z]+\[[^\]\n]*\])"
        rf"|(?P<lead>(?<![ \t])[ \t]*)(?:(?P<open>[(（])[ \t]*)?(?P<run>{run})(?P<tail>[ \t]*)(?P<close>[)）])?",
        re.IGNORECASE,
    )


_PLAIN, _POINTED = r"\d+", r"\d+(?:\.\d{1,2}(?!\d))?"  # a paper; a paper, or one of its sentences
_RUNS, _POINTED_RUNS = _compile_runs(_PLAIN), _compile_runs(_POINTED)
_ONE_MARKER = re.compile(_marker(_POINTED), re.IGNORECASE)
_ONE_NUMBER = re.compile(rf"(\d+)(?:\.(\d+))?(?:\s*{_DASH}\s*\#?(\d+)(?:\.(\d+))?)?")
_ARXIV_ID = r"(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?"
_FOREIGN = re.compile(
    rf"(?P<lead>[ \t]*)(?:[(（\[［【]\s*arxiv\s*[: ]\s*{_ARXIV_ID}\s*[)）\]］】]|\barxiv:\s*{_ARXIV_ID}"
    rf"|[\[［【]\s*(?:\d{{4}}\.\d{{4,5}}(?:v\d+)?|[-−]\d+)\s*[\]］】])",
    re.IGNORECASE,
)
_LOCATOR = re.compile(rf"{_AFTER}\s*\\?[\]］】]+$", re.IGNORECASE)
_RANGE_OF_MARKERS = re.compile(r"\[(\d+)\][-–]\[(\d+)\]")
_CANONICAL = re.compile(r"\\[A-Za-z]+\[[^\]\n]*\]|\[(\d+)\]")
_POINTED_CANONICAL = re.compile(r"(\\[A-Za-z]+\[[^\]\n]*\])|((?:\[\d+(?:\.\d{1,2})?\])+)")

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


@dataclass(frozen=True)
class BoundText:
    """text: with canonical markers; pointers: for each of them in order, the paper and the sentences of it that were
    named, () for none (0 is its title); unknown: markers dropped."""

    text: str
    pointers: tuple[tuple[int, tuple[int, ...]], ...]
    unknown: int


def resolve_citations(text: str, known: Collection[int]) -> ResolvedText:
    """Canonical markers for papers in `known`; other numbers, link targets and addresses are taken out."""
    papers = frozenset(known)
    text, unknown = _resolve(text, papers, _RUNS)
    return ResolvedText(text, cited_numbers(text, papers), unknown)


def bind_citations(text: str, known: Collection[int]) -> BoundText:
    """Likewise for what a model wrote that may name sentences of papers: `[7.3]` becomes `[7]`, and is told apart."""
    bare, foreign = _FOREIGN.subn(_close_gap, _strip_addresses(text))
    papers = frozenset(known)
    pointed, unknown = _resolve(bare, papers, _POINTED_RUNS)
    pointers = list[tuple[int, tuple[int, ...]]]()

    def strip(match: re.Match[str]) -> str:
        named = _merge_pointers(_numbers(match[2] or ""))
        if not papers.issuperset(named) or not named:
            return match[0]  # TeX's, or an interval's
        pointers.extend(named.items())
        return "".join(f"[{number}]" for number in named)

    return BoundText(_POINTED_CANONICAL.sub(strip, pointed), tuple(pointers), unknown + foreign)


def _merge_pointers(numbers: Iterable[tuple[int, int | None]]) -> dict[int, tuple[int, ...]]:
    named = dict[int, tuple[int, ...]]()
    for number, position in numbers:
        known = named.get(number, ())
        named[number] = known if position is None or position in known else (*known, position)
    return named


def _resolve(text: str, known: frozenset[int], runs: re.Pattern[str]) -> tuple[str, int]:
    unknown = 0
    while True:  # what one pass takes out may join what stood around it: "[[99]3]"
        passed, dropped = _resolve_once(text, known, runs)
        unknown += dropped
        if passed == text:
            return text, unknown
        text = passed


def cited_numbers(text: str, known: Collection[int]) -> tuple[int, ...]:
    """The papers that a resolved text cites, in order of first use."""
    return tuple(dict.fromkeys(n for n in map(_parse_int, filter(None, _CANONICAL.findall(text))) if n in known))


def _resolve_once(text: str, known: frozenset[int], runs: re.Pattern[str]) -> tuple[str, int]:
    dropped = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal dropped
        if match["tex"]:
            return match[0]
        numbers = list(_numbers(match["run"]))
        if _is_interval(numbers):
            return match[0]
        dropped += sum(number not in known for number, _ in numbers)
        markers = "".join(_spell(*one) for one in dict.fromkeys(numbers) if one[0] in known)
        return _insert_markers(match, markers) if markers else _close_gap(match)

    text = _RANGE_OF_MARKERS.sub(r"[\1-\2]", _strip_addresses(text))
    return runs.sub(replace, text), dropped


def _spell(number: int, position: int | None) -> str:
    return f"[{number}]" if position is None else f"[{number}.{position}]"


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


def _is_interval(numbers: Sequence[tuple[int, int | None]]) -> bool:
    """Several numbers with a paper 0 among them, or a fraction of it: `[0, 1]`, `[0.5]`."""
    zeros = [position for number, position in numbers if not number]
    return bool(zeros) and (len(numbers) > 1 or zeros[0] is not None)


def _numbers(run: str) -> Iterator[tuple[int, int | None]]:
    """Papers, each with the sentence of it that is named, or None."""
    for marker in _ONE_MARKER.findall(run):
        for first, position, last, end in _ONE_NUMBER.findall(_LOCATOR.sub("", marker)):
            yield from _expand(first, position, last or first, end)


def _expand(first: str, position: str, last: str, end: str) -> Iterator[tuple[int, int | None]]:
    """`3-5` is papers; `7.3-7.5` and `7.3-5` are sentences of one."""
    paper, other = _parse_int(first), _parse_int(last)
    if not position:
        return ((number, None) for number in _expand_range(paper, other))
    if end and other != paper:
        return iter(((paper, int(position)), (other, int(end))))
    until = int(end) if end else other if last != first else int(position)
    return ((paper, number) for number in _expand_range(int(position), until))


def _expand_range(first: int, last: int) -> Iterable[int]:
    return range(first, last + 1) if 0 <= last - first < MAX_RANGE else (first, last)


def _parse_int(digits: str) -> int:
    return int(digits[:9])  # longer ones name no paper anyway, and Python refuses very long ones


def _insert_markers(match: re.Match[str], markers: str) -> str:
    return f"{match['lead']}{match['open'] or ''}{markers}{match['tail']}{match['close'] or ''}"


def _close_gap(match: re.Match[str]) -> str:
    """What stands where a whole run was dropped: "foo [99]." becomes "foo.", "a ([99]) b" becomes "a b"."""
    groups = match.groupdict()
    opened, closed = groups.get("open") or "", groups.get("close") or ""
    if opened and closed:
        opened = closed = ""
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    if opened or closed:
        return f"{match['lead']}{opened}" if opened else closed
    if before in ("", "\n") or after in ("", *" \t\n.,;:!?)]}。、，；：！？）】"):
        return ""
    return " " if match["lead"] or groups.get("tail") else ""
