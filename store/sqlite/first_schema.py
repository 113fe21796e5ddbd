"""Database schema, its beginning: the first ten migrations, which are released and never edited.

Conventions as in store/sqlite/schema.py, where a change is a new migration at the end.
"""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils
from sqlite_utils.migrations import Migrations

from store.sqlite.schema_version import APPLICATION_ID

MIGRATIONS = Migrations("store")


@MIGRATIONS()
def m001_papers(db: SqliteUtils) -> None:
    db.executescript(
        f"""
        PRAGMA application_id = {APPLICATION_ID};

        -- schema: how many migrations were applied
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        -- The newest version seen of every paper that any source ever returned.
        CREATE TABLE papers (
            row INTEGER PRIMARY KEY,       -- the rowid in papers_fts
            id TEXT NOT NULL UNIQUE,       -- arXiv id without version
            version INTEGER NOT NULL,
            title TEXT NOT NULL,
            abstract TEXT NOT NULL,
            text_hash TEXT NOT NULL,
            authors TEXT NOT NULL,         -- list
            categories TEXT NOT NULL,      -- list
            primary_category TEXT NOT NULL,
            published TEXT NOT NULL,
            updated TEXT NOT NULL,
            comment TEXT NOT NULL,
            doi TEXT NOT NULL,
            journal_ref TEXT NOT NULL
        ) STRICT;
        CREATE INDEX papers_text_hash ON papers (text_hash);
        CREATE INDEX papers_published ON papers (published);

        -- Contentless: the text is in papers already, and is indexed as terms.index_text gives it.
        CREATE VIRTUAL TABLE papers_fts USING fts5 (
            title, abstract, authors, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
        );
        """
    )


