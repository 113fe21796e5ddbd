"""Tokenizer of the full-text index (FTS5), and a reader's words as an FTS5 query.

Invariant: index and query go through the same two rules, so that what was written is found: full-width and other
compatibility forms are folded (NFKC), and every Chinese, Japanese or Korean character is a token, so that a run of
them matches wherever it stands. `c++` and `c#` are words. No input is a syntax error: nothing a reader types reaches
FTS5 but quoted tokens.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

Phrase = tuple[str, ...]  # tokens that must stand side by side, in this order

_HIRAGANA = "\u3041-\u3096\u309d-\u309f"  # without the voicing marks between, which are no letters to FTS5
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL = "\u1100-\u11ff\uac00-\ud7af"
_CONTENT = _KATAKANA + _HAN + _HANGUL
_CJK = _HIRAGANA + _CONTENT
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_SYMBOL = re.compile(rf"(?<=[^\W_{_CJK}])(?:\+\+|#(?![^\W_{_CJK}]))")
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_TOKEN_WITH_SYMBOL = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:\+\+|#(?![^\W_{_CJK}]))?")
_SCRIPT_RUN = re.compile(f"[{_HIRAGANA}]+|[{_CONTENT}]+|[^{_CJK}]+")
_QUOTED_OR_BARE = re.compile(r'"([^"]*)"|([^\s"(){}\[\],;:!?*^|、。・]+)')
QUOTES = str.maketrans("“”„«»「」『』", '"""""""""')
_MARKER = re.compile(r"\s*\[\d[\d\s,;–-]*\]")
_SYMBOL_NAMES = {"++": "plusplus ", "#": "sharp "}

_MAX_QUERY_CHARACTERS = 2_000  # characters of a query that are read
_MAX_PHRASES = 32  # phrases of a query that are used


def index_text(text: str) -> str:
    """The text to give to FTS5 in place of `text`."""
    folded = _spell_symbols(text if text.isascii() else unicodedata.normalize("NFKC", text))
    return folded if folded.isascii() else _CJK_CHARACTER.sub(r" \g<0> ", folded)


def parse_phrases(words: str) -> list[Phrase]:
    """What a reader typed, as phrases that must all be found; empty where nothing can be searched for.

    "Quoted words" are one phrase; so are the parts of a hyphenated word. A word of several scripts is one phrase a
    script, without the hiragana, which is its grammar: 画像生成のLoRA asks for 画像生成 and lora.
    """
    folded = unicodedata.normalize("NFKC", words[:_MAX_QUERY_CHARACTERS].translate(QUOTES))
    parts = _QUOTED_OR_BARE.findall(folded)
    # AND asks for what is done anyway; alone, it is a word.
    parts = [part for part in parts if part != ("", "AND")] or parts
    found = [phrase for quoted, bare in parts for phrase in ([tokens(quoted)] if quoted else _bare_phrases(bare))]
    return [phrase for phrase in dict.fromkeys(found) if phrase][:_MAX_PHRASES]


def tokens(text: str) -> Phrase:
    """The tokens of a text in NFKC. Their case stays: FTS5 folds it, by its own table."""
    return tuple(_TOKEN.findall(_spell_symbols(text)))


def token_spans(text: str) -> list[tuple[int, int, str]]:
    """(start, end, token) for the tokens of a text as it is, by offsets in it."""
    return [(found.start(), found.end(), _as_token(found[0])) for found in _TOKEN_WITH_SYMBOL.finditer(text)]


def fold_token(token: str) -> str:
    """In lower case and without accents, as FTS5 compares it. Kana keep their voicing marks."""
    if token.isascii() or _CJK_CHARACTER.match(token):
        return token.lower()
    return "".join(char for char in unicodedata.normalize("NFD", token.lower()) if not unicodedata.combining(char))


def match_expression(wanted: Iterable[Phrase]) -> str:
    """The FTS5 expression for rows that hold every phrase. Tokens hold no quote, so none needs escaping."""
    return " AND ".join(f'"{" ".join(phrase)}"' for phrase in wanted)


def strip_markers(text: str) -> str:
    """The text without its [n], which would be found under numbers and clutter what is shown of it."""
    return _MARKER.sub("", text)


def _bare_phrases(word: str) -> list[Phrase]:
    runs = _SCRIPT_RUN.findall(word)
    content = [run for run in runs if not re.fullmatch(f"[{_HIRAGANA}]+", run)]
    return [tokens(run) for run in content or runs]


def _as_token(piece: str) -> str:
    if piece.isascii() and piece.isalnum():
        return piece
    return "".join(tokens(unicodedata.normalize("NFKC", piece)))


def _spell_symbols(text: str) -> str:
    if "++" not in text and "#" not in text:  # nearly always, and far quicker told so than by the pattern
        return text
    return _SYMBOL.sub(lambda found: _SYMBOL_NAMES[found[0]], text)
