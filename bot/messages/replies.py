"""Reply texts: what the bot says in its own words, short, plain, and with the next step.

Invariant: pure; whatever came from outside has been made inert by `mrkdwn` before it stands in one of these. Each is a
lazy text, and is set in the language of whoever reads it by `bot/slack/translator.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from digest.errors import ConfigError, ModelError, PaperRouteError, StoreBusy, StoreError
from store.records.lazy_text import AnyText, LazyText, join_sentences, lazy_gettext, lazy_ngettext
from store.tables.slack_requests import SlackRequestKind

LOOKING_INTO_IT = lazy_gettext("is looking into it…")
SMALL_TALK: dict[str, LazyText] = {
    "thanks": lazy_gettext("You are welcome. Mention me with another question whenever you like."),
    "greeting": lazy_gettext(
        "Hello. Ask me about a topic of research, such as *LoRA for image generation*, and I look for its papers."
    ),
    "wellbeing": lazy_gettext("Fine, thank you. Which topic of research shall I look into?"),
    "identity": lazy_gettext(
        "I am Paper Route, a bot: I search arXiv, and answer questions with surveys that cite their papers. "
        "Say *help* to see what else I do."
    ),
    "test": lazy_gettext("I am here, and I hear you. Ask me about a topic of research."),
    "assent": lazy_gettext("All right."),
    "farewell": lazy_gettext("Goodbye, until the next question."),
    "elsewhere": lazy_gettext("I only know research papers. Which topic shall I look into?"),
}
NO_QUESTION = lazy_gettext(
    "I did not find a question in that. Which topic shall I look into, such as *LoRA for image generation*?"
)
MUTED = lazy_gettext("I will be quiet in this thread. Mention me to be heard again.")
MUTED_BUT_FOR_ANSWER = lazy_gettext(
    "I will be quiet in this thread, but for the answer that is under way. Mention me to be heard again."
)
WHICH_ANSWER = lazy_gettext("Ask me that in the thread of the answer whose papers you mean.")
THREAD_UNREADABLE = lazy_gettext(
    "I may not read this thread, so I do not know what it is about. Mention me with the topic in words."
)
THREAD_AWAY = lazy_gettext("I could not read this thread just now. Ask again in a moment, or name the topic in words.")
THREAD_EMPTY = lazy_gettext(
    "I read this thread, and found no topic of research in it. Mention me with the topic in words."
)
STOPPED = lazy_gettext("Stopped. What was done so far is kept, so asking again goes on from there.")
NOTHING_RUNS = lazy_gettext("Nothing is running here any more.")
ENDING = lazy_gettext("I am being restarted. This survey goes on by itself as soon as I am back.")
NOT_YOURS = lazy_gettext("Only the person who asked can stop this survey.")
TOO_LATE = lazy_gettext("I had already begun with the earlier wording. Stop it and ask again, if you want the new one.")
WITHDRAWN = lazy_gettext("The question was deleted, so I stopped.")
GUESTS = lazy_gettext(
    "I answer members of this workspace only, and not guests or people from other organisations. A member can ask me."
)
NOT_HERE = lazy_gettext("I may not answer here. Whoever set me up has named the channels and people I work for.")
TOO_OLD = lazy_gettext(
    "I was away while this question waited, for too long to answer it unasked. Press Retry, if you still want it."
)
TOO_OFTEN = lazy_gettext(
    "This question ended me several times, so I gave it up. That is a fault of mine: please tell whoever runs me."
)
FAULT = lazy_gettext("Something went wrong that should not have: a fault of mine. It is in my log.")
NOT_REACHABLE = lazy_gettext(
    "I can write neither here nor to you directly. Invite me to this channel (/invite and my name), and ask again."
)
FORM_NOT_OPENED = lazy_gettext("Slack did not open the form in time. Please try once more.")
UNMUTED = lazy_gettext("I am listening in this thread again.")
NOT_LISTENING = lazy_gettext("I was not listening in this thread.")
SHOWN_ALREADY = lazy_gettext("It stands in this thread already.")
EDITION_GONE = lazy_gettext("The edition that this belongs to is not in the archive.")
BUDGET_USED_UP = lazy_gettext("Today's budget for language models is used up. It begins anew at midnight UTC.")
ONLY_FILES = lazy_gettext("I cannot read files. Write your question in words.")


FEEDBACK_NOTED = {
    "good": lazy_gettext("Thank you. That is kept with this edition."),
    "bad": lazy_gettext(
        "Thank you for saying so. That is kept with this edition; say in this thread what is missing, if you like."
    ),
}


NO_SUBSCRIPTION = lazy_gettext("This digest is not there any more.")
NOT_YOUR_DIGEST = lazy_gettext("Only the person who subscribed can change this digest.")
NO_TOPIC = lazy_gettext("The topic of this digest is not there any more.")
SHARED_TOPIC = lazy_gettext(
    "Others get this digest too, or it is set in config.toml, so it cannot be changed here. Make one of your own."
)
NO_TOPICS = lazy_gettext("There are no topics yet. `/paperroute subscribe` makes one.")
WHICH_DIGEST = lazy_gettext("Say which: the number that `/paperroute subscriptions` shows.")
PAUSE_HOW = lazy_gettext("`/paperroute pause` or `resume` and a number; the rest is in my Home tab.")
DONE = lazy_gettext("Done.")
NO_SUCH_PAPERS = lazy_gettext("There are no such papers here.")
NOT_A_MEMBER = lazy_gettext("I am not in that channel. Invite me there first: /invite and my name.")
NOT_OUR_DIRECT = lazy_gettext("That is a conversation of others. Choose a channel that I am in, or a message to me.")
ARCHIVED = lazy_gettext("That channel is archived.")
SHARED_CHANNEL = lazy_gettext("That channel is shared with another organisation.")

# Why a subscription rests.
PAUSED_BY_OWNER = lazy_gettext("by you")
_NOBODY_MAY_POST = lazy_gettext("nobody may post there")
_PERSON_GONE = lazy_gettext("the person is gone")
UNREACHABLE_REASONS = {
    "channel_not_found": lazy_gettext("the conversation is gone, or I am not in it"),
    "is_archived": lazy_gettext("the channel is archived"),
    "not_in_channel": lazy_gettext("I am not in the channel any more"),
    "user_not_found": _PERSON_GONE,
    "user_disabled": _PERSON_GONE,
    "account_inactive": _PERSON_GONE,
    "cannot_dm_bot": lazy_gettext("no message can be sent there"),
    "restricted_action": _NOBODY_MAY_POST,
    "restricted_action_read_only_channel": _NOBODY_MAY_POST,
}


CANVAS_KEPT = lazy_gettext("A canvas of this digest is a tab of its channel within seconds, or with its first digest.")
CANVAS_OFF = lazy_gettext("The canvas of this digest is no longer kept up to date. It stays where it is.")
CANVAS_IN_CHANNELS = lazy_gettext("A canvas is kept in a channel, and this digest goes to one person.")
NO_CANVASES = lazy_gettext(
    "I cannot keep canvases here: this workspace has none, or whoever set me up has not granted canvases:write."
)

# Why a topic keeps no canvas any more, or none at all.
CANVAS_GONE = lazy_gettext("it was deleted")
CANVAS_TAB_TAKEN = lazy_gettext("the channel has no room for another tab")
CANVAS_NOT_IN_PLAN = lazy_gettext("this workspace has no canvases")
CANVAS_NO_SCOPE = lazy_gettext("I may not write canvases here: whoever set me up has to grant canvases:write")
CANVAS_NOT_ALLOWED = lazy_gettext("I may not write there")

NOBODY_IS_ASKED = lazy_gettext("Readers are not asked here what they think of papers.")
ON_OR_OFF = lazy_gettext("Say `feedback off`, and nothing that you said moves a digest; or `feedback on`.")


def unknown_command(verb: str) -> LazyText:
    return lazy_gettext(
        "I do not know “{verb}”. There are `help`, `subscribe`, `subscriptions`, `pause`, `resume`, `topics`, "
        "`history`, `run`, `canvas`, `reading-list` and `feedback`. To ask a question, mention me in a channel.",
        verb=verb,
    )


def thread_read(count: int, question: str) -> LazyText:
    """count: of messages. question: inert."""
    return lazy_ngettext(
        "I read the one message of this thread, and look for papers on: {question}",
        "I read the {n} messages of this thread, and look for papers on: {question}",
        count,
        question=question,
    )


def no_such_paper(label: str) -> LazyText:
    """label: an id or a DOI, inert."""
    return lazy_gettext("Neither the archive nor arXiv has the paper {label}.", label=label)


def no_papers(query: str) -> LazyText:
    """query: inert."""
    return lazy_gettext("No paper of the archive has all of these words: {query}", query=query)


def more_found(count: int) -> LazyText:
    return lazy_ngettext("{n} more was found.", "{n} more were found.", count)


def nothing_found(query: str) -> LazyText:
    if query:
        return lazy_gettext("Nothing that was written holds “{query}”.", query=query)
    return lazy_gettext("Nothing has been written yet.")


def digest_running(title: str) -> LazyText:
    return lazy_gettext("The digest *{title}* is being written. It is posted where it always is.", title=title)


def digest_exists(title: str, next_at: datetime) -> LazyText:
    return lazy_gettext(
        "The digest *{title}* was written for its present day already. The next one is due {next}.",
        title=title,
        next=localise(next_at),
    )


def nothing_new(title: str) -> LazyText:
    return lazy_gettext("There are no new papers for *{title}*, so nothing was posted.", title=title)


def first_is_quiet(title: str, why: str, next_at: datetime) -> LazyText:
    """why: inert."""
    return lazy_gettext(
        "Your first digest *{title}* has nothing to show yet: {why} The next one is due {next}. Where that goes on, "
        "fewer words or wider categories find more: *Edit* in my Home tab, with a preview.",
        title=title,
        why=why,
        next=localise(next_at),
    )


def digest_saved(title: str, schedule: AnyText, conversation: str, next_at: datetime) -> LazyText:
    in_channel = conversation.startswith(("C", "G"))
    return lazy_gettext(
        "Saved: *{title}*, {schedule}, {where}. A first one with the papers of the last days comes within minutes, "
        "if there is none yet; the next is due {next}.",
        title=title,
        schedule=schedule,
        where=place_of(f"<#{conversation}>" if in_channel else ""),
        next=localise(next_at),
    )


def place_of(channel: str) -> LazyText:
    """Where digests are posted. channel: as mrkdwn; "" for a direct message."""
    return lazy_gettext("in {place}", place=channel) if channel else lazy_gettext("as a direct message")


def digest_paused(title: str, why: AnyText) -> LazyText:
    return lazy_gettext(
        "Your digest *{title}* rests now, because {why}. Mend that, and press Resume in my Home tab.",
        title=title,
        why=why,
    )


def asked_elsewhere(question: str, place: str) -> LazyText:
    """question: inert; place: the address of where it was asked, "" where nobody knows it."""
    if place:
        return lazy_gettext(
            "You asked where I cannot write (<{place}>), so here comes the answer to: {question}",
            place=place,
            question=question,
        )
    return lazy_gettext("You asked where I cannot write, so here comes the answer to: {question}", question=question)


def answered_directly(place: str) -> LazyText:
    """place: the address of the direct message, "" where nobody knows it."""
    if place:
        return lazy_gettext(
            "I cannot write here, so I answer in <{place}|our direct message>. For answers in this channel, invite me: "
            "/invite and my name.",
            place=place,
        )
    return lazy_gettext(
        "I cannot write here, so I answer in our direct message. For answers in this channel, invite me: "
        "/invite and my name."
    )


def canvas_ready(link: str) -> LazyText:
    """link: as mrkdwn."""
    return lazy_gettext("The survey is open as a canvas: {link}", link=link)


def canvas_ended(title: str, why: AnyText) -> LazyText:
    return lazy_gettext(
        "The canvas of the digest *{title}* is no longer kept up to date, because {why}. Digests are posted as before.",
        title=title,
        why=why,
    )


def upload_failed(error: str) -> LazyText:
    return lazy_gettext(
        "The file could not be uploaded ({error}). Ask again in a moment, or take it from the archive.", error=error
    )


def localise(at: datetime, *, date: bool = True) -> str:
    """mrkdwn: a time (UTC) as Slack shows it, in each reader's own zone."""
    form, fallback = ("{date_short_pretty}, {time}", "%Y-%m-%d %H:%M") if date else ("{time}", "%H:%M")
    return f"<!date^{int(at.timestamp())}^{form}|{at:{fallback}} UTC>"


