"""Statements on their way to a model: halves where it cannot hold so many, and nothing said is asked for again."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from digest.errors import ModelError
from digest.fan_out import FanOut
from digest.pipeline.enrich import abstract_as_summary
from digest.ports import Answer, BriefPaper, StatementToVerify, Verification
from digest.run_context import RunContext
from digest.verification.verification_job import VerificationJob
from store import Store
from store.records.editions import Usage
from tests.factories.store import paper

PAPER = BriefPaper(1, paper(), abstract_as_summary(paper()), ("It is fast.",))
STATEMENTS = [StatementToVerify(f"It is fast, for reason {n} [1].", (PAPER,)) for n in range(5)]


class Small:
    """Holds so many statements."""

    model, prompt_hash = "a:b", "p"

    def __init__(self, most: int) -> None:
        self._most, self.asked = most, list[int]()

    def verify(self, statements: Sequence[StatementToVerify], language: str) -> Answer[tuple[Verification | None, ...]]:
        self.asked.append(len(statements))
        if len(statements) > self._most:
            raise ModelError("It does not fit.", kind="too_long")
        found = tuple(Verification("supported", ((1, 0),), "", "") for _ in statements)
        return Answer(found, Usage("verification", self.model))


def verify(model: Small, store: Store) -> tuple[set[tuple[int, str]], RunContext]:
    run = RunContext()
    with ThreadPoolExecutor(2) as threads:
        job = VerificationJob(model, "en", [PAPER], store.model_texts, FanOut(threads, store.usage), run)
        job.begin(0, STATEMENTS)
        found = job.collect()
        job.close()
    return set(found), run


def test_what_a_model_cannot_hold_is_asked_in_halves_and_each_is_kept(store: Store) -> None:
    first, again = Small(2), Small(2)
    found, run = verify(first, store)
    assert found == {(0, one.sentence) for one in STATEMENTS}
    assert sorted(first.asked) == [1, 2, 2, 3, 5]
    assert run.health == []
    assert verify(again, store)[0] == found
    assert sorted(again.asked) == [3, 5]


def test_a_statement_alone_that_does_not_fit_is_left_to_the_built_in_check(store: Store) -> None:
    found, run = verify(Small(0), store)
    assert found == set()
    assert "5 statements were checked without the language model" in str(run.health[0].detail)
