"""The PostgreSQL of the tests: durable where that is asked for, and never left behind by a run that was killed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests import ROOT
from tests.doubles.postgres_server import PostgresServer
from tests.factories.databases import require_server

OWNS = """
import os, sys
from tests.doubles.postgres_server import PostgresServer
server = PostgresServer()
print(server.folder, flush=True)
sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def _server() -> None:
    require_server()


def test_it_ends_with_the_process_that_it_was_started_for_however_that_ended() -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", OWNS], cwd=ROOT, **pipes) as owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        process = Path("/proc", (folder / "data" / "postmaster.pid").read_text().split()[0])
        owner.kill()
    end = time.monotonic() + 60
    while (folder.exists() or process.exists()) and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()
    assert not process.exists()


def test_what_was_committed_outlives_a_restart_and_a_crash() -> None:
    with PostgresServer(durable=True) as server:
        with psycopg.connect(server.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        server.restart()
        server.crash()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url())
        server.start()
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(1,)]
    assert not server.folder.exists()
