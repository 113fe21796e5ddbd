"""Facts of papers together: nearness by vectors, and the rest by their words."""

import numpy as np

from digest.facts.facts import find_facts
from digest.facts.nearness import centralities, novelties
from tests.factories.store import paper, papers

HERE, NEAR, FAR = ([1.0, 0.0], [0.8, 0.6], [0.0, 1.0])


def test_the_nearest_to_all_has_one_and_the_farthest_none() -> None:
    assert (
        centralities(np.array([HERE, NEAR, FAR], np.float32)) == [0.0, 1.0, 0.0]
        or centralities(np.array([HERE, NEAR, FAR], np.float32))[1] == 1.0
    )
    assert centralities(np.array([HERE, NEAR, FAR], np.float32)) == [0.25, 1.0, 0.0]
    assert centralities(np.array([HERE, HERE], np.float32)) == [1.0, 1.0]
    assert centralities(np.array([HERE], np.float32)) == [None]
    assert centralities(np.zeros((0, 2), np.float32)) == []


def test_novelty_is_how_far_the_nearest_earlier_paper_is() -> None:
    vectors = np.array([HERE, FAR], np.float32)
    assert novelties(vectors, [np.array(HERE, np.float32)]) == [0.0, 1.0]
    assert novelties(vectors, []) == [None, None]


def test_what_is_known_comes_by_the_papers_id() -> None:
    told = paper(
        "2401.00009",
        title="HiveBench: A Benchmark of Bees",
        abstract="We introduce a benchmark. Code is at https://github.com/example/hive.",
        comment="12 pages, accepted at NeurIPS 2025",
    )
    facts = find_facts([told, *papers(2)], np.array([HERE, NEAR, FAR], np.float32))[told.id]
    assert (facts.role, facts.code_url, facts.pages) == ("benchmark", "https://github.com/example/hive", 12)
    assert (facts.venue, facts.datasets, facts.novelty) == ("NeurIPS 2025", ("HiveBench",), None)


def test_the_list_that_a_survey_links_is_no_code() -> None:
    told = paper("2401.00009", title="Bees: A Survey", abstract="Papers: https://github.com/example/awesome-bees")
    assert find_facts([told], np.array([HERE], np.float32))[told.id].code_url == ""
