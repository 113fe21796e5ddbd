"""The labelled claims that a judge is tried on."""

from collections import Counter

from digest.evaluation.calibration import LEAST, calibrate, labelled_claims
from digest.sources.sample import SampleSource


def test_each_claim_is_about_a_paper_of_the_sample_and_has_a_twin_in_nearly_the_same_words() -> None:
    claims = labelled_claims()
    assert len(claims) >= 40
    ids = {claim.paper for claim in claims}
    assert len(SampleSource().fetch(sorted(ids), wait=lambda *_: None)) == len(ids)
    assert {claim.kind for claim in claims} == {
        "true", "direction", "number", "negation", "roles", "detail", "fabricated",
    }  # fmt: skip
    for true, false in zip(claims[::2], claims[1::2], strict=True):
        assert (true.supported, false.supported, true.paper) == (True, False, false.paper)
        shared = Counter(true.claim.lower().split()) & Counter(false.claim.lower().split())
        assert sum(shared.values()) >= 0.5 * len(true.claim.split())


def test_a_judge_that_nods_is_worth_no_more_than_a_coin() -> None:
    claims = labelled_claims()
    perfect = calibrate("a:j", claims, [claim.supported for claim in claims])
    assert (perfect.recall, perfect.specificity, perfect.precision) == (1.0, 1.0, 1.0)
    nods, refuses = (calibrate("a:j", claims, [said] * len(claims)) for said in (True, False))
    assert nods.balanced_accuracy == refuses.balanced_accuracy == 0.5 < LEAST
    assert (nods.precision, refuses.precision) == (0.5, None)
