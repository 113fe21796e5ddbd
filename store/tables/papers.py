"""Papers table, in the newest version seen.

Invariant: a paper is never deleted and its version never goes back; its citation key, once given, is its own for ever.
How a paper reads is made behind its intake (`paper_index`), of a replaced one at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from store.db.columns import clean, to_json_list
from store.db.database import Database, Session
from store.db.match_expression import MatchColumns, MatchExpression, match_any
from store.indexing.filters import SearchFilter
from store.indexing.paper_index import index_new_papers, note_unread, read_index
from store.indexing.paper_ranking import best_papers, count_with_word, filter_ids, newest_rows
from store.indexing.paper_rows import COLUMNS, INSERT, REPLACE, paper_of, read_papers, rows_by_id, values_of
from store.indexing.paper_texts import JOIN_TEXTS, index_papers, read_paper, unindex_papers
from store.indexing.query_terms import match_expression, parse_phrases
from store.indexing.search_syntax import authors_expression
from store.records.editions import Paper, Query
from store.text.citation_key import choose_key, make_key

_BATCH = 1_000
_DOI_BEGIN = 100  # characters that papers_doi holds  # decision 257


@dataclass
class _PaperChanges:
    """What one batch does to the two tables: rows to insert, and (old, new) pairs to replace."""

    next_row: int
    held: dict[str, tuple[int, Paper]]
    inserted: dict[str, tuple[int, Paper]]
    replaced: dict[str, tuple[int, Paper, Paper]]

    def take(self, paper: Paper) -> None:
        if paper.id in self.inserted:  # the same paper twice in one batch
            row, known = self.inserted[paper.id]
            self.inserted[paper.id] = (row, _merge_versions(known, paper))
        elif paper.id in self.held:
            row, known = self.held[paper.id]
            now = self.replaced[paper.id][2] if paper.id in self.replaced else known
            self.replaced[paper.id] = (row, known, _merge_versions(now, paper))
        else:
            self.inserted[paper.id] = (self.next_row, paper)
            self.next_row += 1


@dataclass(frozen=True)
class PapersKept:
    """How many ids were not seen before, and how many of those known say something else now."""

    new: int = 0
    changed: int = 0


class Papers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, papers: Iterable[Paper]) -> int:
        """Keep papers; the number of ids not seen before.

        A newer version replaces the text and the rest; the same version refreshes everything but the text, and never
        with nothing; an older version changes nothing. New papers are read by the next who searches.
        """
        return self.keep(papers).new

    def keep(self, papers: Iterable[Paper], beside: Callable[[Session], object] = lambda _: None) -> PapersKept:
        """The same; beside: what else is written in its transaction, behind it."""
        cleaned = [_clean_paper(paper) for paper in papers]
        self._read_replaced(cleaned)
        with self._database.write() as session:
            kept = [_add(session, cleaned[at : at + _BATCH]) for at in range(0, len(cleaned), _BATCH)]
            beside(session)
        return PapersKept(sum(part.new for part in kept), sum(part.changed for part in kept))

    def _read_replaced(self, papers: Sequence[Paper]) -> None:
        """Reading takes longer than writing it down, so it is done before the others have to wait."""
        held = self.get(paper.id for paper in papers)
        known = [(held[paper.id], paper) for paper in papers if paper.id in held]
        for old, seen in known:
            if seen.version > old.version:
                read_paper(seen)
        same = ((old, seen) for old, seen in known if seen.version == old.version and not old.reading)
        if any(_merge_versions(old, seen) != old for old, seen in same):
            index_new_papers(self._database)

    def get(self, ids: Iterable[str]) -> dict[str, Paper]:
        """The papers that are kept, by id, in the order asked for."""
        with self._database.read() as session:
            return {id_: paper for id_, (_, paper) in rows_by_id(session, ids).items()}

    def get_read(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Likewise, with how they read, which is made now of those that were just added."""
        index_new_papers(self._database)
        return self.get(ids)

    def read_new(self) -> None:
        """Read those that were just added, so that the next who searches need not."""
        index_new_papers(self._database)

    def known_ids(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that are kept."""
        with self._database.read() as session:
            sql = "SELECT id FROM papers WHERE id IN (SELECT value FROM json_each(?))"
            return {id_ for (id_,) in session.rows(sql, [to_json_list(ids)])}

    def without_vector(
        self, model: str, before: tuple[str, int] | None, most: int
    ) -> tuple[dict[str, str], tuple[str, int] | None]:
        """Texts that have no vector of a model, by their hashes, among the `most` papers behind a place, the newest
        first; and the place behind those: None at the end. before: None for the newest.
        """
        published, row = before or ("~", 0)
        with self._database.read() as session:
            looked = session.rows(
                """
                SELECT p.published, p.row, p.text_hash, p.title, p.abstract, v.row FROM papers AS p
                LEFT JOIN vectors AS v ON v.model = ? AND v.text_hash = p.text_hash
                WHERE (p.published, p.row) < (?, ?)
                ORDER BY p.published DESC, p.row DESC LIMIT ?
                """,
                [model, published, row, most],
            )
        lacking = {row[2]: f"{row[3]}\n{row[4]}" for row in looked if row[5] is None}
        return lacking, (looked[-1][0], looked[-1][1]) if len(looked) == most else None

    def with_doi(self, doi: str) -> Paper | None:
        """The paper that names this DOI, the first where several do. Its letter case says nothing."""
        begin = doi.lower()[:_DOI_BEGIN]
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {COLUMNS} FROM papers AS p {JOIN_TEXTS}
                WHERE p.row IN (
                    SELECT row FROM papers
                    WHERE doi <> '' AND substr(lower(doi), 1, {_DOI_BEGIN}) >= :begin
                        AND substr(lower(doi), 1, {_DOI_BEGIN}) < :beyond
                    UNION
                    SELECT row FROM papers WHERE instr(substr(doi, 2), '10.') > 0 AND instr(lower(doi), :begin) > 0
                )
                ORDER BY p.row
                """,
                {"begin": begin, "beyond": f"{begin}\U0010ffff"},
            )
        named = (paper for paper in map(paper_of, rows) if doi.lower() in map(str.lower, paper.dois))
        return next(named, None)

    def count(self) -> int:
        with self._database.read() as session:
            return int(session.rows("SELECT count(*) FROM papers")[0][0])

    def matching(
        self,
        queries: Sequence[Query],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        categories: tuple[str, ...] = (),
        authors: tuple[str, ...] = (),
        limit: int = 300,
    ) -> list[Paper]:
        """Papers that hold all words of any query where it looks for them, first submitted in [since, until), in any of
        the categories, by all of the authors; best first, and where there is no query the last submitted.

        A term of several words is a phrase; a hyphenated word is its words, for the filter decides on those.
        """
        narrowed = SearchFilter(since, until, authors=authors_expression(authors), any_category=categories)
        expression = match_any(map(_expression, queries))
        if queries and expression is None:
            return []
        with read_index(self._database) as session:
            if expression is not None:
                return best_papers(session, expression, narrowed, limit=limit)
            return read_papers(session, newest_rows(session, narrowed, limit=limit))

    def filter_ids(self, ids: Iterable[str], among: SearchFilter) -> set[str]:
        """Those of the ids that a filter lets through."""
        with read_index(self._database) as session:
            return filter_ids(session, ids, among)

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """In how many papers' titles or abstracts each word occurs, in any inflection; of very many, about."""
        with read_index(self._database) as session:
            return {word: count_with_word(session, word) for word in words}


