"""Signed links: one action, one subscription, one length, one spelling."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import BadInput
from digest.subscriptions.signed_links import ACTIONS, SignedLinks

KEY, OTHER = "k" * 32, "o" * 32
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKENS = SignedLinks([KEY])
actions = st.sampled_from(ACTIONS)
numbers = st.integers(1, 10**10 - 1)


@given(actions, numbers)
def test_a_token_names_its_subscription_and_has_the_actions_length(action, number):
    token = TOKENS.sign(action, number)
    assert TOKENS.read(action, token) == number
    assert len(token) == SignedLinks.length(action) <= 48
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)
    assert token[-1].isalnum(), "a programme that finds links in text would leave it out"


@given(actions, numbers, st.data())
def test_any_other_byte_anywhere_is_refused(action, number, data):
    token = TOKENS.sign(action, number)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="latin-1").filter(lambda char: char != token[place]))
    with pytest.raises(BadInput, match="not valid"):
        TOKENS.read(action, token[:place] + other + token[place + 1 :])


def test_each_of_the_spellings_that_mean_the_same_signature_but_one_is_refused():
    token = TOKENS.sign("unsubscribe", 7)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    taken = []
    for char in alphabet:
        try:
            TOKENS.read("unsubscribe", token[:-1] + char)
        except BadInput:
            continue
        taken.append(char)
    assert taken == [token[-1]]


@given(st.text(max_size=80), actions)
def test_whatever_is_no_token_is_refused_in_one_line(text, action):
    with pytest.raises(BadInput) as caught:
        TOKENS.read(action, text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change", [str.lower, lambda t: t + "\n", lambda t: t + "=", lambda t: f" {t}", lambda t: t[1:]]
)
def test_a_token_that_was_copied_badly_is_refused(change):
    with pytest.raises(BadInput, match="not valid"):
        TOKENS.read("preferences", change(TOKENS.sign("preferences", 7)))


def test_a_token_is_good_for_one_action_only():
    for mine in ACTIONS:
        for other in set(ACTIONS) - {mine}:
            with pytest.raises(BadInput, match="not valid"):
                TOKENS.read(other, TOKENS.sign(mine, 7))


def test_the_signature_of_one_subscription_is_void_for_another():
    seven, eight = TOKENS.sign("unsubscribe", 7), TOKENS.sign("unsubscribe", 8)
    with pytest.raises(BadInput, match="not valid"):
        TOKENS.read("unsubscribe", eight.partition(".")[0] + "." + seven.partition(".")[2])


def test_a_token_of_another_installation_is_refused():
    with pytest.raises(BadInput, match="not valid"):
        TOKENS.read("preferences", SignedLinks([OTHER]).sign("preferences", 7))


def test_keys_rotate_the_first_signs_and_all_are_taken():
    old, rotated = SignedLinks([KEY]), SignedLinks([OTHER, KEY])
    assert rotated.read("unsubscribe", old.sign("unsubscribe", 7)) == 7
    assert SignedLinks([OTHER]).read("unsubscribe", rotated.sign("unsubscribe", 8)) == 8
    with pytest.raises(BadInput):
        old.read("unsubscribe", rotated.sign("unsubscribe", 8))


def test_a_link_to_confirm_ends_and_the_others_do_not():
    tokens = SignedLinks([KEY], confirm_seconds=3600)
    with time_machine.travel(NOW, tick=False) as clock:
        confirm, leave = tokens.sign("confirm", 7), tokens.sign("unsubscribe", 7)
        clock.move_to(NOW + timedelta(hours=1))
        assert tokens.read("confirm", confirm) == 7
        clock.move_to(NOW + timedelta(hours=1, seconds=1))
        with pytest.raises(BadInput, match="expired"):
            tokens.read("confirm", confirm)
        clock.move_to(NOW + timedelta(days=20 * 365))
        assert tokens.read("unsubscribe", leave) == 7
        assert len(tokens.sign("confirm", 7)) == SignedLinks.length("confirm")


@pytest.mark.parametrize("number", [0, -1, 10**10])
def test_a_number_that_no_subscription_has_is_a_mistake_of_ours(number):
    with pytest.raises(ValueError, match="number"):
        TOKENS.sign("confirm", number)


def test_no_key_shows_itself():
    assert KEY not in repr(TOKENS)
    with pytest.raises(ValueError, match="key"):
        SignedLinks([])
