"""Translations of the filter's rule and of each paper's reason (English, Japanese).

Invariant: one entry per language, each with every field; a language without an entry is told in English. Fields with
braces are `str.format` patterns; {query} and {terms} come quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from digest.text.date_range import Period
from digest.text.language import primary_tag


@dataclass(frozen=True)
class FilterTexts:
    all_titled: str
    all_partly: str
    all_within: str
    one_titled: str
    one_within: str
    wider: str
    nearest: str
    rule: str
    must: str
    must_not: str
    kept_nearest: str
    submitted: str
    dropped_one: str
    dropped_many: str
    dropped_each: str
    since: str
    until: str
    quotes: tuple[str, str]
    inner: tuple[str, str]
    last: str  # before the last of a list
    joiner: str
    either: str  # between queries
    gap: str  # between sentences

    def quoted(self, term: str) -> str:
        return term.join(self.quotes)

    def query(self, terms: Sequence[str]) -> str:
        return self.quoted(" ".join(term.join(self.inner) if " " in term else term for term in terms))

    def listed(self, terms: Sequence[str]) -> str:
        quoted = [self.quoted(term) for term in terms]
        return quoted[0] if len(quoted) == 1 else f"{self.joiner.join(quoted[:-1])}{self.last}{quoted[-1]}"


EN = FilterTexts(
    all_titled="has all of {query} in the title",
    all_partly="has all of {query} (in the title: {terms})",
    all_within="has all of {query} in the abstract",
    one_titled="has {query} in the title",
    one_within="has {query} in the abstract",
    wider="by the wider rule: {reason}",
    nearest="{reason}; among the {most} of {count} nearest to the question",
    rule="A paper stays if its title and abstract have every word of {queries}, in any order and inflection.",
    must="It must also have {terms}.",
    must_not="It must not have {terms}.",
    kept_nearest="Of {count} such papers, the {most} nearest to the question were kept.",
    submitted="Only papers submitted {period}.",
    dropped_one="dropped {terms}, the least distinctive word",
    dropped_many="dropped {terms}, the least distinctive words",
    dropped_each="dropped one of {terms} at a time",
    since="from {day}",
    until="to {day}",
    quotes=("“", "”"),
    inner=("‘", "’"),
    last=" and ",
    joiner=", ",
    either=" or of ",
    gap=" ",
)

JA = FilterTexts(
    all_titled="題名に{query}の語がすべてあるため",
    all_partly="{query}の語がすべてあるため（題名には{terms}）",
    all_within="アブストラクトに{query}の語がすべてあるため",
    one_titled="題名に{query}があるため",
    one_within="アブストラクトに{query}があるため",
    wider="緩めた条件による：{reason}",
    nearest="{reason}（{count}件のうち、問いに近い{most}件の一つ）",
    rule="題名とアブストラクトに、{queries}の語がすべてある論文を採用します（語順と語形は問いません）。",
    must="さらに{terms}があることを条件とします。",
    must_not="{terms}がある論文は除きます。",
    kept_nearest="条件に合う{count}件のうち、問いに近い{most}件を採用しました。",
    submitted="投稿日が{period}の論文に限ります。",
    dropped_one="もっとも特徴の薄い語{terms}を外した",
    dropped_many="もっとも特徴の薄い語{terms}を外した",
    dropped_each="{terms}を一語ずつ外した",
    since="{day}以降",
    until="{day}まで",
    quotes=("「", "」"),
    inner=("『", "』"),
    last="、",
    joiner="、",
    either="または",
    gap="",
)

_LANGUAGES = {"ja": JA}


def get_filter_texts(language: str) -> FilterTexts:
    """Of a BCP 47 tag."""
    return _LANGUAGES.get(primary_tag(language), EN)


def describe_period(period: Period, texts: FilterTexts = EN) -> str:
    """For the reader: "from 2019-01-01 to 2019-12-31"; empty where nothing bounds it."""
    first = texts.since.format(day=f"{period.since:%Y-%m-%d}") if period.since else ""
    last = texts.until.format(day=f"{period.until - timedelta(microseconds=1):%Y-%m-%d}") if period.until else ""
    return (texts.gap or texts.joiner).join(filter(None, (first, last)))
