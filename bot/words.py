"""What the bot says in its own words: short, plain, and with the next step.

Invariant: pure; whatever came from outside has been made inert by `mrkdwn` before it stands in one of these.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.line import Place

SIGN = "is looking into it…"
THANKS = "You are welcome. Mention me with another question whenever you like."
NOTHING = "I did not find a question in that. Write one in words, such as: *LoRA for image generation*."
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
GONE = "The edition that this belongs to is not in the archive."
ONLY_FILES = "I cannot read files. Write your question in words."


NOTED = {
    "good": "Thank you. That is kept with this edition.",
    "bad": "Thank you for saying so. That is kept with this edition; say in this thread what is missing, if you like.",
}


def help_text(user: str) -> str:
    return (
        f"Mention <@{user}> with a question, and I answer with a survey of arXiv papers, each statement cited: "
        f"<@{user}> *LoRA for image generation*.\n"
        "In a thread that I answered in, ask on: *what about robustness?*, *more like [7]*, *only 2025*, *shorter*, "
        "*BibTeX*; *mute* makes me quiet there, *stop* ends what I am doing. *survey* and a topic begins a new one."
    )


def too_long(characters: int) -> str:
    return f"That is too long for a question: {characters:,} characters. Say in a sentence or two what it is about."


def waiting(place: Place) -> str:
    who = "one survey" if place.ahead == 1 else f"{place.ahead} surveys"
    return f"is waiting for {who} before this one{about(place.seconds)}…"


def full(place: Place) -> str:
    return f"{place.ahead} surveys are waiting already. Please ask again later{about(place.seconds)}."


def about(seconds: float) -> str:
    if seconds <= 0:
        return ""
    return f", about {seconds:.0f} s" if seconds < 90 else f", about {seconds / 60:.0f} min"


def quota(whose: str, most: int, free_at: float, now: float) -> str:
    minutes = max(1, round((free_at - now) / 60))
    at = datetime.fromtimestamp(free_at, UTC)
    when = f"<!date^{int(free_at)}^{{time}}|{at:%H:%M} UTC>"
    return f"{whose} {most} surveys an hour, and they are used up. The next is free at {when}, in about {minutes} min."


def failed(message: str, hint: str) -> str:
    return f"I could not finish this survey: {message} {hint}".strip()
