"""The API fuzzed from its own description: whatever it says is so, and whatever it is asked it answers as it says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from store import Store
from tests.api_things import Served, fill, site


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with Store.open(tmp_path_factory.mktemp("fuzz") / "paperroute.db") as store:
        fill(store)
        with Served(site(store), under="/api/v1") as api:
            yield schemathesis.openapi.from_url(f"{api.root}/openapi.json")


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_the_api_is_as_it_says(case: schemathesis.Case) -> None:
    case.call_and_validate()
