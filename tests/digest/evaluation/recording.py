"""A small experiment, recorded: its editions and what a judge said of each claim, to be counted again without a model.

python -m tests.digest.evaluation.recording      # makes it anew, over the stand-ins of tests/doubles
"""

import gzip
import json
import tempfile
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digest.evaluation.citation_quality import Judge, SupportQuestion, cited_claims, measure_citations
from digest.evaluation.experiment import plan
from digest.run_context import RunContext
from paperroute.compose.app import open_app
from paperroute.config.load import Config
from paperroute.evaluation.folder import ResultsFolder
from paperroute.evaluation.survey_cells import configured_models, make_cells, run_config
from store.tables.edition_codec import encode
from tests.doubles import survey_writers
from tests.doubles.llm_server import LlmServer

FILE = Path(__file__).with_name("recorded.jsonl.gz")
QUESTIONS = ("Speech translation", "Low-resource speech recognition")


def recorded() -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(FILE.read_bytes()).decode().split("\n")]


def replayed(verdicts: list[tuple[str, list[int], bool]]) -> Judge:
    said = {SupportQuestion(claim, tuple(papers)): supported for claim, papers, supported in verdicts}
    return lambda questions: {question: said[question] for question in questions}


def main() -> None:
    with tempfile.TemporaryDirectory() as path, LlmServer(answer=survey_writers.loses_papers) as server:
        folder = ResultsFolder(Path(path))
        local = {"models": {"synthesis": "local:writer"}, "providers": {"local": {"base_url": server.openai_url}}}
        config = Config.model_validate({"source": {"kind": "sample"}, "survey": {"section_smallest": 3}, **local})
        models = configured_models(config, folder)
        cells = plan(QUESTIONS, models, runs=1, details=["30s"], syntheses=["sections"], orders=["tsp", "none"])
        make_cells(cells, models, config, folder, lambda app, asked: app.survey(asked, RunContext()), lambda _: None)
        with open_app(run_config(config, folder)) as app:
            lines = [_line(one, app.store.editions.get(one.edition)) for one in folder.outcomes()]
    FILE.write_bytes(gzip.compress("\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode(), mtime=0))


def _line(outcome: Any, edition: Any) -> dict[str, Any]:
    verdicts: list[tuple[str, tuple[int, ...], bool]] = []

    def judge(questions: Collection[SupportQuestion]) -> dict[SupportQuestion, bool]:
        said = {question: (len(question.claim) + sum(question.papers)) % 4 > 0 for question in questions}
        verdicts.extend((question.claim, question.papers, supported) for question, supported in said.items())
        return said

    quality = measure_citations(cited_claims(edition), judge)
    held = {"outcome": asdict(outcome), "quality": asdict(quality), "edition": encode(edition)}
    return held | {"verdicts": sorted(verdicts)}


if __name__ == "__main__":
    main()
