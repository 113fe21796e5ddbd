"""Everything that is kept about one address: to hand out, and to erase.

Invariant: what `export` does not show is not kept; what `erase` leaves is nothing of the address, so that it can be
subscribed anew like any other. Copies of the store, log files and mails in a folder are the operator's, and where those
mails lie is not told.
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from digest.addresses import normalised
from store import Store
from store.records.deliveries import Medium

SCHEMA = "paperroute.subscriber/1"
# As `digest.channels.folder` tells of a mail that it wrote, or could not write.
_FILE = re.compile(r"(?<=^written to ).+|^.+\.eml(?=: )", re.DOTALL)


def export(store: Store, channel: Medium, address: str) -> dict[str, Any]:
    """The subscriptions of an address, and what was or is to be sent to it, as JSON takes it. Raises BadInput.

    An address of which nothing is kept has empty lists.
    """
    place = normalised(channel, address)
    those = store.subscriptions.of_address(channel, place)
    deliveries = [sent for one in those for sent in store.deliveries.list(subscription=one.id, limit=-1)]
    return {
        "schema": SCHEMA,
        "channel": channel,
        "address": place,
        "subscriptions": [plain(one) for one in those],
        "deliveries": [plain(replace(sent, detail=_FILE.sub("a file", sent.detail))) for sent in deliveries],
    }


def erase(store: Store, channel: Medium, address: str) -> int:
    """Remove it all; how many subscriptions there were. Raises BadInput.

    That someone unsubscribed is forgotten, too. What is being sent at this moment may still arrive.
    """
    return store.subscriptions.erase(channel, normalised(channel, address))


def plain(record: Any) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(record).items()}
