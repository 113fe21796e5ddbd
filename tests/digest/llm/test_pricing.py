"""What tokens cost, and the announced ends of models."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigError
from digest.llm.budget import UsageTally
from digest.llm.pricing import Price, PriceTable, TokenCount, retirement_date

MILLION = 1_000_000


def test_input_cached_written_and_output_each_have_their_price() -> None:
    price = Price(input=2.0, cached=0.2, output=10.0, written=2.5)
    tokens = TokenCount(input=10 * MILLION, output=MILLION, cached=3 * MILLION, written=2 * MILLION)
    assert price.usd(tokens) == pytest.approx(5 * 2.0 + 3 * 0.2 + 2 * 2.5 + 10.0)


def test_the_default_models_have_a_price() -> None:
    for model in (
        "openai:gpt-5.4-mini",
        "openai:text-embedding-3-large",
        "anthropic:claude-sonnet-5-5",
        "anthropic:claude-haiku-5-5",
    ):
        assert PriceTable().of(model), model


def test_snapshots_and_shortened_embeddings_cost_what_their_model_costs() -> None:
    prices = PriceTable()
    assert prices.of("anthropic:claude-haiku-4-5-20251001") == prices.of("anthropic:claude-haiku-4-5")
    assert prices.of("openai:gpt-5.4-mini-2026-03-17") == prices.of("openai:gpt-5.4-mini")
    assert prices.of("openai:text-embedding-3-large@1024") == prices.of("openai:text-embedding-3-large")


def test_an_unknown_price_is_unknown() -> None:
    assert PriceTable().usd("ollama:qwen3", TokenCount(MILLION, MILLION)) is None
    assert PriceTable().usd("anthropic:gpt-5.4-mini", TokenCount(1, 1)) is None
    assert PriceTable().usd("", TokenCount(1, 1)) is None


def test_unknown_tokens_cost_nothing_only_where_nothing_costs() -> None:
    free = PriceTable([{"model": "ollama:qwen3", "input": 0, "output": 0}])
    assert free.usd("ollama:qwen3", None) == 0
    assert free.usd("openai:gpt-5.4-mini", None) is None


def test_the_operators_rows_come_first() -> None:
    prices = PriceTable([{"model": "openai:gpt-5.4-mini", "input": 1, "cached": 0.5, "output": 2}])
    assert prices.usd("openai:gpt-5.4-mini", TokenCount(MILLION, MILLION, MILLION // 2)) == pytest.approx(
        0.5 + 0.25 + 2
    )
    assert prices.of("openai:gpt-5.4")


def test_bad_rows_are_all_named_in_one_line() -> None:
    rows = [
        {"model": "gpt-5.4", "input": 1, "output": 2},
        {"model": "openai:a", "input": -1, "output": "much"},
        {"model": "openai:b", "output": 2, "inptu": 1},
        {"model": "openai:c", "input": float("nan"), "output": True},
        {"model": "openai:d", "input": 1, "output": 2},
        {"model": "openai:d", "input": 1, "output": 2},
    ]
    with pytest.raises(ConfigError) as caught:
        PriceTable(rows)
    text = str(caught.value)
    assert "\n" not in text
    for words in (
        "row 1 (gpt-5.4): model is not provider:model",
        "row 2 (openai:a): input is no price, output is no price",
        "row 3 (openai:b): unknown key inptu, input is missing",
        "row 4 (openai:c): input is no price, output is no price",
        "row 6 (openai:d): the model has a row already",
    ):
        assert words in text
    assert "row 5" not in text


@given(
    st.dictionaries(st.sampled_from(["model", "input", "output", "cached", "x"]), st.none() | st.text() | st.floats())
)
@settings(max_examples=60, deadline=None)
def test_any_row_is_taken_or_refused_by_name(row: dict[str, object]) -> None:
    try:
        prices = PriceTable([row])
    except ConfigError:
        return
    assert prices.of(str(row["model"]))


def test_a_call_adds_up_its_tries() -> None:
    ledger = UsageTally("summary", "openai:gpt-5.4-mini", PriceTable())
    assert not ledger
    ledger.add(TokenCount(MILLION, 0))
    ledger.add(TokenCount(0, MILLION))
    usage = ledger.usage()
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (2, MILLION, MILLION)
    assert usage.usd == pytest.approx(0.75 + 4.5)
    ledger.add(None)
    assert ledger.usage().usd is None
    assert ledger.usage().calls == 3


def test_announced_ends() -> None:
    assert retirement_date("claude-sonnet-4-5") == date(2026, 11, 30)
    assert retirement_date("claude-sonnet-4-5-20250929") == date(2026, 11, 30)
    assert retirement_date("gpt-5-mini") == date(2026, 12, 11)
    assert retirement_date("gpt-4.1-nano") == date(2026, 10, 23)
    assert retirement_date("gpt-5.4-mini") is None
    assert retirement_date("claude-sonnet-5-5") is None
