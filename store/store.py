"""Store: one database behind one Store object, an attribute for each table module and view.

Invariant: a Store is open and of this version's schema from `open` to `close`, and may be used from any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Self

from store.db.copy_note import require_complete
from store.db.database import Database
from store.db.erasure_note import has_erasure, note_erasure
from store.errors import DiskFull, StoreBusy, StoreError
from store.indexing.paper_index import index_new_papers

if TYPE_CHECKING:
    from store.outbox.circuits import Circuits
    from store.outbox.delivery_reports import DeliveryReports
    from store.outbox.paces import Paces
    from store.outbox.refusals import Refusals
    from store.outbox.settlements import Settlements
    from store.outbox.shards import Shards
    from store.tables.batches import Batches
    from store.tables.deliveries import Deliveries
    from store.tables.editions import Editions
    from store.tables.feedback import ReaderFeedback
    from store.tables.harvests import HarvestFiles, HarvestRuns, Harvests
    from store.tables.leases import Leases
    from store.tables.model_texts import ModelTexts, Summaries
    from store.tables.papers import Papers
    from store.tables.part_states import PartStates
    from store.tables.schedule import ClockChanges, DigestAttempts, OperatorLetters
    from store.tables.searches import CitationCounts, Searches
    from store.tables.slack_posts import SlackCanvases, SlackInbox, SlackPosts
    from store.tables.slack_requests import SlackRequests
    from store.tables.slack_threads import SlackThreads
    from store.tables.source_turns import SourceTurns
    from store.tables.subscriptions import Subscriptions
    from store.tables.topics import FeedSalt, Topics
    from store.tables.usage import UsageLog
    from store.tables.vectors import Vectors
    from store.views.authors import Authors
    from store.views.edition_links import EditionLinks
    from store.views.fulltext import FullTextSearch
    from store.views.listings import Listings
    from store.views.operator_figures import OperatorFigures
    from store.views.revision import Revision
    from store.views.submissions import Submissions
    from store.views.vocabulary import Vocabulary

_UNINDEXED = """
    SELECT CASE WHEN EXISTS (SELECT 1 FROM meta WHERE key IN ('unread papers', 'new papers'))
        THEN (SELECT count(*) FROM paper_texts) ELSE (SELECT count(*) FROM papers)
        END - (SELECT count(*) FROM main.papers_fts)
