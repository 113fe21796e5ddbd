"""The site among strangers that hold connections: 1,500 that say nothing and 500 that are slow, for a minute.

    python -m bench.web_strangers [--silent 1500] [--slow 500] [--seconds 60]

`paperroute serve` as it is, once where it may open 1,024 files and once where it may open what this machine allows. The
silent ones come from the address that `/healthz` is asked from, the slow ones from 250 others; a third of those send
a head, a third a body, and a third read an answer, a byte a second. Whoever is ended comes again after five seconds.
Beside it, a digest for ten readers is planned each second. Linux only: it takes many addresses of the loopback. Exits 1
where a figure is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from aiosmtpd.smtp import SMTP, Envelope, Session

from store import Store
from tests.doubles.editions import edition
from tests.doubles.relays import OnAnyPort

AGAIN_SECONDS = 5.0  # until who was ended comes again
PROBE_SECONDS = 0.1
LOST_SECONDS = 10.0  # a probe that takes longer has failed
READERS = 10
MAIL_SECONDS = 15.0  # in which a mail that was planned has to arrive, strangers or not
TOPIC = "speech"
HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
PAGE = b"GET /editions/bench HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Relay:
    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, _: SMTP, __: Session, ___: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken += 1
        return "250 2.0.0 ok: queued as 4f2a91"


@dataclass
class Watched:
    """What was seen of a service."""

    seconds: list[float] = field(default_factory=list)  # of each probe
    failed: int = 0
    planned: int = 0
    most_files: int = 0
    most_mb: float = 0.0


async def stranger(port: int, number: int, silent: int) -> None:
    """One of the crowd, for good."""
    host = "127.0.0.1" if number < silent else f"127.0.{1 + number % 10}.{1 + number % 25}"
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0), limit=2)
            try:
                await hold(reader, writer, "" if number < silent else ("head", "body", "page")[number % 3])
            finally:
                writer.transport.abort()
        await asyncio.sleep(AGAIN_SECONDS)


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: str) -> None:
    """Keep a connection until it is ended."""
    if kind == "page":
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        writer.write(PAGE)
        while await reader.read(1):
            await asyncio.sleep(1)
        return
    writer.write({"head": HEAD, "body": BODY, "": b""}[kind])
    ended = asyncio.ensure_future(reader.read())
    while not ended.done():
        await asyncio.wait([ended], timeout=1)
        if kind and not ended.done():
            writer.write(b"x")
    await ended


async def crowd(port: int, silent: int, slow: int) -> None:
    await asyncio.gather(*(stranger(port, number, silent) for number in range(silent + slow)))


def take_all_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def service(folder: Path, relay_port: int, most_files: int) -> Iterator[tuple[int, int, Path]]:
    """(port, process id, log) of `paperroute serve` that may open so many files; 0: what the machine allows."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "PAPERROUTE_STORE__PATH": str(folder / "bench.db"),
        "PAPERROUTE_SOURCE__KIND": "sample",
        "PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{relay_port}",
        "PAPERROUTE_WEB__BASE_URL": f"http://127.0.0.1:{port}",
        "PAPERROUTE_WEB__PORT": str(port),
    }
    limit = f"ulimit -n {most_files}; " if most_files else ""
    command = ["sh", "-c", f'{limit}exec "$0" -m paperroute serve', sys.executable]
    log = folder / "log"
    with log.open("wb") as errors, subprocess.Popen(command, env=environment, stderr=errors) as process:
        try:
            wait_for(port)
            yield port, process.pid, log
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError):
            probe(port)
            return
        time.sleep(0.1)
    raise SystemExit("the service did not start")


