"""The report over what was made: the article's tables with ours beside them, what was counted, and what was paid.

Invariant: the report says only what the outcomes hold; the article's numbers stand beside ours and are never mixed in.
What the models cannot vary is said to be so, what is not known is "unknown".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from digest.evaluation.article import ARTICLE, article_counts
from digest.evaluation.differences import differences_section, judges_section, writers_section
from digest.evaluation.document import Block, Bullets, Heading, Paragraph, ReportTable, table
from digest.evaluation.experiment import (
    DETAILS,
    ORDERS,
    SELECTIONS,
    SYNTHESES,
    ModelSet,
    Outcome,
    Spread,
    spread,
    total,
)
from digest.evaluation.paired_comparison import level_of
from digest.evaluation.verdicts import Judged, JudgeReport, judge_reports

SCHEMA = "paperroute.evaluation/2"
TITLE = "The article's experiment, re-run"
_ROLES = ("queries", "embedding", "summary", "synthesis")
_MEASURES = (
    "cited",
    "first draft",
    "coverage",
    "unknown",
    "support",
    "weak",
    "unsupported",
    "repetition",
    "likeness",
    "step",
    "tokens",
    "dollars",
    "seconds",
)
_PAID_ROLES = (*_ROLES, "questions", "relevance", "verification")
_HOW_TO_READ = """\
The article's numbers are unique papers named in a survey, in three runs, counted by a language model that miscounts.
Those from here are unique papers cited, counted by program: a citation counts where its [n] names a paper that was
kept. Both are the mean and, where they differ, (least–most) of the runs. The article had other papers, of another year,
and wrote each survey in one call ("single" here): compare how rows differ rather than the numbers themselves."""
_LEGEND = """\
In the tables of all that was counted: first draft and coverage, papers cited of those kept, as the sections were first
written and as they were published; unknown, markers that named no paper and were dropped; support, how much of what the
statements say their papers' abstracts say, too (0 to 1); weak, statements below the bound of `show --check`;
unsupported, sentences that their papers do not support; repetition, of the runs of five words those that stand in
another section, too; likeness, the mean cosine of the words of a paper and the next; step, the mean distance from a
paper to the next (0 to 2); tokens and dollars, what was paid for this survey beside what the store had from others."""


def results_json(outcomes: Sequence[Outcome], judged: Sequence[Judged] = ()) -> str:
    """results.json: every outcome with what is derived from it, verdicts, the article's numbers. usd null: unknown."""
    derived = [
        asdict(result)
        | {
            "coverage": round(result.coverage, 4),
            "draft_coverage": round(result.draft_coverage, 4),
            "tokens": result.tokens(),
            "usd": result.usd,
        }
        for result in outcomes
    ]
    verdicts = [asdict(one) for one in judged]
    whole = {"schema": SCHEMA, "article": ARTICLE, "outcomes": derived, "judged": verdicts}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def results_document(outcomes: Sequence[Outcome], judged: Sequence[Judged] = ()) -> list[Block]:
    """The article's tables with ours beside them, a part for each set of models."""
    sets, judges = list(dict.fromkeys(result.models for result in outcomes)), judge_reports(judged)
    parts: list[Block] = [Heading(1, TITLE), Paragraph(_HOW_TO_READ), Paragraph(_LEGEND)]
    for models in sets:
        parts += _model_section(models, [result for result in outcomes if result.models == models], judges)
    for others in dict.fromkeys(replace(models, synthesis="") for models in sets):
        alike = [result for result in outcomes if replace(result.models, synthesis="") == others]
        parts += writers_section(alike, judges)
    return [*parts, *_by_model(outcomes, sets)]


def _model_section(models: ModelSet, outcomes: Sequence[Outcome], judges: Sequence[JudgeReport]) -> list[Block]:
    questions = dict.fromkeys(result.cell.question for result in outcomes)
    parts: list[Block] = [Heading(2, models.name)]
    parts.append(Paragraph(", ".join(f"{role} {getattr(models, role)}" for role in _ROLES) + "."))
    parts += [Bullets(tuple(lines))] if (lines := _not_varied_notes(models)) else []
    parts += [*differences_section(outcomes, judges), *judges_section(outcomes, judges)]
    for question in questions:
        asked = [result for result in outcomes if result.cell.question == question]
        parts += [Heading(3, question), *_selection_table(asked)]
        for selection in _levels("selection", SELECTIONS, asked):
            parts += _question_section(
                question, models, [result for result in asked if result.cell.selection == selection]
            )
    return parts


