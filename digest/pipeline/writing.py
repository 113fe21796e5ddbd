"""Text of an edition: sections side by side, their titles, then the opening; every citation checked.

Invariant: a text that was written is in the store before it is handed on, so a resumed run pays for none twice; what
leaves here cites only papers of its edition, and so does what is told while it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from digest.errors import PaperRouteError, failure_usage, is_fatal
from digest.i18n.catalog import get_catalog
from digest.pipeline.edition_spec import EditionSpec
from digest.pipeline.enrich import abstract_as_summary
from digest.pipeline.ordering import OrderedPapers
from digest.pipeline.section_writer import (
    CachedSingleCall,
    CachedSynthesis,
    OpeningText,
    PartialText,
    SectionText,
    TextSequencer,
    text_fingerprint,
    write_in_one_call,
    write_opening,
    write_sections,
)
from digest.pipeline.services import Services
from digest.pipeline.text_check import TextChecker, WrittenText
from digest.ports import Answer, BriefPaper, OpeningBrief, SectionBrief, SingleCallModel, SynthesisModel, T
from digest.retrieval.search import SearchResult
from digest.run_context import RunContext, RunningStage
from digest.survey_brief import make_survey_brief
from digest.text import sentences
from digest.text.citations import bind_citations, resolve_citations
from digest.verification.verification_job import VerificationJob
from store.records.editions import ARXIV, Paper, Summary
from store.records.lazy_text import AnyText, join_sentences, lazy_gettext, lazy_ngettext
from store.records.paper_facts import PaperFacts
from store.records.questions import NO_LIMITS
from store.tables.editions import Editions
from store.tables.model_texts import ModelTexts


def write_text(
    spec: EditionSpec,
    briefs: Sequence[SectionBrief],
    result: SearchResult,
    facts: Mapping[str, PaperFacts],
    checker: TextChecker,
    services: Services,
    run: RunContext,
) -> WrittenText:
    """A model of single calls writes all sections at one go; where there is none, or it fails, each is written."""
    texts, executor = services.store.model_texts, services.executor
    limits = result.question.limits if result.question else NO_LIMITS
    survey = make_survey_brief(briefs, limits) if services.synthesis.source == "model" else None
    model = CachedSynthesis(services.synthesis, texts)
    single = CachedSingleCall(services.single_call, texts) if services.single_call else None
    with run.stage("synthesise", len(briefs) + 1) as stage, closing(checker):
        spare = services.spare_synthesis
        writer = _TextWriter(model, spare, single, texts, executor, run, stage, checker.begin)
        sections = writer.write_sections([replace(brief, survey=survey) for brief in briefs])
        earlier = _previous_edition_text(spec, services.store.editions)
        brief = _opening_brief(spec, briefs, checker.supported_texts(briefs, sections), result, earlier)
        opening = writer.write_opening(replace(brief, facts=_lasting_facts(briefs, facts)))
        stage.advance(len(briefs) + 1, len(briefs) + 1)
        text = checker.complete_text(opening, briefs, sections, model)
        text = replace(text, note=_origin_note(text, opening, sections, model))
        stage.detail = lazy_ngettext(
            "{cited} of {n} paper cited",
            "{cited} of {n} papers cited",
            sum(len(brief.papers) for brief in briefs),
            cited=len(text.cited),
        )
    _note_failed_sections(briefs, sections, run)
    checker.note_health(text.support, run)
    return text


def make_checker(
    spec: EditionSpec, briefs: Sequence[SectionBrief], services: Services, run: RunContext
) -> TextChecker:  # decision 251
    """Of what is written of these papers. What a language model writes is verified; built-in text is made of the
    papers' own sentences.
    """
    job = None
    if services.verification is not None and services.synthesis.source == "model":
        papers, texts = [paper for brief in briefs for paper in brief.papers], services.store.model_texts
        job = VerificationJob(services.verification, spec.language, papers, texts, services.fan_out, run)
    return TextChecker(briefs, spec.language, job)


def make_briefs(spec: EditionSpec, ordered: OrderedPapers, result: SearchResult) -> list[SectionBrief]:
    """Of the sections as they were cut, each paper with its abstract in the place of a summary."""
    papers = [one.paper for one in ordered.kept]
    words, asked = get_catalog("edition", spec.language), result.question
    names = ["", *(section.title for section in ordered.sections), ""]
    rest = words.gettext("Also on the way")
    if len(ordered.sections) == 1 and result.is_off_topic:  # papers on this and that have no theme
        names[1], rest = "", words.gettext("The papers nearest to the question")
    concepts = tuple(concept.forms[0] for concept in asked.concepts) if asked else ()
    return [
        SectionBrief(
            spec.question,
            spec.language,
            names[index + 1] or rest,
            tuple(_brief_paper(at + 1, papers[at]) for at in section.positions),
            ordered.route.legs[section.positions.start : section.positions.stop - 1],
            before=names[index],
            after=names[index + 2],
            concepts=concepts,
            is_theme=bool(names[index + 1]),
            cite_every=spec.cite_every,
        )
        for index, section in enumerate(ordered.sections)
    ]


def add_summaries(briefs: Sequence[SectionBrief], summaries: Sequence[Summary]) -> list[SectionBrief]:
    """The briefs with the papers' summaries, which are given along the route."""
    return [
        replace(brief, papers=tuple(replace(paper, summary=summaries[paper.number - 1]) for paper in brief.papers))
        for brief in briefs
    ]


