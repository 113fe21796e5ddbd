"""The outbox over a relay on loopback: mails a second and memory, beside a bare smtplib loop that sends the same bytes.

    python -m bench.mail [--subscribers 5000] [--papers 40] [--connections 4]

The relay (aiosmtpd) is a process of its own, the same for both. Memory is measured over two runs, one with a tenth of
the subscribers: it must not grow with them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller

from store import Store
from tests.doubles.editions import edition

TOPIC = "speech"


class Sink:
    async def handle_DATA(self, *_: object) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 2.0.0 ok: queued as 4f2a91"


def serve(port: int) -> None:
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    controller.stop()


@contextmanager
def relay() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.mail", "--relay", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        yield port
        process.stdin.close()


def prepare(path: Path, subscribers: int, papers: int, url: str = "") -> None:
    now = datetime.now(UTC)
    digest = replace(edition(papers, kind="digest"), topic=TOPIC)
    with Store.open(path, url=url) as store, store.write():
        for number in range(subscribers):
            store.subscriptions.add(TOPIC, "mail", f"reader{number}@host{number % 50}.example.org", "active", now)
        store.editions.freeze(digest, send_at=now)


def outbox(folder: Path, port: int, subscribers: int, papers: int, connections: int) -> dict[str, float]:
    """Sent by the real service's outbox, in a process of its own, so that its memory is its own."""
    path = folder / f"{subscribers}.db"
    prepare(path, subscribers, papers)
    environment = os.environ | {
        "PAPERROUTE_STORE__PATH": str(path),
        "PAPERROUTE_SOURCE__KIND": "sample",
        "PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{port}",
        "PAPERROUTE_MAIL__CONNECTIONS": str(connections),
        "PAPERROUTE_WEB__BASE_URL": "https://papers.example.org/archive",
    }
    command = [sys.executable, "-m", "bench.mail", "--send"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def send() -> None:
    """What `paperroute serve` runs to send, until all is sent."""
    from digest.background.outbox import Outbox
    from paperroute.channels import CHANNELS
    from paperroute.compose.app import open_app
    from paperroute.compose.channel_spec import channel_setups
    from paperroute.config.load import load

    with open_app(load(None)) as app:
        total = sum(app.store.deliveries.counts().values())
        sender = Outbox(app.store, channel_setups(app, CHANNELS))
        began = time.perf_counter()
        sender.start()
        while app.store.deliveries.counts().get("sent", 0) < total:
            time.sleep(0.02)
        took = time.perf_counter() - began
        sender.stop(10)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"mails": total, "seconds": took, "mb": peak}))


def bare(port: int, data: bytes, count: int) -> float:
    """Seconds for so many mails of these bytes over one connection, with nothing recorded."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        began = time.perf_counter()
        for number in range(count):
            smtp.sendmail("paperroute@localhost", [f"reader{number}@host.example.org"], data)
        return time.perf_counter() - began


def sample(papers: int) -> bytes:
    """The bytes of one such mail."""
    from digest.ports import Outgoing
    from paperroute.compose.mail import make_digest_mail
    from paperroute.config.load import load

    digest = replace(edition(papers, kind="digest"), topic=TOPIC)
    return make_digest_mail(load(None))(Outgoing(1, digest, "reader1@host.example.org", "t" * 40)).data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=5000)
    parser.add_argument("--papers", type=int, default=40)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--relay", type=int)
    parser.add_argument("--send", action="store_true")
    asked = parser.parse_args()
    if asked.relay:
        return serve(asked.relay)
    if asked.send:
        return send()
    with tempfile.TemporaryDirectory() as folder, relay() as port:
        data = sample(asked.papers)
        plain = bare(port, data, asked.subscribers) / asked.subscribers
        few = outbox(Path(folder), port, asked.subscribers // 10, asked.papers, asked.connections)
        many = outbox(Path(folder), port, asked.subscribers, asked.papers, asked.connections)
    rate, bare_rate = many["mails"] / many["seconds"], 1 / plain
    print(f"mail of {asked.papers} papers: {len(data):,} bytes")
    print(f"outbox, {asked.subscribers:,} subscribers, {asked.connections} connections: {rate:,.0f} mails/s")
    print(f"bare smtplib loop, the same bytes: {bare_rate:,.0f} mails/s; ratio {rate / bare_rate:.2f} (asked: 0.6)")
    print(f"peak memory: {many['mb']:.0f} MB, with a tenth of the subscribers {few['mb']:.0f} MB")
    return None


if __name__ == "__main__":
    main()
