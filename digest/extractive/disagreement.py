"""Opposite findings of two papers about one named method or measure, told without a model. Pure.

Invariant: both findings are sentences of abstracts, of two papers, with the name as what they speak of; of one kind (an
effect, a rank, a quality, an agreement with judgements), one for and one against it, on a thing that both name. What is
only asked, supposed, or said of others is no finding. Where there is no such pair nothing is said, which is the rule:
of 31 surveys with 1,682 papers none has one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from digest.extractive import anaphora, sentence_roles, summaries
from digest.ports import BriefPaper
from store.records.paper_facts import PaperFacts
from store.text.tokens import is_generic, is_stop, stems

_WORDS = 40  # of a sentence; a longer one is not told
_MEASURES = "BLEU ROUGE METEOR BERTScore COMET CLIPScore BLEURT FID perplexity WER PSNR SSIM IoU Dice AUC".split()
_HOW = r"(?:(?:\w+ly|also|often|further) )*"
_DOES_NOT = rf"(?:(?:do|does|did|can|could) ?not|fail(?:s|ed)? to) {_HOW}"
_IS, _IS_NOT = (
    r"(?:is|are|was|were) (?:\w+ly |more |very )*",
    r"(?:is|are|was|were) (?:\w+ly )*(?:not|no|less) (?:\w+ly )*",
)
_GOOD, _BAD = (
    "(?:effective|reliable|beneficial|robust|sufficient)",
    "(?:ineffective|unreliable|detrimental|harmful|insufficient|brittle)",
)
_GAIN = r"improve[sd]?|boost(?:s|ed)?|enhance[sd]?|help(?:s|ed)?|benefit(?:s|ed)?"
_LOSS = (
    rf"{_DOES_NOT}(?:improve|boost|enhance|help|benefit)|hurts?|harm(?:s|ed)?|impair(?:s|ed)?"
    r"|(?:degrade|worsen)(?:s|d|ed)? (?!\w+ly\b|with|when|under|as\b|in\b|on\b|by\b|for\b)"
)
_AGREEMENT = (
    rf"correlate[sd]? (?:well|strongly|highly|better)|{_IS}(?:well|strongly|highly) correlated",
    rf"{_DOES_NOT}correlate|correlate[sd]? (?:poorly|weakly|badly)|{_IS}(?:poorly|weakly) correlated",
)
# (kind, what speaks for it, what against it)
_KINDS = tuple(
    (kind, re.compile(f"{_HOW}(?:{gain})", re.IGNORECASE), re.compile(f"{_HOW}(?:{loss})", re.IGNORECASE))
    for kind, (gain, loss) in (
        ("effect", (_GAIN, _LOSS)),
        ("quality", (f"{_IS}{_GOOD}", f"{_IS_NOT}{_GOOD}|{_IS}{_BAD}")),
        ("agreement", _AGREEMENT),
    )
)
_BEATS = re.compile(
    rf"{_HOW}(?:outperform(?:s|ed)?|surpass(?:es|ed)?|beats?|performs? better than|{_IS}(?:better|stronger|superior)"
    rf" (?:than|to)) ",
    re.IGNORECASE,
)
_IS_BEATEN_BY = re.compile(
    rf"{_HOW}(?:underperforms?|lags? behind|performs? worse than|{_IS}(?:worse than|inferior to|outperformed by)) ",
    re.IGNORECASE,
)
_BEFORE_OTHER = r"(?:both |all |even |fully? |standard |state-of-the-art |supervised |the |other |pre-?trained ){0,3}"
_AFTER_NAME = (
    r"(?: \([^()]*\))?(?:[ -](?:based )?(?:models?|methods?|training|prompting|fine-tuning|networks?|scores?))? "
)
_NO_FINDING = re.compile(
    r"\?|\b(?:whether|if|may|might|could|would|should|hypothes\w+|previous|prior|others|although|while|unlike"
    r"|(?:performance|accuracy|quality) of)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Disagreement:
    """names: what the findings are about; two where they are ranked. first, second: papers with their sentences."""

    names: tuple[str, ...]
    first: tuple[BriefPaper, str]
    second: tuple[BriefPaper, str]


class _Finding(NamedTuple):
    paper: BriefPaper
    sentence: str
    kind: str
    name: str
    other: str  # with which it is compared
    is_for: bool


def find_disagreement(papers: Sequence[BriefPaper], facts: Sequence[PaperFacts]) -> Disagreement | None:
    """The first there is. facts: of the papers, in their order."""
    names = {name.casefold(): name for known in facts for name in known.methods}
    names |= {name.casefold(): name for name in _MEASURES}
    findings = [finding for paper in papers for finding in _findings(paper, names)]
    for at, second in enumerate(findings):
        for first in findings[:at]:
            if first.paper is not second.paper and _are_opposite(first, second):
                names_told = tuple(filter(None, (first.name, first.other)))
                return Disagreement(names_told, (first.paper, first.sentence), (second.paper, second.sentence))
    return None


def _are_opposite(first: _Finding, second: _Finding) -> bool:
    if first.kind != second.kind:
        return False
    if first.other:
        return (first.name, first.other) == (second.other, second.name)
    same = first.name == second.name and first.is_for != second.is_for
    return same and bool(_things(first) & _things(second))


def _things(finding: _Finding) -> frozenset[str]:
    """What a finding is about beside its name."""
    words = (word for word in re.findall(r"[\w-]+", finding.sentence) if not is_stop(word) and not is_generic(word))
    return frozenset(stem for word in words for stem in stems(word)) - frozenset(stems(finding.name)) - _COMMON


_COMMON = frozenset(
    stems("improve effective reliable correlate performance results show find help hurt benefit degrade")
)


def _findings(paper: BriefPaper, names: Mapping[str, str]) -> Iterator[_Finding]:
    seen = summaries.outline_abstract(paper.paper.title, paper.paper.abstract)
    after = seen.method[-1] if seen.method else 0
    for at, sentence in enumerate(seen.sentences):
        told = anaphora.make_standalone(sentence)
        is_result = at > after or sentence_roles.result_score(sentence) >= 2
        if is_result and len(told.split()) <= _WORDS and not _NO_FINDING.search(told):
            yield from _read(paper, told, names)


def _read(paper: BriefPaper, sentence: str, names: Mapping[str, str]) -> Iterator[_Finding]:
    folded = sentence.casefold()
    there = [name for name in names if name in folded]
    for name in there:
        for found in re.finditer(rf"(?<![\w-]){re.escape(name)}s?{_AFTER_NAME}", sentence, re.IGNORECASE):
            rest = sentence[found.end() :]
            for kind, gain, loss in _KINDS:
                if loss.match(rest) or gain.match(rest):
                    yield _Finding(paper, sentence, kind, names[name], "", is_for=not loss.match(rest))
            if other := _compared(_BEATS, rest, there):
                yield _Finding(paper, sentence, "rank", names[name], names[other], is_for=True)
            elif other := _compared(_IS_BEATEN_BY, rest, there):
                yield _Finding(paper, sentence, "rank", names[other], names[name], is_for=True)


def _compared(verb: re.Pattern[str], rest: str, names: Collection[str]) -> str:
    """Which of the names stands right behind the verb; "" where none does."""
    found = verb.match(rest)
    behind = rest[found.end() :] if found else ""
    follows = (
        name for name in names if re.match(rf"{_BEFORE_OTHER}{re.escape(name)}s?(?![\w-])", behind, re.IGNORECASE)
    )
    return max(follows, key=len, default="")
