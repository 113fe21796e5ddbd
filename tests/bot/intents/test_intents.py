"""What a message means: small talk only where it is nothing else, follow-ups only in the thread of an answer."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intents.intents import (
    AskPapers,
    NewSurvey,
    Place,
    RepeatSurvey,
    SearchPapers,
    SendFile,
    TooLong,
    parse_intent,
)
from bot.intents.question_options import Options, ParsedQuestion
from bot.intents.small_talk import SmallTalk
from digest.pipeline.followup import AboutPapers, FilterByPeriod, FollowUpQuestion, MoreLike, Shorten
from digest.render import formats
from digest.retrieval.paper_lookup import PaperReference

LORA = (PaperReference(arxiv="2106.09685"),)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("<@U1> help", "help"),
        ("<@U1> Help!", "help"),
        ("<@U1> ?", "help"),
        ("what can you do?", "help"),
        ("<@U1> hello", "greeting"),
        ("ヘルプ", "help"),
        ("<@U1>", "empty"),
        ("", "empty"),
        (":wave:", "empty"),
        ("👍", "empty"),
        ("<@U1> !!!", "empty"),
        ("<https://example.org/abs/2106.09685>", "empty"),
        ("top 20", "empty"),
        ("more like this", "empty"),
        ("thanks", "thanks"),
        ("Thank you so much!!", "thanks"),
        ("great, thanks :tada:", "thanks"),
        ("ありがとうございます。", "thanks"),
        ("mute", "mute"),
        ("please mute this thread", "mute"),
        ("unmute", "unmute"),
        ("stop", "stop"),
        ("never mind", "stop"),
    ],
)
def test_small_talk(message, kind):
    assert parse_intent(message) == SmallTalk(kind)
    if message not in ("top 20", "more like this"):
        assert parse_intent(message, "of an answer") == SmallTalk(kind)


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("<@U1> 2106.09685v2", "arXiv:2106.09685"),
        ("<https://arxiv.org/abs/2106.09685>", "arXiv:2106.09685"),
        ("<@U1>: <https://arxiv.org/pdf/2106.09685|arxiv.org/pdf/2106.09685>", "arXiv:2106.09685"),
        ("<https://doi.org/10.1000/xyz>", "doi:10.1000/xyz"),
    ],
)
def test_what_names_a_paper_alone_is_asked_for_by_its_name(message: str, named: str) -> None:
    assert parse_intent(message) == SearchPapers(named)


@pytest.mark.parametrize(
    ("message", "words", "form"),
    [
        ("search: diffusion -music", "diffusion -music", None),
        ("<@U1> search: diffusion as BibTeX", "diffusion", formats.BIBTEX),
        ("search for diffusion models as CSL JSON file", "diffusion models", formats.CSL_JSON),
        ("search diffusion as .ris", "diffusion", formats.RIS),
        ("papers by Ada Example", 'author:"Ada Example"', None),
        ("Papers by Ada Example, as a BibTeX file", 'author:"Ada Example"', formats.BIBTEX),
        ("author:example lora", "author:example lora", None),
        ("2106.09685, arXiv:2106.09686v2", "arXiv:2106.09685 arXiv:2106.09686", None),
        ("2106.09685 as bibtex", "2106.09685", formats.BIBTEX),
    ],
)
@pytest.mark.parametrize("place", get_args(Place))
def test_papers_by_themselves_are_searched_for(message: str, words: str, form: object, place: Place) -> None:
    if "answer" in place and form is None and "09685" in message:
        return  # ids alone are about the answer
    assert parse_intent(message, place) == SearchPapers(words, form)


@pytest.mark.parametrize(
    "message",
    ["search diffusion", "search for diffusion models", "papers by people who study walks of ants",
     "diffusion as BibTeX", "LoRA as Markdown",
     "search diffusion as Markdown", "papers like 2106.09685", "papers on BibTeX"],
)  # fmt: skip
def test_a_question_is_no_search_of_the_archive(message: str) -> None:
    assert isinstance(parse_intent(message), NewSurvey)


@pytest.mark.parametrize(
    "subject",
    [
        "help with diffusion models",
        "thanks to what are transformers fast",
        "stop words in retrieval",
        "mute swans and bird flu",
        "options pricing with neural networks",
        "what is known about cancel culture",
    ],
)
def test_questions_that_begin_like_small_talk(subject):
    assert parse_intent(f"<@U1> {subject}") == NewSurvey(ParsedQuestion(subject))


def test_a_new_survey_with_options():
    assert parse_intent("<@U1> survey: LoRA, top 20") == NewSurvey(ParsedQuestion("LoRA", Options(max_papers=20)))
    assert parse_intent("<@U1> survey on LoRA", "of an answer") == NewSurvey(ParsedQuestion("LoRA"))


def test_a_message_too_long_to_be_a_question():
    assert parse_intent("word " * 8_000) == TooLong(39_999)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("more like [7]", MoreLike((7,))),
        ("<@U1> More like 7, please", MoreLike((7,))),
        ("papers similar to [7] and [12]", MoreLike((7, 12))),
        ("show me more papers like #3?", MoreLike((3,))),
        ("[7]のような論文をもっと", MoreLike((7,))),
        ("only 2025", FilterByPeriod("only 2025")),
        ("just papers since 2024", FilterByPeriod("since 2024")),
        ("only from the last 2 weeks", FilterByPeriod("from the last 2 weeks")),
        ("shorter", Shorten()),
        ("make it shorter please", Shorten()),
        ("tl;dr", Shorten()),
        ("短くして", Shorten()),
        ("BibTeX", SendFile(formats.BIBTEX)),
        ("give me the bibtex", SendFile(formats.BIBTEX)),
        ("as .bib file please", SendFile(formats.BIBTEX)),
        ("references", SendFile(formats.BIBTEX)),
        ("参考文献", SendFile(formats.BIBTEX)),
        ("ris", SendFile(formats.RIS)),
        ("export as RIS format", SendFile(formats.RIS)),
        ("csl json", SendFile(formats.CSL_JSON)),
        ("CSL-JSONでください", SendFile(formats.CSL_JSON)),
        ("send me the markdown", SendFile(formats.MARKDOWN)),
        ("Markdownで", SendFile(formats.MARKDOWN)),
        ("as text", SendFile(formats.TEXT)),
        ("BibTeX of [7]", SendFile(formats.BIBTEX, (7,))),
        ("give me the RIS for 3, 12 and [4] please", SendFile(formats.RIS, (3, 12, 4))),
        ("references of section 2", SendFile(formats.BIBTEX, section=2)),
        ("as markdown of [7]", AboutPapers("as markdown of [7]", (7,))),
        ("references for section headings", FollowUpQuestion("references for section headings")),
        ("text", FollowUpQuestion("text")),
        ("as a gentle introduction", FollowUpQuestion("as a gentle introduction")),
        ("as png", FollowUpQuestion("as png")),
        ("in German", RepeatSurvey(Options(language="de"))),
        ("top 20, no cache", RepeatSurvey(Options(max_papers=20, refresh=True))),
        ("which of these use diffusion?", FollowUpQuestion("which of these use diffusion?")),
        ("is [7] like [8]?", AboutPapers("is [7] like [8]?", (7, 8))),
        ("how does [3] differ from 2025 work?", AboutPapers("how does [3] differ from 2025 work?", (3,))),
        ("tell me more about [3]", AboutPapers("tell me more about [3]", (3,))),
        ("compare 2 and 5", AboutPapers("compare 2 and 5", (2, 5))),
        ("the third one?", AboutPapers("the third one?", (3,))),
        ("what does <https://arxiv.org/abs/2106.09685> say", AskPapers("what does arXiv:2106.09685 say", LORA)),
    ],
)
def test_follow_ups_in_the_thread_of_an_answer(message, expected):
    assert parse_intent(message, "of an answer") == expected


@given(st.text(max_size=200), st.sampled_from(get_args(Place)))
def test_every_message_means_something(text, place):
    assert parse_intent(text, place) is not None