def too_long(characters: int) -> LazyText:
    return lazy_gettext(
        "That is too long for a question: {characters} characters. Say in a sentence or two what it is about.",
        characters=characters,
    )


def queue_position(ahead: int, seconds: float) -> LazyText:
    """ahead: surveys before this one; seconds: how long they may take, 0 where nothing is known yet."""
    if seconds > 0:
        return lazy_ngettext(
            "is waiting for one survey before this one, about {duration}…",
            "is waiting for {n} surveys before this one, about {duration}…",
            ahead,
            duration=_round_duration(seconds),
        )
    return lazy_ngettext(
        "is waiting for one survey before this one…", "is waiting for {n} surveys before this one…", ahead
    )


def queue_full(ahead: int, seconds: float) -> AnyText:
    return join_sentences(
        lazy_ngettext("{n} survey is waiting already.", "{n} surveys are waiting already.", ahead),
        lazy_gettext("Please ask again later, about {duration}.", duration=_round_duration(seconds))
        if seconds > 0
        else lazy_gettext("Please ask again later."),
    )


def _round_duration(seconds: float) -> LazyText:
    if seconds < 90:
        return lazy_gettext("{n} s", n=round(seconds))
    return lazy_gettext("{n} min", n=round(seconds / 60))


def quota_used_up(
    whose: Literal["user", "channel"], kind: SlackRequestKind, most: int, free_at: float, now: float
) -> AnyText:
    """most: how many an hour; free_at, now: seconds since 1970."""
    return join_sentences(
        _quota(whose, kind, most),
        lazy_gettext(
            "The next is free at {time}, in about {minutes} min.",
            time=localise(datetime.fromtimestamp(free_at, UTC), date=False),
            minutes=max(1, round((free_at - now) / 60)),
        ),
    )