@MIGRATIONS()
def m002_results(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- What was computed or paid for once. Identity: everything that determined the result. First write wins.
        CREATE TABLE vectors (
            row INTEGER PRIMARY KEY,       -- grows: what is above the highest one seen is new
            model TEXT NOT NULL,
            text_hash TEXT NOT NULL,
            vector BLOB NOT NULL,          -- float32, little-endian, one length per model
            UNIQUE (model, text_hash)
        ) STRICT;

        CREATE TABLE summaries (
            text_hash TEXT NOT NULL,
            model TEXT NOT NULL,
            prompt_hash TEXT NOT NULL,
            language TEXT NOT NULL,
            problem TEXT NOT NULL,
            method TEXT NOT NULL,
            result TEXT NOT NULL,
            text TEXT NOT NULL,
            made_by TEXT NOT NULL,         -- Summary.model
            source TEXT NOT NULL,          -- extract | model | abstract
            UNIQUE (text_hash, model, prompt_hash, language)
        ) STRICT;

        -- Other answers of models: queries, sections, openings.
        CREATE TABLE texts (
            key TEXT NOT NULL UNIQUE,      -- hash of everything that determined it
            kind TEXT NOT NULL,
            model TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;

        -- The source log: every search as the source answered it.
        CREATE TABLE searches (
            row INTEGER PRIMARY KEY,
            key TEXT NOT NULL,             -- hash of the request
            source TEXT NOT NULL,
            query TEXT NOT NULL,
            at TEXT NOT NULL,
            total INTEGER NOT NULL,        -- how many the source said match
            paper_ids TEXT NOT NULL,       -- list, in the source's order
            complete INTEGER NOT NULL,     -- 1: everything asked for was read
            detail TEXT NOT NULL
        ) STRICT;
        CREATE INDEX searches_key ON searches (key, at);
        CREATE INDEX searches_source ON searches (source, at);

        -- One turn at a time at each outside service, over all processes. Seconds since 1970, wall clock.
        CREATE TABLE pace (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,          -- '' when nobody has the turn
            since REAL NOT NULL,           -- when the turn or the pause began
            free_at REAL NOT NULL          -- when the lease or the pause ends
        ) STRICT, WITHOUT ROWID;
        """
    )


@MIGRATIONS()
def m003_editions(db: SqliteUtils) -> None:
    db.executescript(
        """
        CREATE TABLE topics (
            slug TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            question TEXT NOT NULL,
            queries TEXT NOT NULL,         -- list, as are the next three
            categories TEXT NOT NULL,
            include TEXT NOT NULL,
            exclude TEXT NOT NULL,
            cadence TEXT NOT NULL,
            at TEXT NOT NULL,              -- local time, "08:00"
            timezone TEXT NOT NULL,
            language TEXT NOT NULL,
            max_papers INTEGER NOT NULL,
            active INTEGER NOT NULL,
            origin TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Frozen surveys and digests. Never updated, never deleted. The body is the whole; columns are for finding it.
        CREATE TABLE editions (
            row INTEGER PRIMARY KEY,       -- order of freezing; the rowid in editions_fts
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,            -- survey | digest
            title TEXT NOT NULL,
            question TEXT NOT NULL,
            topic TEXT NOT NULL,           -- slug, plain text: an edition outlives its topic; '' for a survey
            slot TEXT,
            until TEXT,
            language TEXT NOT NULL,
            created_at TEXT NOT NULL,
            request_key TEXT NOT NULL,     -- hash of a survey's request; '' for none
            papers INTEGER NOT NULL,       -- how many, as is the next
            cited INTEGER NOT NULL,
            quiet TEXT NOT NULL,
            complete INTEGER NOT NULL,     -- 1: the whole window was read
            body TEXT NOT NULL             -- JSON, see codec.py
        ) STRICT;
        CREATE UNIQUE INDEX editions_slot ON editions (topic, slot) WHERE kind = 'digest';
        CREATE INDEX editions_created ON editions (created_at);
        CREATE INDEX editions_request ON editions (request_key, created_at) WHERE request_key <> '';

        -- Which papers each edition showed, and why. paper_id is plain text: an edition stands by itself.
        CREATE TABLE edition_papers (
            edition INTEGER NOT NULL REFERENCES editions (row),
            position INTEGER NOT NULL,     -- the n of [n]
            paper_id TEXT NOT NULL,
            version INTEGER NOT NULL,
            section INTEGER NOT NULL,
            reason TEXT NOT NULL,
            cited INTEGER NOT NULL,
            PRIMARY KEY (edition, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX edition_papers_paper ON edition_papers (paper_id);

        CREATE VIRTUAL TABLE editions_fts USING fts5 (
            title, question, text, papers, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
        );

        -- What calls to models took, also for work that froze no edition.
        CREATE TABLE usage (
            row INTEGER PRIMARY KEY,
            edition_id TEXT NOT NULL,
            at TEXT NOT NULL,
            role TEXT NOT NULL,
            model TEXT NOT NULL,
            calls INTEGER NOT NULL,
            input_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL,
            usd REAL,                      -- NULL where the price is unknown
            seconds REAL NOT NULL
        ) STRICT;
        CREATE INDEX usage_at ON usage (at);
        """
    )


@MIGRATIONS()
def m004_calls(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- A row of usage is one call now, written as it ends; an older row may be the sum of several. The edition is
        -- the one that was being made: it is not there where the work was stopped.
        ALTER TABLE usage ADD COLUMN kind TEXT NOT NULL DEFAULT '';    -- survey | digest | doctor ...; '' in older rows
        ALTER TABLE usage ADD COLUMN topic TEXT NOT NULL DEFAULT '';   -- slug, of a digest
        ALTER TABLE usage ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE usage ADD COLUMN outcome TEXT NOT NULL DEFAULT 'ok';  -- else what failed: refused_key, busy ...
        """
    )


@MIGRATIONS()
def m005_outbox(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Who gets which topic where. AUTOINCREMENT: a number never comes back, so an old link is never another's.
        CREATE TABLE subscriptions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            topic TEXT NOT NULL,           -- slug; a subscription outlives its topic and then rests
            channel TEXT NOT NULL,         -- mail | slack
            address TEXT NOT NULL,         -- normalised: a mail address, a Slack conversation
            state TEXT NOT NULL,           -- pending | active | paused | unsubscribed | bounced
            created_at TEXT NOT NULL,
            confirmed_at TEXT,
            last_sent_at TEXT,
            owner TEXT NOT NULL,           -- who to tell when it rests (a Slack user); '' for the address itself
            origin TEXT NOT NULL,          -- operator | import | web | slack
            soft_bounces INTEGER NOT NULL, -- in a row
            reason TEXT NOT NULL,          -- of the state, in words
            UNIQUE (topic, channel, address)
        ) STRICT;
        CREATE INDEX subscriptions_address ON subscriptions (channel, address);

        -- The outbox: one row for what one subscriber is to get. Erasing a subscription erases what was sent to it.
        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,            -- digest | confirm | welcome | goodbye
            edition TEXT NOT NULL,         -- id; '' for a letter
            subscription INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
            channel TEXT NOT NULL,
            domain TEXT NOT NULL,          -- of a mail address: what a rate limit counts
            state TEXT NOT NULL,           -- planned | claimed | sent | retry | failed | uncertain | skipped
            attempts INTEGER NOT NULL,     -- begun, the one under way included
            planned_at TEXT NOT NULL,
            next_at TEXT NOT NULL,         -- not before
            claimed_at TEXT,
            ended_at TEXT,
            owner TEXT NOT NULL,           -- who claimed it
            detail TEXT NOT NULL,          -- the other side's words, with its queue id
            message_id TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX deliveries_once ON deliveries (edition, subscription) WHERE kind = 'digest';
        CREATE INDEX deliveries_due ON deliveries (channel, next_at) WHERE state IN ('planned', 'retry');
        CREATE INDEX deliveries_claimed ON deliveries (owner) WHERE state = 'claimed';
        CREATE INDEX deliveries_subscription ON deliveries (subscription, id);
        CREATE INDEX deliveries_state ON deliveries (state, id);

        -- Work that only one process may do at a time, and that another takes over when that one is gone.
        CREATE TABLE leases (
            name TEXT PRIMARY KEY,         -- "outbox", "slot:TOPIC:SLOT"
            owner TEXT NOT NULL,
            since REAL NOT NULL,           -- seconds since 1970, wall clock, as is the next
            until REAL NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Slots whose digest could not be made at once. What was made is an edition, and has no row here.
        CREATE TABLE slots (
            topic TEXT NOT NULL,
            slot TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            first_at TEXT NOT NULL,        -- of the attempts
            next_at TEXT NOT NULL,         -- not before
            reason TEXT NOT NULL,          -- why the last one failed
            PRIMARY KEY (topic, slot)
        ) STRICT, WITHOUT ROWID;
        """
    )


@MIGRATIONS()
def m006_services(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- How the parts of each running process are, as it says every few seconds.
        CREATE TABLE services (
            owner TEXT NOT NULL,
            part TEXT NOT NULL,
            position INTEGER NOT NULL,
            at TEXT NOT NULL,
            state TEXT NOT NULL,           -- ok | warn | fail
            detail TEXT NOT NULL,
            PRIMARY KEY (owner, part)
        ) STRICT, WITHOUT ROWID;
        """
    )


@MIGRATIONS()
def m007_batches(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Summaries of a coming digest that were handed in as one batch. The row is there before the provider is asked.
        CREATE TABLE batches (
            topic TEXT NOT NULL,
            slot TEXT NOT NULL,
            marker TEXT NOT NULL UNIQUE,   -- ours, sent with the batch: by it one is found whose id was lost
            state TEXT NOT NULL,           -- planned | submitting | running | cancelling | done | failed
            batch_id TEXT NOT NULL,        -- the provider's, '' until it is known
            certain INTEGER NOT NULL,      -- 0: found by its likeness, so it may be another's
            model TEXT NOT NULL,
            prompt_hash TEXT NOT NULL,
            language TEXT NOT NULL,
            paper_ids TEXT NOT NULL,       -- list
            edition_id TEXT NOT NULL,      -- the digest's, once it is made
            usd REAL NOT NULL,             -- what it may cost; 0 where the price is unknown
            tried_at TEXT,                 -- when it was last handed in
            detail TEXT NOT NULL,          -- the last news of it, for the reader
            PRIMARY KEY (topic, slot)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX batches_open ON batches (state) WHERE state NOT IN ('done', 'failed');

        ALTER TABLE usage ADD COLUMN batch TEXT NOT NULL DEFAULT '';  -- marker of the batch that a call was part of
        CREATE INDEX usage_batch ON usage (batch) WHERE batch <> '';
        """
    )


@MIGRATIONS()
def m008_address_changes(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Of one that waits to be confirmed: the one at an earlier address whose place it takes then.
        ALTER TABLE subscriptions ADD COLUMN replaces INTEGER REFERENCES subscriptions (id) ON DELETE SET NULL;
        CREATE INDEX subscriptions_replaces ON subscriptions (replaces) WHERE replaces IS NOT NULL;
        CREATE INDEX subscriptions_pending ON subscriptions (created_at) WHERE state = 'pending';

        -- How many letters were planned lately is asked with the write lock in hand.
        CREATE INDEX deliveries_letters ON deliveries (kind, planned_at) WHERE kind <> 'digest';
        """
    )


@MIGRATIONS()
def m009_web(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Filters of a search without reading the papers; earlier surveys of a question.
        CREATE INDEX papers_facets ON papers (categories, published);
        CREATE INDEX editions_question ON editions (question, created_at) WHERE kind = 'survey';
        """
    )


@MIGRATIONS()
def m010_archive(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Which archive this is, for ids that outlive every address (feeds): made once, and kept by copies.
        INSERT INTO meta (key, value) VALUES ('archive', lower(hex(randomblob(16))));
        INSERT INTO meta (key, value) VALUES ('archive_since', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'));
        """
    )
