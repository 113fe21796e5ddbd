"""A message becomes a question: one line of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intents.message_event import MOST_READ, extract_question


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("<@U0BOT> LoRA for image generation", "LoRA for image generation"),
        ("<@U0BOT|paper-route>: diffusion", "diffusion"),
        ("survey <https://arxiv.org/abs/2106.09685|LoRA> and <http://node.js|node.js>", "survey LoRA and node.js"),
        ("see <https://arxiv.org/abs/1> <https://a.b/c|https://a.b/c> <mailto:a@b.c|a@b.c>", "see a@b.c"),
        ("what is <https://arxiv.org/abs/2106.09685v2> about?", "what is arXiv:2106.09685 about?"),
        ("papers like <https://arxiv.org/abs/2106.09685|arxiv.org/abs/2106.09685>", "papers like arXiv:2106.09685"),
        ("*bold* _it_ ~gone~ `code` *_both_*", "bold it gone code both"),
        ("snake_case 2*3*4 a_b_c", "snake_case 2*3*4 a_b_c"),
        ("&gt; quoted\nR&amp;D &lt;5 &amp;lt;", "quoted R&D <5 &lt;"),
        ("<!channel> <!here> <!subteam^S1|@team> <#C1|general>", "general"),
        (":wave: :+1::skin-tone-3: 1:2:3", "1:2:3"),
        ("```block```", "block"),
        ("a\u202eb\x00\u200bc", "abc"),
        ("<@U0BOT>", ""),
        ("", ""),
    ],
)
def test_a_message_becomes_a_question(message, question):
    assert extract_question(message) == question


@given(st.text(max_size=300))
def test_any_message_gives_one_line(text):
    line = extract_question(text)
    assert line == " ".join(line.split())


def test_a_long_message_is_read_to_its_bound():
    assert len(extract_question("x" * 100_000)) == MOST_READ
