"""250 readers at a domain that is slow, or wants fewer, and 5 at another: how soon those five have their mail.

    python -m bench.domains [--seconds 20]

The outbox is the service's, with two connections, over a relay on loopback that takes 8 seconds for each mail to the
one domain, or refuses its 21st in a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.background.outbox import Outbox
from paperroute.channels import CHANNELS
from paperroute.compose.app import open_app
from paperroute.compose.channel_spec import channel_setups
from paperroute.config.load import load
from store import Store
from tests.doubles.editions import edition
from tests.doubles.relays import OnAnyPort

SLOW, QUICK = "slow.example.org", "quick.example.org"


class Relay:
    def __init__(self, *, slow: float = 0.0, a_minute: int = 0) -> None:
        self.slow, self.a_minute = slow, a_minute
        self.began = time.monotonic()
        self.took: dict[str, list[float]] = defaultdict(list)  # by domain: when, in seconds
        self.asked: list[float] = []
        self.refused = 0

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, *___: object) -> str:  # noqa: N802
        if self.a_minute and address.endswith(SLOW):
            now = time.monotonic()
            self.asked = [at for at in self.asked if at > now - 60]
            if len(self.asked) >= self.a_minute:
                self.refused += 1
                return "450 4.7.1 too many messages, rate limited"
            self.asked.append(now)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        domain = envelope.rcpt_tos[0].partition("@")[2]
        if domain == SLOW:
            await asyncio.sleep(self.slow)
        self.took[domain].append(time.monotonic() - self.began)
        return "250 2.0.0 ok: queued as 4f2a91"


def measure(relay: Relay, folder: Path, seconds: float) -> None:
    now = datetime.now(UTC)
    with Store.open(folder / "p.db") as store, store.write():
        for domain, count in ((SLOW, 250), (QUICK, 5)):
            for number in range(count):
                store.subscriptions.add("speech", "mail", f"reader{number}@{domain}", "active", now)
        store.editions.freeze(replace(edition(10, kind="digest"), topic="speech"), send_at=now)
    controller = OnAnyPort(relay, hostname="127.0.0.1", port=0)
    controller.start()
    os.environ |= {
        "PAPERROUTE_STORE__PATH": str(folder / "p.db"),
        "PAPERROUTE_SOURCE__KIND": "sample",
        "PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{controller.port}",
        "PAPERROUTE_WEB__BASE_URL": "https://papers.example.org/archive",
    }
    with open_app(load(None)) as app:
        sender = Outbox(app.store, channel_setups(app, CHANNELS))
        relay.began = time.monotonic()
        sender.start()
        time.sleep(seconds)
        sender.stop(15)
        paces = dict(app.store.paces.gaps("mail"))
    controller.stop()
    quick = relay.took[QUICK]
    print(f"  the five of {QUICK}: {len(quick)} sent, the last after {max(quick, default=0.0):.1f} s (asked: 5)")
    print(f"  {SLOW}: {len(relay.took[SLOW])} sent in {seconds:.0f} s, {relay.refused} refused; pace kept: {paces}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    for told, relay in (("8 s a mail", Relay(slow=8.0)), ("20 mails a minute", Relay(a_minute=20))):
        print(f"{SLOW} with {told}:")
        with tempfile.TemporaryDirectory() as folder:
            measure(relay, Path(folder), asked.seconds)


if __name__ == "__main__":
    main()
