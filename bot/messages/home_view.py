"""The Home tab of a person, and the listings of /paperroute: digests, topics, editions.

Invariant: pure; what stands in them came from people and from arXiv and is inert; no limit that `bot/limits.py` knows
is broken, however much there is to show: what has no room is counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import ids
from bot.limits import CARD_BODY, CARD_TITLE, CARDS, Block
from bot.messages import answer, escape, replies
from bot.messages.blocks import actions, button, context, divider, download_menu, header, plain_text, section
from bot.messages.survey import found_nothing
from bot.messages.views import capitalise, help_blocks
from digest.cadence import describe_schedule
from digest.i18n.catalog import Catalog
from digest.render import edition_facts
from digest.render.safe_text import shorten, to_line, to_verbatim_line
from digest.urls import SiteUrls
from store.records.editions import Edition, EditionKind, EditionPaper, Topic
from store.records.lazy_text import AnyText, lazy_gettext

MOST_SUBSCRIPTIONS = 25
MOST_EDITIONS = 10
_MOST_TOPICS = 40  # of the slash command
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}")
_NO_DIGESTS = lazy_gettext("You have none yet. A digest brings only the new papers on a topic, on the days you choose.")


@dataclass(frozen=True)
class HomeSubscription:
    """A subscription as its owner sees it."""

    id: str
    title: str  # of its topic
    cadence: str
    at: str
    timezone: str
    conversation: str  # id
    active: bool = True
    reason: AnyText = ""  # why it rests
    editable: bool = True  # a topic of config.toml is not
    next_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True)
class HomeEdition:
    id: str
    title: str
    kind: EditionKind
    created_at: datetime
    papers: int
    url: str = ""  # in the archive; "" where there is none


@dataclass(frozen=True)
class HomeReading:
    """What to read first of an edition."""

    edition: Edition
    papers: tuple[tuple[EditionPaper, AnyText], ...]  # each with why
    links: SiteUrls


def reading_of(edition: Edition, links: SiteUrls) -> HomeReading | None:
    """None where no paper is on what was asked."""
    if not edition.papers or found_nothing(edition):
        return None
    reasons = {start.paper: start.reason for start in edition.start_here}
    papers = [(paper, reasons.get(paper.number, why)) for paper, why in answer.start_papers(edition)]
    return HomeReading(edition, tuple(papers[:CARDS]), links) if papers else None


def home_view(
    subscriptions: Sequence[HomeSubscription],
    editions: Sequence[HomeEdition],
    words: Catalog,
    reading: HomeReading | None = None,
) -> dict[str, Any]:
    """The Home tab of one person: the subscriptions that are theirs, what was written lately, and the help."""
    return {
        "type": "home",
        "blocks": [
            header(words.gettext("Your digests")),
            *_subscriptions(subscriptions, words),
            actions([button(ids.NEW_TOPIC, words.gettext("New digest"), style="primary")]),
            divider(),
            *(_reading(reading, words) if reading else ()),
            header(words.gettext("Recent editions")),
            *_editions(editions, words),
            divider(),
            header(words.gettext("What you can ask")),
            *help_blocks(words),
        ],
    }


def _subscriptions(subscriptions: Sequence[HomeSubscription], words: Catalog) -> list[Block]:
    if not subscriptions:
        return [section(words.show(_NO_DIGESTS))]
    blocks = [
        block for subscription in subscriptions[:MOST_SUBSCRIPTIONS] for block in _subscription(subscription, words)
    ]
    rest = len(subscriptions) - MOST_SUBSCRIPTIONS
    if rest > 0:
        blocks.append(context(words.gettext("and {n} more: /paperroute subscriptions", n=rest)))
    return blocks


def _subscription(subscription: HomeSubscription, words: Catalog) -> list[Block]:
    """What it is and when, then its buttons. Every button names its digest to those who hear it only."""
    title = to_line(subscription.title, 150) or subscription.id
    lines = [f"*{escape.mrkdwn(title)}*", " · ".join(_schedule_lines(subscription, words))]
    if not subscription.active:
        because = (
            words.gettext("Paused: {reason}", reason=to_verbatim_line(words.show(reason), 300))
            if (reason := subscription.reason)
            else words.gettext("Paused")
        )
        lines.append(f"_{escape.mrkdwn(because).replace('_', ' ')}_")
    return [section("\n".join(lines)), actions(_buttons(subscription, title, words))]


def _schedule_lines(subscription: HomeSubscription, words: Catalog) -> list[str]:
    place = f"<#{subscription.conversation}>" if _CHANNEL.fullmatch(subscription.conversation) else ""
    parts = [
        capitalise(_schedule(subscription.cadence, subscription.at, subscription.timezone, words)),
        words.show(replies.place_of(place)),
    ]
    if subscription.next_at and subscription.active:
        parts.append(words.gettext("next: {when}", when=replies.localise(subscription.next_at)))
    if subscription.last_at:
        parts.append(words.gettext("last: {when}", when=replies.localise(subscription.last_at)))
    return parts


def _buttons(subscription: HomeSubscription, title: str, words: Catalog) -> list[Block]:
    def made(action: str, text: str, **more: Any) -> Block:
        return button(action, text, subscription.id, about=text + words.colon + title, **more)

    pause, resume = made(ids.PAUSE, words.gettext("Pause")), made(ids.RESUME, words.gettext("Resume"))
    edit = [made(ids.EDIT, words.gettext("Edit"))] if subscription.editable else []
    delete = {**made(ids.DELETE, words.gettext("Delete"), style="danger"), "confirm": _confirm(title, words)}
    return [pause if subscription.active else resume, *edit, made(ids.RUN_NOW, words.gettext("Run now")), delete]


def _confirm(title: str, words: Catalog) -> Block:
    return {
        "title": plain_text(words.gettext("Delete this digest?"), 100),
        "text": plain_text(
            words.gettext("“{title}” will not be posted here any more. Its editions stay in the archive.", title=title),
            300,
        ),
        "confirm": plain_text(words.gettext("Delete"), 30),
        "deny": plain_text(words.gettext("Keep it"), 30),
        "style": "danger",
    }


def _reading(reading: HomeReading, words: Catalog) -> list[Block]:
    """As cards, which are too small for abstracts: the title leads, and a line says why."""
    title = answer.start_title(reading.edition, words)
    cards = [
        _card(reading, paper, why, action, words)
        for (paper, why), action in zip(reading.papers, ids.OPEN_PAPERS, strict=False)
    ]
    about = context(edition_facts.plain_title(reading.edition))
    return [header(title), about, {"type": "carousel", "elements": cards}]


def _card(reading: HomeReading, paper: EditionPaper, why: AnyText, action: str, words: Catalog) -> Block:
    title = edition_facts.paper_title(paper)
    by = " · ".join(filter(None, (edition_facts.authors(paper, words), str(paper.published.year))))
    edge = edition_facts.edge_mark(reading.edition, paper)
    told = edition_facts.status_line(paper, words) or " · ".join(filter(None, (edge, words.show(why))))
    page = reading.links.paper(paper.id)
    label = words.gettext("Open in the archive") if page else words.gettext("Open the paper")
    link = {"url": page or paper.url, "about": label + words.colon + title}
    return {
        "type": "card",
        "title": _card_text(title, CARD_TITLE),
        "subtitle": _card_text(by, CARD_TITLE),
        **({"body": _card_text(told, CARD_BODY)} if told.strip() else {}),
        **({"actions": [button(action, label, **link)]} if link["url"] else {}),
    }


def _card_text(text: str, most: int) -> Block:
    """Within the limit as it is sent: escaping makes it longer."""
    line = to_verbatim_line(text, most)
    while len(inert := escape.mrkdwn(line)) > most:
        line = shorten(line, len(line) - 1)
    return {"type": "mrkdwn", "text": inert, "verbatim": True}


def _editions(editions: Sequence[HomeEdition], words: Catalog) -> list[Block]:
    if not editions:
        nothing = words.gettext(
            "Nothing has been written yet. Mention me in a channel with a question, or write to me."
        )
        return [section(nothing)]
    return [_edition(edition, words) for edition in editions[:MOST_EDITIONS]]


def _edition(edition: HomeEdition, words: Catalog) -> Block:
    title = to_line(edition.title, 200) or edition.id
    linked = escape.mrkdwn_link(edition.url, title) if edition.url else f"*{escape.mrkdwn(title)}*"
    figures = " · ".join(
        (
            edition_facts.kind_name(edition.kind, words),
            words.ngettext("{n} paper", "{n} papers", edition.papers),
            replies.localise(edition.created_at),
        )
    )
    menu = download_menu(edition.id, words)
    return {**section(f"{linked}\n{figures}"), **({"accessory": menu} if edition.papers else {})}


# Listings of the slash command, as mrkdwn.


def subscription_lines(subscriptions: Sequence[HomeSubscription], words: Catalog) -> str:
    """Someone's own, each with the number that `pause` takes."""
    rests = " (" + words.gettext("Paused") + ")"
    lines = [
        f"{subscription.id}. *{escape.mrkdwn(to_line(subscription.title, 150))}*: "
        + _schedule(subscription.cadence, subscription.at, subscription.timezone, words)
        + ("" if subscription.active else rests)
        for subscription in subscriptions
    ]
    return "\n".join((*lines, words.show(replies.PAUSE_HOW))) if lines else words.show(_NO_DIGESTS)


