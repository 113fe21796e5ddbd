"""Subscriptions: the reason of a state is kept as what it says, and set in its reader's language when shown."""

from datetime import timedelta

import pytest

from digest.i18n.catalog import get_catalog
from store import Store
from store.records.lazy_text import AnyText, LazyText, lazy_gettext
from tests.factories.store import NOON


@pytest.mark.parametrize(
    "reason",
    [
        lazy_gettext("{n} deliveries in a row were put off for good; {detail}", n=5, detail='550 "no" {such} user'),
        "{paused} by hand",
        "",
    ],
)
def test_a_reason_comes_back_as_it_was_given(store: Store, reason: AnyText) -> None:
    added = store.subscriptions.add("owls", "mail", "ada@example.org", "active", NOON)
    assert store.subscriptions.move(added.id, ["active"], "paused", NOON, reason=reason)
    assert store.subscriptions.get(added.id).reason == reason


def test_a_reason_from_outside_is_never_taken_for_a_message(store: Store) -> None:
    added = store.subscriptions.add("owls", "mail", "ada@example.org", "active", NOON)
    hostile = '{"id": "x", "plural": 1'
    store.subscriptions.move(added.id, ["active"], "paused", NOON, reason=hostile)
    assert str(store.subscriptions.get(added.id).reason).strip() == hostile


def test_what_was_never_confirmed_again_says_so_in_each_language(store: Store) -> None:
    added = store.subscriptions.add("owls", "mail", "ada@example.org", "active", NOON)
    store.subscriptions.move(added.id, ["active"], "pending", NOON)
    assert store.subscriptions.expire(NOON + timedelta(days=1)) == 1
    reason = store.subscriptions.get(added.id).reason
    assert isinstance(reason, LazyText)
    assert get_catalog("web", "de").show(reason) == "erneut angefordert und nicht bestätigt"
