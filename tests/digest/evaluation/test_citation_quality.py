"""Citation recall and precision, against hand-counted texts; and what a judge is asked for them."""

from dataclasses import replace

from digest.evaluation.citation_quality import CitationQuality, SupportQuestion, cited_claims, measure_citations
from digest.pipeline import pipeline
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext


def said(claim: str, *papers: int) -> SupportQuestion:
    return SupportQuestion(claim, papers)


def measure(claims: list[SupportQuestion], true: set[SupportQuestion]) -> tuple[CitationQuality, int]:
    """Over a judge that finds these supported; and how many questions it was asked."""
    asked: list[SupportQuestion] = []

    def judge(questions: object) -> dict[SupportQuestion, bool]:
        asked.extend(questions)  # type: ignore[call-overload]
        return {question: question in true for question in questions}  # type: ignore[attr-defined]

    quality = measure_citations(claims, judge)
    assert len(asked) == len(set(asked))
    return quality, len(asked)


def test_a_claim_of_one_paper_is_one_question() -> None:
    quality, asked = measure([said("a", 1), said("b", 2)], {said("a", 1)})
    assert (quality.recall, quality.precision, asked) == (0.5, 0.5, 2)


def test_a_citation_holds_by_itself_or_where_the_others_do_not_do_without_it() -> None:
    whole = said("c", 1, 2, 3)
    # 1 by itself; 2 not, but without it the rest says no more; 3 adds nothing.
    quality, asked = measure([whole], {whole, said("c", 1), said("c", 1, 2)})
    assert quality == CitationQuality(1, 1, 3, 2)
    assert asked == 4 + 2


def test_no_citation_of_an_unsupported_claim_holds() -> None:
    quality, _ = measure([said("d", 1, 2)], {said("d", 1)})
    assert (quality.recall, quality.precision) == (0.0, 0.0)


def test_without_claims_there_is_nothing_to_tell() -> None:
    quality, _ = measure([], set())
    assert (quality.recall, quality.precision) == (None, None)


def test_claims_are_the_sentences_that_cite_without_their_markers(services: Services) -> None:
    edition = pipeline.survey(SurveyRequest("speech recognition"), services, SurveySettings(), RunContext())
    section = replace(edition.sections[0], text="It is hard [2][1]. Nobody cites.\n\nIt works [3], and well [3].")
    edition = replace(edition, opening="So it goes [1].", sections=(section,))
    assert cited_claims(edition) == [said("So it goes.", 1), said("It is hard.", 1, 2), said("It works, and well.", 3)]
