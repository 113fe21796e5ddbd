"""Two `paperroute serve` over one PostgreSQL, killed again and again, with clocks half a minute apart.

    python -m bench.two_nodes [--topics 200] [--readers 100] [--kills 40] [--seconds 3600]

Each node has a folder of its own; libfaketime sets one's clock ahead. All topics are due within a minute, each with
its readers at one relay and one new paper; the papers come from a stand-in for arXiv. At random moments one node is
killed (SIGKILL) and started anew, and once, in the middle, PostgreSQL is restarted. What has to come of it: one
edition of each topic, each delivery sent once or uncertain, no mail twice, none lost, and requests to arXiv never
closer than its pace.

Needs PostgreSQL, and libfaketime for the clocks (Debian: faketime). Exits 1 where a figure is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import psycopg
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.summary import finish
from store import Store
from store.db.columns import stamp
from store.records.editions import Topic
from store.tables.deliveries import count_waiting
from tests.doubles.arxiv_server import ArxivServer, Asked, papers
from tests.doubles.postgres_server import PostgresServer
from tests.doubles.relays import OnAnyPort

AHEAD_SECONDS = 30
_EDITIONS = "SELECT topic, slot FROM main.editions WHERE kind = 'digest' AND slot = %s"
PACE_SECONDS = 0.25  # in place of arXiv's three
CLOCK_LIBRARIES = ("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")


@dataclass
class Inbox:
    """What the relay took: how often each reader got each topic's mail."""

    got: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        subject = str(message_from_bytes(bytes(envelope.content or b""))["List-Id"])
        with self.lock:
            self.got.update((recipient, subject) for recipient in envelope.rcpt_tos)
        return "250 2.0.0 ok: queued as 4f2a91"


