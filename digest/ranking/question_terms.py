"""Question terms: the words of a question's concepts as they are weighed: stems, with how much each tells. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from digest.text.word_frequencies import word_frequencies
from store.records.editions import Paper, Query
from store.records.questions import Concept, StructuredQuestion
from store.text.tokens import is_stop, stem, tokens

COMMON = 0.2  # share of papers; a word that more of them have finds everything


@dataclass(frozen=True)
class ConceptForm:
    """One way in which papers write a concept. words: without grammar, unless there is nothing else."""

    text: str
    words: tuple[str, ...]

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(stem, self.words)))

    @cached_property
    def mass(self) -> float:
        """How much it tells: the sum of its stems' idf."""
        return sum(map(word_frequencies().idf, self.stems))

    @property
    def query(self) -> Query:
        return Query(self.words)


@dataclass(frozen=True)
class QuestionTerms:
    """concepts: the forms of each, the usual one first."""

    concepts: tuple[tuple[ConceptForm, ...], ...]

    @property
    def text(self) -> str:
        """What is compared with the papers by meaning."""
        return " ".join(forms[0].text for forms in self.concepts)

    @property
    def query(self) -> Query:
        """All of it as one search phrase."""
        return Query(tuple(dict.fromkeys(word for forms in self.concepts for word in forms[0].words)))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stem for forms in self.concepts for form in forms for stem in form.stems))

    @cached_property
    def usual_stems(self) -> tuple[str, ...]:
        """Of the usual forms alone."""
        return tuple(dict.fromkeys(stem for forms in self.concepts for stem in forms[0].stems))

    @property
    def telling_words(self) -> tuple[str, ...]:
        """Those that can be searched for one by one, the rarest first, each stem once."""
        words = {stem(word): word for forms in self.concepts for form in reversed(forms) for word in form.words}
        table = word_frequencies()
        rarest = sorted(words, key=table.idf, reverse=True)
        return tuple(words[one] for one in rarest if table.stems.get(one, 0) <= COMMON * table.papers)


def question_terms(question: StructuredQuestion, named: tuple[Paper, ...] = ()) -> QuestionTerms:
    """named: papers that the question names; their titles say what it is about where nothing else does."""
    concepts = question.concepts or tuple(Concept(paper.readable_title, (paper.readable_title,)) for paper in named)
    found = (tuple(filter(None, map(_form, concept.forms))) for concept in concepts)
    return QuestionTerms(tuple(forms for forms in found if forms))


def _form(text: str) -> ConceptForm | None:
    words = list(dict.fromkeys(tokens(text)))
    telling = [word for word in words if not is_stop(word)] or words
    return ConceptForm(text, tuple(telling)) if telling else None
