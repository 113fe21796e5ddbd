"""Lazy text: words for a reader, kept as message id and values, and set in the reader's language when shown.

Invariant: pure. The id is the English text, a `str.format` pattern; `str()` gives that text with its values. What
`digest/i18n/catalog.py` makes of it in another language needs nothing but the id and the values.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from store.text.language_names import LANGUAGE_NAMES

QUOTED = re.compile('"([^"]*)"')  # what is within quotation marks, to be quoted itself


@dataclass(frozen=True)
class LazyText:
    """plural: the id for n other than one; `values["n"]` decides. A value may be a message itself."""

    id: str
    plural: str = ""
    values: Mapping[str, TextValue] = field(default_factory=dict)

    def __str__(self) -> str:
        pattern = self.plural if self.plural and self.values["n"] != 1 else self.id
        return _ENGLISH.format(pattern, **self.values)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "plural": self.plural, "values": {k: _value_as_json(v) for k, v in self.values.items()}}

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> LazyText:
        """Raises KeyError where it is not what `as_json` made."""
        return cls(held["id"], held["plural"], {name: _value_of_json(value) for name, value in held["values"].items()})


AnyText = str | LazyText
TextValue = str | float | LazyText | Sequence[AnyText]
JoinStyle = Literal["all", "any", "series"]


def lazy_gettext(message: str, /, **values: TextValue) -> LazyText:
    """A message to be translated when it is shown. The name is known to `pybabel extract`."""
    return LazyText(message, "", values)


def lazy_ngettext(one: str, many: str, n: int, /, **values: TextValue) -> LazyText:
    """Likewise of n things; {n} stands for the number."""
    return LazyText(one, many, {"n": n, **values})


def join_sentences(*sentences: AnyText) -> AnyText:
    """One text of several sentences, without those that are empty."""
    told = [sentence for sentence in sentences if sentence]
    whole = told[0] if told else ""
    for sentence in told[1:]:
        whole = lazy_gettext("{sentence} {next}", sentence=whole, next=sentence)
    return whole


def text_of_json(held: str | Mapping[str, Any]) -> AnyText:
    """A text as the store keeps it: as it is, or a message's id and values."""
    return held if isinstance(held, str) else LazyText.of_json(held)


class TextFormatter(string.Formatter):
    """`str.format` with specs for values: {x:quoted}; of lists {x:all} (“a” and “b”), {x:any} (“a” or “b”), and
    {x:series} (a, b); of a number from 0 {x:weekday} (Monday); of a BCP 47 tag {x:language} (Japanese); of dollars
    {x:usd} ($0.02).

    Numbers are grouped. Here as English sets them; a catalogue overrides the rest.
    """

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "quoted":
                return self.quote(self.show(value))
            case "all" | "any":
                return self.join([self.quote(self.show(item)) for item in value], format_spec)
            case "series":
                return self.join([self.show(item) for item in value], "series")
            case "weekday" | "language" | "usd":
                return str(getattr(self, format_spec)(value))
            case _:
                return self.show(value)

    def show(self, value: TextValue) -> str:
        return f"{value:,}" if isinstance(value, int | float) else str(value)

    def quote(self, text: str) -> str:
        """With quotation marks; those within it become the inner ones."""
        return "“" + QUOTED.sub(r"‘\1’", text) + "”"

    def weekday(self, day: int) -> str:
        """Of a day by its number: 0 is Monday."""
        return "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()[day]

    def language(self, tag: str) -> str:
        """The name of a language; the tag itself where it is none of the known."""
        return LANGUAGE_NAMES.get(tag.split("-", maxsplit=1)[0], tag)

    def usd(self, amount: float) -> str:
        return f"${amount:,.{usd_digits(amount)}f}"

    def join(self, items: Sequence[str], style: JoinStyle) -> str:
        """style: "all" (and), "any" (or) or "series" (commas alone)."""
        last = {"all": " and ", "any": " or "}.get(style, ", ")
        return last.join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


_ENGLISH = TextFormatter()


def usd_digits(amount: float) -> int:
    """Behind the decimal mark of dollars: a small sum needs more."""
    return 2 if amount >= 1 or amount == 0 else 4


def format_usd(amount: float) -> str:
    """For operators; for readers see `Catalog.usd`."""
    return _ENGLISH.usd(amount)


def _value_as_json(value: TextValue) -> Any:
    if isinstance(value, LazyText):
        return value.as_json()
    return value if isinstance(value, str | int | float) else [_value_as_json(item) for item in value]


def _value_of_json(value: Any) -> Any:
    if isinstance(value, dict):
        return LazyText.of_json(value)
    return tuple(_value_of_json(item) for item in value) if isinstance(value, list) else value
