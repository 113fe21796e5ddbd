"""CHANNELS: every channel of the outbox that there is; the one place where a new one is named.

Invariant: what a channel sends with is loaded where it is sent with or examined, and not before: other verbs take none
of the second that Slack's SDK and the resolver need.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation_id import SLACK_ADDRESSES
from digest.background.channel_setup import BuildOutgoing, ChannelSetup
from digest.ports import Finding
from digest.subscriptions.addresses import MAIL_ADDRESSES
from paperroute.compose import mail
from paperroute.compose.app import App
from paperroute.compose.channel_spec import ChannelSpec, DoctorOptions
from store.records.deliveries import ChannelName


def _examine_mail(app: App, options: DoctorOptions) -> Iterator[Finding]:
    from paperroute.doctor.mail import examine_mail  # noqa: PLC0415 - see above

    return examine_mail(app.config, app.environment, options.mail)


def _connect_slack(app: App, outgoing: BuildOutgoing) -> ChannelSetup | None:
    from paperroute.compose.slack import connect  # noqa: PLC0415 - see above

    return connect(app, outgoing)


def _examine_slack(app: App, options: DoctorOptions) -> Iterator[Finding]:
    from paperroute.doctor.slack import examine_slack  # noqa: PLC0415 - see above

    return examine_slack(app.config.slack, app.environment, offline=options.offline)


_SPECS = (
    ChannelSpec(MAIL_ADDRESSES, mail.connect, _examine_mail),  # the first: who names no channel means this one
    ChannelSpec(SLACK_ADDRESSES, _connect_slack, _examine_slack),
)
CHANNELS: dict[ChannelName, ChannelSpec] = {spec.addresses.channel: spec for spec in _SPECS}
