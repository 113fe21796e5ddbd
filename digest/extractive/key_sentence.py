"""The sentence of an abstract that answers the question best: what the paper does, or found, about it. Pure.

Invariant: every sentence is verbatim from the abstract (but for an opening that only points back, "our" before what its
authors made, and what is cut), and one that cannot be read alone comes with the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from operator import itemgetter

from digest.extractive import anaphora, sentence_roles, summaries, third_person
from digest.extractive.summaries import Outline
from digest.ports import BriefPaper
from digest.text import sentences
from store.text import tokens

_WORDS = 40  # of the sentence; a longer one is cut
_ON_QUESTION = 3.0  # what holding all of the question's words weighs, beside a cue's 0 to 6.5
_NO_FINDING = 9.0
_TOLD = 0.8  # of the words of a finding; a sentence that has so many says it, whoever its subject is there
_FOR_A_FINDING = 2.5  # what a result gains where the question asks which, whether or how much
_ASKS_FINDING = re.compile(
    r"^(?:is|are|was|were|do|does|did|can|could|will|should|which|how (?:much|many|well|good|far|often))\b"
    r"|\b(?:better|worse|versus|vs\.?|compared? (?:to|with)|outperforms?)\b",
    re.IGNORECASE,
)
_SYSTEM = (
    r"(?:approach|method|model|system|framework|technique|algorithm|pipeline|architecture|network|variant)(?:e?s)?\b"
)
# Of a noun phrase without a name, which has a capital or a digit; and no verb, behind which another thing is named.
_QUALIFIER = (
    r"(?!(?:an?|the|of|that|this|our|its|their|and|or|is|are|was|were|to|by|than)\b"
    r"|(?:show|demonstrat|indicat|suggest|reveal|confirm)(?:e?s|ed?)?\b)(?-i:[a-z]+(?:-[a-z]+)*)"
)
# "On all tasks, the one-step model gains 2.4 BLEU": in an opening nobody has said which.
_UNNAMED = re.compile(rf"^(?:[^,]{{1,100}}, )?(?:the|this) (?:{_QUALIFIER} ){{0,3}}{_SYSTEM}(?! of\b)", re.IGNORECASE)
# "The merged one-step model gains 2.4 BLEU": who merged it is known.
_OWN = re.compile(
    r"^([^,]{1,100}, )?the (?=(?:proposed|presented|resulting|obtained|merged|combined|distilled|pruned|compressed"
    rf"|quanti[sz]ed|improved|extended|optimi[sz]ed|final|full) (?:{_QUALIFIER} ){{0,2}}{_SYSTEM})",
    re.IGNORECASE,
)
_PROPOSED = re.compile(r"\bthe (?:proposed|presented|resulting|obtained) \w+", re.IGNORECASE)  # named elsewhere


def choose_key_sentences(paper: BriefPaper, question: str, asked: str = "") -> list[str]:
    """One sentence, seldom two; none where the paper has no abstract. asked: the question's concepts, in English."""
    if paper.summary.source == "model" and paper.summary.method:
        return sentences.split(paper.summary.method)
    seen = summaries.outline_abstract(paper.paper.title, paper.paper.abstract)
    bonus = _FOR_A_FINDING if _ASKS_FINDING.search(question) else 0.0
    chosen = _choose(seen, paper.paper.title, asked or question, bonus)
    return [
        summaries.shorten_sentence(
            seen.sentences[i] if i - 1 in chosen else anaphora.make_standalone(seen.sentences[i]), _WORDS
        )
        for i in chosen
    ]


def choose_findings(
    sections: Sequence[Sequence[BriefPaper]], question: str, most: int, texts: Sequence[str] = ()
) -> list[tuple[BriefPaper, str]]:
    """The plainest results that come with a figure, one a section at most, each with its paper; in their order.

    texts: of the sections; what they tell already is chosen only where there is nothing else.
    """
    every = [_findings_of(papers, question) for papers in sections]
    told = list(map(frozenset, map(tokens.stems, (line for text in texts for line in sentences.split(text)))))
    # decision 209
    new = [[one for one in found if not _is_told(one[2], told)] for found in every]
    best = [max(found, key=itemgetter(0)) for found in (new if any(new) else every) if found]
    chosen = sorted(best, key=itemgetter(0), reverse=True)[:most]
    return [(paper, sentence) for score, paper, sentence in best if (score, paper, sentence) in chosen]


