"""Sentence splitter for abstracts.

Invariant: the pieces, joined by blanks, are the text with its white space folded (and, where a blank was missing
between two sentences, put in); nothing is dropped, reordered or rewritten. Work grows linearly with the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from digest.text.word_lists import (
    ABBREVIATED_TITLES,
    NEVER_ENDING_ABBREVIATIONS,
    POSSIBLE_ENDS,
    SENTENCE_OPENERS,
)
from store.text import math
from store.text.lazy_pattern import compile_lazily

MAX_CHARACTERS = 20_000  # abstracts have under 2,000; what is longer is cut there
_PAREN_LIMIT = 600  # a "(" whose partner is further away opens nothing

# The end of a sentence: its mark, what may close after it, and what begins the next one.
_END = compile_lazily(
    r"""(?P<mark>[.!?]+)(?P<close>["'”’)\]]*)\ +(?=[A-Z0-9$\\"“‘'(\[À-ÖØ-ÞΑ-Ω]|[a-z]{1,4}-?[A-Z]|https?:)""", re.VERBOSE
)
_GLUED = compile_lazily(r"(?<=[a-z]{2})[.!?](?=(?P<next>[A-Z][a-z]*)[ ,])")  # "methods.We propose"
_CJK_END = compile_lazily(r"[。！？]+[」』）]*(?=[^。！？」』）])")
# A title may ask or shout: what stands in quotation marks, within one line's length.
_QUOTED = compile_lazily(
    r"“[^“”]{1,300}”|„[^„“”]{1,300}[“”]|«[^«»]{1,300}»|「[^「」]{1,300}」|『[^『』]{1,300}』|(?<![^\s(\[])\"[^\s\"][^\"]{0,300}\""
)
_GOES_ON = compile_lazily(
    r"\s*(?:\[\d|[,;:]|[はがをにでともの、とへや])"
)  # behind a quotation: its sentence is not over


def split(text: str) -> list[str]:
    """The sentences of a text in order, white space folded, LaTeX untouched; [] for a blank text."""
    folded = " ".join(text[:MAX_CHARACTERS].split())
    starts, stops = [0], []
    for stop, start in _cuts(folded):
        stops.append(stop)
        starts.append(start)
    pieces = [folded[start:stop] for start, stop in zip(starts, [*stops, len(folded)], strict=True)]
    return [piece.strip() for piece in pieces if piece.strip()]


def _cuts(text: str) -> list[tuple[int, int]]:
    """Where one sentence stops and the next starts, in order."""
    inside = protected_spans(text)
    cuts = [(m.end("close"), m.end()) for m in _END.finditer(text) if _ends_sentence(text, m.start(), m.end())]
    cuts += [(m.end(), m.end()) for m in _GLUED.finditer(text) if _starts_sentence(m.group("next"))]
    cuts += [(m.end(), m.end()) for m in _CJK_END.finditer(text)]
    quoted = [(m.start(), m.end()) for m in _QUOTED.finditer(text)]
    return sorted(cut for cut in cuts if not _is_within(inside, cut[0] - 1) and not _is_quoted(text, quoted, cut[0]))


def _is_quoted(text: str, quoted: list[tuple[int, int]], stop: int) -> bool:
    """Whether the mark before `stop` belongs to what is quoted, and not to the sentence that quotes it."""
    if not (closed := text[stop - 1] in '"”“»」』') and text[stop - 1] not in "!?！？":
        return False
    return _is_within(quoted, stop - 1) and (not closed or bool(_GOES_ON.match(text, stop)))


def _ends_sentence(text: str, mark: int, following: int) -> bool:
    """Whether the full stop at `mark` ends a sentence, and not an abbreviation or an initial."""
    if text[mark] != ".":
        return True
    word = re.split(r"[\s(\[{~/-]", text[max(0, mark - 20) : mark])[-1].strip("\"'“‘,;:")
    opener = _first_word(text, following) in SENTENCE_OPENERS
    if word.lower() in NEVER_ENDING_ABBREVIATIONS | ABBREVIATED_TITLES:
        return False
    if word.lower() in POSSIBLE_ENDS or _is_initial(word):
        return opener
    return True


def _is_initial(word: str) -> bool:
    return bool(re.fullmatch(r"(?:[A-Z]\.)*[A-Z]", word))


def _first_word(text: str, position: int) -> str:
    match = re.compile(r"[A-Za-z]+").match(text, position)
    return match.group() if match else ""


def _starts_sentence(word: str) -> bool:
    """Whether a capitalised word right after a full stop starts a sentence: torch.Tensor does not, methods.We does."""
    return word in SENTENCE_OPENERS


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Spans in which no sentence ends, sorted and apart: formulas and (...)."""
    formulas = [(formula.start, formula.end) for formula in math.spans(text)]
    spans = sorted(formulas + _parentheses(text))
    merged: list[tuple[int, int]] = []
    for start, stop in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _parentheses(text: str) -> list[tuple[int, int]]:
    """The inside of each pair. The closing one is left out, so that "(See there.) We" and "(x). We" still end."""
    opened: list[int] = []
    spans = []
    for position in (match.start() for match in re.finditer(r"[()]", text)):
        if text[position] == "(":
            opened.append(position)
        elif opened and position - (start := opened.pop()) <= _PAREN_LIMIT:
            spans.append((start, position))
    return spans


def _is_within(spans: list[tuple[int, int]], position: int) -> bool:
    at = bisect_right(spans, position, key=lambda span: span[0]) - 1
    return at >= 0 and position < spans[at][1]
