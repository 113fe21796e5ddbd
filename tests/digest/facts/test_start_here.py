"""What to read first: papers of different kinds, each with a reason that is true of it."""

from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.facts.start_here import choose_start
from store.records.editions import EditionPaper
from store.records.paper_facts import PaperFacts, PaperRole
from tests.doubles.editions import edition

PAPERS = edition(20).papers
CODE = "https://github.com/example/hive"


def made(size: int = 20, **facts: dict[int, object]) -> tuple[EditionPaper, ...]:
    """Methods whose relevance falls from paper to paper, and whose centrality rises. facts: by field, by number."""
    papers = []
    for paper in PAPERS[:size]:
        own = {field: values[paper.number] for field, values in facts.items() if paper.number in values}
        told = PaperFacts(role="method", centrality=paper.number / size)
        papers.append(replace(paper, relevance=1 - paper.number / 100, facts=replace(told, **own)))  # type: ignore[arg-type]
    return tuple(papers)


def told(papers: tuple[EditionPaper, ...], kind: str = "survey") -> dict[int, str]:
    return {start.paper: str(start.reason) for start in choose_start(papers, kind)}  # type: ignore[arg-type]


def test_kinds_come_in_the_order_in_which_to_read_them() -> None:
    papers = made(role={4: "survey", 7: "benchmark"}, code_url={9: CODE, 3: CODE})
    assert told(papers) == {
        4: "the survey of the field",
        1: "the nearest to the question",
        20: "the most central method",
        7: "the benchmark or data set",
        9: "the newest with code",
    }
    assert list(told(papers)) == [4, 1, 20, 7, 9]


def test_of_several_the_most_relevant_is_named_with_their_number() -> None:
    papers = made(role={4: "survey", 6: "survey", 8: "survey"})
    assert told(papers)[4] == "the most relevant of 3 surveys of the field"


def test_citations_count_where_they_are_known_and_tell_something() -> None:
    assert told(made(citations={5: 900, 6: 12}))[5] == "the most cited: 900 citations"
    assert 5 not in told(made(citations={5: 3}))


def test_the_nearest_to_the_question_stands_before_those_that_are_near() -> None:
    papers = tuple(replace(paper, relevance=paper.relevance if paper.number != 6 else 1.0) for paper in made(7))
    reasons = [reason for reason in told(papers).values() if "nearest" in reason]
    assert reasons[:1] == ["the nearest to the question"]
    assert len(reasons) > 1


def test_the_most_cited_is_so_among_all_that_are_shown() -> None:
    papers = made(citations={5: 100, 8: 900})
    beside = tuple(replace(paper, core=paper.number != 8) for paper in papers)
    assert "the most cited: 900 citations" in told(papers).values()
    assert not any("most cited" in reason for reason in told(beside).values())


def test_nobody_is_sent_to_a_paper_of_little_relevance_for_its_code() -> None:
    assert told(made(code_url={9: CODE, 3: CODE}))[9] == "the newest with code"
    papers = tuple(
        replace(paper, published=paper.published + timedelta(days=paper.number))
        for paper in made(code_url={3: CODE, 15: CODE})
    )
    assert told(papers)[3] == "the newest with code among the more relevant"
    assert not any("code" in reason for reason in told(made(code_url={15: CODE})).values())


def test_in_a_digest_the_new_is_what_is_unlike_the_archive() -> None:
    papers = made(novelty={2: 0.1, 5: 0.7, 15: 0.9})  # the last is not near to the question
    assert told(papers, "digest")[5] == "the most unlike what earlier digests had"
    assert not any("newest of" in reason for reason in told(papers, "digest").values())


def test_nobody_is_sent_to_what_was_withdrawn_or_is_beside_the_question() -> None:
    papers = made(role={4: "survey", 7: "benchmark"})
    papers = tuple(
        replace(paper, status="withdrawn") if paper.number == 4 else replace(paper, core=paper.number != 7)
        for paper in papers
    )
    assert not {4, 7} & set(told(papers))


def test_where_hardly_any_paper_is_at_the_core_the_nearest_are_named() -> None:
    papers = tuple(replace(paper, core=paper.number == 9) for paper in made())
    assert len(told(papers)) >= 3
    assert set(told(papers)) <= {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(("size", "least", "most"), [(5, 0, 0), (6, 3, 3), (8, 3, 4), (20, 3, 5)])
def test_how_many_there_are(size: int, least: int, most: int) -> None:
    assert least <= len(told(made(size))) <= most


def test_papers_of_an_older_kind_have_a_start_too() -> None:
    plain = tuple(replace(paper, facts=PaperFacts()) for paper in PAPERS)
    assert len(told(plain)) == 3


ROLES: list[PaperRole] = ["survey", "benchmark", "method", "application", "theory", "position", "unknown"]
FACTS = st.builds(
    PaperFacts,
    role=st.sampled_from(ROLES),
    centrality=st.none() | st.floats(0, 1),
    novelty=st.none() | st.floats(0, 1),
    code_url=st.sampled_from(["", CODE]),
    citations=st.none() | st.integers(0, 5_000),
)


@given(
    st.lists(
        st.tuples(FACTS, st.none() | st.floats(0, 1), st.booleans(), st.integers(0, 900)), min_size=0, max_size=20
    ),
    st.sampled_from(["survey", "digest"]),
)
def test_each_is_another_paper_of_another_kind_and_the_newest_is_the_newest(given_papers: list, kind: str) -> None:
    papers = tuple(
        replace(paper, facts=facts, relevance=relevance, core=core, published=paper.published + timedelta(days=days))
        for paper, (facts, relevance, core, days) in zip(PAPERS, given_papers, strict=False)
    )
    start = choose_start(papers, kind)  # type: ignore[arg-type]
    assert len(start) == 0 if len(papers) < 6 else 3 <= len(start) <= 5
    assert len({one.paper for one in start}) == len(start)
    kinds = [one.kind for one in start if one.kind != "relevant"]
    assert len(set(kinds)) == len(kinds)
    named = {paper.number: paper for paper in papers}
    core = [paper for paper in papers if paper.core]
    for one in start:
        if one.kind == "code" and len(core) >= 3:
            typical = median(paper.relevance or 0.0 for paper in papers)
            near = [paper for paper in core if paper.facts.code_url and (paper.relevance or 0.0) >= typical]
            assert named[one.paper].published == max(paper.published for paper in near)
            newest = max(paper.published for paper in core if paper.facts.code_url)
            assert named[one.paper].published == newest or "among" in str(one.reason)
        if one.kind == "cited":
            assert named[one.paper].facts.citations == max(paper.facts.citations or 0 for paper in papers)
