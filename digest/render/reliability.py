"""Reliability of an edition's text for every renderer: a mark at each statement, evidence, warnings, notices. Pure.

Invariant: a mark stands at the citation of its own statement, and nothing is said of what nobody checked; an edition
without statements reads as it always did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from digest.i18n.catalog import Catalog, get_catalog
from digest.model_names import BUILTIN
from digest.render.safe_text import to_line, to_verbatim_line
from store.records.editions import SUPPORT, Edition, Statement, StatementVerdict

SCHEDULE = "schedule"  # health of late and missed slots, which is for whoever runs this: the status page tells it
_EVIDENCE_SHOWN, _EVIDENCE_LIMIT, _REASON_LIMIT = 3, 400, 160
WARNING_SIGN = "⚠"  # stands at a statement that is not supported
_OPEN, _CLOSE = "\ue012", "\ue013"  # private: around a statement's number, in a text on its way to a form
_TOKEN = re.compile(f"{_OPEN}(\\d{{1,9}}){_CLOSE}([.,;:!?…。、，；：！？」）)]*)")
_MARKER = re.compile(r"\[\d{1,9}\]")
_FOREIGN = str.maketrans("", "", _OPEN + _CLOSE)
_NO_BRACKETS = str.maketrans("[]", "()")  # a reason cites nothing


@dataclass(frozen=True)
class EvidenceLine:
    """A sentence of a paper's abstract, or its title."""

    paper: int
    text: str
    place: str  # "Title" of one; "" of a sentence


@dataclass(frozen=True)
class StatementMark:
    """What is shown at a statement. number: 1 is the first of the edition. words: in running text, where there is
    something to warn of; "" of the others. label: how well it is supported; reason: why not better, "" where nothing
    is wrong. checked_by: in words; "" where nobody is named.
    """

    number: int
    sentence: str
    papers: tuple[int, ...]
    verdict: StatementVerdict
    words: str
    label: str
    reason: str
    evidence: tuple[EvidenceLine, ...]
    checked_by: str
    name: str  # of what shows the evidence: "Evidence: [7]"


def statement_marks(edition: Edition) -> list[StatementMark]:
    """Of each statement that there is something to show of: a verdict, or what it rests on."""
    words = get_catalog("edition", edition.language)
    return [
        _mark(number, edition, words)
        for number, statement in enumerate(edition.statements, 1)
        if has_evidence(statement)
    ]


def has_evidence(statement: Statement) -> bool:
    """Whether there is something to show of it: a verdict, or what it rests on."""
    return statement.verdict != "unchecked" or bool(statement.evidence)


def in_words(mark: StatementMark) -> str:
    """ " (⚠ not supported by the abstract: a number differs)"; "" of a statement that is supported."""
    return f" ({mark.words})" if mark.words else ""


def mark_statements(edition: Edition, show: Callable[[StatementMark], str] = in_words) -> Edition:  # decision 170
    """The edition with what `show` makes of its marks in the opening and in the sections, for forms to render."""
    if not edition.statements:
        return edition
    shown = {mark.number: show(mark) for mark in statement_marks(edition)}

    def marked(text: str, section: int) -> str:
        own = [
            (statement.sentence, shown[number])
            for number, statement in enumerate(edition.statements, 1)
            if statement.section == section and number in shown
        ]
        return "".join(_insert(text.translate(_FOREIGN), own))

    return replace(
        edition,
        opening=marked(edition.opening, -1),
        sections=tuple(
            replace(section, text=marked(section.text, index)) for index, section in enumerate(edition.sections)
        ),
    )


def to_token(mark: StatementMark) -> str:
    """What stands for a mark in a text that becomes markup: `replace_tokens` puts it in when that is made."""
    return f"{_OPEN}{mark.number}{_CLOSE}"


def replace_tokens(edition: Edition, markup: str, show: Callable[[StatementMark, str], str]) -> str:
    """show: a mark and the punctuation that stands behind it, together as they are shown."""
    words = get_catalog("edition", edition.language)
    return _TOKEN.sub(lambda token: show(_mark(int(token[1]), edition, words), token[2]), markup)


def support_warning(edition: Edition) -> str:
    """That too much of the text is not in the papers that it cites; "" of every other."""
    words = get_catalog("edition", edition.language)
    failed = [part for part in edition.health if part.source == SUPPORT and not part.ok]
    verdicts = [statement.verdict for statement in edition.statements if statement.verdict != "unchecked"]
    if not failed:
        return ""
    if not verdicts:
        return to_verbatim_line(words.show(failed[0].detail), _EVIDENCE_LIMIT)
    return words.ngettext(
        "Do not rely on this text: {n} of its {all} statements is supported by the papers that it cites.",
        "Do not rely on this text: {n} of its {all} statements are supported by the papers that it cites.",
        verdicts.count("supported"),
        all=len(verdicts),
    )


