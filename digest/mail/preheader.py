"""Preheader: the first words of a mail, which a list of mails shows beside the subject.

Invariant: it is read like all else, and never hidden: text for lists alone is what spam filters look for. It adds to
the subject: where the opening would only say that again, or is about no paper, the paper to begin with stands above it.
"""

from __future__ import annotations

import re

from digest.i18n.catalog import get_catalog
from digest.render import edition_facts
from digest.render.safe_text import strip_markers, to_line
from store.records.editions import Edition

_SHOWN = 110  # letters, about, of what a list shows
_TITLE = 160
_WORD = re.compile(r"\w{4,}")


def write_preheader(edition: Edition, subject: str, opening: str) -> str:  # decision 43
    """ "Start here: Title of a paper", or the first one's title alone, to stand above an opening that adds nothing to
    the subject; "" where it does, or nothing is to be read.
    """
    told_of_papers = strip_markers(opening) != opening
    if not edition.papers or (told_of_papers and not _repeats(opening, subject)):
        return ""
    start = edition_facts.start_papers(edition)
    if not start:
        return to_line(edition.papers[0].title, _TITLE)
    words = get_catalog("mail", edition.language)
    return f"{words.show(edition_facts.START_LEAD)}{words.colon}{to_line(start[0][0].title, _TITLE)}"


def _repeats(opening: str, subject: str) -> bool:
    """Whether most words of its beginning stand in the subject."""
    told = set(_WORD.findall(subject.casefold()))
    begin = _WORD.findall(opening[:_SHOWN].casefold())
    return bool(begin) and 2 * sum(word in told for word in begin) > len(begin)
