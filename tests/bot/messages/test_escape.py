"""Text from outside is inert in both of Slack's dialects."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.messages import escape
from bot.messages.blocks import header
from digest.render.safe_text import strip_harmful

HOSTILE = [
    "<!channel>",
    "<!here|here>",
    "<!subteam^S0123|@team>",
    "<@U0123456>",
    "<#C0123|general>",
    "<https://evil.example|arxiv.org>",
    "https://evil.example/x?y=1",
    "www.evil.example",
    "evil.example",
    "a@evil.example",
    "mailto:a@evil.example",
    "javascript:alert(1)",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "&#60;!here&#62;",
    "@channel",
    "@here",
    "[x](https://evil.example)",
    "![x](https://evil.example/p.png)",
    "<a href='https://evil.example'>x</a>",
    "[r]: https://evil.example",
    "\u202egnp.exe\u202c",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "`code` *bold* _it_ ~gone~ | cell | **b**",
    "```\nfence",
    "# heading",
    "> quote",
    "1. item",
    "- item",
    "$x_{<i}$ and a < b",
    "\\",
    "\\[1\\]",
]
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=12), max_size=8).map("".join)
# What Slack would make a link or a mention of.
LIVE = re.compile(r"://|\bwww\.|[^\W_]\.[^\W\d_]{2,}|<[!@#/?\w]|@(?:channel|here|everyone)\b|&#?\w+;", re.IGNORECASE)
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@given(texts)
def test_markdown_of_any_text_has_nothing_live(text):
    inert = escape.markdown(text)
    assert not LIVE.search(inert)
    assert not UNSAFE.search(inert)
    tokens = MarkdownIt("commonmark").parse(inert)
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "softbreak", "hardbreak", "code_block"}


@given(texts)
def test_mrkdwn_of_any_text_has_nothing_live(text):
    inert = escape.mrkdwn(text)
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", inert)
    assert not LIVE.search(re.sub("&(?:amp|lt|gt);", " ", inert))
    assert not UNSAFE.search(inert)


@given(texts)
def test_no_letter_is_lost(text):
    """Escaping changes signs, never words."""

    def letters(string):
        return [char for char in unicodedata.normalize("NFC", string) if char.isalnum()]

    assert letters(escape.mrkdwn(text).replace("&lt;", "").replace("&gt;", "").replace("&amp;", "")) == letters(
        strip_harmful(text)
    )


def test_words_stay_readable():
    assert escape.markdown("LoRA (low-rank) costs 0.5 % of GPT-4's $5") == "LoRA (low-rank) costs 0.5 % of GPT-4's $5"
    assert escape.markdown("a_b * c") == r"a\_b \* c"
    assert escape.mrkdwn("x < y & z") == "x &lt; y &amp; z"
    assert escape.markdown("x_{<i}") == r"x\_{‹i}"
    assert escape.markdown("e.g. cats, i.e. felines, 3.5GHz") == "e.g. cats, i.e. felines, 3.5GHz"


def test_links_hold_just_their_label():
    assert escape.markdown_link("https://arxiv.org/abs/1", "a](https://evil.example)") == (
        "[a\\](https∶//evil․example)](https://arxiv.org/abs/1)"
    )
    assert escape.mrkdwn_link("https://arxiv.org/abs/1", "a|b>c") == "<https://arxiv.org/abs/1|a¦b&gt;c>"


@pytest.mark.parametrize("hostile", ["<!here>", "<@U1ADA>", "https://evil.example", "@channel", "&lt;!here&gt;"])
def test_a_header_mentions_nobody_and_links_nowhere(hostile: str) -> None:
    text = header(f"LoRA {hostile} for images")["text"]["text"]
    for bad in ("<!", "<@", "://", "evil.example", "@channel", "&lt;"):
        assert bad not in text
    assert header("Node.js and f(x) < 1")["text"]["text"].endswith("f(x) < 1")
