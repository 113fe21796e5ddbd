"""ChannelSpec: all that the program knows of a channel of the outbox; the set-up of those that are configured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from digest.background.channel_setup import BuildOutgoing, ChannelSetup
from digest.background.outgoing import OutgoingBuilder
from digest.ports import AddressRule, Finding
from paperroute.compose.app import App
from store.records.deliveries import ChannelName


@dataclass(frozen=True)
class DoctorOptions:
    """offline: ask nothing of the network. mail: to whom a test mail goes, "" for none."""

    offline: bool = False
    mail: str = ""


@dataclass(frozen=True)
class ChannelSpec:
    """connect: how it is sent over; None where it is not configured. Raises ConfigError where that is wrong.

    examine: the doctor's lines about it. Both load what they need once they are called: every verb has the addresses.
    """

    addresses: AddressRule
    connect: Callable[[App, BuildOutgoing], ChannelSetup | None]
    examine: Callable[[App, DoctorOptions], Iterator[Finding]]


def channel_setups(app: App, channels: Mapping[ChannelName, ChannelSpec]) -> dict[ChannelName, ChannelSetup]:
    """How each configured channel is sent over. Raises ConfigError."""
    config = app.config
    hours, length = config.subscriptions.confirm_hours, config.survey.length
    outgoing = OutgoingBuilder(app.store, app.signed_links, hours, length, feedback=config.feedback.enabled)
    found = {name: spec.connect(app, outgoing) for name, spec in channels.items()}
    return {name: setup for name, setup in found.items() if setup}
