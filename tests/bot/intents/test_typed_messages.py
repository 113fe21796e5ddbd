"""What colleagues type into Slack, as it comes: typos, emoji, links, mentions anywhere, quotes, several lines.

Written before its author had seen a rule (all but the last third of each table before any mend, the rest after the
first), by `place | message => what is read of it`. "@bot" stands for our mention, and "\\n" for a new line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot.intents.intents import (
    AskPapers,
    Intent,
    NewSurvey,
    Place,
    RepeatSurvey,
    SearchPapers,
    ThreadSurvey,
    parse_intent,
)
from bot.intents.listening import CONTROLS, judge
from bot.intents.message_event import is_reaction, parse_message_event
from bot.intents.question_options import Options
from bot.intents.small_talk import SmallTalk
from digest.pipeline.followup import AboutPapers, FollowUpQuestion, MoreLike
from digest.question.understand import understand
from store.records.questions import NO_LIMITS, SearchLimits
from tests.doubles.editions import edition

ENOUGH = 0.97  # right by rules alone; the rules follow others' lists less well than their own
TODAY = datetime(2026, 11, 27, tzinfo=UTC)
SPEECH = edition(12)
PLACES: dict[str, Place] = {
    "channel": "alone",
    "dm": "alone",
    "human": "in a thread",
    "thread": "of an answer",
    "after": "after an answer",
}
NOT_FOR_US = r"""
thread | ok
thread | <@U2> what do you think?
thread | lunch on Friday?
thread | lgtm :+1:
thread | hmm [3] was rejected from NeurIPS I think, right <@U3>?
thread | Anyone free for a call at 3?
thread | I'll read these on the train
thread | das kennen wir doch schon von Jonas
thread | kommst du morgen ins Büro?
thread | Merci Paul, on en parle lundi ?
thread | on se voit à 14h ?
thread | ¿quedamos mañana para comer?
thread | lo miro luego
thread | あとで読みます
thread | 明日の会議は何時からですか？
thread | :eyes:
thread | haha :joy:
thread | > Start here: [1]\nthis one is by my old advisor
thread | <@U7> can you print [2] for the reading group?
thread | cc <@U4> <@U5>
thread | I disagree with that.
thread | We tried that last year, did not work
thread | who wants to present on Thursday?
thread | @here reading group moved to 4pm
thread | +1
thread | not sure this is what the reviewer wanted
thread | did you push your branch?
thread | <@U2> stop it :laughing:
thread | on it
thread | <!channel> deadline is tonight
thread | je suis pas convaincu par cette méthode
thread | Danke, Lisa!
thread | which room?
thread | can someone check whether our cluster is down?
thread | ```pip install torch```
human | who broke the build?
thread | sounds good to me
thread | I know the second author
thread | someone should benchmark this
thread | <@U8> ping
thread | I'm out today, sick kid
thread | why don't we ask Maria?
thread | great thread :fire:
thread | can you forward this to the PI, <@U2>?
thread | we're hiring btw
thread | ist der Drucker wieder kaputt?
thread | ich finde [2] ja nicht überzeugend
thread | on fait ça demain ?
thread | perfecto, lo vemos el lunes
thread | それは面白いですね
thread | 誰か[2]を読みましたか？
thread | did the deadline move?
thread | my bad, wrong thread
thread | *this* is huge
thread | does anyone have the password for the cluster?
thread | merge it
thread | LOL [1] again
thread | what a week
thread | I'd love to hear what Tom thinks
"""
SMALL_TALK = r"""
channel | @bot hi
channel | @bot thanks a lot, that was super helpful :pray:
channel | thank you so much @bot !
channel | @bot test
channel | @bot testing testing 1 2 3
dm | how are you doing today?
dm | who are you?
dm | yo
dm | hey there :wave:
dm | good morning!
dm | are you a bot?
dm | are you there?
channel | @bot Guten Morgen zusammen
dm | Vielen lieben Dank, genau das habe ich gesucht!
dm | wie geht's dir?
dm | wer bist du eigentlich?
dm | Hallo!
dm | bonjour
dm | merci beaucoup, c'est parfait
dm | ça va ?
dm | tu es qui ?
dm | hola, ¿qué tal?
dm | muchas gracias!!
dm | ¿quién eres?
dm | buenos días
dm | こんにちは
dm | ありがとうございます！助かりました
dm | あなたは誰ですか？
dm | テスト
after | thx
after | cool, thanks!
after | nice work :tada:
channel | @bot we should meet tomorrow
channel | @bot are you alive?
channel | @bot good bot
channel | @bot lol
thread | @bot ty!
dm | see you tomorrow
after | great, exactly what I needed
after | bye
after | super, danke dir
dm | hiya!
dm | cheers mate
dm | thank you, this is great
dm | is anybody home?
dm | what are you?
dm | Moin
dm | dankeschön!
dm | schönen Abend noch
dm | salut !
dm | merci pour tout
dm | ¡gracias, muy útil!
dm | buenas tardes
dm | おはようございます
dm | どうもありがとう
dm | お疲れ様です
dm | just checking that this thing works
dm | hey bot, how's life?
dm | let's have lunch on friday
dm | I'm on holiday next week
"""
SURVEYS = r"""
channel | @bot the 5 best papers on diffusion models for protein design => top 5
channel | top 5 speculative decoding since 2023 @bot => top 5; since 2023
channel | hey @bot could you find me some papers about KV cache compression pls
channel | @bot speculative decoding top 5? => top 5
channel | @bot graph neural networks for molecules (2023-2025) => since 2023; until 2025
channel | @bot work on mechanistic interpretability published after March 2024 => since 2024
channel | @bot papers on RLHF by Jan Leike => author Jan Leike
channel | @bot visual place recognition in cs.CV => category cs.CV
channel | @bot Überblick über Wissensgraphen auf Deutsch => in de
channel | @bot what's new in state space models?
channel | @bot I'd be grateful for an overview of federated learning under label noise, no older than 2022 => since 2022
channel | yo @bot sparse autoencoders, 3 papers max => top 3
dm | lattice surgery error correction
dm | what has been published on tokenizer-free language models in the last two years? => since 2024
dm | give me ten papers on offline reinforcement learning => top 10
dm | um so I was wondering like what do people do about hallucination in summarization these days
dm | speculatve decodng survey
dm | a short overview of neural radiance fields, in Japanese => in ja; length short
dm | LoRA vs full fine-tuning
dm | is chain of thought faithful?
dm | most cited papers on contrastive learning from 2020 to 2022 => since 2020; until 2022
dm | Zeig mir bitte die 7 wichtigsten Arbeiten zu Quantenfehlerkorrektur seit 2021 => top 7; since 2021
dm | Könntest du mir vielleicht Literatur zu kausaler Inferenz in der Epidemiologie heraussuchen?
dm | Gibt es neue Paper zu Robotergreifen?
dm | Was gibt's Neues zu multimodalen Modellen zwischen 2023 und 2024? => since 2023; until 2024
dm | Pourrais-tu me trouver des articles sur l'apprentissage fédéré depuis 2022 ? => since 2022
dm | les 5 meilleurs articles sur les transformeurs pour la vision => top 5
dm | état de l'art sur la détection d'anomalies, en anglais => in en
dm | ¿Podrías buscarme artículos sobre aprendizaje por refuerzo multiagente?
dm | los 3 mejores trabajos sobre grafos de conocimiento desde 2020 => top 3; since 2020
dm | 拡散モデルによる動画生成の論文を5本教えてください => top 5
dm | 2023年以降の量子機械学習のサーベイをお願いします => since 2023
dm | 大規模言語モデルの推論について
channel | @bot\n> our loss explodes with bf16\nany papers on numerical stability of low precision training?
channel | Hi @bot!\n\nI'm preparing a talk.\nPlease survey test-time adaptation, 8 papers, 2022+? => top 8; since 2022
channel | @bot need lit on `flash attention` asap, before 2024 => until 2023
human | @bot can you find papers on this?
human | @bot any literature about that? top 4 => top 4
human | @bot kannst du dazu was finden?
human | hey @bot is there work on what we are discussing here?
human | @bot これについての論文を探して
thread | @bot now do retrieval augmented generation
thread | @bot and what about mixture of experts routing since 2024? => since 2024
after | what about sparse attention for long documents
after | new topic: battery degradation modelling
channel | @bot five recent papers in cs.LG and stat.ML about conformal prediction => top 5; category cs.LG
channel | @bot Yoshua Bengio's papers on GFlowNets => author Yoshua Bengio
dm | papers from the last 6 months on video world models => since 2026
dm | ten most influential papers 2019–2021: self-supervised speech => top 10; since 2019; until 2021
dm | GPT-4 evaluation on medical exams, in French please => in fr
dm | 3D gaussian splatting
dm | top-k sampling alternatives
dm | machine translation of German legal texts
dm | help me understand variational inference
dm | stop words in information retrieval
dm | early stopping for neural networks
dm | hi, can you look for surveys on active learning in cs.CL? thanks! => category cs.CL
dm | thanks! now papers on curriculum learning
channel | @bot could we get the 10 most recent papers on neural operators, please? => top 10
channel | What's the state of the art in OCR for historical documents @bot?
channel | @bot anything on watermarking LLM output since january 2025? in french => since 2025; in fr
dm | papers by Fei-Fei Li on embodied agents => author Fei-Fei Li
dm | quick summary of hyperbolic embeddings => length short
dm | I have to present causal discovery tomorrow, what should I read?
dm | top 8 cs.RO papers on legged locomotion, not before 2023 => top 8; since 2023; category cs.RO
dm | Ich suche Arbeiten über Graph-Transformer, höchstens 6, ab 2022 => top 6; since 2022
dm | Gib mir einen kurzen Überblick über Diffusionsmodelle => length short
dm | je cherche des travaux sur la quantification post-entraînement, en anglais stp => in en
dm | résumé bref des méthodes d'optimisation bayésienne
dm | necesito los 4 artículos más recientes sobre visión por computador médica => top 4
dm | ¿qué hay de nuevo en modelos de difusión para audio desde 2024? => since 2024
dm | 強化学習によるロボット制御の最新論文を3件、英語で => top 3; in en
dm | 2022年から2024年までの連合学習の論文 => since 2022; until 2024
dm | do transformers need positional encodings?
dm | wht is rotary embeding
dm | test time compute scaling
dm | help wanted: papers on unlearning
human | @bot does the literature back this up?
human | @bot gibt's dazu Paper?
human | @bot des articles sur ce sujet ?
human | @bot hay algo publicado sobre esto?
human | @bot thoughts on what Ana said?
thread | @bot new survey: topological data analysis
thread | @bot find papers about grokking
after | find me 5 papers on grokking => top 5
"""
NOTHING_TO_SEARCH_FOR = r"""
channel | @bot papers
channel | @bot papers on this
dm | find me papers
dm | top 5
dm | papers from 2023 please
dm | Paper bitte
dm | 論文を探して
dm | des articles ?
channel | @bot what can you find?
dm | some articles please
dm | Literatur?
dm | busca artículos
dm | recent papers
"""
ABOUT_PAPERS = r"""
thread | tell me more about [3] => 3
thread | compare [2] and [5] => 2 5
thread | @bot what does [1] say about batch size? => 1
thread | how does [4] differ from [6]? => 4 6
thread | why did you pick [2]? => 2
thread | what dataset does [1] use? => 1
thread | @bot summarize 2 and 3 => 2 3
after | tell me more about the third one => 3
after | more on #4 pls => 4
after | what about paper 2? => 2
after | explain [1] like I'm five => 1
after | is the code of [3] available? => 3
after | what are the limitations of the first paper? => 1
channel | @bot <https://arxiv.org/abs/2401.12345|arxiv.org/abs/2401.12345> => 2401.12345
channel | @bot what do you make of <https://arxiv.org/pdf/2305.10601v2.pdf>? => 2305.10601
channel | <https://arxiv.org/abs/2401.12345> @bot thoughts? => 2401.12345
dm | 2305.14314 => 2305.14314
dm | arXiv:2106.09685 vs arXiv:2305.14314 => 2106.09685 2305.14314
dm | summarize hep-th/9711200 please => hep-th/9711200
dm | can you explain 1706.03762v5 in simple terms => 1706.03762
dm | <https://www.arxiv.org/html/2403.05530v1|Gemini 1.5> => 2403.05530
dm | <https://doi.org/10.48550/arXiv.2005.14165> => 2005.14165
thread | erzähl mir mehr über [2] => 2
thread | Was ist der Unterschied zwischen [1] und [4]? => 1 4
after | worum geht es in [5]? => 5
dm | Fass mir bitte 2310.06825 zusammen => 2310.06825
thread | dis-m'en plus sur [3] => 3
after | compare [1] et [2] stp => 1 2
thread | ¿de qué trata [2]? => 2
after | compara [1] con [3] => 1 3
thread | [2]について詳しく教えて => 2
after | [1]と[3]の違いは何ですか？ => 1 3
dm | 2401.12345を要約してください => 2401.12345
thread | > [2] Some Title\n@bot does this one release code? => 2
human | @bot what does <https://arxiv.org/abs/2402.03300> claim? => 2402.03300
thread | @bot [2]? => 2
thread | wait, does [5] actually train on the test set? => 5
after | which of [1]-[3] scales best? => 1 2 3
thread | what's the main idea of [2]? => 2
thread | contrast [1], [3] => 1 3
thread | can you explain #5 in more detail? => 5
thread | who are the authors of [4]? => 4
thread | [3] vs [4]? => 3 4
thread | Was macht [3] anders? => 3
thread | erkläre mir [1] bitte => 1
thread | explique [4] simplement => 4
thread | quelle est la contribution de [2] ? => 2
thread | explícame [5] => 5
thread | [4]のデータセットは何ですか => 4
thread | why is [2] first? => 2
dm | thoughts on arxiv.org/abs/2312.00752 ? => 2312.00752
dm | <https://arxiv.org/abs/2312.00752v1> <https://arxiv.org/abs/2405.21060> which is faster? => 2312.00752 2405.21060
dm | TLDR of 2405.21060 pls => 2405.21060
dm | résume arXiv:2405.21060 => 2405.21060
dm | was steht in 2405.21060? => 2405.21060
dm | 論文2405.21060の要点は？ => 2405.21060
"""
REFINEMENTS = r"""
thread | only 2024 => since 2024; until 2024
thread | shorter please => length short
thread | in Japanese => in ja
thread | more like [2] => like 2
thread | BibTeX
thread | @bot bibtex pls
thread | can I get this in German? => in de
thread | @bot only papers since 2023 => since 2023
thread | just the top 3 => top 3
after | a bit longer please => length long
after | without surveys
after | more like the second one => like 2
after | only cs.CL => category cs.CL
after | nothing before 2022 => since 2022
after | make it shorter => length short
after | tl;dr => length short
thread | kürzer bitte => length short
thread | auf Deutsch bitte => in de
after | nur ab 2023 => since 2023
after | nur die besten 3 => top 3
after | mehr wie [1] => like 1
thread | kannst du das auf Englisch schreiben? => in en
thread | plus court stp => length short
thread | en français s'il te plaît => in fr
after | seulement depuis 2022 => since 2022
thread | más corto por favor => length short
after | en español => in es
after | solo 2024 => since 2024; until 2024
thread | 日本語でお願いします => in ja
after | もっと短く => length short
after | 2023年以降だけ => since 2023
after | similar to [3] but newer => like 3
thread | @bot could you export that as .bib?
after | 10 more
thread | @bot please translate to spanish :flag-es: => in es
thread | @bot same but only 2025 => since 2025; until 2025
thread | could you make that a bit shorter? => length short
thread | the same in Spanish please => in es
after | only newer than 2023 => since 2024
after | 5 papers are enough => top 5
thread | bitte auf Englisch => in en
after | nur cs.LG => category cs.LG
after | only by Yann LeCun
thread | peux-tu le faire en anglais ? => in en
after | 2024 only => since 2024
thread | 英語に翻訳して => in en
thread | give me the bibtex file
after | mehr wie die zweite => like 2
after | show me 10 instead => top 10
thread | en deutsch => in de
after | más largo
after | seulement les 3 meilleurs => top 3
after | no papers before 2021 => since 2021
"""
HELP = r"""
channel | @bot help
dm | help
dm | what can you do?
dm | how does this work?
channel | @bot /help
dm | hlep
dm | Hilfe
dm | was kannst du?
dm | aide
dm | que sais-tu faire ?
dm | ayuda
dm | ¿qué puedes hacer?
dm | ヘルプ
dm | 使い方を教えて
dm | how do I subscribe?
dm | commands?
dm | help pls
dm | how can I use you?
dm | how do you work?
dm | wie funktionierst du?
dm | comment ça marche ?
dm | ¿cómo funciona?
dm | 何ができますか？
dm | ?
dm | how to subscribe
dm | what commands are there?
"""
STOP = r"""
thread | stop
thread | please stop
thread | mute
channel | @bot stop!
thread | stop, wrong topic
thread | STOP :octagonal_sign:
thread | cancel
thread | @bot cancel that pls
thread | be quiet
thread | shut up @bot
thread | stopp bitte
thread | hör auf
thread | arrête
thread | stop ça
thread | para
thread | detente por favor
thread | 止めて
thread | ストップ
dm | stop
dm | never mind
dm | abbrechen
dm | annule
thread | @bot ok stop
thread | @bot stop now please
thread | @bot that's enough
thread | @bot stop - wrong question
thread | @bot don't answer here
thread | @bot bitte abbrechen
thread | @bot halt
thread | @bot arrête-toi
thread | @bot para ya
thread | @bot もう止めて
thread | @bot forget it
thread | @bot nevermind
"""


def rows(table: str) -> list[tuple[str, str, str]]:
    """Place, message as Slack sends it, and what is expected."""
    parted = (line.partition(" | ") for line in table.strip().splitlines())
    return [(place, *_split(message)) for place, _, message in parted]


def _split(row: str) -> tuple[str, str]:
    message, _, expected = row.partition(" => ")
    return message.replace("\\n", "\n").replace("@bot", "<@U0BOT>"), expected


def heard(place: str, text: str) -> bool:
    """Whether it is for us: named, alone with us, or judged so in a thread of ours."""
    event = {"user": "U1", "ts": "2.0", "thread_ts": "1.0", "channel": "C1", "text": text}
    message = parse_message_event(event, "T1", "U0BOT")
    assert message
    if message.mentions or place in ("dm", "after"):
        return True
    return judge(message, SPEECH if place == "thread" else None) == "yes"


def described(options: Options, limits: SearchLimits, numbers: tuple[int, ...] = ()) -> str:
    """As the tables write it."""
    said = {
        "top": options.max_papers,
        "since": limits.since and limits.since.year,
        "until": limits.until and limits.until.year - 1,
        "in": options.language,
        "length": options.length,
        "category": " ".join(limits.categories[:1]),
        "author": " ".join(limits.authors),
        "like": " ".join(map(str, numbers)),
    }
    return "; ".join(f"{name} {value}" for name, value in said.items() if value)


def of_survey(intent: Intent) -> str | None:
    if isinstance(intent, ThreadSurvey):
        return described(intent.options, NO_LIMITS)
    if not isinstance(intent, NewSurvey):
        return None
    read = intent.parsed_question
    record = understand(read.question, TODAY)  # which reads a number of papers amid the words, too
    options = replace(read.options, max_papers=read.options.max_papers or record.max_papers)
    return described(options, record.limits)


def of_papers(intent: Intent) -> str | None:
    if isinstance(intent, AboutPapers):
        return " ".join(map(str, intent.numbers))
    if isinstance(intent, AskPapers):
        return " ".join(reference.label for reference in intent.references).replace("arXiv:", "")
    return intent.words.replace("arXiv:", "") if isinstance(intent, SearchPapers) else None


def refines(intent: Intent, expected: str) -> bool:
    """Which options are read, where an answer is made anew by them; else, that it is no new question."""
    if isinstance(intent, RepeatSurvey) and "length" not in expected:
        period = understand(f"LoRA {intent.options.period}", TODAY).limits
        found = described(intent.options, SearchLimits(period.since, period.until, *_further(intent.limits)))
        return all(part in found.split("; ") for part in expected.split("; ") if part)
    if isinstance(intent, MoreLike):
        return f"like {' '.join(map(str, intent.numbers))}" == expected
    return not isinstance(intent, NewSurvey | FollowUpQuestion | SmallTalk | AskPapers) and "like" not in expected


def _further(limits: SearchLimits) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return limits.categories, limits.authors


def small_talk(*kinds: str) -> Callable[[Intent, str], bool]:
    return lambda intent, _: isinstance(intent, SmallTalk) and intent.kind in kinds


def chats(intent: Intent, _: str) -> bool:
    return isinstance(intent, SmallTalk) and intent.kind not in (*CONTROLS, "help", "empty")


CHECKS: tuple[tuple[str, Callable[[Intent, str], bool]], ...] = (
    (SMALL_TALK, chats),
    (SURVEYS, lambda intent, expected: of_survey(intent) == expected),
    (NOTHING_TO_SEARCH_FOR, small_talk("empty")),
    (ABOUT_PAPERS, lambda intent, expected: of_papers(intent) == expected),
    (REFINEMENTS, refines),
    (HELP, small_talk("help")),
    (STOP, small_talk(*CONTROLS)),
)


def test_what_colleagues_type_is_understood() -> None:
    wrong = [text for place, text, _ in rows(NOT_FOR_US) if heard(place, text)]
    total = len(rows(NOT_FOR_US))
    for table, is_right in CHECKS:
        for place, text, expected in rows(table):
            total += 1
            intent = parse_intent(text, PLACES[place])
            if not (heard(place, text) and is_right(intent, expected)):
                wrong.append(f"{place}: {text} ({intent})")
    assert total > 380
    assert len(wrong) <= (1 - ENOUGH) * total, wrong


def test_emoji_alone_ask_for_nothing() -> None:
    assert all(is_reaction(text) for text in (":thumbsup:", "👍🏽", "<@U0BOT> :tada: :tada:", "❤️"))
    assert not any(is_reaction(text) for text in ("", "<@U0BOT>", "ok :thumbsup:", "?"))