class TimedRequests(list[Asked]):
    """The requests to arXiv, and when each came."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, asked: Asked) -> None:
        self.at.append(time.monotonic())
        super().append(asked)


class Node:
    """`paperroute serve` with a folder of its own, one life after the other."""

    def __init__(self, folder: Path, settings: dict[str, str], ahead: int) -> None:
        folder.mkdir()
        self.log = folder / "log"
        clock = {}
        if ahead:
            library = next((path for path in CLOCK_LIBRARIES if Path(path).exists()), None)
            if library is None:
                raise SystemExit("libfaketime is not here: apt-get install faketime")
            clock = {"LD_PRELOAD": library, "FAKETIME": f"+{ahead}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        environment = os.environ | settings | {"PAPERROUTE_STORE__PATH": str(folder / "node.db")} | clock
        with self.log.open("ab") as errors:
            self._mother = subprocess.Popen(
                [sys.executable, "-m", "tests.doubles.fork_serve"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.process = 0

    def start(self) -> None:
        assert self._mother.stdin and self._mother.stdout  # noqa: PT018 - for the type checker
        self._mother.stdin.write("go\n")
        self._mother.stdin.flush()
        self.process = int(self._mother.stdout.readline())

    def end(self, how: signal.Signals) -> None:
        os.kill(self.process, how)

    def close(self) -> None:
        assert self._mother.stdin
        self.end(signal.SIGTERM)
        self._mother.stdin.close()
        self._mother.wait(180)


def prepare(options: argparse.Namespace, url: str, folder: Path) -> datetime:
    """The moment at which all topics are due."""
    preparing = timedelta(seconds=75 + options.topics * options.readers / 100)
    due = (datetime.now(UTC) + preparing).replace(second=0, microsecond=0)
    with Store.open(folder / "bench.db", url=url) as store, store.write():
        for number in range(options.topics):
            slug = f"topic-{number}"
            topic = Topic(slug, f"Topic {number}", f"counting pebbles {number}", cadence="daily", at=f"{due:%H:%M}")
            store.topics.put(topic)
            for reader in range(options.readers):
                address = f"reader{reader}@host{(number + reader) % 50}.example.org"
                store.subscriptions.add(slug, "mail", f"{number}-{address}", "active", datetime.now(UTC))
    return due


def an_hour_ago() -> str:
    return (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def run(options: argparse.Namespace) -> list[str]:
    inbox, requests, draw = Inbox(), TimedRequests(), random.Random(options.seed)
    relay = OnAnyPort(inbox, hostname="127.0.0.1", port=0)
    relay.start()
    with (
        tempfile.TemporaryDirectory() as name,
        PostgresServer(durable=True) as server,
        ArxivServer(entries=papers(options.topics, published=an_hour_ago())) as arxiv,
    ):
        arxiv.requests = requests
        folder, url = Path(name), server.url()
        due = prepare(options, url, folder)
        settings = {
            "PAPERROUTE_STORE__URL": url,
            "PAPERROUTE_SECRET_KEYS": "a text for the signatures of this run",
            "PAPERROUTE_ARXIV__API_URL": arxiv.url,
            "PAPERROUTE_ARXIV__DELAY_SECONDS": str(PACE_SECONDS),
            "PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{relay.port}",
            "PAPERROUTE_WEB__ENABLED": "false",
        }
        nodes = [Node(folder / f"node{number}", settings, number * AHEAD_SECONDS) for number in (0, 1)]
        began = time.monotonic()
        for node in nodes:
            node.start()
        disturb(options, nodes, server, draw, due)
        with Store.open(folder / "bench.db", url=url) as store:
            wait_for_end(store, options, time.monotonic() + options.seconds)
            took = time.monotonic() - began
            for node in nodes:
                node.close()
            if options.logs:
                for node in nodes:
                    (options.logs / f"{node.log.parent.name}.log").write_bytes(node.log.read_bytes())
            with psycopg.connect(url) as connection:
                found = connection.execute(_EDITIONS, [stamp(due)]).fetchall()
            missed = judge(store, options, inbox, requests, Counter(found))
            print(f"{took:.0f} s in all")
    relay.stop()
    return missed


def disturb(
    options: argparse.Namespace, nodes: list[Node], server: PostgresServer, draw: random.Random, due: datetime
) -> None:
    """Kill one or the other at random moments from the due time on; in the middle, restart the server."""
    time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
    for number in range(options.kills):
        time.sleep(draw.uniform(0.5, options.between))
        if number == options.kills // 2:
            server.restart()
        node = draw.choice(nodes)
        node.end(signal.SIGKILL)
        time.sleep(draw.uniform(0.0, 1.0))
        node.start()


def wait_for_end(store: Store, options: argparse.Namespace, until: float) -> None:
    while time.monotonic() < until:
        counts = store.deliveries.counts()
        planned = sum(counts.values()) >= options.topics * options.readers
        if planned and not count_waiting(counts) and not counts.get("claimed"):
            return
        time.sleep(1)


def judge(
    store: Store, options: argparse.Namespace, inbox: Inbox, requests: TimedRequests, slots: Counter[tuple[str, str]]
) -> list[str]:
    counts, wanted = store.deliveries.counts(), options.topics * options.readers
    twice = sum(times - 1 for times in inbox.got.values())
    uncertain = counts.get("uncertain", 0)
    lost = counts.get("sent", 0) + uncertain - wanted
    gaps = [later - earlier for earlier, later in zip(requests.at, requests.at[1:], strict=False)]
    nearest = min(gaps, default=PACE_SECONDS)
    print(f"{options.topics} topics, {wanted:,} deliveries, {options.kills} kills, one restart")
    print(f"deliveries: {counts}; mails that the relay took: {sum(inbox.got.values()):,}")
    print(f"editions {sum(slots.values())}, of {len(slots)} slots")
    print(f"requests to arXiv {len(requests)}, nearest {nearest:.3f} s")
    return [
        line
        for line, wrong in (
            (f"{len(slots)} slots, {sum(slots.values())} editions, {options.topics} topics",
             not len(slots) == sum(slots.values()) == options.topics),
            (f"{twice} mails came twice", twice > 0),
            (f"{-lost} deliveries are neither sent nor uncertain", lost != 0),
            (f"{uncertain} are uncertain, more than one a connection and kill", uncertain > 4 * options.kills),
            (f"mails sent {counts.get('sent', 0)}, arrived {len(inbox.got)}", len(inbox.got) < counts.get("sent", 0)),
            (f"arXiv was asked after {nearest:.3f} s", nearest < PACE_SECONDS),
        )
        if wrong
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--topics", type=int, default=200)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--between", type=float, default=8.0, help="seconds between two kills, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600.0, help="after the last kill, at most")
    parser.add_argument("--logs", type=Path, help="a folder for the nodes' logs")
    finish(run(parser.parse_args()))


if __name__ == "__main__":
    main()
