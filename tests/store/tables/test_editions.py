"""Editions, topics, usage and pace: what is frozen stays, and each is found again."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import StoreError
from store.records.editions import Counts, FilterReport, OverflowPaper, RouteReport, Section, Summary, Topic, Usage
from store.tables.edition_codec import decode, encode
from store.tables.source_turns import LEASE_SECONDS, SourceTurns
from tests import ROOT
from tests.factories.store import NOON, digest, paper, shown, survey

TAKES_TURNS = """
import sys, time
from store import Store
with Store.open(sys.argv[1], url=sys.argv[2]) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(8):
        while (wait := store.source_turns.claim("arxiv", sys.argv[3], 0.01)) > 0:
            time.sleep(min(wait, 0.002))
        began = time.time()
        print(began, time.time(), flush=True)
        store.source_turns.release("arxiv", sys.argv[3], 0.01)
"""


@pytest.fixture
def store(place):
    with place.open() as opened:
        yield opened


def ids(heads):
    return [head.id for head in heads]


TEXT = st.text(st.characters(), max_size=12)  # lone surrogates and NULs too
TIME = st.datetimes(timezones=st.just(UTC))
NUMBER = st.floats(allow_nan=False)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
SHOWN = st.builds(
    replace,
    st.just(shown(1, "1")),
    title=TEXT,
    authors=TEXTS,
    published=TIME,
    cited=st.booleans(),
    x=NUMBER,
    summary=st.builds(Summary, TEXT, TEXT, TEXT, TEXT, TEXT, st.sampled_from(["extract", "model", "abstract"])),
)
EDITIONS = st.builds(
    replace,
    st.sampled_from([survey(), digest()]),
    question=TEXT,
    slot=st.none() | TIME,
    created_at=TIME,
    queries=TEXTS,
    counts=st.builds(Counts, st.integers(0, 10**12)),
    filter=st.builds(FilterReport, TEXT, TEXTS),
    papers=st.lists(SHOWN, max_size=2).map(tuple),
    route=st.builds(RouteReport, NUMBER),
    opening=TEXT,
    sections=st.lists(st.builds(Section, TEXT, st.tuples(st.integers()), TEXT), max_size=2).map(tuple),
    usage=st.lists(st.builds(Usage, TEXT, TEXT, usd=st.none() | NUMBER), max_size=2).map(tuple),
    seconds=st.dictionaries(TEXT, NUMBER, max_size=2),
    complete=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(EDITIONS)
def test_an_edition_survives_json_whatever_it_holds(edition):
    body = encode(edition)
    assert body.encode()
    assert decode(body) == edition


def test_fields_of_later_versions_are_passed_over_and_missing_ones_take_their_defaults():
    held = json.loads(encode(digest(note="gone", seconds={"total": 2.0})))
    held["edition"]["mood"] = {"new": [1]}
    held["edition"]["papers"][0]["summary"]["tone"] = "dry"
    del held["edition"]["note"], held["edition"]["papers"][0]["x"]
    for name in ("source", "url", "pdf_url"):  # an edition from before there were other sources than arXiv
        del held["edition"]["papers"][0][name]
    read = decode(json.dumps(held))
    assert read.note == ""
    assert read.papers[0] == replace(digest().papers[0], x=0.0)
    assert read.seconds == {"total": 2.0}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"format": 2, "edition": {}}', "newer"),
        ('{"format": 1, "edition": {}}', "damaged"),
        ('{"edition": {}}', "damaged"),
        ("[]", "damaged"),
        ("null", "damaged"),
        ('{"format": 1', "damaged"),
    ],
)
def test_a_body_that_cannot_be_read_is_one_clear_line(body, said):
    with pytest.raises(StoreError, match=said):
        decode(body)


def test_a_frozen_edition_comes_back_whole(store):
    made = survey("s1", ("2", "1"))
    assert store.editions.freeze(made) == made
    assert store.editions.get("s1") == made
    assert store.editions.get("none") is None
    (head,) = store.editions.list()
    assert (head.id, head.kind, head.papers, head.cited, head.created_at, head.slot) == (
        "s1",
        "survey",
        2,
        2,
        NOON,
        None,
    )


def test_papers_are_shown_with_what_is_known_of_them_today(store):
    frozen = survey("s", papers=(shown(1, "1", "Owls"), shown(2, "elsewhere")), opening="Two [1, 2].")
    store.papers.add([paper("1", title="Owls")])
    store.editions.freeze(frozen)
    note = "Withdrawn by the authors."
    store.papers.add([paper("1", 2, "Hawks", status="withdrawn", status_note=note, comment=note)])
    read = store.editions.get("s")
    today = {"status": "withdrawn", "status_note": note, "citation_key": "example2026owls1"}
    assert read == replace(frozen, papers=(replace(frozen.papers[0], **today), frozen.papers[1]))
    assert read.papers[0].title == "Owls"
    assert store.editions.freeze(replace(frozen, title="Other")) == read
    store.papers.add([paper("1", 2, status="restored", status_note="It is back.")])
    assert store.editions.get("s").papers[0].status == "restored"


def test_papers_without_room_are_shown_with_their_status_of_today(store):
    brief = OverflowPaper("1", 1, "Owls", NOON, "has owls")
    frozen = survey("s", papers=(shown(1, "2", "Hawks"),), opening="One [1].", beyond=(brief,))
    store.editions.freeze(frozen)
    assert store.editions.get("s").beyond == (brief,)
    store.papers.add([paper("1", 2, status="removed", status_note="Removed by arXiv administrators.")])
    assert store.editions.get("s").beyond == (
        replace(brief, status="removed", status_note="Removed by arXiv administrators."),
    )


def test_an_edition_is_searched_by_what_it_shows_in_readable_words(store):
    opening = 'A { by itself. By Schr\\"{o}dinger [1].\n\nThe H$_2$O of [2].'
    store.editions.freeze(survey("s", opening=opening, papers=(shown(1, "1", "L\\'evy walks"),)))
    for words, text in (("schrodinger", "Schrödinger"), ("H2O", "The H₂O of"), ("Lévy", "Lévy walks")):
        (hit,) = store.search.editions(words)
        assert text in hit.snippet.text
        assert hit.snippet.matches


def test_freezing_the_same_id_again_changes_nothing(store):
    first = store.editions.freeze(survey("s1"))
    assert store.editions.freeze(survey("s1", ("9",), title="Rewritten")) == first
    assert store.editions.get("s1") == first
    assert store.editions.with_paper("9") == []
    assert store.search.editions("rewritten") == []


def test_the_second_digest_of_a_slot_gets_the_first(store):
    first = store.editions.freeze(digest("d1"))
    assert store.editions.freeze(digest("d2", ("9",))) == first
    assert store.editions.get("d2") is None
    assert store.editions.of_slot("walks", NOON) == first
    assert store.editions.of_slot("walks", NOON + timedelta(days=1)) is None
    store.editions.freeze(digest("d3", topic="other"))
    assert store.editions.count() == 2


def test_editions_are_found_by_id_beginning_and_latest(store):
    assert store.editions.find("latest") == []
    for n, id_ in enumerate(["ab1", "ab2", "ab", "c%_"]):
        store.editions.freeze(survey(id_, created_at=NOON + timedelta(hours=n)))
    assert store.editions.find("ab") == ["ab"]
    assert store.editions.find(" a ") == ["ab", "ab2", "ab1"]
    assert store.editions.find("latest") == ["c%_"]
    assert store.editions.find("%") == store.editions.find("") == store.editions.find("A") == []


def test_a_survey_is_found_by_its_request_while_recent(store):
    store.editions.freeze(survey("s1"), key="k")
    store.editions.freeze(survey("s2", created_at=NOON + timedelta(hours=2)), key="k")
    store.editions.freeze(survey("s3", created_at=NOON + timedelta(hours=3)))
    assert store.editions.recent_survey("k", NOON).id == "s2"
    assert store.editions.recent_survey("k", NOON + timedelta(hours=3)) is None
    assert store.editions.recent_survey("", NOON) is None


def test_lists_are_newest_first_and_narrowed(store):
    store.editions.freeze(digest("d1", day=1))
    store.editions.freeze(survey("s1"))
    store.editions.freeze(digest("d2", day=2, topic="other"))
    assert ids(store.editions.list()) == ["d2", "d1", "s1"]
    assert ids(store.editions.list(kind="digest")) == ["d2", "d1"]
    assert ids(store.editions.list(topic="walks")) == ["d1"]
    assert ids(store.editions.list(limit=1, offset=1)) == ["d1"]
    assert ids(store.editions.list(limit=-1)) == []


def test_a_digest_written_late_stands_in_the_list_at_its_slot(store):
    store.editions.freeze(digest("late", day=1, created_at=NOON + timedelta(days=3)))
    store.editions.freeze(survey("s1", created_at=NOON + timedelta(days=2)))
    assert ids(store.editions.list()) == ["s1", "late"]


def test_unseen_leaves_out_what_any_edition_of_the_topic_showed(store):
    store.editions.freeze(digest("d1", ("1", "2"), day=1))
    store.editions.freeze(digest("d2", ("3",), day=2))
    store.editions.freeze(digest("other", ("4",), topic="other"))
    store.editions.freeze(survey("s1", ("5",)))
    assert store.editions.unseen("walks", ["6", "3", "5", "1", "4", "6"]) == ["6", "5", "4"]
    assert store.editions.unseen("new", ["1"]) == ["1"]
    assert store.editions.unseen("walks", []) == []


def test_the_last_digest_is_that_of_the_latest_slot(store):
    late, early = digest("late", day=5), digest("early", day=1, quiet="no new papers", papers=(), sections=())
    for edition in (late, early):
        store.editions.freeze(edition)
    store.editions.freeze(digest("dry", slot=None))
    assert store.editions.last_digest("walks") == late
    assert store.editions.last_digest("walks", late.slot) == early
    assert store.editions.last_digest("walks", early.slot) is None
    assert store.editions.last_digest("none") is None


def test_the_next_window_starts_where_the_last_whole_one_ended(store):
    assert store.editions.last_complete_until("walks") is None
    whole = digest("d1", day=1)
    store.editions.freeze(whole)
    store.editions.freeze(digest("d2", day=2, complete=False))
    assert store.editions.last_complete_until("walks") == whole.until


def test_editions_that_show_a_paper(store):
    store.editions.freeze(survey("s1", ("1", "2")))
    store.editions.freeze(digest("d1", ("2", "3"), day=1))
    assert ids(store.editions.with_paper("2")) == ["d1", "s1"]
    assert ids(store.editions.with_paper("9")) == []


def test_topics_are_put_listed_and_removed_without_their_editions(store):
    full = Topic(
        "walks", "Walks", "How?", ("a b",), ("cs.DM",), ("graph",), ("dog",), "weekly:mon", "07:30", "Asia/Tokyo"
    )
    store.topics.put(Topic("walks", "Old"))
    store.topics.put(full)
    store.topics.put(Topic("asleep", "Asleep", active=False))
    assert store.topics.get("walks") == full
    assert [topic.slug for topic in store.topics.list()] == ["asleep", "walks"]
    assert store.topics.list(active_only=True) == [full]
    store.editions.freeze(digest("d1"))
    assert store.topics.remove("walks")
    assert not store.topics.remove("walks")
    assert store.topics.get("walks") is None
    assert store.editions.get("d1").topic == "walks"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pace(store, clock):
    return SourceTurns(store._database, clock)


def test_one_turn_at_a_time_and_a_pause_after_it(pace, clock):
    assert pace.claim("arxiv", "a", 3.0) == 0.0
    assert pace.claim("arxiv", "a", 3.0) == 0.0
    assert 0 < pace.claim("arxiv", "b", 3.0) <= 1
    assert pace.claim("other", "b", 3.0) == 0.0
    pace.release("arxiv", "a", 3.0)
    assert pace.claim("arxiv", "b", 3.0) == pytest.approx(3.0)
    assert pace.claim("arxiv", "a", 3.0) == pytest.approx(3.0)
    clock.now += 3.0
    assert pace.claim("arxiv", "b", 3.0) == 0.0
    assert pace.claim("arxiv", "a", 3.0) > 0


def test_a_holder_that_died_frees_its_turn_after_the_lease(pace, clock):
    pace.claim("arxiv", "dead", 3.0)
    clock.now += LEASE_SECONDS - 1
    assert pace.claim("arxiv", "b", 3.0) > 0
    clock.now += 1
    assert pace.claim("arxiv", "b", 3.0) == 0.0
    pace.release("arxiv", "dead", 500.0)
    assert pace.claim("arxiv", "c", 3.0) <= 1
    pace.release("arxiv", "b", 0.0)
    assert pace.claim("arxiv", "c", 3.0) == 0.0


@pytest.mark.parametrize("back", [2.0, 3600.0, 400_000.0])
def test_a_clock_set_back_costs_at_most_the_same_wait_again(pace, clock, back):
    pace.claim("arxiv", "a", 3.0)
    pace.release("arxiv", "a", 3.0)
    clock.now -= back
    waited = 0.0
    while (wait := pace.claim("arxiv", "b", 3.0)) > 0:
        clock.now += wait
        waited += wait
    assert waited == pytest.approx(3.0)
    clock.now -= back
    waited = 0.0
    while (wait := pace.claim("arxiv", "c", 3.0)) > 0:
        clock.now += wait
        waited += wait
    assert waited <= LEASE_SECONDS + 1


def test_processes_never_have_the_turn_together(place):
    command = [sys.executable, "-c", TAKES_TURNS, *place.arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    processes = [subprocess.Popen([*command, holder], **pipes) for holder in "abc"]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    lines = [line for process in processes for line in process.communicate(timeout=60)[0].splitlines()]
    turns = sorted(tuple(map(float, line.split())) for line in lines)
    gaps = [later[0] - earlier[1] for earlier, later in itertools.pairwise(turns)]
    assert len(turns) == 24
    assert min(gaps) >= 0.0099  # the pause, but for the clock's grain