def _quota(whose: Literal["user", "channel"], kind: SlackRequestKind, most: int) -> LazyText:
    if whose == "channel":
        return lazy_ngettext(
            "This channel has one survey an hour, and it is used up.",
            "This channel has {n} surveys an hour, and they are used up.",
            most,
        )
    if kind == "survey":
        return lazy_ngettext(
            "You have one survey an hour, and it is used up.",
            "You have {n} surveys an hour, and they are used up.",
            most,
        )
    return lazy_ngettext(
        "You have one follow-up an hour, and it is used up.",
        "You have {n} follow-ups an hour, and they are used up.",
        most,
    )


def what_failed(error: PaperRouteError) -> AnyText:
    """What people are told of it: of what only the operator can mend (a key, the store), that it is in the log. What to
    do about a model is for the operator, too: it speaks of settings.
    """
    if isinstance(error, ModelError):
        return FAULT if error.misconfigured else error.summary
    is_operators = isinstance(error, ConfigError | StoreError) and not isinstance(error, StoreBusy)
    return FAULT if is_operators else error.text


def request_failed(kind: SlackRequestKind, why: str) -> LazyText:
    if kind == "survey":
        return lazy_gettext("I could not finish this survey: {why}", why=why)
    return lazy_gettext("I could not answer that: {why}", why=why)
