"""Opinions of readers on papers, followed authors, and turning it all off: the same for command line, web and Slack.

Invariant: each verb done twice is done once; only papers that the store has and topics that there are get an opinion.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import get_args

from digest.errors import BadInput, NotFound
from digest.subscriptions.addresses import shorten_text
from store import Store
from store.records.editions import Paper
from store.records.feedback import Feedback, FeedbackKind, PaperOpinion, Reader
from store.records.lazy_text import lazy_gettext
from store.text.names import person_key

OPINIONS: tuple[PaperOpinion, ...] = get_args(PaperOpinion)
_LONGEST_LABEL = 200
_LONGEST_NAME = 100


def set_opinion(store: Store, reader: Reader, topic: str, paper_id: str, opinion: PaperOpinion, now: datetime) -> Paper:
    """topic: slug; "" for a paper of no topic. Raises NotFound (no such paper or topic), BadInput (no room)."""
    paper = _get_paper(store, paper_id)
    add_feedback(store, [feedback_on(paper, reader, topic, opinion, now)])
    return paper


def clear_opinions(store: Store, reader: Reader, paper_id: str, opinions: Iterable[PaperOpinion] = OPINIONS) -> Paper:
    """Take back what a reader said of a paper, in whatever topic. Raises NotFound."""
    paper = _get_paper(store, paper_id)
    store.feedback.remove(reader, opinions, paper.id)
    return paper


def opinions_on(store: Store, reader: Reader, paper_id: str) -> frozenset[FeedbackKind]:
    return frozenset(one.kind for one in store.feedback.of_reader(reader) if one.subject == paper_id)


def follow_author(store: Store, reader: Reader, topic: str, name: str, now: datetime) -> Feedback:
    """Raises BadInput (no name, no room), NotFound (no such topic)."""
    label = shorten_text(" ".join(name[: 2 * _LONGEST_NAME].split()), _LONGEST_NAME)
    if not (key := person_key(label)):
        raise BadInput(lazy_gettext("“{text}” is not the name of an author.", text=label))
    followed = Feedback(reader, topic, "author", key, label, now)
    add_feedback(store, [followed])
    return followed


def turn_off(store: Store, reader: Reader, now: datetime) -> None:
    """Nothing that this reader said counts for any digest; all of it stays, and their reading list with it."""
    add_feedback(store, [Feedback(reader, "", "off", "", "", now)])


def turn_on(store: Store, reader: Reader) -> None:
    store.feedback.remove(reader, ["off"], "")


def is_off(store: Store, reader: Reader) -> bool:
    return any(one.kind == "off" for one in store.feedback.of_reader(reader))


def feedback_on(paper: Paper, reader: Reader, topic: str, kind: FeedbackKind, now: datetime) -> Feedback:
    return Feedback(reader, topic, kind, paper.id, shorten_text(paper.readable_title, _LONGEST_LABEL), now)


def add_feedback(store: Store, rows: list[Feedback]) -> None:
    """Raises NotFound where a topic is not there, BadInput where there is no room for all of them."""
    with store.write():
        for slug in {row.topic for row in rows} - {""}:
            if store.topics.get(slug) is None:
                raise NotFound(lazy_gettext("There is no topic “{slug}”.", slug=shorten_text(slug)))
        if store.feedback.add(rows) < len(rows):
            raise BadInput(
                lazy_gettext("There is no room for more."), hint=lazy_gettext("Take something back, or erase it.")
            )


def _get_paper(store: Store, paper_id: str) -> Paper:
    paper = store.papers.get([paper_id]).get(paper_id) if len(paper_id) <= _LONGEST_LABEL else None
    if paper is None:
        raise NotFound(lazy_gettext("This paper is not in the archive."))
    return paper
