"""What people write, as a list: what each message means where it stands, in English, German, French, Spanish, Japanese.

The list is ours and the rules', so it says what was thought of, not how often rules are right about others' messages.
At least 97 of 100 of each kind have to be right, so that a rule that mends one and breaks another is seen.
"""

from __future__ import annotations

import pytest

from bot.intents.intents import (
    AskPapers,
    Intent,
    NewSurvey,
    Place,
    RepeatSurvey,
    SendFile,
    ShowMore,
    ThreadSurvey,
    parse_intent,
)
from bot.intents.listening import judge
from bot.intents.message_event import parse_message_event
from bot.intents.small_talk import SmallTalk
from digest.pipeline.followup import AboutPapers, FilterByPeriod, FollowUpQuestion, MoreLike, Shorten
from store.records.editions import Edition
from tests.doubles.editions import edition

BOT = "U0BOT"
ENOUGH = 0.97
SPEECH = edition(12)  # small recognisers of speech, streaming, accents, noise

# What people say to each other below an answer, without our name.
NOT_FOR_US = """
ok
<@U2> what do you think?
lunch on Friday?
thanks!
nice
+1
lol
I read [3] last year, it is great
Ben, what do these papers say about noise?
we should try this with our data
does anyone know the authors?
who wants to present [3] in the reading group?
[3] looks promising
interesting, but the test sets are small
Should we use distillation or a smaller model?
what do you think?
is the meeting still on?
I'll send you the slides tomorrow
<!here> please have a look at these papers
<@U2> tell me more about [3]
these papers are great, aren't they?
did you read these papers?
Ben: which of these papers did you read?
stop it Ben
cancel the meeting
see also https://arxiv.org/abs/2401.12345
can we use this at work?
haha
good morning everyone
hat jemand Zeit am Montag?
Danke, sehr hilfreich
können wir das morgen besprechen?
d'accord
on en parle demain ?
¿quién viene a la reunión?
vale, gracias
了解です
田中さん、どう思いますか？
明日の会議で話しましょう
"""
FOR_US = """
which of these use distillation?
how do they handle noise?
tell me more about [3]
compare [2] and [5]
more like [7]
only 2025
shorter
BibTeX
in German please
what about dialects?
which papers study far-field speech?
can you tell me which of these are surveys?
explain [4]
summarize the papers on streaming
do any of these papers release code?
what data sets do the papers use?
welche davon verwenden Destillation?
auf Deutsch bitte
vergleiche [2] und [5]
lesquels de ces articles traitent du bruit ?
plus court
¿cuáles de estos usan adaptadores?
más como [2]
[3]について詳しく教えて
日本語で
stop
mute
please be quiet
which one should I read first?
which is the newest?
hey bot, more like [2]
Paper Route: what about latency?
survey: dialects of Swiss German
how is latency bounded in streaming recognisers?
"""
# message => kind
SMALL_TALK = """
hi => greeting
Hello there! => greeting
good morning => greeting
thanks => thanks
Thank you so much for the quick answer! => thanks
great, thanks a lot => thanks
that was really helpful => thanks
test => test
are you there? => test
ping => test
how are you? => wellbeing
Hi! How are you doing today? => wellbeing
who are you? => identity
are you a bot? => identity
ok => assent
bye => farewell
tell me a joke => elsewhere
what's the weather like today? => elsewhere
help => help
what can you do? => help
stop => stop
please stop the survey => stop
never mind => stop
be quiet please => mute
Hallo zusammen => greeting
vielen Dank für die schnelle Antwort => thanks
wie geht's? => wellbeing
wer bist du? => identity
was kannst du? => help
abbrechen bitte => stop
bonjour => greeting
merci beaucoup pour ta réponse => thanks
comment ça va ? => wellbeing
qui es-tu ? => identity
arrête => stop
hola, ¿qué tal? => wellbeing
muchas gracias por la ayuda => thanks
¿quién eres? => identity
cancela => stop
ayuda => help
こんにちは => greeting
ありがとうございます！ => thanks
お元気ですか？ => wellbeing
あなたは誰ですか？ => identity
テスト => test
やめてください => stop
静かにして => mute
ヘルプ => help
"""
# message => subject | papers | language | period | length
SURVEYS = """
LoRA for image generation => LoRA for image generation
the 5 best papers on LoRA => LoRA | 5
top 5 diffusion models since 2023 => diffusion models | 5 | | since 2023
diffusion models top 5? => diffusion models | 5
diffusion models (2023-2025) => diffusion models | | | 2023-2025
speech recognition published after March 2024 => speech recognition | | | published after March 2024
diffusion models by Yang Song => diffusion models by Yang Song
object detection in cs.CV, last month => object detection in cs.CV | | | last month
Quantenfehlerkorrektur auf Deutsch => Quantenfehlerkorrektur | | de
graph neural networks en français => graph neural networks | | fr
protein folding 日本語で => protein folding | | ja
RAG evaluation, in short => RAG evaluation | | | | short
give me 7 papers about tokenizers => tokenizers | 7
please list the three best papers on RLHF => RLHF | 3
help with diffusion models => help with diffusion models
test-time adaptation => test-time adaptation
stop words in retrieval => stop words in retrieval
Hi! What is known about prompt injection? => Hi! What is known about prompt injection
state space models from 2022 to 2024, top 10, in Spanish => state space models | 10 | es | from 2022 to 2024
papers like <https://arxiv.org/abs/2401.12345> => papers like arXiv:2401.12345
speech recognition in Japanese => speech recognition in Japanese
first 5 eigenvalues of random graphs => first 5 eigenvalues of random graphs
die fünf besten Arbeiten zu Diffusionsmodellen => Diffusionsmodellen | 5
Erkennung von Deepfakes seit 2022 => Erkennung von Deepfakes | | | seit 2022
les 5 meilleurs articles sur LoRA => LoRA | 5
détection de fraude depuis 2021 => détection de fraude | | | depuis 2021
los 5 mejores artículos sobre aprendizaje profundo => aprendizaje profundo | 5
redes neuronales desde 2023 en inglés => redes neuronales | | en | desde 2023
拡散モデル 上位5件 => 拡散モデル | 5
画像生成、2024年以降、英語で => 画像生成 | | en | 2024年以降
"""
# message => numbers, or ids
ABOUT_PAPERS = """
tell me more about [3] => 3
compare [2] and [5] => 2 5
compare 2 and 5 => 2 5
what does paper 4 say? => 4
explain #7 => 7
summarize [1], [2] and [3] => 1 2 3
[2-4] in detail? => 2 3 4
how does [3] differ from [6]? => 3 6
is [7] like [8]? => 7 8
more about the third one => 3
the first paper? => 1
what is the result of [9]? => 9
does [2] release code? => 2
who wrote [5]? => 5
what is 2401.12345 about? => arXiv:2401.12345
summarize <https://arxiv.org/abs/2401.12345> => arXiv:2401.12345
does 2401.12345v2 use LoRA? => arXiv:2401.12345
<https://arxiv.org/pdf/2401.12345.pdf|this> - what is new in it? => arXiv:2401.12345
compare arXiv:2401.12345 and arXiv:2106.09685 => arXiv:2401.12345 arXiv:2106.09685
erzähl mir mehr über [3] => 3
vergleiche [2] und [5] => 2 5
worum geht es in 2401.12345? => arXiv:2401.12345
was sagt Arbeit 4? => 4
dis-m'en plus sur [3] => 3
compare [2] et [5] => 2 5
de quoi parle 2401.12345 ? => arXiv:2401.12345
cuéntame más sobre [3] => 3
¿de qué trata 2401.12345? => arXiv:2401.12345
[3]について詳しく => 3
[2]と[5]を比較して => 2 5
3番の論文について教えて => 3
"""
# message => what is done
REFINEMENTS = """
only 2024 => period
just papers since 2023 => period
show only the ones from 2024 => period
limit it to 2025 => period
shorter => shorter
make it shorter please => shorter
tl;dr => shorter
summarize the survey => shorter
in Japanese => again
in German please => again
translate it to French => again
give it to me in Spanish => again
top 5 => again
top 5, since 2023 => again
refresh => again
search again => again
longer => again
more => more
hey bot, more like [2] => like
the full survey please => more
more like [2] => like
papers similar to [7] and [12] => like
BibTeX => file
can I get the BibTeX? => file
export as RIS => file
BibTeX of [2] and [3] => file
nur 2024 => period
kürzer bitte => shorter
übersetze das ins Englische => again
mehr wie [2] => like
plus court => shorter
traduis en anglais => again
seulement depuis 2023 => period
más corto => shorter
en español por favor => again
más como [2] => like
短くして => shorter
日本語に訳して => again
[2]のような論文を探して => like
2024年以降だけ => period
"""
THREADS = """
can you find papers on this?
any literature on that?
survey this thread
what does the literature say about this?
is there any evidence for this claim?
papers please
survey this, top 5, since 2023
what do you think?
kannst du dazu Paper finden?
gibt es Literatur zu diesem Thema?
tu peux trouver des articles là-dessus ?
¿hay artículos sobre esto?
これについての論文を探して
関連する論文はありますか？
"""
DONE: dict[str, type[Intent] | tuple[type[Intent], ...]] = {
    "period": FilterByPeriod,
    "shorter": Shorten,
    "again": RepeatSurvey,
    "like": MoreLike,
    "file": SendFile,
    "more": ShowMore,
}


