"""A judge over an experiment's finished surveys: calibrated first, then asked of each survey's claims, and of each two
orders of the same papers.

Invariant: the judge wrote none of what it judges. What it answered is in the store of the run before it is counted, and
what is counted is a line of the folder: nothing finished is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digest.errors import BadInput, ModelError, NotFound
from digest.evaluation.calibration import LEAST, Calibration, calibrate, labelled_claims
from digest.evaluation.citation_quality import SupportQuestion, cited_claims, measure_citations
from digest.evaluation.experiment import ORDERS, ModelSet, Outcome
from digest.evaluation.judge import ChatJudge, comparable_text, paper_texts
from digest.evaluation.paired_comparison import pairs
from digest.evaluation.verdicts import JudgedPair, JudgedSurvey
from digest.llm.budget import CallLabels
from digest.sources.sample import SampleSource
from paperroute.compose.app import App, open_app
from paperroute.config.load import Config
from paperroute.config.models import VENDORS
from paperroute.evaluation.folder import ResultsFolder
from paperroute.evaluation.survey_cells import run_config
from store.records.editions import Edition

Say = Callable[[str], None]


def refuse_judge(judge: str, sets: Sequence[ModelSet], config: Config) -> None:
    """Raises BadInput where there is no such model, or the judge would judge itself."""
    provider, _, model = judge.partition(":")
    known = [*VENDORS, *config.providers]
    if provider not in known or not model.strip():
        raise BadInput(f"{judge} is no judge: write provider:model, of {', '.join(dict.fromkeys(known))}.")
    if any(judge == models.synthesis for models in sets):
        raise BadInput(f"{judge} writes, so it cannot judge.", hint="Choose another with --judge.")


def order_pairs(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, Outcome]]:
    """Each two orders of the same papers and summaries, the first of them the base."""
    base, *others = ORDERS
    return [two for other in others for two in pairs(outcomes, "order", base, other)]


@dataclass(frozen=True)
class JudgingTask:
    """What of finished surveys a judge is still to be asked."""

    judge: str
    surveys: tuple[Outcome, ...]
    pairs: tuple[tuple[Outcome, Outcome], ...]


def missing_verdicts(outcomes: Sequence[Outcome], judge: str, folder: ResultsFolder) -> JudgingTask:
    judged = [one for one in folder.judged() if one.judge == judge]
    surveys = {(one.cell, one.models) for one in judged if isinstance(one, JudgedSurvey)}
    done = {(one.cell, one.models, one.other) for one in judged if isinstance(one, JudgedPair)}
    return JudgingTask(
        judge,
        tuple(one for one in outcomes if (one.cell, one.models) not in surveys),
        tuple(two for two in order_pairs(outcomes) if (two[0].cell, two[0].models, two[1].cell.order) not in done),
    )


def judge_surveys(task: JudgingTask, config: Config, folder: ResultsFolder, say: Say) -> None:
    """Raises ModelError where the judge fails, or is hardly better than a coin."""
    for run in sorted({one.cell.run for one in (*task.surveys, *(first for first, _ in task.pairs))}):
        with open_app(run_config(config, folder, run)) as app:
            judge = _RunJudge(app, task.judge, say)
            folder.add_judged(judge.calibration())
            for one in task.surveys:
                if one.cell.run == run:
                    folder.add_judged(judge.survey(one))
            for one, other in task.pairs:
                if one.cell.run == run:
                    folder.add_judged(judge.pair(one, other))


class _RunJudge:
    """The judge over one run's store."""

    def __init__(self, app: App, judge: str, say: Say) -> None:
        self._app, self._name, self._say = app, judge, say

    def calibration(self) -> Calibration:
        """Raises ModelError where the judge is of no use."""
        claims = labelled_claims()
        papers = SampleSource().fetch(sorted({claim.paper for claim in claims}), wait=lambda *_: None)
        numbers = {paper.id: number for number, paper in enumerate(papers, 1)}
        texts = {numbers[paper.id]: (paper.readable_title, paper.readable_abstract) for paper in papers}
        asked = [SupportQuestion(claim.claim, (numbers[claim.paper],)) for claim in claims]
        said = self._judge().support(asked, texts)
        done = calibrate(self._name, claims, [said[question] for question in asked])
        if done.balanced_accuracy < LEAST:
            raise _useless_judge_error(done)
        self._say(f"{self._name} tells labelled claims apart with a balanced accuracy of {done.balanced_accuracy:.2f}.")
        return done

    def survey(self, one: Outcome) -> JudgedSurvey:
        self._say(f"judge, run {one.cell.run}, {one.cell.order}: claims of {one.cell.question}")
        edition = self._edition(one)
        held = self._app.store.papers.get(paper.id for paper in edition.papers)
        texts = paper_texts(edition, {id_: paper.readable_abstract for id_, paper in held.items()})
        judge = self._judge()
        quality = measure_citations(cited_claims(edition), lambda questions: judge.support(questions, texts))
        return JudgedSurvey(one.cell, one.models, self._name, quality)

    def pair(self, one: Outcome, other: Outcome) -> JudgedPair:
        self._say(f"judge, run {one.cell.run}, {one.cell.order} and {other.cell.order}: {one.cell.question}")
        texts = [comparable_text(self._edition(each)) for each in (one, other)]
        score = self._judge().preference(one.cell.question, *texts)
        return JudgedPair(one.cell, one.models, self._name, other.cell.order, one.papers, score)

    def _judge(self) -> ChatJudge:
        """Anew for each task: the time that a role may take is counted for each."""
        chat = self._app.models.chat(self._name, CallLabels("evaluation"))
        return ChatJudge(chat, self._app.store.model_texts, self._app.services.fan_out)

    def _edition(self, one: Outcome) -> Edition:
        if edition := self._app.store.editions.get(one.edition):
            return edition
        raise NotFound(
            f"The store of run {one.cell.run} has no edition {one.edition}.", hint="Begin anew in another folder."
        )


def _useless_judge_error(done: Calibration) -> ModelError:
    return ModelError(
        f"{done.judge} tells labelled claims apart with a balanced accuracy of {done.balanced_accuracy:.2f}; "
        f"a judge needs {LEAST:.2f}, a coin has 0.50.",
        hint="Choose another with --judge.",
        permanent=True,
    )
