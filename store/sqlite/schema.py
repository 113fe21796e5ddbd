"""Database schema, as the migrations that make it: the later ones, behind those of store/sqlite/first_schema.py.

Invariant: append-only. A migration that was released is never edited; a change is a new migration at the end. Tables
are made nowhere else.

Conventions: times are UTC text, "2026-11-22T08:00:00.000000Z"; lists are JSON arrays of text; vectors are float32,
little-endian; `text_hash` is `records.editions.fingerprint` of `Paper.text`. SQLite >= 3.37 (STRICT tables).
"""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils

from store.sqlite.first_schema import MIGRATIONS

__all__ = ["MIGRATIONS"]


@MIGRATIONS()
def m011_asks(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- What was asked of the bot. Never deleted: the claim of a message holds for good.
        CREATE TABLE asks (
            row INTEGER PRIMARY KEY,
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            ts TEXT NOT NULL,              -- of the message, or the mark of a click
            thread_ts TEXT NOT NULL,       -- where the answer goes
            user TEXT NOT NULL,
            kind TEXT NOT NULL,            -- survey | followup
            text TEXT NOT NULL,
            refresh INTEGER NOT NULL,
            language TEXT NOT NULL,        -- '' for the configured one
            papers INTEGER NOT NULL,       -- 0 for the configured number
            state TEXT NOT NULL,           -- waiting | working, and then how it ended
            owner TEXT NOT NULL,           -- the process that works on it
            lease REAL NOT NULL,           -- until when its owner is taken to live; seconds since 1970
            created REAL NOT NULL,         -- likewise
            at TEXT NOT NULL,              -- the same moment, for people who look
            edition TEXT NOT NULL DEFAULT '',
            progress TEXT NOT NULL DEFAULT '',  -- ts of the message that shows the progress
            tries INTEGER NOT NULL DEFAULT 0,
            UNIQUE (team, channel, ts)
        ) STRICT;
        CREATE INDEX asks_open ON asks (state) WHERE state IN ('waiting', 'working');
        CREATE INDEX asks_user ON asks (team, user, created);
        CREATE INDEX asks_channel ON asks (team, channel, created);

        -- Messages that were posted: the parts of answers and of digests.
        CREATE TABLE posts (
            kind TEXT NOT NULL,            -- ask | delivery
            job INTEGER NOT NULL,          -- its row
            part INTEGER NOT NULL,
            ts TEXT NOT NULL,              -- '' from before the sending until it is known to have arrived
            PRIMARY KEY (kind, job, part)
        ) STRICT, WITHOUT ROWID;

        -- Threads that the bot answered in. The edition is plain text: the archive stands by itself.
        CREATE TABLE threads (
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            thread_ts TEXT NOT NULL,
            edition TEXT NOT NULL,
            muted INTEGER NOT NULL,
            PRIMARY KEY (team, channel, thread_ts)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE feedback (
            edition TEXT NOT NULL,
            team TEXT NOT NULL,
            user TEXT NOT NULL,
            opinion TEXT NOT NULL,         -- good | bad
            at TEXT NOT NULL,
            PRIMARY KEY (edition, team, user)
        ) STRICT, WITHOUT ROWID;
        """
    )


@MIGRATIONS()
def m012_sources(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Which source a paper is from, and where that shows it; ids of other sources than arXiv begin with its name.
        ALTER TABLE papers ADD COLUMN source TEXT NOT NULL DEFAULT 'arxiv';
        ALTER TABLE papers ADD COLUMN url TEXT NOT NULL DEFAULT '';      -- '': an earlier row, of arXiv
        ALTER TABLE papers ADD COLUMN pdf_url TEXT NOT NULL DEFAULT '';  -- likewise, or there is none
        """
    )


@MIGRATIONS()
def m013_texts(db: SqliteUtils) -> None:
    db.executescript(
        """
        ALTER TABLE papers ADD COLUMN status TEXT NOT NULL DEFAULT 'live';   -- live | withdrawn | removed | restored
        ALTER TABLE papers ADD COLUMN status_note TEXT NOT NULL DEFAULT '';  -- the sentence that says so
        ALTER TABLE papers ADD COLUMN citation_key TEXT;                     -- for ever; NULL: none was given yet
        CREATE UNIQUE INDEX papers_citation_key ON papers (citation_key) WHERE citation_key IS NOT NULL;

        -- How a paper reads, made once. A paper of an earlier version has no row until it is read anew
        -- (store/backfill.py), a new one until somebody searches (store/indexing/paper_index.py); so long it is in no
        -- index.
        CREATE TABLE paper_texts (
            row INTEGER PRIMARY KEY REFERENCES papers (row),
            readable_title TEXT,           -- NULL: as it is written, as is the next
            readable_abstract TEXT,
            title_stems TEXT NOT NULL,     -- as term_match.stem_text gives them, as are the next two
            abstract_stems TEXT NOT NULL,
            author_stems TEXT NOT NULL
        ) STRICT;

        CREATE TABLE paper_authors (
            person TEXT NOT NULL,          -- names.person_key
            paper INTEGER NOT NULL REFERENCES papers (row),
            position INTEGER NOT NULL,     -- among the paper's authors, from 0
            PRIMARY KEY (person, paper, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX paper_authors_paper ON paper_authors (paper);

        -- What an edition is searched by, cut from its body once and readable. Likewise none of an earlier version.
        CREATE TABLE edition_texts (
            row INTEGER PRIMARY KEY REFERENCES editions (row),
            text TEXT NOT NULL,
            papers TEXT NOT NULL           -- titles, a line each
        ) STRICT;

        -- Of stems, which are cut at the blanks and else left as they are.
        DROP TABLE papers_fts;
        CREATE VIRTUAL TABLE papers_fts USING fts5 (
            title, abstract, authors, content = '', tokenize = "ascii tokenchars '+#|'''"
        );
        DROP TABLE editions_fts;
        CREATE VIRTUAL TABLE editions_fts USING fts5 (
            title, question, text, papers, content = '', tokenize = "ascii tokenchars '+#|'''"
        );

        -- What is to be read anew, and the last row that was; nothing once all is done.
        INSERT INTO meta (key, value) SELECT 'unread papers', '0' WHERE EXISTS (SELECT 1 FROM papers);
        INSERT INTO meta (key, value) SELECT 'unread editions', '0' WHERE EXISTS (SELECT 1 FROM editions);
        """
    )


@MIGRATIONS()
def m014_limits_of_asks(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- What narrows the search beside the words of the question, as JSON; '' for nothing.
        ALTER TABLE asks ADD COLUMN limits TEXT NOT NULL DEFAULT '';
        """
    )


@MIGRATIONS()
def m015_reader_feedback(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- What readers say of papers, their seeds, and the authors whom they follow.
        CREATE TABLE reader_feedback (
            channel TEXT NOT NULL,         -- mail | slack | operator; whatever channels there are
            address TEXT NOT NULL,         -- of the person: a mail address, a Slack user; '' for the operator
            topic TEXT NOT NULL,           -- '' for all that the reader gets
            kind TEXT NOT NULL,            -- keep | seen | more | less | seed | author | off
            subject TEXT NOT NULL,         -- a paper's id, or an author's names.person_key
            label TEXT NOT NULL,           -- its title, or the name
            at TEXT NOT NULL,
            PRIMARY KEY (channel, address, topic, kind, subject)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX reader_feedback_topic ON reader_feedback (topic);
        """
    )


@MIGRATIONS()
def m016_citation_counts(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- What an index of citations answered, by DOI in small letters; the newest answer.
        CREATE TABLE citation_counts (
            doi TEXT PRIMARY KEY,
            at TEXT NOT NULL,
            citations INTEGER,             -- NULL: it does not know the DOI
            venue TEXT NOT NULL            -- '': none
        ) STRICT, WITHOUT ROWID;
        """
    )


@MIGRATIONS()
def m017_digest_length(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- How much of a digest a subscription gets, and of a survey an answer shows: short | standard | full; '' for
        -- what the operator has set.
        ALTER TABLE subscriptions ADD COLUMN length TEXT NOT NULL DEFAULT '';
        ALTER TABLE asks ADD COLUMN length TEXT NOT NULL DEFAULT '';
        """
    )


@MIGRATIONS()
def m018_slack_canvases(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Canvases in Slack: copies of editions that only Slack can delete, so each is known by its id. Of one that is
        -- to be erased nothing is left but the id, until Slack has deleted it.
        CREATE TABLE slack_canvases (
            row INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,            -- answer | topic
            subject TEXT NOT NULL,         -- an edition's id; a topic's slug, whose newest digest it shows
            channel TEXT NOT NULL,         -- where
            user TEXT NOT NULL,            -- who wanted it
            canvas TEXT NOT NULL,          -- '': wanted, and not made yet
            state TEXT NOT NULL,           -- on | off (no longer kept up to date) | erased
            shown TEXT NOT NULL,           -- of a topic: the newest edition that is in it; '' for none yet
            at TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX slack_canvases_once ON slack_canvases (kind, subject, channel) WHERE state <> 'erased';
        """
    )


@MIGRATIONS()
def m019_one_mail(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Whether digests of one day and hour come as one mail: yes | no; '' for what the operator has set.
        ALTER TABLE subscriptions ADD COLUMN one_mail TEXT NOT NULL DEFAULT '';
        -- Deliveries to one address with the same hour go as one mail; NULL: each by itself.
        ALTER TABLE deliveries ADD COLUMN mail_hour TEXT;
        """
    )


@MIGRATIONS()
def m020_slack_inbox(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Events of Slack between their acknowledgement and the claim of what they ask for.
        CREATE TABLE inbox (
            event TEXT PRIMARY KEY,        -- Slack's event_id
            body TEXT NOT NULL,            -- JSON, as it came
            owner TEXT NOT NULL,           -- the process that works on it; '' for none
            at REAL NOT NULL,              -- when it was taken up, seconds since 1970
            tries INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        """
    )


@MIGRATIONS()
def m021_delivery_text(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- When the text of the last attempt began to go out: before that, the other side surely has nothing. What was
        -- claimed by an earlier version may have come to that.
        ALTER TABLE deliveries ADD COLUMN text_at TEXT;
        UPDATE deliveries SET text_at = claimed_at WHERE state IN ('claimed', 'uncertain');
        ALTER TABLE deliveries ADD COLUMN doubts INTEGER NOT NULL DEFAULT 0;  -- how often it was uncertain
        CREATE INDEX deliveries_domain ON deliveries (channel, domain, next_at) WHERE state IN ('planned', 'retry');

        -- How fast a domain takes what is sent, where it said that it was too fast.
        CREATE TABLE paces (
            channel TEXT NOT NULL,
            domain TEXT NOT NULL,
            gap REAL NOT NULL,             -- seconds from one delivery to the next
            at TEXT NOT NULL,              -- when that was last found
            PRIMARY KEY (channel, domain)
        ) STRICT, WITHOUT ROWID;
        """
    )


@MIGRATIONS()
def m022_circuits(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- What nothing is sent over until one delivery, its canary, was taken.
        CREATE TABLE circuits (
            id INTEGER PRIMARY KEY,
            channel TEXT NOT NULL,
            kind TEXT NOT NULL,            -- relay | sender | domain | edition
            name TEXT NOT NULL,            -- the domain, the edition's id; '' for the others
            opened_at TEXT NOT NULL,
            closed_at TEXT,                -- NULL: open
            detail TEXT NOT NULL,          -- the other side's words; '': a run that begins with one delivery
            likeness TEXT NOT NULL,        -- the same, without what differs from one recipient to the next
            step TEXT NOT NULL,            -- what the operator may do
            probes INTEGER NOT NULL,       -- that failed
            probe_at TEXT NOT NULL,
            canary INTEGER,                -- the delivery that tries it
            canary_at TEXT,
            told TEXT NOT NULL             -- what the operator was told: '' | opened | closed
        ) STRICT;
        CREATE UNIQUE INDEX circuits_open ON circuits (channel, kind, name) WHERE closed_at IS NULL;
        CREATE INDEX circuits_name ON circuits (channel, kind, name);

        -- What was refused for good since something was taken, or by what opened a circuit.
        CREATE TABLE refusals (
            delivery INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
            subscription INTEGER NOT NULL,
            channel TEXT NOT NULL,
            domain TEXT NOT NULL,
            likeness TEXT NOT NULL,        -- the other side's words, without what differs between recipients
            moved_from TEXT NOT NULL,      -- the state from which its subscription bounced by this; '' where it did not
            soft_bounces INTEGER NOT NULL, -- that this added
            circuit INTEGER,               -- that this opened, or met
            in_a_row INTEGER NOT NULL,     -- 1: nothing was taken over the channel since
            undone INTEGER NOT NULL,       -- 1: its delivery waits again, and its subscription is as before
            at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX refusals_domain ON refusals (channel, domain);
        CREATE INDEX refusals_subscription ON refusals (subscription);
        CREATE INDEX refusals_circuit ON refusals (circuit) WHERE circuit IS NOT NULL;

        -- When a subscription bounced.
        ALTER TABLE subscriptions ADD COLUMN bounced_at TEXT;
        UPDATE subscriptions SET bounced_at = (
            SELECT max(ended_at) FROM deliveries WHERE subscription = subscriptions.id AND state = 'failed'
        ) WHERE state = 'bounced';
        """
    )


@MIGRATIONS()
def m023_delivery_reports(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- What came back of mails that a relay had taken; of each kind the first.
        CREATE TABLE delivery_reports (
            delivery INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,            -- failed | delayed | delivered | complaint
            at TEXT NOT NULL,              -- when it came
            origin TEXT NOT NULL,          -- mail | ses | postmark | mailgun
            blames TEXT NOT NULL,          -- of what failed: recipient | domain | relay | sender | content | ''
            detail TEXT NOT NULL,          -- the other side's words
            likeness TEXT NOT NULL,        -- the same, without what differs from one recipient to the next
            PRIMARY KEY (delivery, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX delivery_reports_at ON delivery_reports (at);
        CREATE INDEX deliveries_message ON deliveries (message_id) WHERE message_id <> '';
        """
    )


@MIGRATIONS()
def m024_operator_letters(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Since when a topic is watched: one that never had a digest is silent since then.
        ALTER TABLE topics ADD COLUMN created_at TEXT NOT NULL DEFAULT '';
        UPDATE topics SET created_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now');

        -- The operator's weekly letters, by each way once: a row stands before its letter goes out.
        CREATE TABLE operator_letters (
            week TEXT NOT NULL,            -- ISO: 2026-W48
            way TEXT NOT NULL,             -- webhook | slack | mail
            state TEXT NOT NULL,           -- begun | sent
            at TEXT NOT NULL,
            PRIMARY KEY (week, way)
        ) STRICT, WITHOUT ROWID;
        """
    )


@MIGRATIONS()
def m025_webhook_tokens(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Of webhooks whose signature proves a request but once: what was signed, while its moment is still taken.
        CREATE TABLE webhook_tokens (
            token TEXT PRIMARY KEY,
            at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX webhook_tokens_at ON webhook_tokens (at);
        """
    )


@MIGRATIONS()
def m026_feed_salt(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- Of the key in the addresses of feeds, where an archive is not open to all; never a secret by itself.
        INSERT INTO meta (key, value) VALUES ('feed salt', lower(hex(randomblob(16))));
        """
    )


@MIGRATIONS()
def m027_harvests(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- What is harvested of sources, and how far. Days are those of the source's clock: "2026-11-22".
        CREATE TABLE harvests (
            source TEXT NOT NULL,
            name TEXT NOT NULL,            -- of the collection; '' for all that the source has
            since TEXT NOT NULL,           -- the first day that was asked for; '' for all
            next_day TEXT,                 -- from which on to ask next; NULL before the first window was read
            announced_until TEXT,          -- all that was announced before is here; NULL: not yet so
            window_since TEXT,             -- first day of the window under way, '' for the first that there is;
                                           -- NULL: none is under way
            window_until TEXT,             -- its last day; '' for today
            begun_at TEXT,                 -- when its first page was asked for
            answer_day TEXT,               -- of that page
            token TEXT NOT NULL,           -- of its next page; '' for the first
            token_at TEXT,
            ids_token TEXT NOT NULL,       -- the same of the list of ids that the store is held against
            ids_token_at TEXT,
            ids_checked_at TEXT,           -- when that was last done to the end
            changes INTEGER NOT NULL DEFAULT 0,     -- how often something of it was kept
            PRIMARY KEY (source, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE harvest_runs (
            id INTEGER PRIMARY KEY,
            slot TEXT NOT NULL,            -- that it was for; '' where somebody asked for it
            state TEXT NOT NULL,           -- running | done | stopped | failed
            began_at TEXT NOT NULL,
            ended_at TEXT,
            new INTEGER NOT NULL DEFAULT 0,
            changed INTEGER NOT NULL DEFAULT 0,
            removed INTEGER NOT NULL DEFAULT 0,
            unread INTEGER NOT NULL DEFAULT 0,      -- records that could not be read
            reason TEXT NOT NULL DEFAULT '' -- why it failed
        ) STRICT;

        -- Files of metadata, read in pieces.
        CREATE TABLE harvest_files (
            fingerprint TEXT PRIMARY KEY,
            position INTEGER NOT NULL,     -- bytes of it, unpacked, that are kept
            newest TEXT,                   -- version in what was read so far
            at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
    )


@MIGRATIONS()
def m028_papers_by_doi(db: SqliteUtils) -> None:
    db.executescript(
        """
        -- By how a DOI begins, and those in which one may stand further on: https://doi.org/10..., a second one.
        CREATE INDEX papers_doi ON papers (substr(lower(doi), 1, 100)) WHERE doi <> '';
        CREATE INDEX papers_inner_doi ON papers (row) WHERE instr(substr(doi, 2), '10.') > 0;
        """
    )