def rows(table: str) -> list[tuple[str, str]]:
    parted = (line.partition(" => ") for line in table.strip().splitlines())
    return [(message, expected) for message, _, expected in parted]


def heard(text: str, answer: Edition | None = SPEECH) -> str:
    event = {"user": "U1", "ts": "2.0", "thread_ts": "1.0", "channel": "C1", "text": text}
    message = parse_message_event(event, "T1", BOT)
    assert message
    return judge(message, answer)


def describe_survey(message: str) -> str:
    intent = parse_intent(message)
    if not isinstance(intent, NewSurvey):
        return repr(intent)
    read = intent.parsed_question
    options = read.options
    parts = [read.subject.rstrip("?"), str(options.max_papers or ""), options.language, options.period, options.length]
    while not parts[-1]:
        parts.pop()
    return " | ".join(parts).replace("|  |", "| |").replace("|  |", "| |")


def describe_papers(message: str) -> str:
    intent = parse_intent(message, "of an answer")
    if isinstance(intent, AskPapers):
        return " ".join(reference.label for reference in intent.references)
    return " ".join(map(str, intent.numbers)) if isinstance(intent, AboutPapers) else repr(intent)


def check(wrong: list[tuple[str, ...]], of: int) -> None:
    assert of >= 30
    assert len(wrong) <= (1 - ENOUGH) * of, wrong


