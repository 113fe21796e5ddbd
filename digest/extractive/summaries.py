"""Extractive summaries: sentences of the abstract, chosen by cue, place and centrality.

Invariant: every part is verbatim from the abstract (white space folded; what only points back left off; a very
long sentence cut, with an ellipsis), and no part is mislabelled to fill a place: what the abstract does not
plainly say stays empty.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from digest.extractive import anaphora, sentence_roles
from digest.ports import Answer
from digest.text import sentences
from store.records.editions import Paper, Summary, Usage
from store.text import tokens

MODEL = "builtin:extractive"
VERSION = "extractive-6"  # raised whenever the same abstract may give another summary
_WORDS_OF_TEXT = 90  # about half a minute
_WORDS_OF_PART = 45  # of one sentence; a longer one is cut
_CONTEXT_WORDS = 30
_LABEL = re.compile(
    r"^(?:\\(?:textbf|textit|emph|bf|it)\{?\s*)?(?:background|context|aims?|objectives?|purpose|motivation|methods?"
    r"|methodology|materials and methods|results?"
    r"|conclusions?|significance|introduction|approach|findings|summary|abstract)(?: and \w+)?[\s}]*[.:][\s}]*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Outline:
    """The sentences of an abstract and which of them do what; indices, None where none does."""

    sentences: tuple[str, ...]
    problem: tuple[int, ...]  # one, or two where the second leans on the first
    method: tuple[int, ...]
    result: tuple[int, ...]


class ExtractiveSummaries:
    """A `SummaryModel` without a language model. The language is that of the abstract, whatever is asked for."""

    model = MODEL
    prompt_hash = VERSION

    def summarise(self, paper: Paper, language: str) -> Answer[Summary]:  # noqa: ARG002 - extracts are not translated
        started = time.monotonic()
        summary = _build_summary(outline_abstract(paper.title, paper.abstract))
        return Answer(summary, Usage("summary", MODEL, seconds=time.monotonic() - started))


def outline_abstract(title: str, abstract: str) -> Outline:
    """Which sentences tell the problem, the method and the result."""
    found = tuple(
        s for s in map(_strip_label, sentences.split(abstract)) if s and not sentence_roles.is_housekeeping(s)
    )
    central = centrality(title, found)
    method = _find_method(title, found, central)
    problem = _find_problem(found, central, method[0]) if method else ()
    if (
        len(method) == 2 and sentence_roles.problem_score(found[method[0]]) >= 2
    ):  # what the method leans on is its problem
        problem, method = method[:1], method[1:]
    return Outline(found, problem, method, _find_result(found, central, method))


def _strip_label(sentence: str) -> str:
    return _LABEL.sub("", sentence)


def centrality(title: str, found: tuple[str, ...]) -> list[float]:
    """0..1 for each sentence: how much of what the title and the other sentences speak of it names."""
    bags = [{s for s in tokens.stems(text) if not tokens.is_stop(s)} for text in (title, *found)]
    return [_mean_overlap(bag, bags[:place] + bags[place + 1 :]) for place, bag in enumerate(bags)][1:]


def _mean_overlap(bag: set[str], others: list[set[str]]) -> float:
    shared = [len(bag & other) / (1 + min(len(bag), len(other))) for other in others]
    return sum(shared) / len(shared) if shared else 0.0


def _find_method(title: str, found: tuple[str, ...], central: list[float]) -> tuple[int, ...]:
    """The sentence with the plainest cue; of like ones the earlier, then the more central."""
    plain = [
        max(sentence_roles.method_score(s), 4.0 if sentence_roles.opens_with_title_name(s, title) else 0.0)
        for s in found
    ]
    scores = {i: cue + _place_score(found, central, i) for i, cue in enumerate(plain) if cue > 0}
    ranked = sorted(scores, key=lambda i: (-scores[i], i))
    supported = (_with_support(found, i) for i in ranked)
    alone = ((i,) for i in ranked if not anaphora.opens_with_reference(found[i]))  # it points back only in passing
    return next((chosen for chosen in (*supported, *alone) if chosen), ())


def _place_score(found: tuple[str, ...], central: list[float], i: int) -> float:
    leaning_back = (
        anaphora.depends_on_previous(found[i])
        or anaphora.opens_with_definite(found[i])
        or anaphora.has_dangling_reference(found[i])
    )
    penalty = 1.5 if i and leaning_back else 0.0
    return 2.0 * (1 - i / len(found)) + 2.0 * central[i] - penalty


def _find_problem(found: tuple[str, ...], central: list[float], before: int) -> tuple[int, ...]:
    """Only what precedes the method and carries a cue; of like ones the nearer to the method."""
    scores = {
        i: sentence_roles.problem_score(found[i]) + i / (before + 1) + central[i]
        for i in range(before)
        if sentence_roles.problem_score(found[i]) >= 2
    }
    for best in sorted(scores, key=lambda i: -scores[i]):
        if supported := _with_support(found, best):
            return supported
    return ()


def _find_result(found: tuple[str, ...], central: list[float], method: tuple[int, ...]) -> tuple[int, ...]:
    """A finding after the method, in a sentence of its own; of like ones the later."""
    after = method[-1] + 1 if method else 1
    candidates = [
        i
        for i in range(after, len(found))
        if sentence_roles.result_score(found[i]) >= 2 and not anaphora.depends_on_previous(found[i])
    ]
    if not candidates:
        return ()
    return (
        max(candidates, key=lambda i: (sentence_roles.result_score(found[i]) + 0.5 * i / len(found) + central[i], i)),
    )


def _with_support(found: tuple[str, ...], i: int) -> tuple[int, ...]:
    """The sentence, with the one before it where it leans on that; () where even that one leans."""
    if not anaphora.depends_on_previous(found[i]) and not anaphora.opens_with_definite(found[i]):
        return (i,)
    if (
        i > 0
        and not anaphora.depends_on_previous(found[i - 1])
        and not anaphora.opens_with_definite(found[i - 1])
        and _count_words(found[i - 1]) + _count_words(found[i]) <= 1.3 * _WORDS_OF_PART
    ):
        return (i - 1, i)
    return ()


def _count_words(sentence: str) -> int:
    return len(sentence.split())


def _build_summary(seen: Outline) -> Summary:
    chosen = sorted({*_context_indices(seen), *seen.problem, *seen.method, *seen.result})
    # An opening that points back is kept only where what it points to is shown right before it.
    shown = {
        i: shorten_sentence(seen.sentences[i] if i - 1 in chosen else anaphora.make_standalone(seen.sentences[i]))
        for i in chosen
    }
    problem, method, result = (" ".join(shown[i] for i in part) for part in (seen.problem, seen.method, seen.result))
    text = _limit_words([shown[i] for i in chosen])
    return Summary(problem, method, result, text, MODEL, "extract")


def _context_indices(seen: Outline) -> list[int]:
    """The first sentence, unlabelled, where nothing else leads in; two where no part was found at all."""
    if not seen.sentences or seen.problem or 0 in seen.method:
        return []
    if not seen.method:
        return [i for i in (0, 1) if i < len(seen.sentences)]
    short = _count_words(seen.sentences[0]) <= _CONTEXT_WORDS and not anaphora.depends_on_previous(seen.sentences[0])
    return [0] if short else []


def _limit_words(parts: list[str]) -> str:
    while len(parts) > 1 and sum(map(_count_words, parts)) > _WORDS_OF_TEXT:
        parts = parts[1:]
    return " ".join(parts)


_CLAUSE = re.compile(
    r"(?:[;:]|,(?= (?:and|but|or|which|where|while|whereas|with|thus|thereby|so|as|in|by|for|\w+ing)\b)"
    r"| [–—-]+(?! \d))(?= )"
)


_FIRST = re.compile(r" ?[:;,] (?:and )?(?:first(?:ly)?,? |\(?(?:1|i|a)\) )", re.IGNORECASE)
_SECOND = re.compile(r"\b(?:second(?:ly)?|then|next|finally|last(?:ly)?)\b|\(?\b(?:2|ii|b)\)", re.IGNORECASE)
_PHRASE = re.compile(r"(?= (?:that|which|who|while|when|where|because|to|by|for|with|from|using|through|via)\b)")
_SHORTEST_LEAD = 40  # characters before an enumeration


def shorten_sentence(sentence: str, limit: int = _WORDS_OF_PART) -> str:
    """The sentence, or its beginning up to a clause's end and an ellipsis; never cut inside $...$ or (...)."""
    sentence = _drop_enumeration(sentence)
    limit = max(limit, _count_words(sentence[: sentence_roles.main_verb_end(sentence)]) + 12)
    if _count_words(sentence) <= limit:
        return sentence
    end = len(" ".join(sentence.split()[:limit]))
    inside = sentences.protected_spans(sentence)
    for pattern in (_CLAUSE, re.compile(r",(?= )"), _PHRASE, re.compile(r"(?<![\d%–—-])(?= )(?! [\d–—-])")):
        stops = [m.start() for m in pattern.finditer(sentence, 0, end + 1) if not _is_inside(inside, m.start())]
        if (
            stops
            and stops[-1] > max(end // 3, sentence_roles.main_verb_end(sentence) + 20)
            and sentence_roles.has_main_verb(sentence[: stops[-1]])
        ):
            return _drop_enumeration(sentence[: stops[-1]].rstrip(" ,;:–—-") + " …")
    return sentence


def _drop_enumeration(sentence: str) -> str:
    """Without an enumeration of which only the first item is there: "in two aspects: First, ..."."""
    match = _FIRST.search(sentence)
    if not match or match.start() < _SHORTEST_LEAD or _SECOND.search(sentence, match.end()):
        return sentence
    return sentence[: match.start()] + " …"


def _is_inside(spans: list[tuple[int, int]], position: int) -> bool:
    return any(start < position < stop for start, stop in spans)
