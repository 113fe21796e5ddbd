"""The shape of a language's catalogue: templates, and how it sets numbers, dates and lists.

Invariant: a catalogue is complete, and its templates state only the counts, dates, titles and phrases handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Wording:
    """Templates in one language. A pair is (one, several); `numbers` runs from two upwards, () where figures serve."""

    numbers: tuple[str, ...]
    papers: tuple[str, str]
    new_papers: tuple[str, str]
    sections: str
    year: str
    years: str
    months: tuple[str, ...]
    day: str
    list_end: str
    comma: str
    quotes: tuple[str, str]
    phrase: str  # how an English phrase stands in a sentence of this language
    # Sections: {papers}, {span}, {speak}; speak: {terms}
    lead_first: str
    leads: tuple[str, ...]  # taken in turn along the route
    lead_last: str
    lead_sole: str
    most_speak: str
    some_speak: str
    turns_all: tuple[str, str]  # {papers}, {phrase}
    turns_most: tuple[str, str]  # {papers}, {n}, {phrase}
    also: tuple[str, ...]  # openings of an English sentence; () where the lines are in another language
    # The opening: {papers}, {about}, {when}, {form}
    opening: str
    topic: str
    answer: str
    near: str
    when_one: str
    when_all: str
    when_most: str
    when_span: str
    when_day: str
    when_days: str
    form_one_paper: str
    form_one: str
    form_many: str
    form_largest: str
    nothing: str
    chosen: str
    chosen_one: str  # as `chosen`, of one paper
    outage: str
    widened: str
    previous: str
    route_two: str
    route_many: str
    shared: str
    central: str
    join: str  # between two sentences of this language
    note: str

    @property
    def bare_topics(self) -> bool:
        """Whether a topic stands in the sentence as a part of it, without quotation marks."""
        return self.topic.endswith(" {topic}")

    def number(self, n: int) -> str:
        return self.numbers[n - 2] if 2 <= n < len(self.numbers) + 2 else str(n)

    def count(self, n: int, forms: tuple[str, str]) -> str:
        return forms[n != 1].format(n=self.number(n))

    def date(self, day: date) -> str:
        return self.day.format(
            day=day.day, month=self.months[day.month - 1] if self.months else day.month, year=day.year
        )

    def span(self, first: int, last: int) -> str:
        return (self.year if first == last else self.years).format(first=first, last=last)

    def listed(self, items: Sequence[str]) -> str:
        """ "a, b and c"."""
        return self.list_end.join([self.comma.join(items[:-1]), items[-1]] if len(items) > 1 else items)

    def quoted(self, text: str) -> str:
        return f"{self.quotes[0]}{text}{self.quotes[1]}"