def notices(edition: Edition) -> list[str]:
    """What else a reader has to know before trusting the text: papers that were withdrawn, a part that failed, papers
    that were never read.
    """
    words = get_catalog("edition", edition.language)
    told = _withdrawn_lines(edition, words)
    failed = [line for source, ok, line in _health(edition, words) if not ok and source != SUPPORT]
    if edition.complete or failed or not edition.papers:
        return told + failed
    return [*told, words.gettext("More papers match than the {found} that were read.", found=edition.counts.found)]


def health_lines(edition: Edition) -> list[tuple[bool, str]]:
    """(ok, "arxiv: 312 papers") per outside part. A slot that was late or missed is no failure of this edition."""
    return [(ok, line) for _, ok, line in _health(edition, get_catalog("edition", edition.language))]


def _health(edition: Edition, words: Catalog) -> Iterator[tuple[str, bool, str]]:
    for part in edition.health:
        line = words.colon.join(filter(None, (part.source, words.show(part.detail))))
        yield part.source, part.ok or part.source == SCHEDULE, to_verbatim_line(line, 400)


def _withdrawn_lines(edition: Edition, words: Catalog) -> list[str]:
    numbers = [f"[{paper.number}]" for paper in edition.papers if paper.is_withdrawn]
    if not numbers:
        return []
    return [
        words.ngettext(
            "{n} paper shown here was withdrawn: {papers}.",
            "{n} papers shown here were withdrawn: {papers}.",
            len(numbers),
            papers=words.join(numbers, "series"),
        )
    ]


def _mark(number: int, edition: Edition, words: Catalog) -> StatementMark:
    statement = edition.statements[number - 1]
    label = _label(statement, words)
    reason = to_verbatim_line(words.show(statement.reason), _REASON_LIMIT).translate(_NO_BRACKETS)
    said = words.colon.join(filter(None, (label, reason)))
    warned = {"unsupported": f"{WARNING_SIGN} {said}", "partly": said}
    return StatementMark(
        number,
        statement.sentence,
        statement.papers,
        statement.verdict,
        warned.get(statement.verdict, ""),
        label,
        "" if statement.verdict == "supported" else reason,
        tuple(
            EvidenceLine(one.paper, to_line(one.text, _EVIDENCE_LIMIT), "" if one.position else words.gettext("Title"))
            for one in statement.evidence[:_EVIDENCE_SHOWN]
        ),
        _checker(statement, words),
        words.gettext("Evidence") + words.colon + words.join([f"[{paper}]" for paper in statement.papers], "series"),
    )


def _label(statement: Statement, words: Catalog) -> str:
    papers = len(statement.papers)
    if statement.verdict == "supported":
        return words.ngettext("supported by the abstract", "supported by the abstracts", papers)
    if statement.verdict == "partly":
        return words.ngettext("partly supported by the abstract", "partly supported by the abstracts", papers)
    if statement.verdict == "unsupported":
        return words.ngettext("not supported by the abstract", "not supported by the abstracts", papers)
    return words.gettext("not checked")


def _checker(statement: Statement, words: Catalog) -> str:
    if statement.verdict == "unchecked" or not statement.checked_by:
        return ""
    if statement.checked_by == BUILTIN:
        return words.gettext("checked by its words, without a language model")
    return words.gettext("checked by {model}", model=to_verbatim_line(statement.checked_by, 120))


def _insert(text: str, marks: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The text with each mark behind the last citation of its sentence; one whose sentence is not there is left out."""
    end = 0
    for sentence, shown in marks:
        if place := _find_citation(sentence.translate(_FOREIGN), text, end):
            yield text[end:place] + shown
            end = place
    yield text[end:]


def _find_citation(sentence: str, text: str, start: int) -> int:
    """Where the last citation of a sentence ends, at `start` or behind it; 0 where the sentence is not there."""
    if not (words := sentence.split()):
        return 0
    # Sentences have their white space folded; most texts, too.
    at = text.find(sentence, start)
    found = re.compile(r"\s+".join(map(re.escape, words))).search(text, start if at < 0 else at)
    if not found:
        return 0
    return max((marker.end() for marker in _MARKER.finditer(text, *found.span())), default=found.end())
