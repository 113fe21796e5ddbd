"""The recorded experiment, counted again: the same numbers, offline and without a model."""

from pydantic import TypeAdapter

from digest.evaluation.citation_quality import CitationQuality, cited_claims, measure_citations
from digest.evaluation.document import to_html, to_markdown
from digest.evaluation.experiment import Outcome, outcome
from digest.evaluation.report import results_document
from digest.evaluation.verdicts import JudgedSurvey
from store.tables.edition_codec import decode
from tests.digest.evaluation.recording import QUESTIONS, recorded, replayed


def test_the_recorded_editions_are_counted_and_judged_as_they_were() -> None:
    outcomes, judged = list[Outcome](), list[JudgedSurvey]()
    for line in recorded():
        before, edition = TypeAdapter(Outcome).validate_python(line["outcome"]), decode(line["edition"])
        again = outcome(before.cell, before.models, edition)
        assert again == before
        quality = measure_citations(cited_claims(edition), replayed(line["verdicts"]))
        assert quality == CitationQuality(**line["quality"])
        assert 0 < quality.held < quality.citations
        outcomes.append(again)
        judged.append(JudgedSurvey(again.cell, again.models, "recorded:judge", quality))
    assert [one.cell.order for one in outcomes] == ["tsp", "none"] * len(QUESTIONS)
    blocks = results_document(outcomes, judged)
    shown = to_markdown(blocks)
    assert "### Judged by recorded:judge" in shown
    assert "| none  | citation recall             | 2     |" in shown
    assert "Open: 2 units are too few to tell by" in shown
    assert "<svg" in to_html(blocks, "Recorded")
