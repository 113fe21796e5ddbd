"""The folder of results: torn lines, older lines, and what is written from them."""

from dataclasses import asdict, replace
from pathlib import Path

from digest.evaluation.citation_quality import CitationQuality
from digest.evaluation.verdicts import JudgedPair, JudgedSurvey
from paperroute.evaluation.folder import ResultsFolder
from tests.digest.evaluation.test_paired_comparison import OUTCOME


def test_a_line_that_a_crash_cut_off_is_a_survey_still_to_be_made(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "ev")
    folder.add(OUTCOME)
    lines = tmp_path / "ev" / "results.jsonl"
    lines.write_bytes(lines.read_bytes() * 2)
    lines.write_bytes(lines.read_bytes()[:-40])
    assert folder.outcomes() == [OUTCOME]
    second = replace(OUTCOME, cell=replace(OUTCOME.cell, order="none"), support=None, faults=("summary: it broke",))
    folder.add(second)
    assert folder.outcomes() == [OUTCOME, second]
    assert "it broke" in folder.reports()["results.md"]


def test_what_an_older_version_counted_less_of_is_counted_anew(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "ev")
    folder.add(OUTCOME)
    lines = tmp_path / "ev" / "results.jsonl"
    assert asdict(OUTCOME)["drafted"] == 8
    lines.write_text(lines.read_text().replace('"drafted": 8, ', ""))
    assert folder.outcomes() == []


def test_verdicts_come_back_as_what_they_were(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "ev")
    judged = [
        JudgedSurvey(OUTCOME.cell, OUTCOME.models, "a:j", CitationQuality(4, 3, 5, 4)),
        JudgedPair(OUTCOME.cell, OUTCOME.models, "a:j", "none", "papers", -0.5),
    ]
    for one in judged:
        folder.add_judged(one)
    assert folder.judged() == judged
