"""What doctor says of the store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories.databases import Place


@pytest.fixture(scope="module")
def engine() -> str:
    return "postgresql"


@pytest.mark.parametrize(("settings", "code"), [("", 0), ("&options=-c%20default_transaction_read_only%3Don", 1)])
def test_a_server_that_takes_no_writes_is_not_well(place: Place, tmp_path: Path, settings: str, code: int) -> None:
    place.open().close()
    address = {"PAPERROUTE_STORE__URL": place.url + settings, "PAPERROUTE_SOURCE__KIND": "sample"}
    command = [sys.executable, "-m", "paperroute", "doctor", "--offline"]
    environment = {**os.environ, **address, "COLUMNS": "200", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(command, env=environment, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, "takes no writes" in done.stdout) == (code, bool(code)), done.stdout + done.stderr
