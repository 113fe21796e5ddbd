"""What an edition is to be about, fixed before any work: its identity, its question and, for a digest, its window."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from store.records.editions import Kind, Topic, digest_of

_SLUG_LENGTH = 48


@dataclass(frozen=True)
class Commission:
    id: str
    kind: Kind
    title: str
    question: str
    language: str
    created_at: datetime
    topic: str = ""
    slot: datetime | None = None
    since: datetime | None = None  # window of submission times, UTC
    previous: datetime | None = None  # slot of the topic's digest before this one

    @property
    def until(self) -> datetime | None:
        return self.slot


def survey_commission(question: str, language: str, now: datetime) -> Commission:
    """A survey is a new edition every time it is made, so its id holds the moment."""
    id_ = f"{_slug(question)}-{digest_of(question, now.isoformat())[:6]}"
    return Commission(id_, "survey", question, question, language, now)


def digest_commission(
    topic: Topic, language: str, slot: datetime, since: datetime, previous: datetime | None, now: datetime
) -> Commission:
    """A digest is determined by its topic and slot, and so is its id."""
    id_ = f"{topic.slug}-{slot:%Y-%m-%d}" + (f"-{slot:%H%M}" if slot.strftime("%H%M") != "0000" else "")
    question = topic.question or topic.title
    return Commission(id_, "digest", topic.title, question, language, now, topic.slug, slot, since, previous)


def _slug(text: str) -> str:
    """The question as the readable part of an address; "survey" where it has no Latin letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > _SLUG_LENGTH:
        words = words[: _SLUG_LENGTH + 1].rsplit("-", 1)[0][:_SLUG_LENGTH]
    return words or "survey"
