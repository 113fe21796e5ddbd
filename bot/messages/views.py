"""Modal and Home tab views: the topic form, the Home tab, the help message, and the listings of /paperroute.

Invariant: pure; what stands in them came from people and from arXiv and is inert; no view breaks a limit that
`bot/limits.py` knows, however much there is to show: what has no room is counted. Every option and phrase that the help
shows is understood (tests read them out of it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import ids
from bot.limits import LABEL, PLACEHOLDER, VIEW_TITLE, Block
from bot.messages import escape, replies
from bot.messages.blocks import Message, actions, button, context, divider, fallback, header, plain_text, section
from bot.messages.topic_form import TopicForm
from digest.cadence import describe, describe_schedule, offered_cadences
from digest.i18n.catalog import Catalog
from digest.render import edition_facts
from digest.render.safe_text import to_line, to_verbatim_line
from digest.retrieval.queries import MOST_CHARACTERS
from store.records.editions import EditionKind, Topic
from store.records.lazy_text import AnyText, lazy_gettext

MOST_SUBSCRIPTIONS = 25
MOST_EDITIONS = 10
_MOST_TOPICS = 40  # of the slash command
_MOST_PREVIEWED = 5
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}")
_LABELS = {
    "question": lazy_gettext("What is it about?"),
    "include": lazy_gettext("Words that every paper must have"),
    "exclude": lazy_gettext("Words that no paper may have"),
    "categories": lazy_gettext("arXiv categories"),
    "cadence": lazy_gettext("How often"),
    "at": lazy_gettext("At what time"),
    "timezone": lazy_gettext("Time zone"),
    "max_papers": lazy_gettext("Papers at most"),
    "conversation": lazy_gettext("Where to post"),
}
_HINTS = {
    "question": lazy_gettext("A question or a subject, as you would ask me."),
    "include": lazy_gettext("In title or abstract, separated by commas. A phrase is matched as a whole."),
    "categories": lazy_gettext("Only papers of these, separated by commas: cs.CL, eess.AS, or cs.* for all of one."),
    "timezone": lazy_gettext("The time above is local there."),
    "conversation": lazy_gettext("A channel that I am in, or a direct message to you."),
}
_PLACEHOLDERS: dict[str, AnyText] = {
    "question": lazy_gettext("LoRA for image generation"),
    "include": "diffusion, text-to-image",  # the papers are in English
    "exclude": "medical",
    "categories": "cs.CV, cs.LG",
    "timezone": lazy_gettext("Europe/Berlin"),
}
_HELP = (
    lazy_gettext(
        "*Ask.* Mention me in a channel, or write to me: `LoRA for image generation`. The answer is a survey of "
        "arXiv papers with linked citations, as a reply in the thread. *Survey this*, in the menu of any message, "
        "makes it the question."
    ),
    lazy_gettext(
        "*Options*, before or behind the question: `top 20`, `last month`, `since 2024`, `only 2025`, "
        "`in Japanese`, `no cache`. Where the language could be part of the question: "
        "`speech recognition, answer in Japanese`."
    ),
    lazy_gettext(
        "*In the thread of an answer:* ask about its papers, or say `more like [7]`, `only 2025`, `shorter`, "
        "`BibTeX`. `mute` keeps me quiet there, `stop` ends the work under way, `survey` and a subject begins anew."
    ),
    lazy_gettext(
        "*Digests:* `/paperroute subscribe` brings the new papers on a topic to a channel or to you. "
        "`/paperroute subscriptions`, `pause`, `topics`, `run`; `history` and words look for what was written."
    ),
)
_NO_DIGESTS = lazy_gettext("You have none yet. A digest brings only the new papers on a topic, on the days you choose.")


def help_message(words: Catalog) -> Message:
    """For a mention that asks for it, and for `/paperroute help`."""
    title = words.gettext("What you can ask")
    rescue = "\n\n".join((f"*{title}*", *map(words.show, _HELP)))
    return Message(fallback(title), (header(title), *help_blocks(words)), rescue)


def help_blocks(words: Catalog) -> list[Block]:
    return [section(words.show(text)) for text in _HELP]


@dataclass(frozen=True)
class Preview:
    """What a topic would have found. failed: why nothing can be said, in words; papers: (title, address)."""

    count: int = 0
    papers: tuple[tuple[str, str], ...] = ()
    failed: str = ""


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
    reason: str = ""  # why it rests, in words
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


def topic_view(form: TopicForm, words: Catalog, *, preview: Preview | None = None) -> dict[str, Any]:
    """The form, filled in. The fields keep their names when it is updated, so that nothing typed is lost."""
    title = words.gettext("Edit digest") if form.topic else words.gettext("New digest")
    shown = [] if preview is None else _preview(preview, words)
    return {
        "type": "modal",
        "callback_id": ids.TOPIC_VIEW,
        "private_metadata": form.metadata,
        "title": plain_text(title, VIEW_TITLE),
        "submit": plain_text(words.gettext("Save"), VIEW_TITLE),
        "close": plain_text(words.gettext("Cancel"), VIEW_TITLE),
        "blocks": [*_fields(form, words), actions([button(ids.PREVIEW, words.gettext("Preview last week"))]), *shown],
    }


def _fields(form: TopicForm, words: Catalog) -> list[Block]:
    offered = list(dict.fromkeys((*offered_cadences(), *([form.cadence] if form.cadence else []))))
    options = {cadence: _option(_capitalise(words.show(describe(cadence))), cadence) for cadence in offered}
    cadence = {"type": "static_select", "options": list(options.values())}
    post = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private", "im"], "exclude_external_shared_channels": True},
    }
    return [
        _field("question", _text(form.question, most=MOST_CHARACTERS, multiline=True), words),
        _field("include", _text(form.include, most=1_000), words, optional=True),
        _field("exclude", _text(form.exclude, most=1_000), words, optional=True),
        _field("categories", _text(form.categories, most=500), words, optional=True),
        _field("cadence", cadence | _initial("initial_option", options.get(form.cadence)), words),
        _field("at", {"type": "timepicker"} | _initial("initial_time", form.at), words),
        _field("timezone", _text(form.timezone, most=60), words),
        _field("max_papers", _number(form.max_papers), words),
        _field("conversation", post | _conversation_default(form.conversation), words),
    ]


def _field(name: str, element: dict[str, Any], words: Catalog, *, optional: bool = False) -> Block:
    """block_id and action_id are the field's name: errors go by the one, values by both."""
    made: dict[str, Any] = {"type": "input", "block_id": name, "label": plain_text(words.show(_LABELS[name]), LABEL)}
    if name in _HINTS:
        made["hint"] = plain_text(words.show(_HINTS[name]), LABEL)
    if name in _PLACEHOLDERS:
        element["placeholder"] = plain_text(words.show(_PLACEHOLDERS[name]), PLACEHOLDER)
    return made | {"optional": optional, "element": element | {"action_id": name}}