"""

# Where the class of each attribute stands.
_PLACES = {
    "papers": "tables.papers",
    "vectors": "tables.vectors",
    "summaries": "tables.model_texts",
    "model_texts": "tables.model_texts",
    "searches": "tables.searches",
    "citation_counts": "tables.searches",
    "source_turns": "tables.source_turns",
    "harvests": "tables.harvests",
    "harvest_runs": "tables.harvests",
    "harvest_files": "tables.harvests",
    "topics": "tables.topics",
    "editions": "tables.editions",
    "listings": "views.listings",
    "edition_links": "views.edition_links",
    "_revision": "views.revision",
    "usage": "tables.usage",
    "batches": "tables.batches",
    "subscriptions": "tables.subscriptions",
    "deliveries": "tables.deliveries",
    "delivery_reports": "outbox.delivery_reports",
    "circuits": "outbox.circuits",
    "refusals": "outbox.refusals",
    "settlements": "outbox.settlements",
    "paces": "outbox.paces",
    "shards": "outbox.shards",
    "feedback": "tables.feedback",
    "feed_salt": "tables.topics",
    "leases": "tables.leases",
    "digest_attempts": "tables.schedule",
    "part_states": "tables.part_states",
    "clock_changes": "tables.schedule",
    "operator_figures": "views.operator_figures",
    "operator_letters": "tables.schedule",
    "search": "views.fulltext",
    "authors": "views.authors",
    "submissions": "views.submissions",
    "vocabulary": "views.vocabulary",
    "slack_inbox": "tables.slack_posts",
    "slack_requests": "tables.slack_requests",
    "slack_posts": "tables.slack_posts",
    "slack_canvases": "tables.slack_posts",
    "slack_threads": "tables.slack_threads",
}


class Store:
    """Made by `Store.open`; a context manager that closes itself."""

    papers: Papers
    vectors: Vectors
    summaries: Summaries
    model_texts: ModelTexts
    searches: Searches
    citation_counts: CitationCounts
    source_turns: SourceTurns
    harvests: Harvests
    harvest_runs: HarvestRuns
    harvest_files: HarvestFiles
    topics: Topics
    editions: Editions
    listings: Listings
    edition_links: EditionLinks
    _revision: Revision
    usage: UsageLog
    batches: Batches
    subscriptions: Subscriptions
    deliveries: Deliveries
    delivery_reports: DeliveryReports
    circuits: Circuits
    refusals: Refusals
    settlements: Settlements
    paces: Paces
    shards: Shards
    feedback: ReaderFeedback
    feed_salt: FeedSalt
    leases: Leases
    digest_attempts: DigestAttempts
    part_states: PartStates
    clock_changes: ClockChanges
    operator_figures: OperatorFigures
    operator_letters: OperatorLetters
    search: FullTextSearch
    authors: Authors
    submissions: Submissions
    vocabulary: Vocabulary
    slack_inbox: SlackInbox
    slack_requests: SlackRequests
    slack_posts: SlackPosts
    slack_canvases: SlackCanvases
    slack_threads: SlackThreads

    def __init__(self, database: Database, full: DiskFull | None = None) -> None:
        self._database = database
        self._full = full
        self.path = database.path
        self.place = database.place  # what a message calls it
        self._making = threading.RLock()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:  # decision 201
            """A table or view, made by whoever asks first: what it stands on is loaded for no one else."""
            if name not in _PLACES:
                raise AttributeError(f"a store has no {name!r}")
            with self._making:
                if name not in self.__dict__:
                    module = import_module(f"store.{_PLACES[name]}")
                    setattr(self, name, getattr(module, Store.__annotations__[name])(self._database))
            return self.__dict__[name]

    @classmethod
    def open(cls, path: Path | str, *, url: str = "", busy_seconds: float = 10.0) -> Self:
        """Open the file, making or migrating it where needed; for reading only where it cannot be written, or the disk
        has no room. With a url, the PostgreSQL database that it names; `path` is then what this machine's files beside
        it are named after.

        Raises StoreError or StoreBusy.
        """
        if url:
            from store.postgres.postgres_opening import open_postgres  # noqa: PLC0415 - psycopg is an extra

            return cls(require_complete(open_postgres(url, Path(path).absolute(), busy_seconds)))
        from store.sqlite.sqlite_opening import open_sqlite  # noqa: PLC0415 - nothing of it serves the other engine

        database, full = open_sqlite(Path(path).absolute(), busy_seconds)
        return cls(require_complete(database), full)

    def close(self) -> None:
        """Close the file, from any thread, once the calls under way have ended. Twice is once."""
        index_new_papers(self._database)  # a copy of the file is whole, then
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def remote(self) -> bool:
        """Whether processes of other machines may use it, too."""
        return self._database.remote

    @property
    def readonly(self) -> bool:
        """Whether it lies where nothing can be written: on read-only media, or in another's folder."""
        return self._database.readonly

    def require_room(self) -> None:
        """For what is to run for long. Raises DiskFull where the store was opened for reading for want of room."""
        if self._full:
            raise self._full

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[None]:
        """One transaction over several calls: all of them or none. It holds the only write lock, so be short."""
        with self._database.write(durable=durable):
            yield

    @contextmanager
    def erase(self, trace: str) -> Iterator[None]:
        """One transaction that deletes what a trace may be found of no more: once this returns, not in the file's bytes
        either, unless `erasure_waits`.
        """
        with self._database.write(durable=True) as session:
            note_erasure(session, trace)
            yield
        with suppress(StoreBusy):
            self._database.complete_erasure(trace)

    def erasure_waits(self) -> bool:
        """Whether bytes of what was erased are still there, since somebody was reading them."""
        with self._database.read() as session:
            return has_erasure(session)

    def complete_erasure(self) -> None:
        """Of what waits; to be called now and then."""
        if self.erasure_waits():
            self._database.complete_erasure()

    def revision(self) -> int:
        """A number that changes whenever what readers are shown has changed, by any process; cheap to ask for."""
        return self._revision.now()

    def backup(self, target: Path) -> None:
        """Write a consistent copy to the file `target`, while others read and write. Raises StoreError."""
        self._database.copy_to(Path(target).absolute())

    def check(self) -> tuple[str, ...]:
        """The problems that the file has; empty where it is sound."""
        try:
            damage = self._database.find_damage()
            with self._database.read() as session:
                unindexed = session.rows(_UNINDEXED)[0][0]
        except StoreError as error:
            return (str(error),)
        return (*damage, *([f"{unindexed} papers are missing from the index"] if unindexed else ()))

    def is_gone(self, owner: str) -> bool:
        """Whether the process of an owner (`store/db/owners.py`) has surely ended."""
        with self._database.read() as session:
            return session.is_gone(owner)

    def takes_writes(self) -> bool:
        """As it is now: of a server that stands by for another none are taken."""
        return self._database.takes_writes()

    def free_bytes(self) -> int | None:
        """Room on the disk where the file lies; None where that cannot be known."""
        return self._database.free_bytes()

    @property
    def size(self) -> int:
        """Bytes on disk, what is not yet folded into the main file included."""
        return self._database.size()

    def beside(self, ending: str) -> Path:
        """A file next to the store, named after it."""
        return self._database.beside(ending)
