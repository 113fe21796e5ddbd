import pytest

from digest.text.prose_faults import (
    cites_all_at_once,
    cites_in_one_place,
    has_markup,
    is_chat_talk,
    is_only_markers,
    is_refusal,
)
from digest.text.written_language import is_written_in

VERBS = (
    "help with that",
    "assist with this request",
    "provide this survey",
    "write this section",
    "comply",
    "summarise these papers",
)
CANNOT = ("can't", "cannot", "can not", "won't", "will not", "could not")
BEFORE = ("", "I'm sorry, but ", "Unfortunately, ", "I apologise, but ")
ENGLISH = tuple(f"{before}I {cannot} {verb}." for before in BEFORE for cannot in CANNOT for verb in VERBS)
OTHERS = (
    "Es tut mir leid, aber das geht nicht.",
    "Ich kann diese Anfrage leider nicht bearbeiten.",
    "Je suis désolé, mais c'est impossible.",
    "Je ne peux pas répondre à cette demande.",
    "Lo siento, no es posible.",
    "No puedo ayudar con eso.",
    "申し訳ありませんが、その依頼には応じられません。",
    "ご依頼には対応できません。",
    "Mi dispiace, non è possibile.",
    "Não posso ajudar com isso.",
    "Het spijt me, dat gaat niet.",
    "Przykro mi, to niemożliwe.",
    "Üzgünüm, bu mümkün değil.",
    "抱歉，我无法回答。",
    "No papers were provided.",
    "This request cannot be fulfilled.",
    "As an AI language model, I have no view.",
    "\"I'm sorry, but I can't help.\"",
)
ABOUT_REFUSALS = (
    "Aligned models refuse to answer harmful questions [3].",
    "The model says “I'm sorry, but I can't help with that” to every fifth question [2].",
    "We cannot rule out a confound, and we are unable to reproduce the effect [1].",
    "Refusals are cut by half, since assistants often apologise [4].",
    "Agents cannot access the web, and users ask for help [5].",
)


@pytest.mark.parametrize("text", [*ENGLISH, *OTHERS])
def test_a_refusal_in_words_is_one(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ABOUT_REFUSALS)
def test_a_text_about_refusals_is_none(text: str) -> None:
    assert not is_refusal(text)
    assert not is_chat_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sure! Here is the section.",
        "Certainly, gears wear [1].",
        "Here is the survey you asked for: gears wear [1].",
        "Gears wear [1]. I hope this helps!",
        "Gears wear [1]. Let me know if you need more.",
        "Please provide the abstracts.",
        "I will now write the section.",
        "The user wants a section on gears.",
        "Assistant: gears wear [1].",
        "承知しました。歯車は摩耗します。",
    ],
)
def test_talk_with_the_asker_is_no_prose(text: str) -> None:
    assert is_chat_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        '<paper number="7">Gears</paper>',
        "Gears <b>wear</b> [1].",
        "```python\nx",
        "| a | b |",
        "**Gears",
        "## 1",
        "<br>",
        '{"text": 1}',
    ],
)
def test_markup_that_is_left_is_found(text: str) -> None:
    assert has_markup(text)


@pytest.mark.parametrize("text", ["[1][2][3]", "[1], [2] and [3]", "[see above] [1]", "(1) [2]"])
def test_numbers_alone_are_no_text(text: str) -> None:
    assert is_only_markers(text)


def test_a_sentence_that_cites_all_papers_is_told_from_one_that_cites_each() -> None:
    papers = range(1, 9)
    assert cites_all_at_once("Gears wear [1][2][3][4][5][6][7][8].", papers)
    assert not cites_all_at_once(" ".join(f"Gear {n} wears [{n}]." for n in papers), papers)
    assert not cites_all_at_once("Gears wear [1][2][3].", range(1, 4))
    assert cites_in_one_place("Gears wear [1, 2, 3].", range(1, 4))
    assert not cites_in_one_place("Gears wear [1][2].", range(1, 4))
    assert not cites_in_one_place("Gears wear [1-3], and one breaks [2].", range(1, 4))


FOREIGN = (
    "Die Modelle lernen aus Daten, und die Ergebnisse sind besser als frühere Verfahren [3].",
    "Het model leert van data en de resultaten zijn beter dan eerdere methoden, zoals het werk laat zien [3].",
    "Model uczy się na danych, a wyniki są lepsze niż wcześniejsze metody, co pokazano w pracy [2].",
    "Model verilerden öğrenir ve sonuçlar önceki yöntemlerden daha iyidir, bu çalışmada gösterildiği gibi [2].",
    "Modellen lär sig från data och resultaten är bättre än tidigare metoder, vilket visas i arbetet [2].",
    "Il modello impara dai dati e i risultati sono migliori dei metodi precedenti in ogni prova [1].",
    "O modelo aprende com os dados e os resultados são melhores do que os métodos anteriores [1].",
)


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_are_no_english(text: str) -> None:
    assert not is_written_in(text, "en")


def test_english_is_no_japanese_and_stays_english_beside_names_and_formulas() -> None:
    text = "LoRA, QLoRA and DoRA reach 82.5 on GLUE with $r=8$, while AdaLoRA by Zhang needs $\\alpha=16$ [4]."
    assert is_written_in(text, "en")
    assert not is_written_in(text * 2, "ja")
