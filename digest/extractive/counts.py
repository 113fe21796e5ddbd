"""Counts in words: "twelve papers", "one new paper", in the reader's language. Pure."""

from __future__ import annotations

from digest.i18n.catalog import Catalog


def number_word(n: int, words: Catalog) -> str:
    """The number in words from two to twelve, in figures else."""
    numbers = words.gettext("two three four five six seven eight nine ten eleven twelve").split()
    return numbers[n - 2] if 2 <= n < len(numbers) + 2 else words.number(n)


def count_papers(n: int, words: Catalog, *, new: bool = False) -> str:
    number = number_word(n, words)
    if new:
        return words.ngettext("one new paper", "{number} new papers", n, number=number)
    return words.ngettext("one paper", "{number} papers", n, number=number)
