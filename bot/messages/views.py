"""Modal views and help: the topic form, and what the bot understands.

Invariant: pure; what stands in them came from people and from arXiv and is inert; no view breaks a limit that
`bot/limits.py` knows, however much there is to show: what has no room is counted. Every option and phrase that the help
shows is understood (tests read them out of it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot import ids
from bot.limits import LABEL, PLACEHOLDER, VIEW_TITLE, Block
from bot.messages import escape
from bot.messages.blocks import Message, actions, button, fallback, header, plain_text, section
from bot.messages.topic_form import KEEP_CANVAS, TopicForm
from digest.cadence import describe, offered_cadences
from digest.i18n.catalog import Catalog
from digest.render.safe_text import to_line, to_verbatim_line
from digest.retrieval.queries import MOST_CHARACTERS
from store.records.lazy_text import AnyText, lazy_gettext

_MOST_PREVIEWED = 5
_LABELS = {
    "question": lazy_gettext("What is it about?"),
    "include": lazy_gettext("Words that every paper must have"),
    "exclude": lazy_gettext("Words that no paper may have"),
    "categories": lazy_gettext("Categories"),
    "cadence": lazy_gettext("How often"),
    "at": lazy_gettext("At what time"),
    "timezone": lazy_gettext("Time zone"),
    "max_papers": lazy_gettext("Papers at most"),
    "conversation": lazy_gettext("Where to post"),
    "canvas": lazy_gettext("Canvas"),
}
_HINTS = {
    "question": lazy_gettext("A question or a subject, as you would ask me."),
    "include": lazy_gettext("In title or abstract, separated by commas. A phrase is matched as a whole."),
    "categories": lazy_gettext(
        "Only papers of these, separated by commas: cs.CL, cs.* for all of one, or biorxiv:neuroscience."
    ),
    "timezone": lazy_gettext("The time above is local there."),
    "conversation": lazy_gettext("A channel that I am in, or a direct message to you."),
    "canvas": lazy_gettext("A tab of the channel: the newest digest on top, those before it below."),
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
        "*Look up papers* of the archive: `search: diffusion -music`, `papers by Ada Example`, or arXiv ids and DOIs, "
        "such as `2405.01234`. With `as BibTeX` behind, they come as a file."
    ),
    lazy_gettext(
        "*In the thread of an answer:* ask about its papers, or say `tell me more about [3]`, `compare [2] and [5]`, "
        "`more like [7]`, `only 2025`, `shorter`. "
        "`BibTeX`, `as Markdown` or another form brings a file. `mute` keeps me quiet there, `stop` ends the work "
        "under way, `survey` and a subject begins anew."
    ),
    lazy_gettext(
        "*In a thread of your own:* mention me with “can you find papers on this?”, and I read it, where I may. "
        "I speak only where I am asked; alone with me, you can go on with the last answer for an hour."
    ),
    lazy_gettext(
        "*Digests:* `/paperroute subscribe` brings the new papers on a topic to a channel or to you. "
        "`/paperroute subscriptions`, `pause`, `topics`, `run`; `history` and words look for what was written; "
        "`canvas` and a number keeps a canvas of a channel's digest up to date."
    ),
)


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
    options = {cadence: _option(capitalise(words.show(describe(cadence))), cadence) for cadence in offered}
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
        *([_field("canvas", _canvas_switch(form, words), words, optional=True)] if form.canvas else []),
    ]


def _canvas_switch(form: TopicForm, words: Catalog) -> dict[str, Any]:
    option = _option(words.gettext("Keep a canvas that each digest updates"), KEEP_CANVAS)
    chosen = [option] if form.canvas == KEEP_CANVAS else []
    return {"type": "checkboxes", "options": [option]} | _initial("initial_options", chosen)


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


def capitalise(text: str) -> str:
    """Its first letter alone."""
    return text[:1].upper() + text[1:]