def _brief_paper(number: int, paper: Paper) -> BriefPaper:
    return BriefPaper(number, paper, abstract_as_summary(paper), tuple(sentences.split(paper.readable_abstract)))


@dataclass(frozen=True)
class _TextWriter:
    """Writes what is not in the store yet, and tells the stage what grows."""

    model: SynthesisModel
    spare: SynthesisModel | None  # writes what the model failed at
    single_call: SingleCallModel | None
    texts: ModelTexts
    executor: Executor
    run: RunContext
    stage: RunningStage
    on_section: Callable[[SectionText], None]  # called as soon as one is there

    def write_sections(self, briefs: Sequence[SectionBrief]) -> list[SectionText]:
        """The text of every brief: all from one call where that was asked for and succeeds, else each from its own."""
        together = self._write_at_once(briefs, self.single_call) if self.single_call else None
        return together or self._write_each(briefs)

    def write_opening(self, brief: OpeningBrief) -> OpeningText:
        """The opening; where the model cannot write it, the spare one's, and health says so."""
        if (kept := self.texts.get(text_fingerprint(self.model, brief))) is not None:
            return OpeningText(kept)
        try:
            news = write_opening(brief, self.model, self.executor, self.run.check)
            answer = self._forward_text(news, ["opening"], brief.sections)
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            self.run.count(failure_usage(error))
            return OpeningText(self._write_spare_opening(brief, error.text), is_spare=True)
        return OpeningText(self.run.count_and_unwrap(answer))

    def _write_spare_opening(self, brief: OpeningBrief, error: AnyText) -> str:
        """Made from the papers of the whole edition; "" where nobody can."""
        if self.spare is None:
            detail = lazy_gettext("The opening could not be written: {error}", error=error)
            self.run.add_health("synthesis", ok=False, detail=detail)
            return ""
        detail = lazy_gettext("The opening is built from the papers' abstracts, because: {error}", error=error)
        self.run.add_health("synthesis", ok=False, detail=detail)
        tell = partial(self.stage.emit_text, "opening")
        return self.spare.opening(brief, tell).value

    def _write_each(self, briefs: Sequence[SectionBrief]) -> list[SectionText]:
        """The text of every brief: from the store where an earlier run left it, else from the model."""
        sequence = TextSequencer()

        def tell(index: int, text: str, *, done: bool) -> None:
            for at, shown in sequence.add_text(index, text, done=done):
                self.stage.emit_text(briefs[at].title, _resolve_markers(shown, briefs))

        written = self._load_stored(self.model, briefs)
        for index, section in written.items():
            self.on_section(section)
            tell(index, section.text, done=True)
        missing = [(index, brief) for index, brief in enumerate(briefs) if index not in written]
        for news in write_sections(missing, self.model, self.spare, self.executor, self.run.check):
            if isinstance(news, PartialText):
                tell(news.index, news.text, done=False)
                continue
            written[news.index] = news
            self.on_section(news)
            if news.answer is None:
                self.run.count(news.usage)
            else:
                self.run.count_and_unwrap(news.answer)
            tell(news.index, news.text, done=True)
            self.stage.advance(len(written), len(briefs) + 1)
        return [written[index] for index in range(len(briefs))]

    def _write_at_once(self, briefs: Sequence[SectionBrief], model: SingleCallModel) -> list[SectionText] | None:
        """Likewise from one call; None where it failed, and health says so."""
        if len(written := self._load_stored(model, briefs)) == len(briefs):
            return [written[index] for index in range(len(briefs))]
        try:
            news = write_in_one_call(briefs, model, self.executor, self.run.check)
            answer = self._forward_text(news, [brief.title for brief in briefs], briefs)
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            self.run.count(failure_usage(error))
            detail = lazy_gettext("Each section was written by itself, because: {error}", error=error.text)
            self.run.add_health("synthesis", ok=False, detail=detail)
            return None
        self.run.count(answer.usage)
        return [SectionText(index, text, None) for index, text in enumerate(answer.value)]

    def _load_stored(
        self, model: SynthesisModel | SingleCallModel, briefs: Sequence[SectionBrief]
    ) -> dict[int, SectionText]:
        found = ((index, self.texts.get(text_fingerprint(model, brief))) for index, brief in enumerate(briefs))
        return {index: SectionText(index, text, None) for index, text in found if text is not None}

    def _forward_text(
        self, news: Iterable[PartialText | Answer[T]], names: Sequence[str], briefs: Sequence[SectionBrief]
    ) -> Answer[T]:
        """The answer at the end of what is told, and all of that passed on under the names of its parts."""
        for item in news:
            if not isinstance(item, PartialText):
                return item
            self.stage.emit_text(names[item.index], _resolve_markers(item.text, briefs))
        raise AssertionError("what is told ends with an answer or an error")  # pragma: no cover


