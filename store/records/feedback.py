"""Records of what readers say of papers, of seeds and of the authors that they follow.

Invariant: as in `store/records/editions.py`: frozen, without behaviour, times aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from store.records.deliveries import ChannelName

PaperOpinion = Literal["keep", "seen", "more", "less"]
# seed: a paper that says what is looked for. author: one who is followed. off: nothing of this reader counts.
FeedbackKind = Literal["keep", "seen", "more", "less", "seed", "author", "off"]


@dataclass(frozen=True)
class Reader:
    """Who says something: the holder of a mail address, a person in Slack (U024BE91L), or the operator."""

    channel: ChannelName
    address: str


OPERATOR_READER = Reader("operator", "")


@dataclass(frozen=True)
class Feedback:
    """topic: slug; "" for all topics that the reader gets. subject: a paper's id, an author's `names.person_key`, or ""
    of "off". label: the paper's title, or the author's name, as it was then.
    """

    reader: Reader
    topic: str
    kind: FeedbackKind
    subject: str
    label: str
    at: datetime
