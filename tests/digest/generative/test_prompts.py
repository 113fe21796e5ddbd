import re

import pytest

from digest.generative.prompts import prompt_hash, render_prompt
from digest.text.language import is_in_language, is_plainly_english, language_name
from tests.digest.text.test_data_fence import ATTACKS
from tests.factories.chat import ENGLISH, GERMAN, JAPANESE


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
