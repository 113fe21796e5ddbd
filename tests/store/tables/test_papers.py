"""Papers, and what is computed from them: versions, text index, vectors, cached results."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import StoreError
from store.records.editions import EditionPaper, Query, SearchLog, Summary, SummaryKey
from store.text.term_match import has_stems
from tests.factories.databases import SQLITE_ONLY
from tests.factories.store import NOON, SUMMARY, digest, paper, papers


@pytest.fixture
def store(place):
    with place.open() as opened:
        yield opened


def test_papers_come_back_as_they_were_in_the_order_asked_for(store):
    full = paper(
        "hep-th/9711200", 3, "Große $N$ «limits»", "日本語 and\nlines.", comment="5 p.", doi="10.0/x", journal_ref="J",
        status="restored", status_note="It is back.",
    )  # fmt: skip
    other = paper("x:10.9/1", source="x", url="https://x.example/10.9/1", pdf_url="https://x.example/10.9/1.pdf")
    assert store.papers.add([paper("1"), full, other]) == 3
    assert list(store.papers.get(["hep-th/9711200", "none", "1", "x:10.9/1"]).items()) == [
        ("hep-th/9711200", replace(full, citation_key="example2026grossehepth9711200")),
        ("1", paper("1", citation_key="example2026title1")),
        ("x:10.9/1", replace(other, citation_key="example2026titlex1091")),
    ]
    assert store.papers.get([]) == {}


def test_a_newer_version_replaces_text_and_index(store):
    store.papers.add([paper("1", 1, "Owls", "They hunt.")])
    assert store.papers.add([paper("1", 2, "Hawks", "They soar.")]) == 0
    assert store.papers.get(["1"])["1"].title == "Hawks"
    assert store.search.papers("owls") == store.search.papers("hunt") == []
    assert len(store.search.papers("hawks soar")) == 1
    assert store.papers.frequencies(["owl", "hawk"]) == {"owl": 0, "hawk": 1}


def test_an_older_version_changes_nothing(store):
    store.papers.add([paper("1", 2, "Hawks")])
    store.papers.add([paper("1", 1, "Owls", comment="late")])
    assert store.papers.get(["1"])["1"] == paper("1", 2, "Hawks", citation_key="example2026hawks1")
    assert store.search.papers("owls") == []


@pytest.mark.parametrize("version", [1, 2])
def test_the_first_day_of_a_paper_is_the_one_that_was_told_first(store, version):
    store.papers.add([paper("1", 1, published=NOON)])
    store.papers.add([paper("1", version, published=NOON - timedelta(days=4), updated=NOON + timedelta(days=9))])
    kept = store.papers.get(["1"])["1"]
    assert (kept.published, kept.updated) == (NOON, NOON + timedelta(days=9))


def test_the_same_version_refreshes_metadata_but_neither_the_text_nor_with_nothing(store):
    store.papers.add([paper("1", 1, "Owls", comment="4 pages", doi="10.0/x")])
    store.papers.add([paper("1", 1, "Retold", "Otherwise.", comment="", doi="10.0/y", authors=("Cy New",))])
    assert store.papers.get(["1"])["1"] == paper(
        "1", 1, "Owls", comment="4 pages", doi="10.0/y", authors=("Cy New",), citation_key="example2026owls1"
    )
    assert [hit.paper.id for hit in store.search.papers("cy")] == ["1"]
    assert store.search.papers("ada") == []


def test_a_key_is_given_once_and_to_one_paper(store):
    store.papers.add([paper("2601.00001", title="Owls"), paper("2601.00002", title="Owls")])
    store.papers.add([paper("2601.00003", title="Owls", citation_key="mine")])
    store.papers.add([paper("2601.00002", 2, "Hawks"), paper("2601.00001", 1, "Owls", comment="4 pages")])
    keys = {
        id_: kept.citation_key for id_, kept in store.papers.get(["2601.00001", "2601.00002", "2601.00003"]).items()
    }
    assert keys == {
        "2601.00001": "example2026owls260100001",
        "2601.00002": "example2026owls260100002",
        "2601.00003": "example2026owls260100003",
    }


def test_a_status_is_that_of_the_newest_version_or_of_who_says_something(store):
    def status():
        return store.papers.get(["1"])["1"].status

    store.papers.add([paper("1", 1)])
    assert status() == "live"
    store.papers.add([paper("1", 1, status="withdrawn", status_note="Withdrawn.", comment="Withdrawn.")])
    store.papers.add([paper("1", 1)])  # which says nothing
    assert status() == "withdrawn"
    store.papers.add([paper("1", 1, comment="4 pages")])
    assert status() == "live"
    store.papers.add([paper("1", 2, status="removed", status_note="Removed.")])
    assert status() == "removed"
    store.papers.add([paper("1", 3)])
    assert status() == "live"


def test_how_a_paper_reads_is_kept_with_it(store, monkeypatch):
    written = paper("1", title='A Schr\\"{o}dinger walk', abstract="Few-shot, in H$_2$O.")
    store.papers.add([written, paper("2", title="Plain")])
    assert set(store.papers.get_read(["1", "2"])) == {"1", "2"}
    monkeypatch.setattr("store.records.editions.latex_to_unicode", None)
    monkeypatch.setattr("store.records.editions.stem_text", None)
    for kept in (store.papers.get(["1"])["1"], store.search.papers("walk")[0].paper, store.listings.papers(limit=2)[1]):
        assert kept.readable_title == "A Schrödinger walk"
        assert kept.readable_abstract == "Few-shot, in H₂O."
        assert kept.title_stems == " a schroding walk "
        assert has_stems(kept.stems, "fewshot")
        assert EditionPaper.alone(kept).readable_title == "A Schrödinger walk"
    assert store.papers.get(["2"])["2"].readable_title == "Plain"
    store.papers.add([paper("1", 1, "Retold", comment="4 pages", authors=("Cy New",))])  # keeps its text, unread
    assert [hit.paper.id for hit in store.search.papers("schrödinger cy")] == ["1"]


def test_authors_are_known_by_paper_and_place(store):
    store.papers.add([paper("1", authors=("Hu, Edward", "et al.")), paper("2", authors=("Ada Example", "Edward Hu"))])
    store.papers.add([paper("1", 2, authors=("Cy New", "Edward Hu"))])
    store.papers.get_read(["1", "2"])
    with store._database.read() as session:
        rows = session.rows("SELECT person, paper, position FROM paper_authors ORDER BY paper, position")
    assert rows == [("cy-new", 1, 0), ("edward-hu", 1, 1), ("ada-example", 2, 0), ("edward-hu", 2, 1)]


VERSIONS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.sampled_from(["owl", "hawk", "kite"])))


@settings(max_examples=40, deadline=None)
@given(st.lists(VERSIONS, max_size=4))
def test_any_sequence_of_versions_ends_in_the_newest_first_seen(new_place, batches):
    expected: dict[str, tuple[int, str]] = {}
    with new_place() as place, place.open() as store:
        for batch in batches:
            unseen = len({id_ for id_, _, _ in batch} - expected.keys())
            for id_, version, word in batch:
                if version > expected.get(id_, (0, ""))[0]:
                    expected[id_] = (version, word)
            assert store.papers.add(paper(id_, version, word, "Same.") for id_, version, word in batch) == unseen
        held = {id_: (paper.version, paper.title) for id_, paper in store.papers.get("abc").items()}
        found = {word: {hit.paper.id for hit in store.search.papers(word)} for word in ("owl", "hawk", "kite")}
        assert store.check() == ()
    assert held == expected
    assert found == {word: {id_ for id_, (_, its) in expected.items() if its == word} for word in found}


def test_matching_papers_hold_all_words_of_any_query(store):
    store.papers.add(
        [
            paper("1", title="LoRA for images", abstract="We adapt generators."),
            paper("2", title="Exploration", abstract="Of image spaces, without it."),
            paper("3", title="Speech recognition", abstract="End to end."),
            paper("4", title="Recognition of speech", abstract="At its end."),
            paper("5", title="Nothing", abstract="Else.", authors=("Lora Image",)),
        ]
    )

    def ids(*queries, **window):
        return [paper.id for paper in store.papers.matching([Query(terms) for terms in queries], **window)]

    assert ids(("image", "lora")) == ["1"]
    assert ids(("speech recognition",)) == ["3"]
    assert sorted(ids(("speech", "recognition"))) == ["3", "4"]
    assert sorted(ids(("lora",), ("end-to-end",))) == ["1", "3"]
    assert sorted(ids(("lora-image",), ("speech",), ("*",))) == ["1", "3", "4"]
    assert len(ids(("speech",), limit=1)) == 1
    assert ids(("!",), ()) == ids(("speech",), limit=0) == []


def test_matching_looks_for_words_where_a_query_does(store):
    store.papers.add(
        [
            paper("1", title="LoRA for images", abstract="We adapt generators.", authors=("Ada B. Example",)),
            paper("2", title="Exploration", abstract="Of LoRA.", authors=("Ben Lora",), categories=("hep-th",)),
            paper("3", title="Lora", abstract="We look.", authors=("Ada Beispiel", "Ben Lora"), categories=("cs.CV",)),
        ]
    )

    def ids(*queries, **narrowed):
        return sorted(paper.id for paper in store.papers.matching(queries, **narrowed))

    assert ids(Query(("lora",), "title")) == ["1", "3"]
    assert ids(Query(("Ben Lora",), "author"), Query(("Ada Example",), "author")) == ["1", "2", "3"]
    assert ids(Query(("lora",)), categories=("cs.*", "math.CO")) == ["1", "3"]
    assert ids(Query(("lora",)), categories=("hep-th", "cs.CV"), authors=("Ben Lora",)) == ["2", "3"]


def test_without_a_query_the_last_submitted_match(store):
    store.papers.add([paper(str(n), title="A", published=NOON + timedelta(hours=n)) for n in range(4)])
    assert [paper.id for paper in store.papers.matching((), until=NOON + timedelta(hours=3), limit=2)] == ["2", "1"]


def test_matching_keeps_to_the_window_of_first_submission(store):
    days = [NOON + timedelta(days=day) for day in range(4)]
    store.papers.add(paper(str(n), title="Owls", published=day) for n, day in enumerate(days))
    found = store.papers.matching([Query(("owl",))], since=days[1], until=days[3])
    assert sorted(paper.id for paper in found) == ["1", "2"]


def test_matching_brings_the_best_first(store):
    store.papers.add(
        [paper("1", abstract="An owl, once, among many other birds of the night."), paper("2", title="Owl")]
    )
    assert [paper.id for paper in store.papers.matching([Query(("owl",))])] == ["2", "1"]


def test_frequencies_count_papers_not_places(store):
    store.papers.add([paper("1", title="Image images", abstract="imaging"), paper("2", title="An image")])
    assert store.papers.frequencies(["image", "IMAGES", "owl", "!", "an image"]) == {
        "image": 2,
        "IMAGES": 2,
        "owl": 0,
        "!": 0,
        "an image": 1,
    }


def with_vectors(store, count, length=8, model="m:1", seed=0):
    made = papers(count)
    vectors = np.random.default_rng(seed).normal(size=(count, length)).astype(np.float32)
    store.papers.add(made)
    store.vectors.add(model, {paper.text_hash: vector for paper, vector in zip(made, vectors, strict=True)})
    return made, vectors


def by_brute_force(made, vectors, wanted):
    rows = vectors.astype(float)
    cosines = rows @ wanted / np.linalg.norm(rows, axis=1) / np.linalg.norm(wanted)
    order = np.argsort(-cosines)
    return [made[n].id for n in order], cosines[order]


def assert_nearest(store, made, vectors, wanted, n, **options):
    ids, cosines = by_brute_force(made, vectors, wanted)
    found = store.vectors.nearest("m:1", wanted, n, **options)
    assert [id_ for id_, _ in found] == ids[:n]
    assert [cosine for _, cosine in found] == pytest.approx(cosines[:n], abs=1e-5)


def test_vectors_come_back_bit_for_bit_and_models_never_meet(store):
    vector = np.array([1.5, -0.0, 3e-38], np.float32)
    store.vectors.add("m:1", {"h": vector})
    store.vectors.add("m:2", {"h": np.ones(5, np.float32)})
    store.vectors.add("m:1", {"h": vector * 2})
    assert store.vectors.get(["h", "none"], "m:1")["h"].tobytes() == vector.tobytes()
    assert store.vectors.get(["h"], "m:2")["h"].shape == (5,)
    assert store.vectors.get(["h"], "m:3") == {}


@pytest.mark.parametrize("bad", [[1.0], [[1.0, 2.0]], [], [1.0, float("nan")], [float("inf"), 1.0], 3.0])
def test_a_vector_that_is_none_of_the_models_is_refused_and_nothing_kept(store, bad):
    store.vectors.add("m:1", {"first": np.ones(2, np.float32)})
    with pytest.raises(StoreError, match="m:1"):
        store.vectors.add("m:1", {"good": np.ones(2, np.float32), "bad": np.array(bad, np.float32)})
    assert store.vectors.get(["good", "bad"], "m:1") == {}
    with pytest.raises(StoreError, match="m:1"):
        store.vectors.nearest("m:1", np.array(bad, np.float32), 3)


def test_nearest_is_exact(store):
    made, vectors = with_vectors(store, 60)
    for n in (1, 7, 60):
        assert_nearest(store, made, vectors, vectors[5] + 0.1, n)
    assert store.vectors.nearest("m:1", vectors[0], 0) == store.vectors.nearest("m:none", vectors[0], 5) == []


def test_nearest_among_ids(store):
    made, vectors = with_vectors(store, 30)
    some = [paper.id for paper in made[10:20]]
    assert_nearest(store, made[10:20], vectors[10:20], vectors[0], 4, ids=[*some, "none", some[0]])
    assert store.vectors.nearest("m:1", vectors[0], 4, ids=[]) == []


def test_nearest_knows_present_texts_only_and_every_paper_of_a_text(store):
    made, vectors = with_vectors(store, 12)
    store.papers.add([paper(made[0].id, 2, "Another text"), replace(made[1], id="twin")])
    found = store.vectors.nearest("m:1", vectors[0], 12)
    assert made[0].id not in [id_ for id_, _ in found]
    assert len(found) == 12
    assert dict(found)["twin"] == dict(found)[made[1].id]


def test_the_vectors_of_a_topic_are_those_of_its_editions_papers_the_newest_first(store):
    made, vectors = with_vectors(store, 4)
    store.editions.freeze(digest("d1", (made[0].id,), day=0, topic="asr"))
    store.editions.freeze(digest("d2", (made[2].id, made[1].id), day=1, topic="asr"))
    assert [vector.tolist() for vector in store.vectors.of_topic("asr", "m:1", 9)] == vectors[[2, 1, 0]].tolist()
    assert len(store.vectors.of_topic("asr", "m:1", 2)) == 2
    assert store.vectors.of_topic("asr", "m:2", 9) == store.vectors.of_topic("other", "m:1", 9) == []


def test_zero_vectors_are_at_cosine_zero(store):
    store.papers.add(papers(2))
    first, second = papers(2)
    store.vectors.add("m:1", {first.text_hash: np.zeros(3, np.float32), second.text_hash: np.ones(3, np.float32)})
    assert store.vectors.nearest("m:1", np.ones(3), 2) == [(second.id, pytest.approx(1.0)), (first.id, 0.0)]
    assert store.vectors.nearest("m:1", np.zeros(3), 2) == [(first.id, 0.0), (second.id, 0.0)]


def test_summaries_are_kept_for_good_by_all_that_determined_them(store):
    key = SummaryKey("m:1", "prompt", "en")
    store.summaries.add("h", key, SUMMARY)
    store.summaries.add("h", key, Summary("", "", "", "Another.", "m:1", "model"))
    assert store.summaries.get(["h", "none"], key) == {"h": SUMMARY}
    for other in (replace(key, model="m:2"), replace(key, prompt_hash="new"), replace(key, language="ja")):
        assert store.summaries.get(["h"], other) == {}


def test_the_first_text_under_a_key_stays(store):
    assert store.model_texts.get("k") is None
    store.model_texts.add("k", "section", "m:1", "First.")
    store.model_texts.add("k", "section", "m:1", "Second.")
    assert store.model_texts.get("k") == "First."


def test_only_a_complete_search_is_recent(store):
    whole = SearchLog("k", "arxiv", "owls", NOON, 2, ("1", "2"), complete=True)
    broken = replace(whole, at=NOON + timedelta(hours=1), complete=False, detail="cut off")
    store.searches.add(whole)
    store.searches.add(broken)
    assert store.searches.recent("k", NOON) == whole
    assert store.searches.recent("k", NOON + timedelta(seconds=1)) is None
    assert store.searches.recent("other", NOON) is None
    assert store.searches.last("arxiv") == broken
    assert store.searches.last("sample") is None


@SQLITE_ONLY
def test_no_question_about_few_reads_a_whole_table(store):
    """SQLite has to start from the few that were asked for; without being told it starts from the many."""
    asked: list[str] = []
    with store._database.read() as session:
        session.db.conn.set_trace_callback(asked.append)
    vector = np.ones(3, np.float32)
    store.vectors.add("m:1", {"h": vector})
    for work in (
        lambda: store.papers.get(["1"]),
        lambda: store.papers.add([paper("1")]),
        lambda: store.vectors.get(["h"], "m:1"),
        lambda: store.vectors.nearest("m:1", vector, 3, ids=["1"]),
        lambda: store.vectors.nearest("m:1", vector, 3),
        lambda: store.summaries.get(["h"], SummaryKey("m:1", "p", "en")),
        lambda: store.model_texts.get("k"),
        lambda: store.searches.recent("k", NOON),
        lambda: store.searches.last("arxiv"),
        lambda: store.editions.unseen("walks", ["1"]),
        lambda: store.editions.with_paper("1"),
        lambda: store.editions.recent_survey("k", NOON),
        lambda: store.editions.last_digest("walks"),
        lambda: store.editions.last_complete_until("walks"),
        lambda: store.editions.of_slot("walks", NOON),
        lambda: store.search.papers("owl"),
        lambda: store.papers.matching([Query(("owl",))], since=NOON),
        lambda: store.papers.with_doi("10.1000/owl"),
    ):
        work()
    with store._database.read() as session:
        session.db.conn.set_trace_callback(None)
        own = [sql for sql in asked if "'main'.'" not in sql]  # the others are FTS5's, of its own tables
        reads = [sql for sql in own if sql.lstrip().startswith(("SELECT", "WITH"))]
        plans = {sql: [step[3] for step in session.rows(f"EXPLAIN QUERY PLAN {sql}")] for sql in reads}
    assert len(reads) >= 17
    for sql, steps in plans.items():
        whole = [step for step in steps if step.startswith("SCAN") and "VIRTUAL" not in step]
        few = {"SCAN papers USING INDEX papers_inner_doi"}  # those with a DOI that is not at the beginning
        assert set(whole) <= {"SCAN wanted", "SCAN best", "SCAN counted", "SCAN CONSTANT ROW"} | few, sql
        if "AS wanted" in sql:
            assert "wanted" in next(step for step in steps if step.startswith(("SCAN", "SEARCH"))), sql


@pytest.mark.parametrize(
    "typed",
    [
        "10.1000/Owl",
        "doi:10.1000/owl.",
        "https://doi.org/10.1000/OWL",
        "10.5555/other 10.1000/owl",
        " 10.1000/owl, 10.5/x",
    ],
)
def test_a_paper_is_found_by_any_doi_in_its_field_however_it_stands_there(store, typed):
    store.papers.add([paper("longer", doi="10.1000/owls"), paper("other", doi="10.1000/ow"), paper("owl", doi=typed)])
    assert store.papers.with_doi("10.1000/oWl").id == "owl"
    assert store.papers.with_doi("10.1000/o") is None


def test_of_dois_that_begin_alike_beyond_what_is_indexed_the_right_one_is_found(store):
    long = f"10.1000/{'a' * 200}"
    store.papers.add([paper("1", doi=f"{long}1"), paper("2", doi=f"{long}2")])
    assert [store.papers.with_doi(f"{long}{n}").id for n in (1, 2)] == ["1", "2"]
