from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.claims.claim_check import WEAK_SCORE, Evidence, judgeable_clauses
from digest.claims.statements import citing_sentences
from digest.extractive.synthesis import AssembledSynthesis
from digest.render import edition_json
from paperroute.cli import archive
from store.records.editions import Check, Paper
from store.tables.edition_codec import decode, encode
from tests.doubles.editions import edition
from tests.factories.chat import paper, section

PAPERS: dict[int, Paper] = {
    1: paper(
        1, "Adapters of low rank let a diffusion model paint in a new style after 12 images. Memory falls by 3.5 GB."
    ),
    2: paper(2, "Streaming recognisers write captions within 300 ms by chunked attention over microphones in cars."),
    3: paper(3, "Neutrino detectors under ice count muons; a graph network reads the light in 2 µs."),
}


@dataclass(frozen=True)
class Checked:
    """Each statement about a paper, with its score. mean: None where there are none."""

    judged: tuple[Check, ...]

    @property
    def count(self) -> int:
        return len(self.judged)

    @property
    def mean(self) -> float | None:
        return sum(check.score for check in self.judged) / self.count if self.judged else None

    @property
    def weak(self) -> tuple[Check, ...]:
        return tuple(check for check in self.judged if check.score < WEAK_SCORE)


def check_claims(texts: Sequence[tuple[int, str]], papers: Mapping[int, Paper], language: str) -> Checked:
    evidence = Evidence(papers)
    return Checked(
        tuple(
            Check(section, sentence, number, score)
            for section, text in texts
            for sentence in citing_sentences(text)
            for clause in judgeable_clauses(sentence, language)
            for number, score in evidence.judge(clause).scores.items()
        )
    )


def weak(text: str, language: str = "en") -> list[int]:
    return [check.paper for check in check_claims([(0, text)], PAPERS, language).weak]


@pytest.mark.parametrize(
    "text",
    [
        "Low-rank adapters teach a diffusion model a new painting style from 12 images [1].",
        "Okafor et al. need 3.5 GB less memory with adapters of low rank [1].",
        "With chunked attention, captions appear within 300 ms [2].",
        "Similarly, a graph network reads light in neutrino detectors under ice [3].",
    ],
)
def test_a_paraphrase_of_the_abstract_is_supported(text: str) -> None:
    checked = check_claims([(0, text)], PAPERS, "en")
    assert (checked.count, checked.weak) == (1, ())
    assert checked.mean is not None
    assert checked.mean > 0.6


@pytest.mark.parametrize(
    "text",
    [
        "With chunked attention, captions appear within 300 ms [1].",
        "Adapters paint from images with less memory than captions need [3].",
        "Tulips bloom 47 days earlier in greenhouses [2].",
    ],
)
def test_a_statement_under_the_wrong_number_is_weak(text: str) -> None:
    assert len(weak(text)) == 1


def test_each_clause_is_held_against_its_own_paper() -> None:
    text = "Adapters of low rank paint in a new style [1], while chunked attention writes captions in cars [2]."
    assert weak(text) == []
    assert sorted(weak(text.replace("[1]", "[9]").replace("[2]", "[1]").replace("[9]", "[2]"))) == [1, 2]


def test_what_follows_the_last_marker_belongs_to_it() -> None:
    assert weak("In [2], chunked attention writes captions in cars.") == []
    assert weak("In [3], chunked attention writes captions in cars.") == [3]


def test_papers_cited_together_are_each_judged() -> None:
    checked = check_claims([(4, "Chunked attention writes captions in cars [2][3].")], PAPERS, "en")
    assert checked.count == 2
    assert [(check.section, check.paper) for check in checked.weak] == [(4, 3)]
    assert "captions" in checked.weak[0].sentence


def test_a_statement_about_two_papers_may_be_divided_between_them_but_not_given_to_a_third() -> None:
    text = "Both adapters for a diffusion model and chunked attention for captions save memory [1][2]."
    assert weak(text) == []
    assert weak(text.replace("[2]", "[2][3]")) == [3]


