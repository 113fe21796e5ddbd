"""The topic of a thread of people: what their messages have in common that papers are written on.

Invariant: pure; what the messages say is data and nothing else: the topic is made of terms alone, never of sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.intents.message_event import extract_question
from bot.intents.paper_mentions import paper_references
from digest.question.term_tables import is_known_phrase
from digest.question.understand import understand
from digest.text.word_frequencies import word_frequencies
from store.records.questions import Concept
from store.text.tokens import stem, tokens

_MOST_CONCEPTS = 3
_MOST_REFERENCES = 3
_MOST_WORDS = 5  # of a concept: longer ones are sentences that were not understood
_RARE, _OFTEN = 60, 0.35  # papers with a word that papers are written on; and the share above which it says nothing
_LEAST_WEIGHT = 1.5  # said at the beginning, or twice, or a term
# Verbs of talk that a concept may begin or end with.
_TALK = frozenset(
    """
    holds hold keeps keep helps help helped hurts hurt works worked tried try wants want needs need makes make goes go
    gets get got looks look looked seems seem says say said thinks think know knows mean means maybe ignore check read
    """.split()
)
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def find_topic(messages: Sequence[str]) -> str:
    """A question in words; "" where they speak of nothing that papers are written on. messages: as Slack sends them."""
    weights: dict[str, float] = {}
    for place, message in enumerate(messages):
        record = understand(extract_question(message)[:2_000], _ANY_DAY)
        for form in {form for concept in record.concepts if (form := _usable_form(concept))}:
            first = 1.0 if place == 0 else 0.0  # a thread is about what began it
            weights[form] = weights.get(form, 0.0) + 1.0 + first + (0.5 if _is_term(form) else 0.0)
    shared = [form for form, weight in weights.items() if weight >= _LEAST_WEIGHT]
    chosen = sorted(shared, key=lambda form: -weights[form])[:_MOST_CONCEPTS]  # stable: the earlier first
    if chosen:
        return ", ".join(chosen)
    named = dict.fromkeys(reference.label for message in messages for reference in paper_references(message))
    return " ".join(["papers like", *list(named)[:_MOST_REFERENCES]]) if named else ""


def _usable_form(concept: Concept) -> str:
    """Its usual name, where all of its words are words of papers."""
    written, frequencies = concept.forms[0].split(), word_frequencies()
    while written and written[-1].lower() in _TALK:
        written.pop()
    while written and written[0].lower() in _TALK:
        written.pop(0)
    form = " ".join(written)
    words = tokens(form)
    if not 0 < len(words) <= _MOST_WORDS:
        return ""
    counts = [frequencies.stems.get(stem(word), 0) for word in words]
    telling = any(_RARE <= count < _OFTEN * frequencies.papers for count in counts)
    return form if telling and (min(counts) >= _RARE or _is_term(form)) else ""


def _is_term(form: str) -> bool:
    return is_known_phrase(form) or (form.isupper() and len(form) > 1)
