"""Patterns that are compiled at their first use."""

import re

import pytest

from store.text.lazy_pattern import compile_lazily


def test_a_lazy_pattern_does_what_a_compiled_one_does():
    lazy, eager = compile_lazily(r"(?P<word>[a-z]+)\d", re.IGNORECASE), re.compile(r"(?P<word>[a-z]+)\d", re.IGNORECASE)
    text = "A1 bc2 3"
    for _ in range(2):
        assert [found["word"] for found in lazy.finditer(text)] == [found["word"] for found in eager.finditer(text)]
        assert lazy.sub("x", text) == eager.sub("x", text)
        assert lazy.search(text, 2).span() == eager.search(text, 2).span()
    assert (lazy.pattern, lazy.flags) == (eager.pattern, eager.flags)


def test_nothing_is_compiled_before_the_first_use():
    broken = compile_lazily("(")
    with pytest.raises(re.error):
        broken.match("")
