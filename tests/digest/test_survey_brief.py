from dataclasses import replace

from digest.survey_brief import SURVEY_CHARACTERS, key_sentences, make_survey_brief
from tests.factories.chat import section


def test_sentences_keep_their_numbers_where_others_are_left_out() -> None:
    told = ["Wood is old.", "We coat gears with resin.", "Code is public."]
    assert key_sentences(told, "Resin for gears", 30) == ("", told[1], "")
    assert key_sentences(told, "Resin for gears", 1_000) == tuple(told)
    assert key_sentences((), "Resin", 100) == ()


def test_one_sentence_is_always_shown_and_a_long_tail_never() -> None:
    shown = key_sentences(["Resin " * 300, *["Glue holds."] * 20], "resin", 0)
    assert len(shown) == 12
    assert shown[0].endswith(" …")
    assert 0 < len(shown[0]) <= 402
    assert not any(shown[1:])


def test_a_small_survey_shows_all_and_a_large_one_stays_within_its_characters() -> None:
    small = make_survey_brief([section(1, 2), section(3)])
    assert [len(document.sentences) for document in small.documents] == [2, 2, 2]
    assert all(all(document.sentences) for document in small.documents)
    assert all(document.summary for document in small.documents)
    brief = section(*range(1, 101))
    papers = tuple(replace(one, sentences=(f"Resin {one.number} is hard. " * 8,) * 10) for one in brief.papers)
    large = make_survey_brief([replace(brief, papers=papers)])
    shown = sum(len(text) for document in large.documents for text in document.sentences)
    assert 0 < shown <= SURVEY_CHARACTERS


def test_a_paper_without_sentences_is_shown_by_its_summary() -> None:
    brief = section(1)
    bare = replace(brief, papers=(replace(brief.papers[0], sentences=()),))
    (document,) = make_survey_brief([bare]).documents
    assert document.summary == brief.papers[0].summary.text


def test_every_section_knows_the_others() -> None:
    rest = replace(section(4, title="Also on the way"), is_theme=False)
    survey = make_survey_brief([section(1, 2, title="Gears"), section(3, title="Sails"), rest])
    assert [(one.outline.title, one.papers) for one in survey.sections] == [
        ("Gears", (1, 2)),
        ("Sails", (3,)),
        ("", (4,)),
    ]