def _resolve_markers(text: str, briefs: Sequence[SectionBrief]) -> str:
    return bind_citations(text, _numbers(briefs)).text


def _numbers(briefs: Sequence[SectionBrief]) -> frozenset[int]:
    return frozenset(paper.number for brief in briefs for paper in brief.papers)


def _opening_brief(
    spec: EditionSpec,
    briefs: Sequence[SectionBrief],
    texts: tuple[str, ...],
    result: SearchResult,
    earlier: str,
) -> OpeningBrief:
    return OpeningBrief(
        spec.question,
        spec.language,
        spec.kind,
        tuple(briefs),
        texts,
        found=result.found if spec.kind == "survey" else len(result.kept),  # the rest was in digests before
        widened=bool(result.widened),
        outage=result.away == ARXIV,
        kept=sum(len(brief.papers) for brief in briefs),
        since=spec.since,
        until=spec.until,
        previous=spec.previous,
        earlier=earlier,
        off_topic=result.is_off_topic,
    )


def _lasting_facts(briefs: Sequence[SectionBrief], facts: Mapping[str, PaperFacts]) -> tuple[PaperFacts, ...]:
    """Those that the papers themselves give: a text made from them is found again whatever else the archive holds."""
    known = [facts[paper.paper.id] for brief in briefs for paper in brief.papers]
    return tuple(
        PaperFacts(role=one.role, code_url=one.code_url, methods=one.methods, datasets=one.datasets) for one in known
    )


def _previous_edition_text(spec: EditionSpec, editions: Editions) -> str:
    """What the digest before this one said: its opening, and what its sections were about."""
    if spec.previous is None:
        return ""
    edition = editions.last_digest(spec.topic, spec.slot)
    if edition is None:
        return ""
    # Without its markers: they name other papers than this edition's.
    themes = [section.title for section in edition.sections if section.is_theme]
    return "\n\n".join([resolve_citations(edition.opening, ()).text, *themes])


def _origin_note(
    text: WrittenText, opening: OpeningText, sections: Sequence[SectionText], model: SynthesisModel
) -> AnyText:
    """Who wrote what: the model's note, and what of the text is not the model's."""
    built = [section.title for section, made in zip(text.sections, sections, strict=True) if made.failure]
    if len(built) == len(sections) and opening.is_spare:
        return lazy_gettext(
            "Nothing that {model} wrote could be used: the text is made of the papers' abstracts and summaries.",
            model=model.model,
        )
    of_sections = lazy_gettext(
        "Not written by a language model, but made of the papers' abstracts: {sections}.", sections=_quote_titles(built)
    )
    of_opening = lazy_gettext("The opening is made of the papers' abstracts, not written by a language model.")
    return join_sentences(text.note, of_sections if built else "", of_opening if opening.is_spare else "")


def _quote_titles(titles: Iterable[str]) -> str:
    return "; ".join(f"“{title}”" for title in titles)


def _note_failed_sections(briefs: Sequence[SectionBrief], sections: Sequence[SectionText], run: RunContext) -> None:
    failed = [section for section in sections if section.failure]
    if not failed:
        return
    error, names = failed[0].failure, _quote_titles(briefs[section.index].title for section in failed)
    if failed[0].source == "summaries":
        detail = lazy_ngettext(
            "{n} section is its papers' summaries, because: {error}",
            "{n} sections are their papers' summaries, because: {error}",
            len(failed),
            error=error,
        )
    elif len(failed) == len(sections):
        detail = lazy_gettext("Every section is built from its papers' abstracts, because: {error}", error=error)
    else:
        detail = lazy_ngettext(
            "{n} section is built from its papers' abstracts ({sections}), because: {error}",
            "{n} sections are built from their papers' abstracts ({sections}), because: {error}",
            len(failed),
            sections=names,
            error=error,
        )
    run.add_health("synthesis", ok=False, detail=detail)