def test_a_changed_number_lowers_the_score() -> None:
    true, false = "Captions appear within 300 ms in cars [2].", "Captions appear within 30 ms in cars [2]."
    assert check_claims([(0, false)], PAPERS, "en").mean < check_claims([(0, true)], PAPERS, "en").mean  # type: ignore[operator]


@pytest.mark.parametrize(
    "text", ["Both do well [1][2].", "This is so [1].", "No marker at all, only words about captions.", ""]
)
def test_what_says_too_little_is_not_judged(text: str) -> None:
    assert check_claims([(0, text)], PAPERS, "en").count == 0


def test_of_another_language_only_names_and_numbers_are_judged() -> None:
    papers = {1: paper(1, "We tune SDXL and FLUX with LoRA on 12 images."), 2: paper(2, "CTC and RNN-T in 300 ms.")}
    good = "LoRAを用いて、SDXLとFLUXを12枚の画像で調整する[1]。"
    assert check_claims([(0, good)], papers, "ja").mean == 1.0
    assert [check.paper for check in check_claims([(0, good.replace("[1]", "[2]"))], papers, "ja").weak] == [2]
    assert check_claims([(0, "木製の歯車は摩耗しやすい[1]。")], papers, "ja").count == 0
    assert check_claims([(0, "Die Zahnräder werden mit einem Harz beschichtet [1].")], papers, "de").count == 0


def test_a_number_that_is_no_paper_is_passed_over() -> None:
    assert check_claims([(0, "Chunked attention writes captions in cars [77].")], PAPERS, "en").count == 0


def test_the_built_in_text_is_supported() -> None:
    brief = section(*range(1, 9))
    text = AssembledSynthesis().section(brief, lambda _: None).value
    papers = {cited.number: cited.paper for cited in brief.papers}
    checked = check_claims([(0, text)], papers, "en")
    assert checked.count >= 8
    assert checked.weak == ()
    assert checked.mean is not None
    assert checked.mean > 0.9
    swapped = {number: papers[number % 8 + 1] for number in papers}
    assert check_claims([(0, text)], swapped, "en").mean < 0.6  # type: ignore[operator]


@given(st.text(max_size=300), st.sampled_from(["en", "ja", "de", "xx"]))
@settings(deadline=None, max_examples=80)
def test_any_text_is_judged_within_bounds(text: str, language: str) -> None:
    checked = check_claims([(-1, f"{text} [1].\n{text}[2][3]")], PAPERS, language)
    assert 0 <= len(checked.weak) <= checked.count
    assert all(0 <= check.score < WEAK_SCORE for check in checked.weak)
    assert checked.mean is None or 0 <= checked.mean <= 1


def test_an_abstract_is_always_supported_by_itself() -> None:
    for number, cited in PAPERS.items():
        text = f"{cited.abstract.rstrip('.').replace('. ', '; ')} [{number}]."
        assert check_claims([(0, text)], {**PAPERS, number: replace(cited, title="")}, "en").mean == 1.0


def test_an_edition_shows_its_weak_statements_in_json_and_by_show_check() -> None:
    sentence = "Tulips bloom \x1b[31m47 days earlier [2]."
    base = edition(3)
    checks = (Check(0, "A milder one [1].", 1, 0.3), Check(-1, sentence, 2, 0.051))
    weak = replace(base, checks=checks, support=0.72, counts=replace(base.counts, checked=9))
    document = edition_json.document(weak)
    assert (document["support"], document["counts"]["checked"]) == (0.72, 9)
    assert [(check["section"], check["position"], check["score"]) for check in document["checks"]] == [
        (0, 1, 0.3),
        (None, 2, 0.051),
    ]
    lines = archive._checks(weak).splitlines()
    assert lines[0].startswith("9 statements")
    assert "0.72" in lines[0]
    assert lines[1].startswith("0.05  Tulips bloom")
    assert "\x1b" not in lines[1]
    assert lines[2].strip() == f"[2] {weak.papers[1].title}".replace("$10^{5}$", "10⁵")
    assert "each is supported" in archive._checks(replace(weak, checks=()))
    assert "No statement" in archive._checks(base)
    assert decode(encode(weak)) == weak
