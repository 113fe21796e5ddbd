"""The opening of the built-in synthesis: facts only, the finding first. All abstracts are invented."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from digest.i18n.catalog import get_catalog
from digest.ports import SectionBrief
from digest.text import citations
from store.records.paper_facts import PaperFacts
from tests.doubles.briefs import MODEL, brief, opening, paper, section


def test_the_opening_begins_with_findings_and_their_figures() -> None:
    tested = "We fire glazed porcelain. Our tests show that our kilns reduce cracks by {}%."
    parts = [
        brief(*(paper(n, tested.format(n), authors=("Ada Hu", "Bo Shen")) for n in range(1, 4)), after="Clay"),
        SectionBrief("q", "en", "Clay [2]", (paper(4, tested.format(40), year=2022),), (), "Kilns", ""),
        SectionBrief("q", "en", "Sand", (paper(5, "We dig. Tests show that it is hot."),), (), "Clay", ""),
    ]
    first, second = opening(*parts).split("\n\n")
    assert first == (
        "Hu and Shen’s tests show that their kilns reduce cracks by 1% [1]. "
        "Hu et al.’s tests show that their kilns reduce cracks by 40% [4]."
    )
    assert second == ("Five papers, most of them from 2024. They were chosen from the 90 that the search found.")
    assert "route" not in opening(*parts)
    assert citations.resolve_citations(first, {1, 2, 3, 4, 5}).unknown == 0
    assert "reduce cracks" not in opening(*parts, off_topic=True)


def test_a_finding_that_a_section_tells_gives_way_to_another_one_and_stays_where_there_is_none() -> None:
    tested = "We fire glazed porcelain. Our tests show that our kilns reduce cracks by 40%. {}"
    more = "Experiments show that our kilns save 9% of the wood."
    told = "Clay dries. Hu et al.’s tests show that their kilns reduce cracks by 40% [1]."
    with_more, without = (brief(paper(1, tested.format(rest))) for rest in (more, ""))
    assert opening(with_more).startswith("Hu et al.’s tests show that their kilns reduce cracks by 40% [1].")
    assert opening(with_more, texts=(told,)).startswith("Experiments show that Hu et al.’s kilns save 9% of the wood")
    assert opening(without, texts=(told,)).startswith(
        "Hu et al.’s tests show that their kilns reduce cracks by 40% [1]."
    )


@pytest.mark.parametrize(
    "unnamed",
    [
        "On all tiles, the approach reduces cracks by 40%.",
        "The model reduces cracks by 40%.",
        "The one-step model reduces cracks by 40%.",
        "On all tiles, the small student network reduces cracks by 40%.",
        "On the old test set of tiles it reaches 40% of the yield.",
    ],
)
def test_a_finding_of_what_nobody_has_named_is_not_in_an_opening(unnamed: str) -> None:
    assert "40%" not in opening(brief(paper(1, f"We fire glazed porcelain. {unnamed}")))


@pytest.mark.parametrize(
    ("unnamed", "named"),
    [
        ("The merged one-step model", "Hu et al.’s merged one-step model"),
        ("Remarkably, the resulting pipeline", "Remarkably, Hu et al.’s resulting pipeline"),
    ],
)
def test_what_a_paper_made_is_its_authors_in_an_opening(unnamed: str, named: str) -> None:
    text = opening(brief(paper(1, f"We fire glazed porcelain. {unnamed} reduces cracks by 40%.")))
    assert text.startswith(f"{named} reduces cracks by 40% [1].")


@pytest.mark.parametrize("named", ["The Kiln-2 model", "The results show that kiln models", "The system of Bonn"])
def test_a_finding_of_what_has_a_name_is_in_an_opening(named: str) -> None:
    assert "40%" in opening(brief(paper(1, f"We fire glazed porcelain. {named} reduces cracks by 40%.")))


def test_where_the_kind_of_each_paper_is_known_none_is_among_them() -> None:
    papers = brief(*(paper(n, "We dig.") for n in range(1, 4)))
    kinds = (PaperFacts(role="method"), PaperFacts(role="method"), PaperFacts(role="survey"))
    assert opening(papers, facts=kinds).startswith("Three papers, all from 2024: two methods and one survey.")
    assert opening(papers, facts=(*kinds[:2], PaperFacts())).startswith("Three papers, all from 2024; among them two")


def test_the_opening_counts_what_is_known_of_the_papers() -> None:
    known = [PaperFacts(role="method", methods=("LoRA", "BERT"), datasets=("MMLU",), code_url="https://x.org/y")] * 3
    known += [PaperFacts(role="survey", methods=("LoRA", "kilns")), PaperFacts(role="benchmark"), PaperFacts()]
    text = opening(brief(*(paper(n, "We dig.") for n in range(1, 7))), facts=tuple(known))
    assert text.startswith(
        "Six papers, all from 2024; among them three methods, one survey and one benchmark or data "
        "set. The methods named most are LoRA (4) and BERT (3). The code of three of them is public."
    )
    assert "data sets named" not in text  # one is no ranking


def test_the_opening_does_not_repeat_what_was_asked() -> None:
    """It stands in the title, and in the subject of a mail."""
    for kind in ("survey", "digest"):
        told = opening(brief(paper(1, "We study clay."), paper(2, "We dig.")), question="Glazed kilns", kind=kind)
        assert "kilns" not in told.lower()


def test_papers_that_are_merely_the_nearest_are_not_said_to_be_on_the_question() -> None:
    part = brief(paper(1, "We dig."), paper(2, "We bake."))
    text = opening(part, question="medieval bookbinding", off_topic=True)
    assert "Two papers close to “medieval bookbinding”" in text
    assert "widened" not in text
    assert opening(part, question="medieval bookbinding").startswith("Two papers, all from 2024.")


def test_a_long_question_is_cut_with_an_ellipsis() -> None:
    text = opening(brief(paper(1, "We dig.")), question="how do kilns work " * 20, widened=True)
    assert re.search(r"how do kilns? …”|kilns work …”|how …”|how do …”", text)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "arXiv did not answer; these papers were already in the store."),
        ("ja", "arXivから応答がなかった"),
        ("de", "arXiv hat nicht geantwortet"),
        ("fr", "arXiv n’a pas répondu"),
        ("es", "arXiv no respondió"),
    ],
)
def test_an_outage_is_told_right_after_the_first_sentence(language: str, said: str) -> None:
    part = brief(paper(1, "We study clay."), paper(2, "We dig."), language=language)
    first, _, rest = opening(part, language=language, outage=True).partition("。" if language == "ja" else ". ")
    assert said not in first
    assert said in rest.split("。")[0] if language == "ja" else rest.startswith(said)
    assert said not in opening(part, language=language)


def test_the_opening_of_a_digest_tells_its_window_and_the_digest_before() -> None:
    part = brief(paper(1, "We study clay."), paper(2, "We dig."))
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (18, 19, 22)]
    text = opening(part, kind="digest", since=days[1], until=days[2], previous=days[0])
    assert text.startswith("Two new papers, submitted from 19 November 2026 to 21 November 2026.")
    assert "The digest before this one is that of 18 November 2026." in text


@pytest.mark.parametrize("language", ["ja", "de", "fr", "es", "de-AT", "xx", ""])
def test_every_language_has_whole_lines(language: str) -> None:
    papers = [paper(n, f"We study glazed porcelain in kiln {n}.") for n in range(1, 7)]
    parts = [brief(*papers[:4], language=language, after="B"), brief(*papers[4:], language=language, before="A")]
    note = get_catalog("builtin", language).show(MODEL.note(language))
    for text in (section(*papers, language=language), opening(*parts, language=language), note):
        assert text
        assert not re.search(r"[{}]|\bNone\b| {2}", text)
    assert "Hu et al. study glazed porcelain in kiln 1 [1]." in section(*papers, language=language)


def test_one_paper_is_spoken_of_in_the_singular() -> None:
    part = brief(paper(1, "We study clay."))
    assert opening(part) == "One paper, from 2024. The search found 90."
    assert section(paper(1, "We study clay.")) == "Hu et al. study clay [1]."


def test_nothing_kept_is_said_so() -> None:
    assert opening() == "No paper was kept."
    assert section() == ""
