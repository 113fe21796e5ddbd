"""Questions and queries: what is refused and how, and the search words that the built-in model finds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import BadInput
from digest.extractive.queries import MAX_PHRASES, KeywordQueries
from digest.ports import Answer
from digest.retrieval.queries import clean_question, parse_query, queries_for
from store.records.editions import Query, Usage
from store.text.tokens import is_generic, tokens


def test_a_question_is_put_on_one_visible_line():
    assert clean_question("  What\tis\n\u200bLo\u202eRA\x00?\ufeff ") == "What is LoRA?"
    assert clean_question("Schro\u0308dinger") == "Schrödinger"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("", "empty"),
        (" \n\u200b\x07", "empty"),
        ("?!…", "no word"),
        ("。、！", "no word"),
        ("12 34", "no word"),
        ("a" * 10_000, "10,000 characters; at most 2,000"),
    ],
)
def test_absurd_questions_are_refused_in_one_line(question, says):
    with pytest.raises(BadInput, match=says) as refusal:
        clean_question(question)
    assert "\n" not in str(refusal.value)
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("lora image generation", ("lora", "image", "generation")),
        ('"speech recognition" noise', ("speech recognition", "noise")),
        ("“speech recognition” noise", ("speech recognition", "noise")),
        ("text-to-image AND lora", ("text-to-image", "lora")),
        ("(text-to-image AND lora)", ("text-to-image", "lora")),
        ("lora for image generation", ("lora", "image", "generation")),
        ("lora image LoRAs", ("lora", "image")),
        ("Navier–Stokes", ("Navier-Stokes",)),
        ("f(R) gravity", ("f R", "gravity")),
        ("C++ c# GPT-3.5", ("C++", "c#", "GPT-3.5")),
        ("speech/text, audio", ("speech", "text", "audio")),
        ("US elections", ("US", "elections")),
        ("WHAT IS LORA", ("LORA",)),
        ('"state of the art"', ("state of the art",)),
        ("H₂O d'Alembert", ("H2O", "d'Alembert")),
    ],
)
def test_queries_as_people_type_them(text, terms):
    assert parse_query(text).terms == terms


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lora OR adapter", "uses OR"),
        ("lora ANDNOT image", "uses ANDNOT"),
        ("NOT image", "uses NOT"),
        ("cat:cs.CL lora", "“cat:”"),
        ("(ti:lora)", "“ti:”"),
        ("submittedDate:[2024 TO 2025]", "“submittedDate:”"),
        ("", "no word"),
        ("the of", "no word"),
        ('"" !!!', "no word"),
        ('"speech recognition', "not closed"),
        ("画像生成", "in English"),
        ("LoRA 画像", "“画像”"),
        (" ".join(f"word{i}" for i in range(13)), "13 terms"),
        ("a" * 61, "too long"),
        ("a " * 5000, "10,000 characters"),
    ],
)
def test_bad_queries_are_refused_in_one_line(text, says):
    with pytest.raises(BadInput, match=says) as refusal:
        parse_query(text)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 320


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_query_is_bounded_or_refused(text):
    try:
        query = parse_query(text)
    except BadInput:
        return
    assert 1 <= len(query.terms) <= 12
    assert all(0 < len(term) <= 60 and not set(term) & set('"()[]:{}*?\\') for term in query.terms)
    assert parse_query(query.text) == query


class _Model:
    model = "fake:model"
    prompt_hash = "1"

    def __init__(self, *phrases: tuple[str, ...]) -> None:
        self.phrases_given = phrases
        self.calls = 0

    def phrases(self, question: str) -> Answer[tuple[Query, ...]]:
        self.calls += 1
        return Answer(tuple(map(Query, self.phrases_given)), Usage("queries", self.model, input_tokens=7))


def test_given_queries_skip_the_model_and_come_once():
    model = _Model(("unused",))
    answer = queries_for("LoRA?", ["lora image", "Image LoRAs", "adapters"], model)
    assert [query.text for query in answer.value] == ["lora image", "adapters"]
    assert (model.calls, answer.usage.calls, answer.usage.usd) == (0, 0, 0.0)


def test_a_models_phrases_are_read_like_a_users():
    model = _Model(("LoRA", "OR"), ("cat:cs.CV",), ('im"age', "lora"), ("lora", "image"), ("lora", "image"), ())
    answer = queries_for("LoRA?", [], model)
    assert [query.terms for query in answer.value] == [("lora", "image")]
    assert answer.usage.input_tokens == 7


def test_a_model_without_phrases_is_bad_input():
    with pytest.raises(BadInput, match="--query"):
        queries_for("LoRA?", [], _Model(("the",)))


def test_a_flood_of_queries_is_refused():
    with pytest.raises(BadInput, match="11 queries"):
        queries_for("x", [f"word{i}" for i in range(11)], _Model())


# -- the built-in model -------------------------------------------------------------------------------------------


def phrases(question: str) -> list[str]:
    return [query.text for query in KeywordQueries().phrases(question).value]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        (
            "I want a comprehensive view of the technical trends around LoRA in image generation.",
            "LoRA image generation",
        ),
        ("Tell me about research on 3D reconstruction.", "3D reconstruction"),
        ("画像生成におけるLoRAの技術トレンドを網羅的に知りたい", "image generation LoRA"),
        ("三次元再構成に関する研究について教えて", "3D reconstruction"),
        ("３次元再構成に関する研究を教えてください。", "3D reconstruction"),
        ("グラフ・ニューラル・ネットワークの最新動向", "graph neural networks"),
        ("量子誤り訂正の最新動向", "quantum error correction"),
        ("图像生成中的LoRA技术趋势", "image generation LoRA"),
        ("Wie wird LoRA in der Bildgenerierung eingesetzt?", "LoRA image generation"),
        ("tendances de la génération d'images", "image generation"),
        ("大语言模型在医学中的应用", "large language models medicine"),
        ("image generation, but not diffusion", "image generation"),
        ("What's new in speech recognition for low-resource languages?", "speech recognition low-resource languages"),
        ("Which methods improve robustness of speech recognition under noise?", "robustness speech recognition noise"),
        ("recent advances in diffusion models for text-to-image synthesis", "diffusion models text-to-image synthesis"),
        ("What is known about the role of dark matter in galaxy formation?", "dark matter galaxy formation"),
        ("The connection between entropy and gravity", "entropy gravity"),
        ("existence and uniqueness of solutions to the Navier–Stokes equations", "existence Navier-Stokes equations"),
        ("type 2 diabetes prediction with machine learning", '"type 2" diabetes prediction machine learning'),
        ("T cell receptor modelling", '"T cell" receptor modelling'),
        ("GPT-4 vs Llama-2 for code generation", "GPT-4 Llama-2 code generation"),
        ("CO2 capture with metal-organic frameworks", "CO2 capture metal-organic frameworks"),
        ("CRISPR-based gene editing", "CRISPR gene editing"),
        ("papers on federated learning privacy attacks since 2023", "federated learning privacy attacks"),
        ("In the last 5 years, what progress was made on theorem proving in Lean?", "theorem proving Lean"),
        ("I'm a PhD student interested in the state of the art in visual SLAM", "visual SLAM"),
        ("neural radiance fields", "neural radiance fields"),
        ("adversarial examples for retrieval", "adversarial examples retrieval"),
        ("quantum Hall effect", "quantum Hall effect"),
        ("US elections misinformation", "US elections misinformation"),
        ('"speech recognition" for children', '"speech recognition" children'),
        ("p-adic Hodge theory", "p-adic Hodge theory"),
        ("machine learning", "machine learning"),
        ("survey of survey methods", "survey methods"),
    ],
)
def test_search_words_come_from_the_question(question, first):
    assert phrases(question)[0] == first


def test_a_long_question_pairs_its_head_with_each_modifier():
    assert phrases("applications of topological data analysis in biology and medicine") == [
        "topological data analysis biology",
        "topological data analysis medicine",
    ]
    assert phrases("graph neural networks for protein structure prediction and drug discovery")[:2] == [
        "graph neural networks protein structure prediction",
        "graph neural networks drug discovery",
    ]
    assert phrases("reinforcement learning from human feedback for language model alignment") == [
        "reinforcement learning human feedback language model alignment",
        "RLHF language model alignment",
    ]


def test_abbreviations_are_searched_for_in_full_too():
    assert phrases("hallucinations in large language models") == [
        "hallucinations large language models",
        "hallucinations LLM",
    ]
    assert phrases("how to evaluate LLM agents") == ["evaluate LLM agents", "evaluate large language model agents"]


@pytest.mark.parametrize("question", ["日本の研究", "нейросети", "the of it"])
def test_a_question_without_search_words_says_what_to_do(question):
    with pytest.raises(BadInput, match="--query"):
        phrases(question)


WORDS = st.sampled_from(
    "the of in and for a methods survey LoRA image generation, 3D 2024 5 GPT-4 large language models; x ? 画像生成 の "
    "between vs speech-based quantum".split()
)


@given(st.lists(WORDS, min_size=1, max_size=30).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_any_question_gives_few_short_good_phrases_or_is_refused(question):
    try:
        found = KeywordQueries().phrases(question).value
    except BadInput:
        return
    assert 1 <= len(found) <= MAX_PHRASES
    for query in found:
        assert parse_query(query.text).terms
        assert sum(not is_generic(word) for word in query.text.split()) <= 7
    assert KeywordQueries().phrases(question).value == found


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_keyword_model(question):
    try:
        answer = KeywordQueries().phrases(question)
    except BadInput:
        return
    assert all(tokens(term) for query in answer.value for term in query.terms)