def topic_lines(topics: Sequence[Topic], words: Catalog) -> str:
    lines = [
        f"• `{topic.slug}` {escape.mrkdwn(to_line(topic.title, 150))}: "
        + _schedule(topic.cadence, topic.at, topic.timezone, words)
        for topic in topics[:_MOST_TOPICS]
    ]
    return "\n".join(lines) or words.show(replies.NO_TOPICS)


def edition_lines(editions: Sequence[HomeEdition], query: str, words: Catalog) -> str:
    """query: the words that were looked for; "" where the newest are shown."""
    nothing = replies.nothing_found(escape.mrkdwn(to_verbatim_line(query, 100)))
    return "\n".join(_edition_line(edition, words) for edition in editions) or words.show(nothing)


def _edition_line(edition: HomeEdition, words: Catalog) -> str:
    title = to_line(edition.title, 200) or edition.id
    linked = escape.mrkdwn_link(edition.url, title) if edition.url else escape.mrkdwn(title)
    papers = words.ngettext("{n} paper", "{n} papers", edition.papers)
    return "• " + words.join((linked, f"{edition.created_at:%Y-%m-%d}", papers), "series")


def _schedule(cadence: str, at: str, timezone: str, words: Catalog) -> str:
    return escape.mrkdwn(words.show(describe_schedule(cadence, at, timezone)))
