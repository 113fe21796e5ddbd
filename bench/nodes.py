"""The outbox of 1, 2 and 4 processes over one PostgreSQL, to one relay on loopback: mails a second, as ratios to one.

    python -m bench.nodes [--subscribers 1000] [--papers 10] [--connections 4] [--delay 0.1]

Each process is the real service's outbox. delay: seconds for which the relay keeps each mail, as one over a network
does: without it this machine's processors are measured, which all of them share. Time is taken from the first mail to
the last.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.mail import prepare
from bench.summary import finish
from store.outbox.shards import SHARDS
from tests.doubles.postgres_server import MISSING, PostgresServer, find_programs
from tests.doubles.relays import OnAnyPort

NODES = (1, 2, 4)
ASKED = {1: 1.0, 2: 1.2, 4: 1.2}  # of one node's


class SlowRelay:
    """What it took, and when it took the first and the last."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.got: Counter[str] = Counter()
        self.first = self.last = 0.0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        self.first = self.first or time.perf_counter()
        self.got.update(envelope.rcpt_tos)
        await asyncio.sleep(self.delay)
        self.last = time.perf_counter()
        return "250 2.0.0 ok: queued as 4f2a91"


@contextmanager
def node(url: str, path: Path, port: int, connections: int) -> Iterator[None]:
    environment = os.environ | {
        "PAPERROUTE_STORE__PATH": str(path),
        "PAPERROUTE_STORE__URL": url,
        "PAPERROUTE_SECRET_KEYS": "k" * 40,
        "PAPERROUTE_SOURCE__KIND": "sample",
        "PAPERROUTE_SERVE__LEASE_SECONDS": "10",
        "PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{port}",
        "PAPERROUTE_MAIL__CONNECTIONS": str(connections),
        "PAPERROUTE_WEB__BASE_URL": "https://papers.example.org/archive",
    }
    command = [sys.executable, "-m", "bench.nodes", "--send"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()  # its outbox runs
        yield
        process.stdin.close()


def send() -> None:
    """What `paperroute serve` runs to send, until its input ends."""
    from digest.background.outbox import Outbox
    from paperroute.channels import CHANNELS
    from paperroute.compose.app import open_app
    from paperroute.compose.channel_spec import channel_setups
    from paperroute.config.load import load

    with open_app(load(None)) as app:
        sender = Outbox(app.store, channel_setups(app, CHANNELS))
        sender.start()
        print("ready", flush=True)
        sys.stdin.read()
        sender.stop(10)


def wait_until_shared(url: str, nodes: int) -> None:
    """Until each node has its even part of the shards."""
    parts = "SELECT count(*) FROM main.leases WHERE starts_with(name, 'outbox:mail:') GROUP BY owner"
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(parts).fetchall() != [(SHARDS // nodes,)] * nodes:
            time.sleep(0.2)


def measure(server: PostgresServer, folder: Path, nodes: int, asked: argparse.Namespace) -> float:
    """Mails a second. They are planned once the nodes have shared the shards."""
    url, path, relay = server.url(f"nodes_{nodes}"), folder / f"{nodes}.db", SlowRelay(asked.delay)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE nodes_{nodes}")
    heard = OnAnyPort(relay, hostname="127.0.0.1", port=0)
    heard.start()
    with ExitStack() as running:
        for _ in range(nodes):
            running.enter_context(node(url, path, heard.port, asked.connections))
        wait_until_shared(url, nodes)
        prepare(path, asked.subscribers, asked.papers, url)
        while sum(relay.got.values()) < asked.subscribers:
            time.sleep(0.1)
    heard.stop()
    if set(relay.got.values()) != {1}:
        finish([f"{nodes} nodes: a mail came twice"])
    return (asked.subscribers - 1) / (relay.last - relay.first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--papers", type=int, default=10)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--delay", type=float, default=0.1)
    parser.add_argument("--send", action="store_true")
    asked = parser.parse_args()
    if asked.send:
        return send()
    if find_programs() is None:
        print(MISSING)
        return finish([])
    with PostgresServer(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        rates: dict[int, float] = {}
        for nodes in NODES:
            rates[nodes] = measure(server, Path(folder), nodes, asked)
            print(
                f"{nodes} nodes: {rates[nodes]:,.1f} mails/s, {rates[nodes] / rates[1]:.2f} of one node's", flush=True
            )
    return finish(
        f"{nodes} nodes: {rate / rates[1]:.2f} of one node's mails a second, {ASKED[nodes]} asked"
        for nodes, rate in rates.items()
        if rate < rates[1] * ASKED[nodes]
    )


if __name__ == "__main__":
    main()
