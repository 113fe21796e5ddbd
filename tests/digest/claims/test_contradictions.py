import pytest

from bench.claims import sample_papers
from digest.claims.claim_check import Evidence
from digest.claims.figures import figures, missing_figures
from digest.claims.paper_reading import PaperReading
from digest.claims.relations import is_crossed
from digest.claims.statements import check_statements
from store.records.editions import Paper
from tests.factories.chat import paper

PAPERS: dict[int, Paper] = {
    1: paper(
        1,
        "GraphDock predicts how ligands bind without crystal structures. It is 14 times faster than AutoDock and "
        "outperforms earlier networks on PDBbind. Docking knowledge is distilled from a physics engine into the "
        "network. We find that pre-training does not improve ranking. The 95K complexes come from 31 laboratories.",
    ),
    2: paper(2, "Streaming recognisers write captions within 300 ms by chunked attention over microphones in cars."),
}
EVIDENCE = Evidence(PAPERS)

# Each true statement with a false twin in the same words.
TWINS = [
    ("GraphDock is fourteen times faster than AutoDock", "GraphDock is fourteen times slower than AutoDock"),
    ("GraphDock is 14 times faster than AutoDock", "GraphDock is 40 times faster than AutoDock"),
    ("GraphDock outperforms earlier networks on PDBbind", "Earlier networks outperform GraphDock on PDBbind"),
    ("GraphDock predicts how ligands bind", "GraphDock does not predict how ligands bind"),
    ("Pre-training does not improve the ranking of ligands", "Pre-training does improve the ranking of ligands"),
    (
        "Knowledge is distilled from a physics engine into the network",
        "Knowledge is distilled from the network into a physics engine",
    ),
    ("Some 95,000 complexes of 31 laboratories are used", "Some 31,000 complexes of 95 laboratories are used"),
    ("GraphDock outperforms earlier networks on PDBbind", "GraphDock outperforms earlier networks on CASF"),
]


def score(sentence: str) -> float:
    (found,) = check_statements([(0, f"{sentence} [1].")], EVIDENCE, "en")
    assert found.score is not None
    return found.score


@pytest.mark.parametrize(("true", "false"), TWINS)
def test_a_contradiction_scores_less_than_its_true_twin(true: str, false: str) -> None:
    assert score(false) < score(true)


@pytest.mark.parametrize("true", sorted({true for true, _ in TWINS}))
def test_a_true_statement_is_supported_and_has_no_reason(true: str) -> None:
    (found,) = check_statements([(0, f"{true} [1].")], EVIDENCE, "en")
    assert (found.verdict, found.reason) == ("supported", "")


@pytest.mark.parametrize(
    ("false", "reason"),
    [
        ("GraphDock is fourteen times slower than AutoDock", "the comparison goes the other way"),
        ("GraphDock is 40 times faster than AutoDock", "a number is not in the abstract"),
        ("GraphDock does not predict how ligands bind", "the abstract says the opposite"),
    ],
)
def test_a_reason_says_what_differs(false: str, reason: str) -> None:
    (found,) = check_statements([(0, f"{false} [1].")], EVIDENCE, "en")
    assert (found.verdict, str(found.reason)) == ("unsupported", reason)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("95K users", {95_000.0}),
        ("95,000 users", {95_000.0}),
        ("6.8 million pictures", {6_800_000.0}),
        ("fourteen times", {14.0}),
        ("in 2.5 ms", {2.5}),
        ("version 1.2.3", {1.0}),
        ("GPT4 and none", set()),
        ("thirty-eight speakers of ninety", {38.0, 90.0}),
        ("sixty-one thousand", {61_000.0}),
        ("a hundred or two dozen", {100.0, 24.0}),
        ("hundreds of a thousandth", set()),
        ("two hundred and fifty-one, one hundred and two, a thousand and three", {251.0, 102.0, 1_000.0, 3.0}),
    ],
)
def test_a_number_is_the_same_however_it_is_written(text: str, values: set[float]) -> None:
    assert figures(text) == values


def test_a_rounded_number_is_known_where_the_statement_says_about() -> None:
    known = figures("The WER is 15.2%, over 38 hours.")
    assert missing_figures("about 15%", known) == 0
    assert missing_figures("roughly 40 hours", known) == 1
    assert missing_figures("nearly 39 hours", known) == 0
    assert missing_figures("39 hours", known) == 1


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("two-thirds of the pairs", 0),
        ("two thirds of the pairs", 0),
        ("three-quarters of the pairs", 1),
        ("three of five pairs", 1),
        ("a third encoder", 0),
    ],
)
def test_a_fraction_is_the_percentage_that_it_is(text: str, missing: int) -> None:
    assert missing_figures(text, figures("In 66.7% of the pairs, with 5 encoders.")) == missing


def test_the_two_of_what_is_told_one_by_one_is_no_number_that_a_paper_lacks() -> None:
    known = figures("An adapter for subjects and one for motion.")
    assert missing_figures("It keeps the two adapters apart", known) == 0
    assert missing_figures("It has two adapters", known) == missing_figures("the two million adapters", known) == 1


def test_no_sentence_of_an_abstract_contradicts_it() -> None:
    """Surveys without a model quote them."""
    readings = [PaperReading(paper) for paper in sample_papers().values()]
    quoted = [(reading, sentence) for reading in readings for sentence in reading.sentences[1:]]
    assert len(quoted) > 200
    assert [sentence for reading, sentence in quoted if reading.fault(sentence)[1]] == []


def test_a_relation_that_a_sentence_has_twice_is_crossed_by_neither() -> None:
    said = "Builders widen their toolbox before training on tools, to lift beams first and then widen the toolbox"
    assert not is_crossed(said, [said])
    assert is_crossed("Texts are turned into pictures", ["Pictures are turned into texts"])


def test_a_quotation_is_not_gainsaid_by_another_sentence() -> None:
    first = "Cranes use a strong arm to lift beams and a weak arm to paint walls."
    second = "Painted walls need an arm to be improved and beams to be lifted to the strong crane."
    own = PaperReading(paper(1, f"{first} {second}"))
    assert [own.fault(sentence)[1] for sentence in (first, second)] == ["", ""]


def test_a_quotation_without_its_denial_is_one_no_more() -> None:
    own = PaperReading(paper(1, "The decoder does not need aligned recordings of speech. It needs text."))
    assert own.fault("The decoder does not need aligned recordings of speech.")[1] == ""
    denied = own.fault("The decoder does need aligned recordings of speech.")[1]
    assert str(denied) == "the abstract says the opposite"