def _text(value: str, *, most: int, multiline: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "plain_text_input", "max_length": most, "multiline": multiline}
    return made | _initial("initial_value", escape.plain(value)[:most])


def _number(value: str) -> dict[str, Any]:
    made = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "300"}
    return made | _initial("initial_value", value if value.isdecimal() else "")


def _conversation_default(conversation: str) -> dict[str, Any]:
    return {"initial_conversation": conversation} if conversation else {"default_to_current_conversation": True}


def _initial(name: str, value: Any) -> dict[str, Any]:
    """Slack refuses an initial value that is empty."""
    return {name: value} if value else {}


def _option(text: str, value: str) -> Block:
    return {"text": plain_text(text, 75), "value": value}


def _preview(preview: Preview, words: Catalog) -> list[Block]:
    if preview.failed:
        return [section(escape.mrkdwn(to_verbatim_line(preview.failed, 500)))]
    if not preview.count:
        nothing = words.gettext("This would have found nothing last week. Fewer words, or other ones, find more.")
        return [section(nothing)]
    shown = preview.papers[:_MOST_PREVIEWED]
    lines = [f"• {escape.mrkdwn_link(address, to_line(title, 300))}" for title, address in shown]
    rest = preview.count - len(shown)
    lines += [words.gettext("and {n} more", n=rest)] if rest > 0 else []
    found = words.ngettext(
        "This would have found {n} paper last week.", "This would have found {n} papers last week.", preview.count
    )
    return [section("\n".join((f"*{found}*", *lines)))]


def home_view(
    subscriptions: Sequence[HomeSubscription], editions: Sequence[HomeEdition], words: Catalog
) -> dict[str, Any]:
    """The Home tab of one person: the subscriptions that are theirs, what was written lately, and the help."""
    return {
        "type": "home",
        "blocks": [
            header(words.gettext("Your digests")),
            *_subscriptions(subscriptions, words),
            actions([button(ids.NEW_TOPIC, words.gettext("New digest"), style="primary")]),
            divider(),
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
            if (reason := replies.pause_reason(subscription.reason))
            else words.gettext("Paused")
        )
        lines.append(f"_{escape.mrkdwn(because).replace('_', ' ')}_")
    return [section("\n".join(lines)), actions(_buttons(subscription, title, words))]


def _schedule_lines(subscription: HomeSubscription, words: Catalog) -> list[str]:
    place = f"<#{subscription.conversation}>" if _CHANNEL.fullmatch(subscription.conversation) else ""
    parts = [
        _capitalise(_schedule(subscription.cadence, subscription.at, subscription.timezone, words)),
        words.show(replies.place_of(place)),
    ]
    if subscription.next_at and subscription.active:
        parts.append(words.gettext("next: {when}", when=replies.localise(subscription.next_at)))
    if subscription.last_at:
        parts.append(words.gettext("last: {when}", when=replies.localise(subscription.last_at)))
    return parts


def _buttons(subscription: HomeSubscription, title: str, words: Catalog) -> list[Block]:
    def made(action: str, text: str, **more: Any) -> Block:
        return button(action, text, subscription.id, about=f"{text}: {title}", **more)

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
    bib = button(ids.BIBTEX, "BibTeX", edition.id, about=f"BibTeX: {title}")
    return {**section(f"{linked}\n{figures}"), **({"accessory": bib} if edition.papers else {})}


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


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
