"""Listening: whether a message that does not name us, in the thread of an answer of ours, is a question to us.

Invariant: pure and total; silence is the default. Whoever names another person, speaks to people or tells something is
not spoken into; a request that only we can fulfil, or a question about the papers of the answer, is one to us. Stopping
and silencing always are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from bot.intents.deixis import refers_to_answer
from bot.intents.intents import (
    AskPapers,
    Intent,
    NewSurvey,
    RepeatSurvey,
    SearchPapers,
    SendFile,
    ShowMore,
    is_named,
    parse_intent,
)
from bot.intents.message_event import SlackMessage, extract_question
from bot.intents.small_talk import EVERYDAY_WORDS, SmallTalk
from digest.pipeline.followup import AboutPapers, FilterByPeriod, MoreLike, Shorten
from digest.text.word_frequencies import word_frequencies
from store.records.editions import Edition
from store.text.stop_words import STOP_WORDS
from store.text.tokens import stem, stems, tokens

Judgement = Literal["yes", "no", "unsure"]
CONTROLS = ("stop", "mute", "unmute")
_KNOWN, _LETTERS = 2_000, 5  # papers with a word of research; its letters
_OFTEN = 0.2  # of all papers: a stem that is in more of them says nothing of a field
_MOST_CHARACTERS = 400  # of a question to us without our name
# People speaking to people.
_PEOPLE = re.compile(
    r"(?<![\w'])(?:we|we're|we've|we'll|our|ours|let's|lets|anyone|anybody|everyone|everybody|someone|somebody|"
    r"guys|folks|y'all|team|"
    r"he|she|his|her|him|shall|who(?:'s| (?:wants?|is|has|can|will|would|knows?|here|else|brings?|presents?|"
    r"should))|colleagues?|boss|" + EVERYDAY_WORDS + r"|"
    r"wir|uns|unsere?[nrms]?|jemand|ihr|euch|leute|er|wer (?:will|kann|hat|ist|kommt|macht)|morgen|heute|gestern|"
    r"montag|dienstag|mittwoch|"
    r"donnerstag|freitag|"
    r"nous|notre|nos|on (?:en|se|va|peut|pourrait|devrait)|quelqu'un|vous|demain|hier|lundi|mardi|mercredi|jeudi|"
    r"vendredi|qui (?:veut|peut|va|a|est|vient)|"
    r"nosotros|nuestr[oa]s?|alguien|vosotros|ustedes|mañana|ayer|lunes|martes|miércoles|jueves|viernes|"
    r"quién(?:es)? (?:viene|vienen|quiere|puede|va|es)|"
    r"colegas?)(?![\w'])"
    r"|(?<![\w'])(?:i|i'm|i've|i'll|i'd|my|mine|ich|mein\w*|je|j'ai|mon|ma|mes|yo|mi|mis)(?![\w'])"
    r"|(?:do|did|have|are|were|will|would|should|could|can|don't|didn't) you (?!(?:please |also )?(?:tell|show|"
    r"give|explain|compare|list|find|"
    r"summari[sz]e|describe|translate|send|name|say|pick|choose|select|include|rank|order|leave)\b)|"
    r"what do you think|your (?:opinion|take|thoughts|slides|"
    r"paper|group|lab|team)"
    r"|,\s*(?:aren't|isn't|don't|doesn't|wasn't|right|no|oder|nicht wahr|n'est-ce pas|verdad|non)(?: \w+)?\s*\?$"
    r"|ですよね|でしょ|さん|私|僕|俺|みんな|皆|誰か|明日|昨日|月曜|火曜|水曜|木曜|金曜|会議|打ち合わせ|ランチ|どう思",
    re.IGNORECASE,
)
_TO_US = re.compile(
    r"\b(?:should|could|can|must) i (?:read|start|cite|look at|begin|check)\b|"
    r"(?:tell|show|give|send|get) (?:me|us)\b|(?:for|to) (?:me|us)\b|\b(?:can|could) (?:i|we) (?:get|have)\b|"
    r"\b(?:erklär\w*|zeig\w*|gib|nenne?) (?:mir|uns)\b|(?:dis|montre|donne|explique)[sz]?-(?:moi|nous)|\b(?:dime|"
    r"dame|muéstrame)\b",
    re.IGNORECASE,
)
# "Ben, what do these say?": a name before a mark, which is no word of papers.
_VOCATIVE = re.compile(
    r"^(?:(?:hi|hey|hello|ok|so|and|thanks|thank you|hallo|salut|"
    r"hola)[ ,]+)?@?(?P<name>[^\W\d_a-z][^\W\d_]+(?: [^\W\d_a-z][^\W\d_]+)?)\s*[,:–—-]+\s"
    r"|(?:^|\s)@[a-z][\w.-]+|^[^\s、]{1,10}(?:さん|くん|ちゃん|先生)[、,\s]"
)
_STARTERS = frozenset(
    """
    ok okay so and but also well now thanks great hmm yes no please first second finally however actually one nice cool
    sure right hi hello hey then anyway und aber also gut danke nun et mais alors merci y pero bueno gracias question
    """.split()
)
_QUESTION = re.compile(
    r"[?？]\s*$|^(?:so |and |but |ok,? |und |et |y |¿)?(?:what|which|how|why|where|when|does|do|did|is|are|was|"
    r"were|can|could|has|have|"
    r"was|welche\w*|wie|warum|wo|wann|gibt|ist|sind|kann|können|"
    r"quel\w*|lesquel\w*|comment|pourquoi|où|quand|est-ce|y a-t-il|"
    r"qué|cuál\w*|cómo|por qué|dónde|cuándo|hay)\b|(?:か|の|ですか|ますか)[。？?]*$",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^(?:(?:please|pls|can you|could you|would you|and|now|ok|bitte|kannst du|peux-tu|puedes|por favor|"
    r"s'il te plaît)[ ,]+)*"
    r"(?:tell|show|give|send|explain|compare|list|summari[sz]e|describe|translate|elaborate|expand|contrast|name|find|"
    r"search|rank|sort|"
    r"erklär\w*|erzähl\w*|zeig\w*|vergleich\w*|nenne?|liste|fasse?|übersetz\w*|beschreib\w*|such\w*|"
    r"explique\w*|montre\w*|dis-(?:moi|m'en)|parle|compare\w*|résume\w*|liste\w*|traduis|cherche|trouve|"
    r"expl[ií]ca\w*|cuénta\w*|muestra\w*|muéstra\w*|compara\w*|resume\w*|lista\w*|traduce|busca)\b"
    r"|(?:教えて|見せて|説明して|比較して|比べて|要約して|探して|挙げて|訳して|まとめて)(?:ください|下さい|"
    r"くれますか)?[。？?]*$",
    re.IGNORECASE,
)
_THE_PAPERS = re.compile(
    r"(?:these|those|the|of your|all|diese[mnrs]?|die|ces|les|estos|esos|los)\s+(?:\w+\s+){0,2}"
    r"(?:papers?|methods?|approach(?:es)?|works?|results?|studies|survey|authors|models|articles?|arbeiten|"
    r"methoden|ansätze|ergebnisse|artikel|"
    r"travaux|méthodes|résultats|artículos|trabajos|métodos|resultados)\b"
    r"|which (?:ones?|papers?|is|are) (?:\w+ ){0,2}(?:tell|newest|latest|oldest|most|best)\b|(?:which|how many|"
    r"any|none|all|most|some|each) (?:of (?:these|them|those)|papers?)\b|welche (?:davon|"
    r"arbeiten|paper|der)|lesquels|"
    r"combien de (?:ces|ceux)|cuáles de|(?:これら|この中|その中|どの論文)",
    re.IGNORECASE,
)
_OF_THEM = re.compile(
    r"^(?:and |but |so )?(?:how|which|what|why)\b.*\b(?:they|them|these|those)\b|^(?:wie|welche\w*|was|"
    r"warum)\b.*\b(?:sie|diese)\b|"
    r"^(?:comment|quel\w*|pourquoi)\b.*\b(?:ils|elles|ces)\b|^¿?(?:cómo|qué|cuál\w*)\b.*\b(?:ellos|estos|esos)\b",
    re.IGNORECASE,
)
_CLEAR_PERIOD = re.compile(
    r"\b(?:only|just|since|from|nur|seit|seulement|depuis|sólo|solo|desde|"
    r"or (?:newer|later)|onwards?)\b|以降|だけ|のみ",
    re.IGNORECASE,
)


def judge(message: SlackMessage, edition: Edition | None) -> Judgement:
    """Whether it is for us. edition: what the thread is about; None before its first answer."""
    text = extract_question(message.raw)
    intent = parse_intent(message.raw, "of an answer" if edition else "alone")
    if isinstance(intent, SmallTalk):
        return "yes" if intent.kind in CONTROLS and not message.to_others else "no"
    if edition is None or message.to_others:
        return "no"
    if is_named(text):
        return "yes"
    if message.files or len(text) > _MOST_CHARACTERS or _is_vocative(text):
        return "no"
    return "yes" if _is_command(intent, text) else _judge_words(text, intent, edition)


def _judge_words(text: str, intent: Intent, edition: Edition) -> Judgement:
    is_asked = _QUESTION.search(text) or _REQUEST.search(text)
    plain = " ".join(_TO_US.sub(" tell ", text.replace("’", "'")).split())
    if not is_asked or _PEOPLE.search(plain):
        return "no"
    is_on_papers = isinstance(intent, AboutPapers | AskPapers) or _THE_PAPERS.search(text) or _asks_of_them(text)
    is_on_it = is_on_papers or _is_on_edition(text, edition)
    return "yes" if is_on_it else "unsure"


def _is_vocative(text: str) -> bool:
    found = _VOCATIVE.search(text)
    if not found:
        return False
    names = (found["name"] or "").lower().split()
    known = word_frequencies().words
    return not names or not any(name in _STARTERS or known.get(name, 0) > 100 for name in names)


def _is_command(intent: Intent, text: str) -> bool:
    """What nobody says to people: a form, another language, papers like these."""
    if isinstance(intent, FilterByPeriod):
        return bool(_CLEAR_PERIOD.search(text))
    if isinstance(intent, NewSurvey):
        return bool(_REQUEST.search(text) or re.match(r"(?:new )?survey\b|サーベイ|調査", text, re.IGNORECASE))
    return isinstance(intent, MoreLike | Shorten | SendFile | ShowMore | RepeatSurvey | SearchPapers)


def _asks_of_them(text: str) -> bool:
    """ "How do they handle noise?": of several things, with a word that papers often have."""
    stem_counts = word_frequencies().stems
    telling = (
        stem_counts.get(stem(word), 0) for word in tokens(text) if len(word) >= _LETTERS and word not in STOP_WORDS
    )
    return bool(_OF_THEM.search(text)) and any(count >= _KNOWN for count in telling)


def _is_on_edition(text: str, edition: Edition) -> bool:
    """Whether it has a telling word of the answer; with a word that points back, any word of its papers will do."""
    frequencies = word_frequencies()
    words = (stem(word) for word in tokens(text) if word not in STOP_WORDS)
    told = {word for word in words if frequencies.stems.get(word, 0) < _OFTEN * frequencies.papers}
    titles = (edition.title, edition.question, *(section.title for section in edition.sections))
    if told & _stems_of((*titles, *(paper.title for paper in edition.papers))):
        return True
    whole = (*(section.text for section in edition.sections), *(paper.summary.text for paper in edition.papers))
    return refers_to_answer(text) and bool(told & _stems_of(whole))


def _stems_of(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in stems(text)}