def test_people_are_left_alone() -> None:
    table = rows(NOT_FOR_US)
    assert not [text for text, _ in table if heard(text) == "yes"]


def test_questions_to_us_are_heard() -> None:
    table = rows(FOR_US)
    check([(text, heard(text)) for text, _ in table if heard(text) != "yes"], len(table))


@pytest.mark.parametrize("place", ["alone", "in a thread", "of an answer", "after an answer"])
def test_small_talk(place: Place) -> None:
    table = rows(SMALL_TALK)
    found = [(text, kind, parse_intent(f"<@{BOT}> {text}", place)) for text, kind in table]
    check([(text, repr(intent)) for text, kind, intent in found if intent != SmallTalk(kind)], len(table))


def test_surveys_and_their_options() -> None:
    table = rows(SURVEYS)
    found = [(text, expected, describe_survey(text)) for text, expected in table]
    check([(text, said) for text, expected, said in found if said != expected], len(table))


def test_papers_that_are_asked_about() -> None:
    table = rows(ABOUT_PAPERS)
    found = [(text, expected, describe_papers(text)) for text, expected in table]
    check([(text, said) for text, expected, said in found if said != expected], len(table))


def test_refinements() -> None:
    table = rows(REFINEMENTS)
    found = [(text, DONE[expected], parse_intent(text, "of an answer")) for text, expected in table]
    check([(text, repr(intent)) for text, expected, intent in found if not isinstance(intent, expected)], len(table))


def test_what_is_asked_inside_a_thread_of_people() -> None:
    wrong = [text for text, _ in rows(THREADS) if not isinstance(parse_intent(text, "in a thread"), ThreadSurvey)]
    assert not wrong
    named = parse_intent("can you find papers on LoRA for this?", "in a thread")
    assert isinstance(named, NewSurvey)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("which of these use diffusion?", FollowUpQuestion),
        ("how do they compare?", FollowUpQuestion),
        ("what about robustness?", FollowUpQuestion),
        ("und was ist mit Rauschen?", FollowUpQuestion),
        ("compare [2] and [5]", AboutPapers),
        ("in German", RepeatSurvey),
        ("what is LoRA?", NewSurvey),
        ("diffusion models, top 5", NewSurvey),
        ("thanks", SmallTalk),
    ],
)
def test_alone_with_us_soon_after_an_answer(text: str, expected: type[Intent]) -> None:
    assert isinstance(parse_intent(text, "after an answer"), expected)


def test_whoever_speaks_of_us_to_somebody_else_is_left_alone() -> None:
    def of_us(text: str) -> bool:
        message = parse_message_event({"user": "U1", "ts": "1.0", "channel": "C1", "text": text}, "T1", BOT)
        assert message
        return message.of_us

    assert of_us(f"<@U2> you could ask <@{BOT}> about that")
    assert not of_us(f"<@{BOT}> <@U2> LoRA for image generation")
    assert not of_us(f"<@U2> and <@{BOT}>: LoRA for image generation")
    assert not of_us(f"hey <@U2>, <@{BOT}> LoRA for image generation")
