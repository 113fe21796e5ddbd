"""`paperroute serve`, killed again and again while it sends: no mail twice, and none lost in silence."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.subscriptions.one_mail import OneMailSettings, plan_one_mail
from store import Store
from store.records.editions import Topic
from store.tables.deliveries import count_waiting
from tests import ROOT
from tests.doubles.relays import OnAnyPort
from tests.factories import store as store_things
from tests.factories.databases import Place
from tests.factories.outbox import until

READERS, KILLS = 50, 40  # more readers than kills: each leaves one mail at most of which nobody knows
TOPIC = "speech"


class Inbox:
    """What the relay took, by recipient. It takes its time over each mail, so that a kill often meets one under way,
    before its text or after.
    """

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()
        self.asked: set[str] = set()  # for whom it was asked to take a text
        self.lock = threading.Lock()
        self.connections = self.opened = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(0.1)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(0.05)
        with self.lock:
            self.got.update(envelope.rcpt_tos)
        await asyncio.sleep(0.05)
        return "250 2.0.0 ok: queued as 4f2a91"


@contextmanager
def relay(inbox: Inbox) -> Iterator[int]:
    class Counted(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            inbox.connections += 1
            inbox.opened += 1
            super().connection_made(transport)

        async def smtp_DATA(self, arg: str) -> None:
            inbox.asked.update(self.envelope.rcpt_tos)
            await super().smtp_DATA(arg)

        def connection_lost(self, error: Exception | None) -> None:
            super().connection_lost(error)
            inbox.connections -= 1

    controller = OnAnyPort(inbox, hostname="127.0.0.1", port=0)
    controller.factory = lambda: Counted(inbox, **controller.SMTP_kwargs)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


class Service:
    """The running program, one life after the other."""

    def __init__(self, place: Place, port: int, **more: str) -> None:
        environment = os.environ | {
            "PAPERROUTE_STORE__PATH": str(place.path),
            "PAPERROUTE_STORE__URL": place.url,
            "PAPERROUTE_SOURCE__KIND": "sample",
            "PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{port}",
            "PAPERROUTE_SECRET_KEYS": "a" * 64,
            "PAPERROUTE_SERVE__LEASE_SECONDS": "0.2",
            "PAPERROUTE_MAIL__CONNECTIONS": "1",
            "PAPERROUTE_WEB__BASE_URL": "https://papers.example.org",
            **more,
        }
        command = [sys.executable, "-m", "tests.doubles.fork_serve"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        self._mother = subprocess.Popen(command, cwd=ROOT, env=environment, **pipes)

    def start(self) -> int:
        self._mother.stdin.write("go\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())

    def close(self) -> None:
        self._mother.stdin.close()
        self._mother.wait(180)
        self._mother.stdout.close()


def prepare(place: Place) -> None:
    now = datetime.now(UTC)
    with place.open() as store:
        for number in range(READERS):
            store.subscriptions.add(TOPIC, "mail", f"reader{number}@example.org", "active", now)
        edition = replace(store_things.digest("speech-1"), topic=TOPIC, slot=now - timedelta(minutes=1))
        store.editions.freeze(edition, send_at=now)


def test_killed_forty_times_every_reader_gets_the_mail_at_most_once_and_all_is_accounted_for(place: Place) -> None:
    chance, inbox = random.Random(7), Inbox()
    prepare(place)
    with relay(inbox) as port, place.open() as store:
        service = Service(place, port)
        kills = 0
        while kills < KILLS or count_waiting(store.deliveries.counts()):
            child = service.start()
            if kills < KILLS:
                live(inbox, chance, early=kills % 4 == 0)
            else:
                until_done(store)
            os.kill(child, signal.SIGKILL)
            kills += 1
        service.close()
        until(lambda: not inbox.connections, 300.0)  # what a killed sender handed over last may be taken only now
        first = Counter(inbox.got)
        assert set(first.values()) <= {1}
        counts = store.deliveries.counts()
        assert sum(counts.values()) == READERS
        assert set(counts) <= {"sent", "uncertain"}
        assert counts.get("sent", 0) >= READERS - KILLS
        assert {delivery.address for delivery in store.deliveries.list(states=["sent"])} <= set(first)
        assert {delivery.address for delivery in store.deliveries.list(states=["uncertain"])} <= inbox.asked
        by_hand(store, first)
        service = Service(place, port)
        child = service.start()
        until_done(store)
        os.kill(child, signal.SIGTERM)
        service.close()
        assert store.deliveries.counts() == {"sent": READERS}
    assert inbox.got == Counter({f"reader{number}@example.org": 1 for number in range(READERS)})


def live(inbox: Inbox, chance: random.Random, *, early: bool) -> None:
    """From before it has the outbox, or from its first connection, to amid its second or third mail."""
    opened, end = inbox.opened, time.monotonic() + 20
    while not early and inbox.opened == opened and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(chance.uniform(0.05, 0.55))


def until_done(store: Store) -> None:
    until(lambda: not count_waiting(store.deliveries.counts()), 300.0)


def by_hand(store: Store, arrived: Counter[str]) -> None:
    """What an operator does with uncertain ones, who can look at the relay's log."""
    for delivery in store.deliveries.list(states=["uncertain"]):
        assert store.deliveries.resolve(delivery.id, resend=delivery.address not in arrived, now=datetime.now(UTC))


