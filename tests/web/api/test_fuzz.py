"""The API fuzzed from its own description by schemathesis: whatever it says is so.

Every check of it is on: no 5xx, statuses, content types, bodies and headers as described, what fits is taken, what does
not fit is refused, other methods are 405, and nothing that needs a token goes without.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from digest.pipeline.services import Services
from tests.factories.api import Served, fill, letters, site
from tests.web.api.test_surveys import TOKEN, Surveys
from web.settings import WebLimits

# A query or body that is too long is refused before it is read, with the status for that.
CONFIG = """
hooks = "mail_addresses"

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 428, 429]
"""

# What `format` promises of an address is less than what the house's judge wants, as of every mailbox on the net.
MAIL_ADDRESSES = """
import schemathesis
from hypothesis import strategies as st

name = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]{1,20}(\\.[a-z0-9éß-]{1,20}){0,2}", fullmatch=True)
label = st.from_regex(r"[A-Za-z0-9]{1,20}(-[A-Za-z0-9]{1,20})?", fullmatch=True)
labels = st.lists(label | st.sampled_from(("bücher", "xn--bcher-kva", "例え")), min_size=1, max_size=5).map(".".join)
ends = st.sampled_from(("org", "ac.uk", "museum", "みんな", "xn--p1ai"))
schemathesis.openapi.format("idn-email", st.builds("{}@{}.{}".format, name, labels, ends))
"""


def fuzzed(api: Served, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "schemathesis.toml").write_text(CONFIG)
    (folder / "mail_addresses.py").write_text(MAIL_ADDRESSES, encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", f"{api.root}/openapi.json", "--seed", "6", "--no-color", "--max-examples", "12", *options),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize("authorised", [True, False])
def test_fuzzing_the_api_from_its_description_finds_nothing(
    services: Services, tmp_path: Path, authorised: bool
) -> None:
    fill(services.store)
    limits = WebLimits(asks_per_hour=100_000, asks_at_once=1, asks_waiting=5, searches_per_minute=100_000)
    offered = site(services.store, ask=Surveys(services), api_token=TOKEN, limits=limits, subscribing=letters(100_000))
    headers = (
        ["--header", f"Authorization: Bearer {TOKEN}"]
        if authorised
        else ["--include-path-regex", "/(ask|subscription)", "--phases", "coverage"]
    )
    with Served(offered, under="/api/v1") as api:
        found = fuzzed(api, tmp_path, *headers)
    assert found.returncode == 0, found.stdout[-6_000:] + found.stderr[-2_000:]
    tested = "Operations:       23 selected / 23 total" if authorised else "9 selected / 23 total"
    assert tested in found.stdout
