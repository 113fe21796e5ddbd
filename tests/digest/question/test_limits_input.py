"""Limits as people give them: one parser, whatever the door; what is wrong is told in one line."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import BadInput
from digest.question.limits_input import (
    MOST_VALUES,
    ContradictoryLimits,
    LimitValues,
    limits_of,
    parse_limits,
    with_authors,
)
from store.records.questions import NO_LIMITS, SearchLimits
from tests.doubles.editions import edition, read_edition

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_nothing_given_limits_nothing() -> None:
    assert parse_limits(LimitValues(), NOW) == NO_LIMITS
    assert parse_limits(LimitValues(" ", "", ("",), (" ",), ("\u200b",)), NOW) == NO_LIMITS


@pytest.mark.parametrize(
    ("typed", "first", "behind"),
    [
        ("2024", "2024-01-01", "2025-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2024-2", "2024-02-01", "2024-03-01"),
        ("2023-12", "2023-12-01", "2024-01-01"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        (" 2024-12-31 ", "2024-12-31", "2025-01-01"),
    ],
)
def test_a_date_is_a_year_a_month_or_a_day_and_until_includes_it(typed: str, first: str, behind: str) -> None:
    assert parse_limits(LimitValues(since=typed), NOW).since == day(first)
    assert parse_limits(LimitValues(until=typed), NOW).until == day(behind)
    assert parse_limits(LimitValues(typed, typed), NOW) == SearchLimits(day(first), day(behind))


@pytest.mark.parametrize("typed", ["x", "24", "2024-13", "2023-02-29", "0000", "2024-05-31T10", "２０２４", "2024--1"])
def test_what_is_no_date_is_told(typed: str) -> None:
    for values in (LimitValues(since=typed), LimitValues(until=typed)):
        with pytest.raises(BadInput, match="is no date") as told:
            parse_limits(values, NOW)
        assert "2024-05-31" in str(told.value)


def test_dates_that_contradict_each_other_are_told() -> None:
    with pytest.raises(ContradictoryLimits, match="since 2025 and until 2024"):
        parse_limits(LimitValues("2025", "2024"), NOW)
    with pytest.raises(ContradictoryLimits, match="in the future"):
        parse_limits(LimitValues("2027"), NOW)
    assert parse_limits(LimitValues(until="9999-12-31"), NOW).until == datetime.max.replace(tzinfo=UTC)


def test_categories_are_taken_in_any_case_and_each_once() -> None:
    given_ = LimitValues(categories=("CS.cl", "cs.CL", "hep-TH", "cs.*", "stat", "bioRxiv:Zoology", "biorxiv:zoology"))
    assert parse_limits(given_, NOW).categories == ("cs.CL", "hep-th", "cs", "stat", "biorxiv:zoology")


@pytest.mark.parametrize(
    ("typed", "near"), [("cs.CX", "cs.C"), ("machine learning", "cs.LG"), ("math.NTT", "math.NT"), ("hepth", "hep-th")]
)
def test_an_unknown_category_is_told_with_those_near_to_it(typed: str, near: str) -> None:
    with pytest.raises(BadInput) as told:
        parse_limits(LimitValues(categories=(typed,)), NOW)
    assert f"“{typed}” is no category of arXiv. Did you mean “" in str(told.value)
    assert near in str(told.value)


def test_a_category_far_from_all_is_told_with_an_example() -> None:
    with pytest.raises(BadInput, match=r"Write one such as cs\.CL"):
        parse_limits(LimitValues(categories=("xyzzy",)), NOW)


@pytest.mark.parametrize("name", ["Ada Lovelace", "Hinton, Geoffrey", "O’Neill", "李", "Jean-Luc d'Alembert"])
def test_names_of_authors_are_taken(name: str) -> None:
    assert parse_limits(LimitValues(authors=(f"  {name} ",)), NOW).authors == (name,)


@pytest.mark.parametrize("name", ["12345", "???", "<b>Ada</b>", "ada@example.org", "https://x.org", "A" * 101, "-"])
def test_an_absurd_author_is_told(name: str) -> None:
    with pytest.raises(BadInput, match="is no author’s name"):
        parse_limits(LimitValues(authors=(name,)), NOW)


@pytest.mark.parametrize("term", ["!!!", "—", "x" * 101])
def test_what_cannot_be_excluded_is_told(term: str) -> None:
    with pytest.raises(BadInput, match="cannot be excluded"):
        parse_limits(LimitValues(exclude=(term,)), NOW)


def test_too_many_values_are_told() -> None:
    with pytest.raises(BadInput, match=f"at most {MOST_VALUES}"):
        parse_limits(LimitValues(exclude=tuple(f"word{n}" for n in range(MOST_VALUES + 1))), NOW)


def test_lines_of_a_form_hold_several_values() -> None:
    lines = ("2024", "", "cs.CL, cs.LG  stat.ML", "Hinton, Geoffrey; Ada Lovelace", "quantization, singing voice、音楽")
    assert LimitValues.of_lines(*lines) == LimitValues(
        "2024",
        "",
        ("cs.CL", "cs.LG", "stat.ML"),
        ("Hinton, Geoffrey", "Ada Lovelace"),
        ("quantization", "singing voice", "音楽"),
    )


DAYS = st.dates(min_value=day("1991-01-01").date(), max_value=NOW.date())
LIMITS = st.builds(
    LimitValues,
    since=st.just("") | DAYS.map(str),
    until=st.just("") | DAYS.map(str),
    categories=st.lists(st.sampled_from(["cs.CL", "cs", "hep-th", "biorxiv:cell_biology", "medrxiv"]), unique=True).map(
        tuple
    ),
    authors=st.lists(st.sampled_from(["Ada Lovelace", "Hinton, Geoffrey"]), unique=True).map(tuple),
    exclude=st.lists(st.sampled_from(["music", "singing voice", "C++"]), unique=True).map(tuple),
)


@given(LIMITS)
def test_what_limits_are_typed_as_gives_the_same_limits_again(values: LimitValues) -> None:
    try:
        limits = parse_limits(values, NOW)
    except ContradictoryLimits:
        return
    again = LimitValues.of_limits(limits)
    assert parse_limits(again, NOW) == limits
    assert parse_limits(LimitValues.of_lines(*again.as_lines().values()), NOW) == limits


@given(st.builds(LimitValues, st.text(), st.text(), *[st.lists(st.text()).map(tuple)] * 3))
def test_whatever_is_typed_becomes_limits_or_one_line(values: LimitValues) -> None:
    told = ""
    try:
        parse_limits(values, NOW)
    except BadInput as error:
        told = str(error)
    assert "\n" not in told
    assert len(told) < 400


def test_limits_of_an_edition_are_those_of_its_request() -> None:
    assert limits_of(edition(1)) == NO_LIMITS
    assert limits_of(read_edition()).categories == ("cs.SD", "eess.AS")
    assert limits_of(replace(read_edition(), request=None)) == NO_LIMITS


def test_authors_that_a_question_names_are_not_named_twice() -> None:
    assert with_authors("graphs by Ada Okafor", ("Ada Okafor",)) == "graphs by Ada Okafor"
    assert with_authors("graphs", ("Ada Okafor", "Jun Müller")) == "graphs by Ada Okafor by Jun Müller"
