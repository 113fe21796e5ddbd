"""No word of a question is lost, whatever is asked: over thousands of made-up questions in several languages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.question.term_tables import LANGUAGES, english_terms, framing_words, glossary, read_entries
from digest.question.understand import check_words, restrict, understand
from store.records.questions import NO_LIMITS, Concept, QuestionWord, SearchLimits
from store.text.tokens import tokens

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
ENGLISH = [form for forms in english_terms() for form in forms]
RARE = """
    Zyxquarl foobaring grpah netwroks LoRA GPT-4 C++ H2O p-adic bookbinding Fahrräder chaussures zapatos 2018
    42
""".split()
ALWAYS = (
    "1706.03762 https://arxiv.org/abs/2405.01234v2 10.1103/PhysRevLett.116.061102 cs.CL hep-th since 2023 in Japanese "
    "papers by Geoffrey Hinton not but without excluding except ohne sans sin sauf nicht pas "
    "sem não exceto senza tranne 20 papers "
    "( ) , . ? ; - / \" ' & :"
).split()
TERMS = {
    "en": (
        ENGLISH,
        "for in of on how do I the with what is new latest please overview methods models vs better".split(),
    ),
    **{
        tag: ([term for _, terms in read_entries(f"head_words_{tag}") for term in terms], sorted(framing_words(tag)))
        for tag in LANGUAGES
    },
    "ja": (sorted(glossary()), sorted(framing_words("ja"))),
    "zh": (sorted(glossary()), sorted(framing_words("zh"))),
}


@st.composite
def questions(draw: st.DrawFn) -> str:
    tag = draw(st.sampled_from(sorted(TERMS)))
    terms, small = TERMS[tag]
    word = st.one_of(st.sampled_from(terms), st.sampled_from(small), st.sampled_from(RARE), st.sampled_from(ALWAYS))
    glue = (
        st.sampled_from(["", "の", "的", " "]) if tag in ("ja", "zh") else st.sampled_from([" ", " ", " ", ", ", "-"])
    )
    words = draw(st.lists(word, min_size=1, max_size=14))
    return "".join(part for one in words for part in (one, draw(glue)))


@given(questions())
@settings(max_examples=2_000, deadline=None)
def test_every_word_of_a_question_has_one_role(question: str) -> None:
    record = understand(question, NOW)
    check_words(record)
    told = [token for word in record.words for token in tokens(word.text.replace("'", " "))]
    assert told == tokens(question.replace("’", " ").replace("'", " "))
    assert understand(question, NOW) == record


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_it(question: str) -> None:
    check_words(understand(question, NOW))


TIMES = st.none() | st.integers(2010, 2026).map(lambda year: datetime(year, 3, 1, tzinfo=UTC))
NAMES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=3).map(tuple)
LIMITS = st.builds(SearchLimits, TIMES, TIMES, NAMES, NAMES, NAMES)


def merge(one: SearchLimits, other: SearchLimits) -> SearchLimits:
    return restrict(restrict(understand("", NOW), one), other).limits


@given(LIMITS, LIMITS, LIMITS)
@settings(max_examples=200, deadline=None)
def test_restricting_twice_is_restricting_by_both(own: SearchLimits, one: SearchLimits, other: SearchLimits) -> None:
    question = restrict(understand("graph neural networks", NOW), own)
    assert restrict(restrict(question, one), other) == restrict(question, merge(one, other))
    assert restrict(question, NO_LIMITS) == question
    assert restrict(restrict(question, one), one) == restrict(question, one)


def test_a_question_of_ten_thousand_characters_is_read_whole() -> None:
    question = ("robots that plan without maps, but not drones, " * 300)[:10_000]
    check_words(understand(question, NOW))


RECORD = understand("diffusion models for molecules but not proteins since 2023", NOW)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (replace(RECORD, words=RECORD.words[1:]), "'diffusion' has no role"),
        (replace(RECORD, words=(*RECORD.words, QuestionWord("molecules", "framing"))), "not in the question"),
        (replace(RECORD, words=RECORD.words[::-1]), "has no role"),
        (replace(RECORD, concepts=RECORD.concepts[:1]), "'molecules' is a word of no concept"),
        (replace(RECORD, concepts=(*RECORD.concepts, Concept("proteins", ("proteins",)))), "'proteins' is asked for"),
        (replace(RECORD, concepts=(*RECORD.concepts, Concept("", ("x",)))), "has no words"),
        (replace(RECORD, concepts=(replace(RECORD.concepts[0], forms=()), *RECORD.concepts[1:])), "or no form"),
        (replace(RECORD, limits=NO_LIMITS), "'exclusion'"),
        (replace(RECORD, period=""), "'period'"),
    ],
)
def test_a_record_that_lost_a_word_is_refused(broken, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_words(broken)


def test_a_record_may_lack_grammar_words() -> None:
    check_words(replace(RECORD, words=tuple(word for word in RECORD.words if word.text not in ("for", "but"))))