def _not_varied_notes(models: ModelSet) -> list[str]:
    """What is not in the tables because it cannot be."""
    lines = []
    if models.details != DETAILS:
        lines.append("Built-in summaries are sentences of the abstracts, of no chosen length: detail is not varied.")
    if models.syntheses != SYNTHESES:
        lines.append("The built-in text is assembled, not written in calls: there is none in a single call.")
    if models.built_in:
        lines.append("No language model was used: every run gives the same, so that one run tells all.")
    return lines


def _question_section(question: str, models: ModelSet, outcomes: Sequence[Outcome]) -> list[Block]:
    runs, kept = len({result.cell.run for result in outcomes}), _number(spread(result.kept for result in outcomes))
    queries = " · ".join(dict.fromkeys(query for result in outcomes for query in result.queries))
    chosen = outcomes[0].cell.selection
    return [
        Paragraph(f"{runs} {'run' if runs == 1 else 'runs'}; {kept} papers kept ({chosen}); searched for {queries}."),
        *_comparison_table(question, "order", "detail", models, outcomes),
        *_comparison_table(question, "detail", "order", models, outcomes),
        Paragraph("All that was counted, a survey:"),
        _measures(outcomes),
        Paragraph("What was paid where, over all runs (the first survey of a run pays for what its others share):"),
        _cost_table(outcomes),
        *_faults(outcomes),
    ]


def _selection_table(outcomes: Sequence[Outcome]) -> list[Block]:
    """Ways to choose the papers, side by side; all else at the first level that was run."""
    selections = _levels("selection", SELECTIONS, outcomes)
    if len(selections) < 2:
        return []
    order, detail = _first_level("order", outcomes), _first_level("detail", outcomes)
    fixed = [
        result for result in _alike_in_citing(outcomes) if (result.cell.order, result.cell.detail) == (order, detail)
    ]
    groups = [[result for result in fixed if result.cell.selection == selection] for selection in selections]
    rows = [
        [selection, _number(spread(result.kept for result in runs)), *_measure_row(runs)]
        for selection, runs in zip(selections, groups, strict=True)
    ]
    header = ["selection", "kept", *_MEASURES]
    return [Paragraph(f"By selection (order: {order}, detail: {detail}):"), table(header, rows)]


def _levels(what: str, known: Sequence[str], outcomes: Sequence[Outcome]) -> list[str]:
    """Those of a factor's levels that were run."""
    run = {getattr(result.cell, what) for result in outcomes}
    return [level for level in known if level in run]


def _comparison_table(
    question: str, what: str, held: str, models: ModelSet, outcomes: Sequence[Outcome]
) -> list[Block]:
    """The article's table of one factor with ours beside it, the other factor held at the first level that was run."""
    article = {level: article_counts(question, what, level) for level in ARTICLE[what]}
    asked = any(article.values())
    if not asked and len({getattr(result.cell, what) for result in outcomes}) < 2:
        return []
    base = _first_level(held, outcomes)
    fixed = [result for result in _alike_in_citing(outcomes) if getattr(result.cell, held) == base]
    rows = [
        [
            level,
            *([_number(spread(named))] if asked else []),
            *(_cited_cell(what, level, how, models, fixed) for how in SYNTHESES),
        ]
        for level, named in article.items()
    ]
    header = [what, *(["article"] if asked else []), *(f"here, {how}" for how in SYNTHESES)]
    return [Paragraph(f"Papers cited by {what} ({held}: {base}):"), table(header, rows)]