def _is_told(sentence: str, told: Sequence[Collection[str]]) -> bool:
    """Whether one of these sentences, as stems, has nearly all of its words."""
    words = set(tokens.stems(sentence))
    return any(len(words.intersection(one)) >= _TOLD * len(words) for one in told)


def _findings_of(papers: Sequence[BriefPaper], question: str) -> list[tuple[float, BriefPaper, str]]:
    asked, found = _asked_stems(question), []
    for paper in papers:
        seen = summaries.outline_abstract(paper.paper.title, paper.paper.abstract)
        after = seen.method[-1] if seen.method else 0
        for sentence in map(_as_own, map(anaphora.make_standalone, seen.sentences[after + 1 :])):
            if (
                sentence_roles.is_finding_with_figure(sentence)
                and _stands_alone(sentence)
                and _is_short_and_named(sentence)
            ):
                score = sentence_roles.result_score(sentence) + _ON_QUESTION * _share(asked, sentence)
                found.append((score, paper, sentence))
    return found


def _as_own(sentence: str) -> str:
    """A finding of "the merged model" as one of "our merged model", which tells whose it is."""
    return _OWN.sub(lambda match: f"{match[1]}our " if match[1] else "Our ", sentence)


def _is_short_and_named(sentence: str) -> bool:
    return len(sentence.split()) <= _WORDS and not (_PROPOSED.search(sentence) or _UNNAMED.search(sentence))


def _choose(seen: Outline, title: str, question: str, bonus: float) -> tuple[int, ...]:
    asked = _asked_stems(question) & set(tokens.stems(f"{title} {' '.join(seen.sentences)}"))
    central = summaries.centrality(title, seen.sentences)
    bonus = _FOR_A_FINDING if _ASKS_FINDING.search(question) else 0.0
    after = seen.method[-1] if seen.method else 0  # before it are the findings of others
    scores = {}
    for i, sentence in enumerate(seen.sentences):
        cue = _cue(sentence, title, bonus if i > after else -_NO_FINDING)
        if cue > 0 and _stands_alone(sentence):
            on_question = _ON_QUESTION * _share(asked, sentence)
            scores[i] = cue + on_question + 2.0 * central[i] + 1.5 * (1 - i / len(seen.sentences))
    if scores:
        return (max(scores, key=lambda i: (scores[i], -i)),)
    if seen.method:
        return seen.method
    readable = [i for i, sentence in enumerate(seen.sentences) if _stands_alone(sentence)]
    name = title.partition(":")[0].casefold()
    return tuple(
        sorted(
            readable,
            key=lambda i: (name not in seen.sentences[i].casefold(), -central[i] - _share(asked, seen.sentences[i])),
        )[:1]
    )


def _cue(sentence: str, title: str, bonus: float) -> float:
    """How plainly it says what the paper does or found."""
    named = 4.0 if sentence_roles.opens_with_title_name(sentence, title) else 0.0
    result = sentence_roles.result_score(sentence)
    method = sentence_roles.method_score(sentence) - (1.5 if _PROPOSED.search(sentence) else 0.0)
    return max(method, named, result - 1.0 + bonus if result >= 2 else 0.0)


def _stands_alone(sentence: str) -> bool:
    """Whether it can be read without another, and is not of everybody."""
    return not (
        anaphora.depends_on_previous(sentence)
        or anaphora.opens_with_definite(sentence)
        or anaphora.has_dangling_reference(sentence)
        or third_person.is_of_anybody(sentence)
    )


def _asked_stems(question: str) -> set[str]:
    return {stem for stem in tokens.stems(question) if not tokens.is_stop(stem) and not tokens.is_generic(stem)}


def _share(asked: Collection[str], sentence: str) -> float:
    held = set(tokens.stems(sentence))
    return sum(stem in held for stem in asked) / len(asked) if asked else 0.0
