"""Special tokens of language models in a text from outside: `<|im_start|>`, `[INST]`, `</s>` and their kin.

A local server reads them as what frames a conversation, wherever they stand; so they keep their words, and lose the
brackets that make them tokens.

Invariant: what comes out holds none; a second pass changes nothing; the length stays.
"""

from __future__ import annotations

import re

_OPEN, _CLOSE, _BAR = "[<＜﹤]", "[>＞﹥]", r"[|｜]"
_TURN = "s|bos|eos|pad|unk|mask|im_(?:start|end)|(?:start|end|begin)[_▁ ]?of[_▁ ]?(?:turn|text|sentence|image|role)"
_CALLED = "think(?:ing)?|tools?|tool_(?:calls?|responses?|results?)|function_(?:calls?|results?)|(?:antml:)?invoke"
_SQUARE = "INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_(?:CALLS|RESULTS|CONTENT)|THINK|IMG(?:_BREAK|_END)?|gMASK|sop"
_TOKEN = re.compile(
    rf"{_OPEN}\s*/?\s*{_BAR}[^<>|｜\n]{{1,60}}{_BAR}\s*{_CLOSE}"
    rf"|{_OPEN}{{2}}\s*/?\s*SYS\s*{_CLOSE}{{2}}"
    rf"|{_OPEN}\s*/?\s*(?:{_TURN})\s*{_CLOSE}"
    rf"|{_OPEN}\s*/?\s*(?:{_CALLED})\b[^<>\n]{{0,40}}{_CLOSE}"
    rf"|\[\s*/?\s*(?:{_SQUARE})\s*\]",
    re.IGNORECASE,
)
_BARE = str.maketrans("<＜﹤>＞﹥[]", "⟨⟨⟨⟩⟩⟩()")


def disarm_special_tokens(text: str) -> str:
    while has_special_token(text):  # one may stand within another
        text = _TOKEN.sub(lambda token: token[0].translate(_BARE), text)
    return text


def has_special_token(text: str) -> bool:
    return bool(_TOKEN.search(text))
