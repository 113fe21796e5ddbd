"""Reasons that readers' feedback gives a paper: told of "a reader" to all, and of "you" to the one who said it.

Invariant: what an edition keeps, and its pages and feeds show, names nobody and says "you" to nobody, since anybody may
read it; it becomes "you" only in what goes to that reader alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from store.records.editions import Edition
from store.records.feedback import Feedback, FeedbackKind
from store.records.lazy_text import AnyText, LazyText, lazy_gettext


def reason_for_all(cause: Feedback) -> AnyText:
    return _reasons(cause)[1]


def add_reason(reason: AnyText, cause: AnyText) -> AnyText:
    """The reason for which a paper was found, and that for which it was moved."""
    return lazy_gettext("{reason}; {because}", reason=reason, because=cause)


def address_reader(edition: Edition, feedback: Iterable[Feedback]) -> Edition:
    """The edition as one reader gets it, who said this; the same one where nothing in it comes from that."""
    own = {str(for_all): to_reader for to_reader, for_all in map(_reasons, feedback) if for_all is not to_reader}
    papers = tuple(replace(one, reason=_address(one.reason, own)) for one in edition.papers)
    beyond = tuple(
        replace(one, reason=_address(one.reason, own), because=_address(one.because, own)) for one in edition.beyond
    )
    is_same = (papers, beyond) == (edition.papers, edition.beyond)
    return edition if is_same else replace(edition, papers=papers, beyond=beyond)


def _address(text: AnyText, own: Mapping[str, AnyText]) -> AnyText:
    if not isinstance(text, LazyText):
        return text
    if isinstance(cause := text.values.get("because"), LazyText):
        return replace(text, values={**text.values, "because": _address(cause, own)})
    return own.get(str(text), text)


def _reasons(cause: Feedback) -> tuple[AnyText, AnyText]:
    """To the one who said it, and to all."""
    name = cause.label
    reasons: dict[FeedbackKind, tuple[AnyText, AnyText]] = {
        "keep": (
            lazy_gettext("because you kept {title:quoted}", title=name),
            lazy_gettext("because a reader kept {title:quoted}", title=name),
        ),
        "more": (
            lazy_gettext("because you want more like {title:quoted}", title=name),
            lazy_gettext("because a reader wants more like {title:quoted}", title=name),
        ),
        "less": (
            lazy_gettext("lower, because you want less like {title:quoted}", title=name),
            lazy_gettext("lower, because a reader wants less like {title:quoted}", title=name),
        ),
        "seed": (lazy_gettext("like {title:quoted}, a seed of this topic", title=name),) * 2,
        "author": (lazy_gettext("by {name}, who is followed", name=name),) * 2,
    }
    return reasons.get(cause.kind, ("", ""))
