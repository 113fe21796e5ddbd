"""The queue of Slack requests keeps what was asked, and how it is narrowed."""

from datetime import UTC, datetime

import pytest

from store import Store
from store.records.questions import NO_LIMITS, SearchLimits
from store.tables.slack_requests import NewSlackRequest

EVERY_LIMIT = SearchLimits(
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 6, 30, 12, 30, tzinfo=UTC),
    ("cs.CL", "hep-th"),
    ("Hinton, Geoffrey",),
    ("singing voice", "日本語", '"x"'),
)


@pytest.mark.parametrize("limits", [NO_LIMITS, EVERY_LIMIT, SearchLimits(until=EVERY_LIMIT.until)])
def test_limits_come_back_as_they_were_given(store: Store, limits: SearchLimits) -> None:
    new = NewSlackRequest("T", "C", "1", "1", "U", "survey", "LoRA", limits=limits)
    claimed = store.slack_requests.claim(new, "", 0.0)
    assert claimed is not None
    assert claimed.limits == limits
    (adopted,) = store.slack_requests.adopt("another", 60.0)
    assert adopted.limits == limits
    begun = store.slack_requests.begin(claimed.row, "another")
    assert begun is not None
    assert begun.limits == limits
