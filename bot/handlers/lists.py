"""Listings of the slash command (subscriptions, topics, history), as mrkdwn.

Invariant: whatever came from people or from arXiv is inert; what has no room is not begun.
"""

from __future__ import annotations

from bot.handlers.ownership import OwnedSubscriptions
from bot.messages.escape import mrkdwn, mrkdwn_link
from bot.messages.views import HomeEdition
from bot.texts import replies
from bot.texts.forms import FormWords
from digest.cadence import describe_schedule
from digest.render.safe_text import to_line, to_verbatim_line
from store import Store

_MOST_FOUND = 10
_MOST_TOPICS = 40


def subscriptions(own: OwnedSubscriptions, user: str, said: FormWords) -> str:
    """Someone's own, each with the number that `pause` takes."""
    lines = [
        f"{one.id}. *{mrkdwn(to_line(one.title, 150))}*: "
        + mrkdwn(describe_schedule(one.cadence, one.at, one.timezone, said.cadence))
        + ("" if one.active else f" ({mrkdwn(said.paused)})")
        for one in own.shown(user)
    ]
    return "\n".join((*lines, replies.PAUSE_HOW)) if lines else mrkdwn(said.no_digests)


def topics(store: Store, said: FormWords) -> str:
    lines = [
        f"• `{topic.slug}` {mrkdwn(to_line(topic.title, 150))}: "
        + mrkdwn(describe_schedule(topic.cadence, topic.at, topic.timezone, said.cadence))
        for topic in store.topics.list(active_only=True)[:_MOST_TOPICS]
    ]
    return "\n".join(lines) or replies.NO_TOPICS


def history(own: OwnedSubscriptions, store: Store, query: str) -> str:
    """The newest editions; with words, those that hold them."""
    found = [hit.edition for hit in store.search.editions(query, limit=_MOST_FOUND)] if query else []
    heads = found if query else store.editions.list(limit=_MOST_FOUND)
    return "\n".join(_edition(own.head(head)) for head in heads) or replies.nothing_found(
        mrkdwn(to_verbatim_line(query, 100))
    )


def _edition(one: HomeEdition) -> str:
    title = to_line(one.title, 200) or one.id
    named = mrkdwn_link(one.url, title) if one.url else mrkdwn(title)
    papers = "1 paper" if one.papers == 1 else f"{one.papers} papers"
    return f"• {named}, {one.created_at:%Y-%m-%d}, {papers}"
