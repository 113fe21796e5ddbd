"""Reply texts: what the bot says in its own words, short, plain, and with the next step.

Invariant: pure; whatever came from outside has been made inert by `mrkdwn` before it stands in one of these.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from store.tables.slack_requests import SlackRequestKind

LOOKING_INTO_IT = "is looking into it…"
THANKS = "You are welcome. Mention me with another question whenever you like."
NO_QUESTION = "I did not find a question in that. Write one in words, such as: *LoRA for image generation*."
MUTED = "I will be quiet in this thread. Mention me to be heard again."
STOPPED = "Stopped. What was done so far is kept, so asking again goes on from there."
NOTHING_RUNS = "Nothing is running here any more."
ENDING = "I am being restarted. This survey goes on by itself as soon as I am back."
NOT_YOURS = "Only the person who asked can stop this survey."
TOO_LATE = "I had already begun with the earlier wording. Stop it and ask again, if you want the new one."
WITHDRAWN = "The question was deleted, so I stopped."
GUESTS = (
    "I answer members of this workspace only, and not guests or people from other organisations. A member can ask me."
)
UNSEEN = (
    "I cannot see whether you are a guest here, so I must not answer. Whoever set me up can mend that: "
    "grant the scope users:read, or set slack.guests = true."
)
NOT_HERE = "I may not answer here. Whoever set me up has named the channels and people I work for."
TOO_OLD = "I was away while this question waited, for too long to answer it unasked. Press Retry, if you still want it."
TOO_OFTEN = (
    "This question ended me several times, so I gave it up. That is a fault of mine: please tell whoever runs me."
)
FAULT = "Something went wrong that should not have: a fault of mine. It is in my log."
UNMUTED = "I am listening in this thread again."
NOT_LISTENING = "I was not listening in this thread."
EDITION_GONE = "The edition that this belongs to is not in the archive."
ONLY_FILES = "I cannot read files. Write your question in words."


FEEDBACK_NOTED = {
    "good": "Thank you. That is kept with this edition.",
    "bad": "Thank you for saying so. That is kept with this edition; say in this thread what is missing, if you like.",
}


NO_SUBSCRIPTION = "This digest is not there any more."
NOT_YOUR_DIGEST = "Only the person who subscribed can change this digest."
NO_TOPIC = "The topic of this digest is not there any more."
SHARED_TOPIC = (
    "Others get this digest too, or it is set in config.toml, so it cannot be changed here. Make one of your own."
)
NO_TOPICS = "There are no topics yet. `/paperroute subscribe` makes one."
WHICH_DIGEST = "Say which: the number that `/paperroute subscriptions` shows."
PAUSE_HOW = "`/paperroute pause` or `resume` and a number; the rest is in my Home tab."
DONE = "Done."
NOT_A_MEMBER = "I am not in that channel. Invite me there first: /invite and my name."
ARCHIVED = "That channel is archived."
SHARED_CHANNEL = "That channel is shared with another organisation."


def unknown_command(verb: str) -> str:
    return (
        f"I do not know “{verb}”. There are `help`, `subscribe`, `subscriptions`, `pause`, `resume`, `topics`, "
        "`history` and `run`. To ask a question, mention me in a channel."
    )


def nothing_found(query: str) -> str:
    return f"Nothing that was written holds “{query}”." if query else "Nothing has been written yet."


def digest_running(title: str) -> str:
    return f"The digest *{title}* is being written. It is posted where it always is."


def digest_exists(title: str, next_at: datetime) -> str:
    return f"The digest *{title}* was written for its present day already. The next one is due {localise(next_at)}."


def nothing_new(title: str) -> str:
    return f"There are no new papers for *{title}*, so nothing was posted."


def digest_saved(title: str, when: str, conversation: str, next_at: datetime) -> str:
    where = f"in <#{conversation}>" if conversation.startswith(("C", "G")) else "as a direct message"
    return (
        f"Saved: *{title}*, {when}, {where}. A first one with the papers of the last days comes within minutes, "
        f"if there is none yet; the next is due {localise(next_at)}."
    )


def digest_paused(title: str, why: str) -> str:
    return f"Your digest *{title}* rests now, because {why}. Mend that, and press Resume in my Home tab."


def localise(at: datetime, *, date: bool = True) -> str:
    """mrkdwn: a time (UTC) as Slack shows it, in each reader's own zone."""
    form, fallback = ("{date_short_pretty}, {time}", "%Y-%m-%d %H:%M") if date else ("{time}", "%H:%M")
    return f"<!date^{int(at.timestamp())}^{form}|{at:{fallback}} UTC>"


def too_long(characters: int) -> str:
    return f"That is too long for a question: {characters:,} characters. Say in a sentence or two what it is about."


def queue_position(ahead: int, seconds: float) -> str:
    """ahead: surveys before this one; seconds: how long they may take, 0 where nothing is known yet."""
    who = "one survey" if ahead == 1 else f"{ahead} surveys"
    return f"is waiting for {who} before this one{approximate_duration(seconds)}…"


def queue_full(ahead: int, seconds: float) -> str:
    return f"{ahead} surveys are waiting already. Please ask again later{approximate_duration(seconds)}."


def approximate_duration(seconds: float) -> str:
    if seconds <= 0:
        return ""
    return f", about {seconds:.0f} s" if seconds < 90 else f", about {seconds / 60:.0f} min"


_QUOTAS = {
    ("user", "survey"): (
        "You have one survey an hour, and it is used up.",
        "You have {n} surveys an hour, and they are used up.",
    ),
    ("channel", "survey"): (
        "This channel has one survey an hour, and it is used up.",
        "This channel has {n} surveys an hour, and they are used up.",
    ),
    ("user", "followup"): (
        "You have one follow-up an hour, and it is used up.",
        "You have {n} follow-ups an hour, and they are used up.",
    ),
}


def quota_used_up(
    whose: Literal["user", "channel"], kind: SlackRequestKind, most: int, free_at: float, now: float
) -> str:
    """most: how many an hour; free_at, now: seconds since 1970."""
    one, many = _QUOTAS[whose, kind]
    at = localise(datetime.fromtimestamp(free_at, UTC), date=False)
    minutes = max(1, round((free_at - now) / 60))
    return f"{(one if most == 1 else many).format(n=most)} The next is free at {at}, in about {minutes} min."


def request_failed(kind: SlackRequestKind, message: str, hint: str) -> str:
    lead = "I could not finish this survey:" if kind == "survey" else "I could not answer that:"
    return f"{lead} {message} {hint}".strip()
