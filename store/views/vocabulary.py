"""The words of titles and names as they are written, with how many papers have each: what near spellings come from.

Invariant: what is held grows with the papers that were added, by any process; the index could not tell it, since it
holds stems.
"""

from __future__ import annotations

import json
import threading
from collections import Counter

from store.db.database import Database, Session
from store.indexing.paper_index import read_index
from store.indexing.paper_ranking import count_with_word, latest_rows
from store.indexing.query_terms import match_expression, parse_phrases
from store.indexing.spelling import near_spellings, split_words

_MOST_PAPERS = 50_000  # the latest, whose words are held


class Vocabulary:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._last = 0

    def frequency(self, word: str) -> int:
        """In how many papers' titles or abstracts a word is, in any inflection."""
        with read_index(self._database) as session:
            return count_with_word(session, word)

    def near(self, word: str, most: int = 3) -> list[str]:
        """Words as they are written that are near to one that no paper holds; none where a paper holds it."""
        expression = match_expression(parse_phrases(word))
        if not expression:
            return []
        with read_index(self._database) as session:
            if latest_rows(session, expression, most=1):
                return []
            return near_spellings(word, self._completed(session), most)

    def _completed(self, session: Session) -> Counter[str]:
        with self._lock:
            self._last, texts = _texts_since(session, self._last)
            if texts:
                counts = self._counts.copy()  # whoever reads the old one goes on undisturbed
                for text in texts:
                    counts.update(set(split_words(text)))
                self._counts = counts
            return self._counts


def _texts_since(session: Session, last: int) -> tuple[int, list[list[str]]]:
    """The last row that there is, and the title and names of each paper since another."""
    (newest,) = session.rows("SELECT coalesce(max(row), 0) FROM papers")[0]
    rows = session.rows(
        """
        SELECT coalesce(t.readable_title, p.title), p.authors
        FROM papers AS p LEFT JOIN paper_texts AS t ON t.row = p.row WHERE p.row > ?
        """,
        [max(last, newest - _MOST_PAPERS)],
    )
    return newest, [[title, *json.loads(authors)] for title, authors in rows]
