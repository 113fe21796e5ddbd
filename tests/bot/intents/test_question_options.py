"""Options in plain words are understood where they stand apart, and never taken out of a subject."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intents import question_options
from bot.intents.question_options import Options, ParsedQuestion, parse_question
from digest.pipeline.services import SurveyRequest
from digest.text.date_range import describe_period, find_period

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
ALL = Options(max_papers=20, language="ja", refresh=True)


@pytest.mark.parametrize(
    "text",
    [
        "LoRA for image generation last month top 20 in Japanese no cache",
        "LoRA for image generation, last month, top 20, in Japanese, no cache.",
        "no cache, top 20: LoRA for image generation in Japanese (last month)",
        "top 20 papers on LoRA for image generation from the past month - in Japanese - without the cache",
        "LoRA for image generation; IN JAPANESE; TOP 20 PAPERS; LAST MONTH; NO CACHE",
    ],
)
def test_all_options_in_any_order(text):
    read = parse_question(text)
    period = read.options.period
    assert ParsedQuestion(read.subject, replace(read.options, period="")) == ParsedQuestion(
        "LoRA for image generation", ALL
    )
    assert period.lower() in ("last month", "from the past month")
    assert find_period(read.question, NOW) == find_period("last month", NOW)


@pytest.mark.parametrize(
    ("text", "subject", "expected"),
    [
        ("diffusion models, in short", "diffusion models", Options(length="short")),
        ("diffusion models in full, top 5", "diffusion models", Options(max_papers=5, length="full")),
        ("attention for short and long answers", "attention for short and long answers", Options()),
        ("diffusion at most 30 papers", "diffusion", Options(max_papers=30)),
        ("30 papers on diffusion", "diffusion", Options(max_papers=30)),
        ("diffusion, answer in German", "diffusion", Options(language="de")),
        ("diffusion auf Deutsch", "diffusion", Options(language="de")),
        ("speech recognition, answer in Japanese", "speech recognition", Options(language="ja")),
        ("agents since 2024 in German", "agents", Options(language="de", period="since 2024")),
        ("agents (only 2025)", "agents", Options(period="only 2025")),
        ("agents 2025 only", "agents", Options(period="2025 only")),
        ("agents from 2019 to 2021, 30 papers", "agents", Options(max_papers=30, period="from 2019 to 2021")),
        ("vision transformers (ViT) (since 2024)", "vision transformers (ViT)", Options(period="since 2024")),
        ("agents this week", "agents", Options(period="this week")),
        ("agents over the last 10 days", "agents", Options(period="over the last 10 days")),
        ("speech recognition, in Japanese", "speech recognition", Options(language="ja")),
        ("speech recognition last month in Japanese", "speech recognition", Options(None, "ja", "last month")),
        ("agents, refresh", "agents", Options(refresh=True)),
        ("agents (search again)", "agents", Options(refresh=True)),
        ("agents, from today", "agents", Options(period="last day")),
        ("LoRA for image generation in Thai", "LoRA for image generation", Options(language="th")),
        ("画像生成のLoRA 上位20件 過去2週間 英語で", "画像生成のLoRA", Options(20, "en", "過去2週間")),
        ("画像生成、2024年以降、日本語で、キャッシュなし", "画像生成", Options(None, "ja", "2024年以降", True)),
        ("the 5 best papers on LoRA", "LoRA", Options(max_papers=5)),
        ("top 5 diffusion models since 2023", "diffusion models", Options(5, period="since 2023")),
        ("diffusion models top 5?", "diffusion models", Options(max_papers=5)),
        ("give me the top 3 for protein design", "protein design", Options(max_papers=3)),
        ("can you find me 7 papers about tokenizers?", "tokenizers?", Options(max_papers=7)),
        ("three recent papers on tokenizers", "tokenizers", Options(max_papers=3)),
        ("RAG (2023-2025)", "RAG", Options(period="2023-2025")),
        (
            "diffusion models after March 2024, en français svp",
            "diffusion models",
            Options(None, "fr", "after March 2024"),
        ),
        ("diffusion models by Yang Song in cs.CV, top 5", "diffusion models by Yang Song in cs.CV", Options(5)),
        ("die fünf besten Arbeiten zu Diffusionsmodellen auf Englisch", "Diffusionsmodellen", Options(5, "en")),
        ("les 5 meilleurs articles sur LoRA", "LoRA", Options(max_papers=5)),
        ("los 5 mejores artículos sobre LoRA desde 2023", "LoRA", Options(5, period="desde 2023")),
        ("拡散モデル、日本語でお願いします", "拡散モデル", Options(language="ja")),
        ("since 2023 and in German", "", Options(language="de", period="since 2023")),
        ("quantum codes (in German) for beginners", "quantum codes (in German) for beginners", Options(language="de")),
        (
            "quantum codes, answer in German, for beginners",
            "quantum codes, answer in German, for beginners",
            Options(language="de"),
        ),
        ("top 10", "", Options(max_papers=10)),
        ("", "", Options()),
    ],
)
def test_each_option(text, subject, expected):
    assert parse_question(text) == ParsedQuestion(subject, expected)


@pytest.mark.parametrize(
    "text",
    [
        "speech recognition in Japanese",
        "machine translation in Swahili",
        "hate speech in German text",
        "first 5 eigenvalues of random graphs",
        "in context learning",
        "diffusion in vivo",
        "ImageNet 2012",
        "what did 20 papers say about attention",
        "cache coherence",
        "DRAM refresh",
        "what are LLM agents like today",
        "ImageNet top-5",
        "sentiment analysis in Thai",
        "vision transformers (ViT)",
        "top quark pair production",
        "last layer retraining",
        "what is new in diffusion?",
    ],
)
def test_a_subject_is_left_alone(text):
    assert parse_question(text) == ParsedQuestion(text)


def documented():
    """Every phrase of the grammar as the module states it."""
    rows = re.search(r"only a chat has:\n\n(.*?)\n    period", question_options.__doc__, re.DOTALL)[1]
    return [
        phrase.strip()
        for phrase in re.sub(r"(?m)^\s+\w* {2,}", "", rows).replace("\n", " ").split("·")
        if phrase.strip()
    ]


def test_every_documented_phrase_is_an_option():
    phrases = [part for phrase in documented() for part in re.split(r" {2,}", phrase)]
    assert len(phrases) >= 12
    for phrase in phrases:
        assert parse_question(f"graph neural networks, {phrase}") != ParsedQuestion(
            f"graph neural networks, {phrase}"
        ), phrase
        assert parse_question(f"graph neural networks, {phrase}").subject == "graph neural networks", phrase


def test_every_period_bounds_the_search():
    for phrase in (
        "last month",
        "past 2 weeks",
        "last 10 days",
        "since 2024",
        "only 2025",
        "from 2019 to 2021",
        "this month",
    ):
        question = parse_question(f"graph neural networks, {phrase}").question
        assert describe_period(find_period(question, NOW)), question
    assert str(describe_period(find_period(parse_question("画像生成 過去3か月").question, NOW))) == "from 2026-08-21"
    assert str(describe_period(find_period(parse_question("画像生成 2024年以降").question, NOW))) == "from 2024-01-01"


def test_a_question_without_its_period():
    assert question_options.without_period("LoRA since 2023 for images") == "LoRA for images"
    assert question_options.without_period("LoRA (2023-2025)") == "LoRA"
    assert question_options.without_period("LoRA") == "LoRA"


def test_the_request_of_the_pipeline():
    assert parse_question("LoRA, top 20, last month, in German, no cache").request() == SurveyRequest(
        "LoRA last month", max_papers=20, language="de", refresh=True
    )
    assert parse_question("LoRA").request() == SurveyRequest("LoRA")


@given(
    st.lists(st.sampled_from("a LoRA top 20 in Japanese ( ) , last month no cache 2025 only since - 語で".split())).map(
        " ".join
    )
)
def test_reading_is_total_and_what_is_read_is_read_to_the_end(text):
    read = parse_question(text)
    assert parse_question(read.subject).subject == read.subject or read.options != Options()