def _alike_in_citing(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that were asked to cite as it fits; where none was, all."""
    return [result for result in outcomes if not result.cell.cite_every] or list(outcomes)


def _first_level(what: str, outcomes: Sequence[Outcome]) -> str:
    return _levels(what, (*ORDERS, *DETAILS), outcomes)[0]


def _cited_cell(what: str, level: str, how: str, models: ModelSet, outcomes: Sequence[Outcome]) -> str:
    if (what == "detail" and level not in models.details) or how not in models.syntheses:
        return "not varied"
    runs = [result for result in outcomes if getattr(result.cell, what) == level and result.cell.synthesis == how]
    return _number(spread(result.cited for result in runs)) if runs else "not run"


def _groups(outcomes: Sequence[Outcome]) -> list[tuple[list[str], list[Outcome]]]:
    """The runs of each (detail, synthesis, citing, order), under its name."""
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for result in outcomes:
        citing = level_of(result, "cite_every")
        groups.setdefault((result.cell.detail, result.cell.synthesis, citing, result.cell.order), []).append(result)
    return [(list(name), runs) for name, runs in groups.items()]


_GROUP = ("detail", "synthesis", "citing", "order")


def _measures(outcomes: Sequence[Outcome]) -> ReportTable:
    return table([*_GROUP, *_MEASURES], [[*name, *_measure_row(runs)] for name, runs in _groups(outcomes)])


def _measure_row(runs: Sequence[Outcome]) -> list[str]:
    return [
        _number(spread(result.cited for result in runs)),
        _number(spread(100 * result.draft_coverage for result in runs), 0, "%"),
        _number(spread(100 * result.coverage for result in runs), 0, "%"),
        _number(spread(result.unknown_markers for result in runs)),
        _number(spread(result.support for result in runs), 2),
        _number(spread(result.weak for result in runs)),
        _number(spread(result.unsupported for result in runs)),
        _number(spread(100 * result.repetition for result in runs), 1, "%"),
        _number(spread(result.likeness for result in runs), 3),
        _number(spread(result.step for result in runs), 2),
        _number(spread(result.tokens() for result in runs), 0),
        "unknown" if any(result.usd is None for result in runs) else _number(spread(result.usd for result in runs), 4),
        _number(spread(result.seconds for result in runs)),
    ]


def _cost_table(outcomes: Sequence[Outcome]) -> ReportTable:
    header = [*_GROUP, "summaries", *(f"{role}, tokens" for role in _PAID_ROLES), "dollars"]
    groups = [*_groups(outcomes), (["all", "", "", ""], outcomes)]
    return table(header, [[*name, *_cost_row(runs)] for name, runs in groups])


def _cost_row(runs: Sequence[Outcome]) -> list[str]:
    usd = total(result.usd for result in runs)
    counts = [
        sum(result.summarised for result in runs),
        *(sum(result.tokens(role) for result in runs) for role in _PAID_ROLES),
    ]
    return [*(f"{count:,}" for count in counts), "unknown" if usd is None else f"{usd:,.4f}"]


def _faults(outcomes: Sequence[Outcome]) -> list[Block]:
    lines = dict.fromkeys(
        f"{result.cell.detail}, {result.cell.synthesis}, {result.cell.order}, run {result.cell.run}: {fault}"
        for result in outcomes
        for fault in result.faults
    )
    said = "What failed and was absorbed; these surveys are counted as they are:"
    return [Paragraph(said), Bullets(tuple(lines))] if lines else []


def _by_model(outcomes: Sequence[Outcome], sets: Sequence[ModelSet]) -> list[Block]:
    """The article's comparison of models, and the sets of models here, all else at the article's own choice."""
    rows = [
        [f"article, {what} by {name}", *(_number(spread(named)) for named in both)]
        for what in ("summary", "synthesis")
        for name, both in ARTICLE[what].items()
    ]
    rows += [
        [f"here, {models.name}, {how}", *_cited_on_both(outcomes, models, how)]
        for models in sets
        for how in models.syntheses
    ]
    header = ["models", "Q1: LoRA in image generation", "Q2: 3D reconstruction"]
    return [Heading(2, "By model"), Paragraph("Papers cited (order: tsp, detail: 30s):"), table(header, rows)]


def _cited_on_both(outcomes: Sequence[Outcome], models: ModelSet, how: str) -> list[str]:
    """Over the article's own two questions, in whichever language they were asked."""
    selection = _levels("selection", SELECTIONS, [result for result in outcomes if result.models == models])[0]
    of_cell = {"order": "tsp", "detail": "30s", "synthesis": how, "selection": selection}
    base = [
        result
        for result in _alike_in_citing([one for one in outcomes if one.models == models])
        if all(getattr(result.cell, k) == v for k, v in of_cell.items())
    ]
    return [
        _number(spread(result.cited for result in base if article_counts(result.cell.question, "order", "tsp") == runs))
        for runs in ARTICLE["order"]["tsp"]
    ]


def _number(of: Spread | None, digits: int = 1, unit: str = "") -> str:
    """Mean (least–most); the mean alone where they are one; a dash where there is nothing to tell."""
    if of is None:
        return "–"

    def shown(value: float) -> str:
        """A count without decimals, a measure with all of its own."""
        return f"{value:,.0f}" if digits < 2 and float(value).is_integer() else f"{value:,.{digits}f}"

    ends = [shown(of.least), shown(of.most)]
    if ends[0] == ends[1]:
        return ends[0] + unit
    return f"{of.mean:,.{digits}f}{unit} ({'–'.join(ends)})"
