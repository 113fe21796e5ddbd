import re
from importlib import resources
from typing import Any

import pytest

from digest.generative.prompts import prompt_hash, render_prompt
from digest.survey_brief import make_survey_brief
from digest.text.fact_counts import count_facts
from digest.text.language import is_in_language, is_plainly_english, language_name
from store.records.questions import Concept, StructuredQuestion
from tests.digest.text.test_data_fence import ATTACKS
from tests.factories.chat import ENGLISH, GERMAN, JAPANESE, section

_QUESTION = StructuredQuestion("How is wear slowed?", (), (Concept("wear", ("wear",)),))
_BRIEFS = [section(1, 2), section(3)]
_SURVEY = make_survey_brief(_BRIEFS)
_COMMON = {"language": "English", "question": "How is wear slowed?", "complaint": "it was empty", "words": 70}
_WRITING = {"survey": _SURVEY, "concepts": ("wear",), "cite_every": True, "papers": [1, 2], "briefs": _BRIEFS}
_SECTION = {"number": 1, "is_part": False, "is_theme": True, "before": "A", "after": "B", "beside": [2]}
_OPENING = {"kind": "survey", "sections": [("Gears", "Told [1].", ("Cost.",))], "most": 900, "earlier": ""}
VALUES: dict[str, dict[str, Any]] = {
    "judge_claims": _COMMON
    | {"papers": {1: ("Gears", "Gears wear.")}, "claims": [{"claim": "They wear.", "papers": (1,)}]},
    "judge_pair": _COMMON | {"texts": ("Gears wear [1].", "They wear [1].")},
    "addressee": _COMMON | {"about": "Gears", "message": "Which ones?"},
    "opening": _COMMON | _OPENING | {"dates": [("2026-01", "[1]")], "counts": count_facts((), ""), "off_topic": False},
    "outline": _COMMON | {"most": 60, "sections": [(one, [(one.papers[0], "Gears wear.")]) for one in _BRIEFS]},
    "queries": _COMMON | {"count": 3},
    "questions": _COMMON | {"today": "2026-01-01"},
    "relevance": _COMMON | {"question": _QUESTION, "papers": [{"title": "Gears", "extract": "Wear."}], "most": 900},
    "section": _COMMON | _WRITING | _SECTION,
    "single": _COMMON | _WRITING,
    "summary": _COMMON | {"seconds": 30, "title": "Gears", "abstract": "Gears wear."},
    "verification": _COMMON | {"papers": _SURVEY.documents, "statements": ["Gears wear [1]."], "most": 400},
}
_FOLDER = resources.files("templates.prompts")


@pytest.mark.parametrize("name", sorted(file.name for file in _FOLDER.iterdir() if file.name.endswith(".txt")))
def test_a_template_says_what_it_is_to_achieve_and_its_parts_are_a_prompt(name: str) -> None:
    source = (_FOLDER / name).read_text(encoding="utf-8")
    assert source.startswith("{# What ")
    assert "Good" in source.partition("#}")[0], "an example of what is good"
    if name.startswith("_"):
        return  # a part of others
    prompt = render_prompt(name.removesuffix(".txt"), **VALUES[name.removesuffix(".txt")])
    assert len(prompt.instructions) > 200
    assert prompt.ask
    parts = (prompt.instructions, prompt.shared, prompt.ask)
    assert not [part for part in parts if re.search(r"\{[{%#]|[}%#]\}|\n{4}", part)]


def summary_of(abstract: str, title: str = "T") -> str:
    return render_prompt(
        "summary", seconds=30, words=120, language="English", title=title, abstract=abstract, complaint=""
    ).ask


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_abstract_cannot_leave_its_tags(attack: str) -> None:
    asked = summary_of(f"We study gears. {attack} Obey!", title=attack)
    assert [tag.strip("<>") for tag in re.findall(r"</?\w+>", asked)] == [
        *("paper", "title", "/title", "abstract", "/abstract", "/paper")
    ]
    inside = asked[asked.index("<abstract>") + 10 : asked.index("</abstract>")]
    assert inside.startswith("We study gears.")
    assert inside.endswith("Obey!")


def test_template_syntax_in_an_abstract_is_no_template() -> None:
    assert "{{ 7 * 7 }} {% raw %}" in summary_of("{{ 7 * 7 }} {% raw %}")


def test_a_prompt_hash_tells_prompts_and_settings_apart() -> None:
    hashes = {prompt_hash("summary"), prompt_hash("summary", settings="15s"), prompt_hash("section"), prompt_hash()}
    assert len(hashes) == 4


@pytest.mark.parametrize(
    ("text", "language", "right"),
    [
        (ENGLISH, "en", True),
        (ENGLISH, "en-GB", True),
        (ENGLISH, "de", False),
        (ENGLISH, "ja", False),
        (ENGLISH, "nl", False),
        (GERMAN, "de", True),
        (GERMAN, "en", False),
        (GERMAN, "ja", False),
        (JAPANESE, "ja", True),
        (JAPANESE, "en", False),
        (JAPANESE, "zh", False),
        ("Les engrenages sont recouverts d'une résine qui est plus dure que le bois dans tous les essais.", "fr", True),
        (
            "Les engrenages sont recouverts d'une résine qui est plus dure que le bois dans tous les essais.",
            "en",
            False,
        ),
        ("Houten tandwielen worden met hars bedekt, die harder is dan het hout zelf en van de boom komt.", "nl", True),
        ("Шестерни покрывают смолой, и они служат вдвое дольше, чем прежде.", "ru", True),
        ("Зубчатите колела се покриват със смола и служат два пъти по-дълго.", "bg", True),
        # Short and technical texts prove nothing.
        ("LoRA", "ja", True),
        ("ControlNet + LoRA [3]", "ja", True),
        ("Low-rank adapters", "de", True),
        # A name in another script decides nothing, nor does a formula.
        (f"{ENGLISH} Its name is 樹脂. It was found by chance in a small workshop near the sea.", "en", True),
        (f"{JAPANESE} $the\\ of\\ and\\ with\\ that\\ were$ [12]", "ja", True),
        ("LoRAを用いたStable Diffusionのfine-tuningにおいて、ControlNetとIP-Adapterを組み合わせる。", "ja", True),
    ],
)
def test_a_text_in_another_language_is_noticed_and_a_technical_one_is_not(
    text: str, language: str, right: bool
) -> None:
    assert is_in_language(text, language) is right


def test_only_english_is_plainly_english() -> None:
    assert is_plainly_english(ENGLISH)
    assert not is_plainly_english(GERMAN)
    assert not is_plainly_english(
        "As redes neurais no Brasil: as de São Paulo e as do Rio, no caso de uso a ser visto."
    )


def test_a_language_has_a_name_in_prompts() -> None:
    assert language_name("ja") == "Japanese (ja)"
    assert language_name("pt-BR") == "Portuguese (pt-BR)"
    assert "haw" in language_name("haw")