TOPICS, JOINT_READERS, JOINT_KILLS = ("speech", "lora", "walks"), 12, 9


class Letters(Inbox):
    """Counts which topic came to whom: each mail names its editions by their links to the web."""

    mails = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(0.1)
        body = (envelope.content or b"").replace(b"=\r\n", b"").partition(b"\r\n\r\n")[2]
        with self.lock:
            for topic in TOPICS:
                if f"/editions/{topic}-1".encode() in body:
                    self.got.update(f"{address} {topic}" for address in envelope.rcpt_tos)
            self.mails += 1
        await asyncio.sleep(0.1)
        return "250 2.0.0 ok: queued as 4f2a91"


def prepare_joint(place: Place) -> None:
    now = datetime.now(UTC)
    slot = now.replace(minute=0, second=0, microsecond=0)
    with place.open() as store:
        for topic in TOPICS:
            store.topics.put(Topic(topic, topic, topic, cadence="daily", at=f"{slot:%H}:00"))
            for number in range(JOINT_READERS):
                store.subscriptions.add(topic, "mail", f"reader{number}@example.org", "active", now)
        for topic in TOPICS:
            edition = replace(store_things.digest(f"{topic}-1"), topic=topic, slot=slot)
            with store.write():
                plan_one_mail(store, store.editions.freeze(edition, send_at=now), OneMailSettings(default=True), now)


def test_killed_again_and_again_no_topic_of_a_joint_mail_comes_twice_or_is_lost_in_silence(place: Place) -> None:
    chance, inbox = random.Random(11), Letters()
    prepare_joint(place)
    planned = JOINT_READERS * len(TOPICS)
    with relay(inbox) as port, place.open() as store:
        service = Service(place, port)
        kills = 0
        while kills < JOINT_KILLS or count_waiting(store.deliveries.counts()):
            child = service.start()
            if kills < JOINT_KILLS:
                live(inbox, chance, early=kills % 4 == 0)
            else:
                until_done(store)
            os.kill(child, signal.SIGKILL)
            kills += 1
        service.close()
        until(lambda: not inbox.connections, 300.0)
        assert set(inbox.got.values()) <= {1}
        counts = store.deliveries.counts()
        assert sum(counts.values()) == planned
        assert set(counts) <= {"sent", "uncertain"}
        assert counts.get("sent", 0) >= (JOINT_READERS - JOINT_KILLS) * len(TOPICS)
        by_reader = Counter((one.address, one.state) for one in store.deliveries.list(limit=-1))
        assert set(by_reader.values()) == {len(TOPICS)}  # the topics of one mail share its fate
        sent = {f"{one.address} {one.topic}" for one in store.deliveries.list(states=["sent"], limit=-1)}
        assert sent <= set(inbox.got)
        assert inbox.mails <= JOINT_READERS