def probe(port: int) -> float:
    """Seconds of a request over a connection of its own. Raises OSError where none comes of it."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LOST_SECONDS)
    try:
        connection.request("GET", "/healthz")
        if connection.getresponse().read() != b"ok\n":
            raise OSError("no health")
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
    return time.perf_counter() - began


def watch(port: int, process_id: int, seconds: float) -> Watched:
    seen = Watched()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            seen.seconds.append(probe(port))
        except OSError:
            seen.failed += 1
            seen.seconds.append(LOST_SECONDS)
        seen.most_files = max(seen.most_files, sum(1 for _ in Path(f"/proc/{process_id}/fd").iterdir()))
        seen.most_mb = max(seen.most_mb, resident(process_id))
        time.sleep(PROBE_SECONDS)
    return seen


def resident(process_id: int) -> float:
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def plan_mails(path: Path, over: threading.Event, seen: Watched) -> None:
    digest = replace(edition(10, kind="digest"), topic=TOPIC)
    with Store.open(path) as store:
        while not over.wait(1):
            now = datetime.now(UTC)
            store.editions.freeze(replace(digest, id=f"bench-{seen.planned}", slot=now), send_at=now)
            seen.planned += READERS


def prepare(path: Path) -> None:
    now = datetime.now(UTC)
    with Store.open(path) as store, store.write():
        store.editions.freeze(replace(edition(60), id="bench"))
        for number in range(READERS):
            store.subscriptions.add(TOPIC, "mail", f"reader{number}@host{number}.example.org", "active", now)


def run(options: argparse.Namespace, most_files: int) -> bool:
    """Whether all figures are reached."""
    relay, mails, over = Relay(), Watched(), threading.Event()
    controller = OnAnyPort(relay, hostname="127.0.0.1", port=0)
    controller.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder / "bench.db")
        with service(folder, controller.port, most_files) as (port, process_id, log):
            calm = watch(port, process_id, 5)
            numbers = [str(port), str(options.silent), str(options.slow)]
            with subprocess.Popen([sys.executable, "-m", "bench.web_strangers", "--crowd", *numbers]) as strangers:
                planner = threading.Thread(target=plan_mails, args=(folder / "bench.db", over, mails))
                planner.start()
                seen = watch(port, process_id, options.seconds)
                over.set()
                planner.join()
                seen.planned = mails.planned
                arrived = wait_for_mails(relay, seen.planned)
                strangers.terminate()
            size = log.stat().st_size
    controller.stop()
    return show(most_files, calm, seen, arrived, size)


def wait_for_mails(relay: Relay, planned: int) -> int:
    until = time.monotonic() + MAIL_SECONDS
    while relay.taken < planned and time.monotonic() < until:
        time.sleep(0.1)
    return relay.taken


def show(most_files: int, calm: Watched, seen: Watched, arrived: int, log_bytes: int) -> bool:
    print(f"\nfiles that it may open: {most_files or 'what this machine allows'}")
    print(f"/healthz before: median {1000 * np.median(calm.seconds):.0f} ms; among them: {len(seen.seconds)} probes,")
    print(f"median {1000 * np.median(seen.seconds):.0f} ms, worst {1000 * max(seen.seconds):.0f} ms")
    print(f"files open at most {seen.most_files}, memory {calm.most_mb:.0f} MB before, {seen.most_mb:.0f} MB at most")
    good = [
        verdict("/healthz, 99th percentile, s", float(np.percentile(seen.seconds, 99)), 0.5),
        verdict("/healthz, without an answer", seen.failed, 0),
        verdict(f"mails that did not arrive of {seen.planned}", seen.planned - arrived, 0),
        verdict("log, MB", log_bytes / 1e6, 1.0),
    ]
    return all(good) and seen.planned > 0


def verdict(name: str, value: float, target: float) -> bool:
    good = value <= target
    print(f"{name:45}{value:8.3f}   at most {target:<5} {'ok' if good else 'MISSED'}")
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--silent", type=int, default=1_500)
    parser.add_argument("--slow", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--crowd", type=int, nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.crowd:
        take_all_files()
        return asyncio.run(crowd(*options.crowd))
    good = [run(options, most_files) for most_files in (1_024, 0)]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