_COLUMNS_OF = {"all": ("title", "abstract"), "title": ("title",)}


def _expression(query: Query) -> MatchExpression | None:
    """None where nothing can be searched for."""
    if query.field == "author":
        return authors_expression(query.terms)
    phrases = match_expression(parse_phrases(query.text.replace("-", " ")))
    return phrases and MatchColumns(_COLUMNS_OF[query.field], phrases)


def _add(session: Session, papers: Sequence[Paper]) -> PapersKept:
    (last_row,) = session.rows("SELECT coalesce(max(row), 0) FROM papers")[0]
    changes = _PaperChanges(last_row + 1, rows_by_id(session, [paper.id for paper in papers]), {}, {})
    for paper in papers:
        changes.take(paper)
    inserted = list(changes.inserted.values())
    replaced = [(row, new) for row, old, new in changes.replaced.values() if new != old]
    changed = inserted + replaced
    keys = dict(zip([row for row, _ in changed], choose_keys(session, [paper for _, paper in changed]), strict=True))
    if inserted:
        note_unread(session, last_row)
    unindex_papers(session, [row for row, _ in replaced])
    session.many(INSERT, ((row, *values_of(paper, keys[row])) for row, paper in inserted))
    session.many(REPLACE, ((*values_of(paper, keys[row]), row) for row, paper in replaced))
    index_papers(session, replaced)
    return PapersKept(len(inserted), len(replaced))


def _merge_versions(known: Paper, seen: Paper) -> Paper:
    """The day of its first version is told once: who tells it of a later one may know no better than about."""
    seen = replace(seen, published=known.published).with_reading(seen.reading)  # decision 223
    if seen.version > known.version:
        return replace(seen, citation_key=known.citation_key).with_reading(seen.reading)
    if seen.version < known.version:
        return known
    told = seen if seen.comment or seen.status != "live" else known  # whose status stands: who says nothing has none
    return replace(
        seen,
        title=known.title,
        abstract=known.abstract,
        authors=seen.authors or known.authors,
        categories=seen.categories or known.categories,
        primary_category=seen.primary_category or known.primary_category,
        comment=seen.comment or known.comment,
        doi=seen.doi or known.doi,
        journal_ref=seen.journal_ref or known.journal_ref,
        url=seen.url or known.url,
        pdf_url=seen.pdf_url or known.pdf_url,
        status=told.status,
        status_note=told.status_note,
        citation_key=known.citation_key,
    ).with_reading(known.reading)


def _clean_paper(paper: Paper) -> Paper:
    # Cleaned before it is hashed: text_hash is that of the text as it will be read back.
    id_, title, abstract = clean(paper.id), clean(paper.title), clean(paper.abstract)
    if (id_, title, abstract, "") == (paper.id, paper.title, paper.abstract, paper.citation_key):
        return paper
    return replace(
        paper, id=id_, title=title, abstract=abstract, citation_key=""
    )  # its key is not the source's to give


def choose_keys(session: Session, papers: Iterable[Paper]) -> list[str]:
    """The citation keys for papers that are about to be kept, in their order; who has one keeps it."""
    taken, keys = _TakenKeys(session), []
    for paper in papers:
        key = paper.citation_key or choose_key(make_key(paper.authors, paper.published, paper.title, paper.id), taken)
        taken.chosen.add(key)
        keys.append(key)
    return keys


class _TakenKeys:
    """The keys of the papers that are kept, and of those before in the same batch."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.chosen: set[str] = set()

    def __contains__(self, key: object) -> bool:
        return key in self.chosen or bool(self._session.one("SELECT 1 FROM papers WHERE citation_key = ?", [key]))
