"""A reader's words as a query over the stems that the full-text index holds.

Invariant: index and query go through the same tokens and stems (`store/text`), so that what was written is found, and
what the filter of papers keeps is found by the same words. No input is a syntax error: nothing a reader types reaches
the index but stems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from store.db.match_expression import MatchExpression, MatchPhrase, match_all, match_any
from store.text.lazy_pattern import compile_lazily
from store.text.term_match import term_forms
from store.text.tokens import CJK_CONTENT, HIRAGANA

# The forms of which one must be found, each its stems between blanks, which must stand side by side in this order:
# ("few shot", "fewshot").
Phrase = tuple[str, ...]

_SCRIPT_RUN = compile_lazily(f"[{HIRAGANA}]+|[{CJK_CONTENT}]+|[^{HIRAGANA}{CJK_CONTENT}]+")
_QUOTED_OR_BARE = compile_lazily(r'"([^"]*)"|([^\s"(){}\[\],;:!?*^|、。・]+)')
QUOTES = str.maketrans("“”„«»「」『』", '"""""""""')
_MARKER = compile_lazily(r"\s*\[\d[\d\s,;–-]*\]")

_MAX_QUERY_CHARACTERS = 2_000  # characters of a query that are read
_MAX_PHRASES = 32  # phrases of a query that are used


def parse_phrases(words: str) -> list[Phrase]:
    """What a reader typed, as phrases that must all be found; empty where nothing can be searched for.

    "Quoted words" are one phrase; so are the parts of a hyphenated word. A word of several scripts is one phrase a
    script, without the hiragana, which is its grammar: 画像生成のLoRA asks for 画像生成 and lora.
    """
    folded = unicodedata.normalize("NFKC", words[:_MAX_QUERY_CHARACTERS].translate(QUOTES))
    parts = _QUOTED_OR_BARE.findall(folded)
    # AND asks for what is done anyway; alone, it is a word.
    parts = [part for part in parts if part != ("", "AND")] or parts
    found = [phrase for quoted, bare in parts for phrase in ([term_forms(quoted)] if quoted else _bare_phrases(bare))]
    return [phrase for phrase in dict.fromkeys(found) if phrase][:_MAX_PHRASES]


def match_expression(wanted: Iterable[Phrase]) -> MatchExpression | None:
    """For rows that hold every phrase; None where none is asked for."""
    return match_all(match_any(map(MatchPhrase, phrase)) for phrase in wanted)


def strip_markers(text: str) -> str:
    """The text without its [n], which would be found under numbers and clutter what is shown of it."""
    return _MARKER.sub("", text)


def _bare_phrases(word: str) -> list[Phrase]:
    runs = _SCRIPT_RUN.findall(word)
    content = [run for run in runs if not re.fullmatch(f"[{HIRAGANA}]+", run)]
    return [term_forms(run) for run in content or runs]
