"""What kind of paper one is: by what its title calls itself, and what its abstract says of itself. Invented papers."""

import pytest

from digest.facts.roles import paper_role
from tests.factories.store import paper

MADE = "We propose a new method that bounds the delay of a recogniser."


def role(title: str, abstract: str = MADE, **other: str) -> str:
    return paper_role(paper("2401.00001", title=title, abstract=abstract, **other))


@pytest.mark.parametrize(
    "title",
    [
        "A Comprehensive Survey on Bees",
        "Dancing Bees: A Survey",
        "Bees, Dances and Maps: a systematic literature review",
        "How Do Bees Dance? A Concise Review and Evaluation of Methods",
        "Bee-360: Survey of Dances as Maps",
        "Dances of Bees: Taxonomy and Survey",
        "A Primer on Bees: Dances for Social Work",
        "Bee Recognition by Machine, A Review",
        "Bees in Practice: A Tutorial",
        "An Overview of Dances -- Recent Developments",
    ],
)
def test_a_survey_calls_itself_one(title: str) -> None:
    assert role(title) == "survey"


@pytest.mark.parametrize(
    "title",
    [
        "Detecting Fake Product Reviews with Bees",
        "Streamlining Systematic Reviews with Bees",
        "Automated Literature Review with Bees",
        "BeeReview: Hierarchical Literature Review Generation",
        "Counting Bees from Survey Data",
        "Bees of the Deep Sky Survey: A Method",
        "Improving Customer Review Responses",
    ],
)
def test_what_is_done_with_surveys_and_reviews_is_none(title: str) -> None:
    assert role(title) != "survey"


def test_a_survey_of_people_is_none_unless_it_reviews_papers() -> None:
    asked = "We conducted an online survey with 312 respondents."
    assert role("Beekeeping Today: A Survey", asked) == "unknown"
    assert role("Beekeeping Today: A Survey", f"{asked} We also review the literature.") == "survey"


def test_in_astronomy_a_survey_is_an_observation() -> None:
    sky = {"categories": ("astro-ph.GA",), "primary_category": "astro-ph.GA"}
    assert paper_role(paper("1", title="A Survey of Dwarf Galaxies", abstract="We observe 40.", **sky)) != "survey"
    told = "This review paper covers dwarf galaxies."
    assert paper_role(paper("1", title="Dwarf Galaxies: A Review", abstract=told, **sky)) == "survey"


def test_an_abstract_may_say_it_instead_of_the_title() -> None:
    assert role("Bees and their Dances", "Bees dance. This survey covers forty years of work.") == "survey"
    assert role("Bees: Opportunities and Challenges", "This paper presents a systematic review of bees.") == "survey"
    assert role("Bees and their Dances", "Building on this review, we dance. " + MADE) == "method"
    assert role("Bees", MADE, journal_ref="ACM Comput. Surv. 55, 1 (2023)") == "survey"


@pytest.mark.parametrize(
    "title",
    [
        "HiveBench: Can Models Count Bees?",
        "Hives: A Large-Scale Dataset of Bees in Flight",
        "A New Benchmark for Counting Bees",
        "Building a Corpus of Dances",
        "Counting Bees: New Dataset and Baselines",
        "Updated Corpora and Benchmarks for Bees",
        "The Hive Corpus for Recognition and Translation",
    ],
)
def test_a_benchmark_calls_itself_one_and_makes_one(title: str) -> None:
    assert role(title, "We introduce a benchmark of 4,000 hives and evaluate ten models.") == "benchmark"


@pytest.mark.parametrize(
    "title",
    [
        "Dataset Distillation with Bees",
        "Bees on Large Scale Datasets",
        "A Framework for Dataset Generation",
        "Beyond Benchmarks: Bees in the Wild",
        "Retrieval of Bees",  # holds "eval"
        "Our System for the Hive Recognition Challenge 2023",
    ],
)
def test_what_is_done_with_data_sets_is_none(title: str) -> None:
    assert role(title, f"{MADE} It is evaluated on three data sets.") == "method"


def test_benchmarking_wants_something_that_is_compared() -> None:
    assert role("Benchmarking Bees for Speech", "We compare twelve bees on four tasks.") == "benchmark"
    assert role("Benchmarking a Bound", MADE) == "method"
    assert role("Evaluating Bees", "We introduce HiveQA, a benchmark of questions.") == "benchmark"
    assert role("Evaluating Bees", "We look at what bees answer.") == "unknown"


def test_a_shared_task_is_told_by_its_organisers() -> None:
    assert role("Overview of the Hive Counting Task", "Teams submitted systems.") == "benchmark"
    assert role("The Hive Challenge 2024", "We organise a challenge; nine submissions came.") == "benchmark"
    assert role("Our Submission to the Hive Challenge", "Our system wins over nine submissions.") != "benchmark"


def test_other_roles_want_their_cue() -> None:
    assert role("Position: Bees Should Be Counted", "Bees matter.") == "position"
    assert role("Counting", "In this position paper, bees matter.") == "position"
    assert role("A Lower Bound on Dances", "We prove that no bee turns twice.") == "theory"
    assert role("Counting Bees: A Case Study in Bavaria", "Bees were counted.") == "application"
    assert role("Counting Bees", MADE) == "method"
    assert role("Counting Bees", "Bees were counted.") == "unknown"
    assert role("", "") == "unknown"
