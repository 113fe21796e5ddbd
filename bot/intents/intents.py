"""Intent parser: what a message to the bot means (help, thanks, a new survey, a follow-up ...).

Invariant: pure and total; a message is taken for small talk only where it is nothing else, so "help with diffusion
models" is a question. Whatever is left is a question of its own, or, in the thread of an answer, about that answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.intents.message_event import extract_question, spell_out_addresses
from bot.intents.question_options import Options, ParsedQuestion, parse_question
from digest.pipeline.followup import FilterByPeriod, FollowUp, FollowUpQuestion, MoreLike, Shorten
from digest.render.formats import BIBTEX, EditionFormat, offered_formats, paper_formats
from digest.retrieval.paper_lookup import parse_references
from digest.retrieval.queries import MOST_CHARACTERS

SmallTalkKind = Literal["help", "empty", "thanks", "mute", "unmute", "stop"]


@dataclass(frozen=True)
class SmallTalk:
    """What needs no survey: a short answer, or a thing to do."""

    kind: SmallTalkKind


@dataclass(frozen=True)
class TooLong:
    characters: int


@dataclass(frozen=True)
class NewSurvey:
    parsed_question: ParsedQuestion


@dataclass(frozen=True)
class RepeatSurvey:
    """The survey of this thread once more, with these options."""

    options: Options


@dataclass(frozen=True)
class SendFile:
    """The edition in a form, as a file; or, as a bibliography, some of its papers, by their numbers, or a section, by
    its own, from 1.
    """

    form: EditionFormat
    numbers: tuple[int, ...] = ()
    section: int | None = None


@dataclass(frozen=True)
class SearchPapers:
    """Papers of the archive by a search as its page takes it, or by ids and DOIs; with a form, as a file."""

    words: str
    form: EditionFormat | None = None


Intent = (
    SmallTalk
    | TooLong
    | NewSurvey
    | RepeatSurvey
    | SearchPapers
    | MoreLike
    | FilterByPeriod
    | Shorten
    | SendFile
    | FollowUpQuestion
)


def _whole_pattern(*alternatives: str) -> re.Pattern[str]:
    """One of these, and nothing else, perhaps as a question."""
    return re.compile(rf"(?:{'|'.join(alternatives)})\??", re.IGNORECASE)


_POLITE = r"(?:please|pls|can you|could you|now|お願いします|ください|下さい)"
_POLITE_EDGES = re.compile(
    rf"^(?:{_POLITE}|[\s,.!?:;。！？、~…'\"])+|(?:{_POLITE}|[\s,.!:;。！、~…'\"])+$", re.IGNORECASE
)
_SMALL: dict[SmallTalkKind, re.Pattern[str]] = {
    "help": _whole_pattern(
        r"help(?: me)?|/?help|man|usage|commands?|options?|what can (?:you|i) (?:do|ask)(?: here)?",
        r"how does this work|how do (?:you|i) (?:work|use (?:this|you))|hi|hello|hey|ヘルプ|使い方|こんにちは",
    ),
    "thanks": _whole_pattern(
        r"(?:(?:great|ok|okay|perfect|nice|cool|super|very good|awesome)[,.! ]*)?(?:many |a lot of )?"
        r"(?:thanks?(?: you)?(?: (?:so|very) much| a (?:lot|bunch|million))?|thx|ty|cheers|danke|merci)",
        r"ありがとう(?:ございます|ございました)?|感謝します|great|perfect|nice|awesome|well done|good (?:bot|job)",
    ),
    "mute": _whole_pattern(
        r"mute(?: (?:this )?thread| yourself)?|(?:be )?quiet|shut up|stop listening|ミュート|静かにして"
    ),
    "unmute": _whole_pattern(r"unmute(?: (?:this )?thread)?|listen(?: again)?|ミュート解除"),
    "stop": _whole_pattern(
        r"stop(?: (?:it|that|working))?|cancel(?: (?:it|that))?|abort|never ?mind|forget it|中止|やめて|キャンセル"
    ),
}
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_NUMBER = r"\[?\d{1,4}\]?"
_NUMBERS = rf"{_NUMBER}(?:[ ,、&]*(?:and )?{_NUMBER})*"
_MORE_LIKE = _whole_pattern(
    r"(?:(?:show|find|give)(?: me)? )?(?:(?:more|others?|similar) ?)?(?:papers? )?(?:like|similar to|as) "
    rf"(?:papers? |nos?\.? |numbers? |#)?(?P<numbers>{_NUMBERS})",
    rf"(?P<number>{_NUMBER})(?:番)?(?:に似た|のような)(?:もの|論文)(?:をもっと)?",
)
_SHORTER = _whole_pattern(
    r"(?:make it |a )?(?:much )?(?:shorter|briefer|brief|short(?: version)?)|tl;?dr|summari[sz]e(?: (?:it|this|that))?",
    r"in (?:short|brief|a nutshell)|短く(?:して)?|もっと短く|要約して",
)
_FILE = _whole_pattern(
    r"(?P<asked>(?:(?:show|give|send|get|export|download)(?: me)?(?: (?:it|this|that|them|these|all))? )?"
    r"(?:(?:as|in|the|an?|your) )*)"
    r"(?P<form>.{2,40}?)(?: ?(?:file|format))?(?P<particle>(?:形式|ファイル)?(?:で|として)?)"
)
_OF_PAPERS = re.compile(
    rf"\s+(?:of|for)\s+(?:(?:(?:papers?|nos?\.?|numbers?|#)\s*)?(?P<numbers>{_NUMBERS})"
    r"|section\s+(?P<section>\d{1,3}))\Z",
    re.IGNORECASE,
)
_BIBLIOGRAPHY = frozenset("bibliography references citations 参考文献 文献一覧".split())
# What a choice from the menu of forms is queued as: a request keeps its words and no intent, and is parsed when its
# turn comes, perhaps by another process.
FILE_REQUEST = "as {}"
SEARCH_FILE_REQUEST = "{} as {}"  # the same of a search, whose words stand before it
_FILE_BEHIND = re.compile(
    r"(?P<search>.+?),?\s+as\s+(?:an?\s+)?(?P<form>[\w.-]{2,10}(?: json)?)(?:\s+file)?[.!?]*$", re.IGNORECASE
)
_SEARCH = re.compile(r"(?:search|find|look up|papers|検索)\s*[:：]\s*(?P<words>\S.*)$", re.IGNORECASE)
_PAPERS_BY = re.compile(
    r"(?:(?:show|find|give|list)(?: me)? )?(?:all )?(?:the )?papers (?:by|of author) "
    r"(?P<name>[^\W\d_][^\s\d,:\"]*(?: [^\s\d,:\"]+){0,3}?)[.?!]*$",
    re.IGNORECASE,
)
_BY_AUTHOR = re.compile(r"(?:^|\s)author:\s*\S", re.IGNORECASE)  # which no question has
_SEARCH_FOR_FILE = re.compile(r"(?:search|find)(?: for)?\s+(?P<words>\S.*)$", re.IGNORECASE)
_NEW_SURVEY = re.compile(
    r"(?:(?:new )?(?:survey|search)(?: (?:of|on|for|about))?\s*[:：]?|(?:サーベイ|調査)[:：])\s+(?=\S)", re.IGNORECASE
)
_NO_SUBJECT = _whole_pattern(r"(?:(?:only|just|show(?: me)?(?: only)?) ?)?(?:the )?(?:ones|papers|論文)?(?: from)?")


def parse_intent(message: str, *, of_answer: bool = False) -> Intent:
    """message: as Slack sends it. of_answer: it stands in the thread of an answer."""
    text = extract_question(message)
    if search := _parse_search(text, message, of_answer=of_answer):
        return search
    if len(text) > MOST_CHARACTERS:
        return TooLong(len(text))
    if not _LETTER_OR_DIGIT.search(text):
        return SmallTalk("help" if text.strip() == "?" else "empty")
    core = _POLITE_EDGES.sub("", text)
    for kind, words in _SMALL.items():
        if words.fullmatch(core):
            return SmallTalk(kind)
    return _parse_follow_up(text, core) if of_answer else _parse_new_survey(text)


def parse_follow_up(message: str, *, of_answer: bool = True) -> FollowUp | SendFile | SearchPapers:
    """What a message that needs no survey wants to know, or to have."""
    intent = parse_intent(message, of_answer=of_answer)
    if isinstance(intent, FollowUp | SendFile | SearchPapers):
        return intent
    return FollowUpQuestion(extract_question(message))


def _parse_search(text: str, message: str, *, of_answer: bool) -> SearchPapers | None:
    """Where it says that it is one, or is nothing but ids, which are about the answer in an answer's thread."""
    if len(text) > MOST_CHARACTERS:
        return None
    addressed = spell_out_addresses(message)
    if (found := _FILE_BEHIND.match(addressed)) and (form := _bibliography_form(found["form"])):
        if words := _search_words(found["search"]):
            return SearchPapers(words, form)
        if asked := _SEARCH_FOR_FILE.match(found["search"]):
            return SearchPapers(asked["words"], form)
        return SearchPapers(found["search"], form) if parse_references(found["search"]) else None
    if words := _search_words(text):
        return SearchPapers(words)
    named = [] if of_answer else parse_references(text) or parse_references(addressed)
    return SearchPapers(" ".join(reference.label for reference in named)) if named else None


def _search_words(text: str) -> str:
    """What is searched for; "" where it is not said so."""
    if found := _SEARCH.match(text):
        return found["words"]
    if found := _PAPERS_BY.match(text):
        return f'author:"{found["name"]}"'
    return text if _BY_AUTHOR.search(text) else ""


def _bibliography_form(name: str) -> EditionFormat | None:
    return next((form for form in paper_formats() if _plain_name(name) in _form_names(form)), None)


def _parse_new_survey(text: str) -> Intent:
    anew = _NEW_SURVEY.match(text)
    read = parse_question(text[anew.end() :] if anew else text)
    return NewSurvey(read) if read.subject else SmallTalk("empty")


def _parse_follow_up(text: str, core: str) -> Intent:
    if found := _MORE_LIKE.fullmatch(core):
        return MoreLike(_parse_numbers(found["numbers"] or found["number"]))
    if _SHORTER.fullmatch(core):
        return Shorten()
    if file := _parse_file(core):
        return file
    if _NEW_SURVEY.match(text):
        return _parse_new_survey(text)
    read = parse_question(core)
    if not _NO_SUBJECT.fullmatch(read.subject):
        return FollowUpQuestion(text)
    only_period = read.options == Options(period=read.options.period)
    return FilterByPeriod(read.options.period) if only_period else RepeatSurvey(read.options)


def _parse_file(core: str) -> SendFile | None:
    found = _OF_PAPERS.search(core)
    form = _parse_form(core[: found.start()] if found else core)
    if form is None or (found and form.render_papers is None):
        return None
    if found and found["section"]:
        return SendFile(form, section=int(found["section"]))
    return SendFile(form, _parse_numbers(found["numbers"]) if found else ())


def _parse_numbers(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(int, re.findall(r"\d+", text))))


def _parse_form(core: str) -> EditionFormat | None:
    """The form that the words ask for: a bibliography by its name alone, any other ("text" may be the subject) only
    where they ask for it as one.
    """
    found = _FILE.fullmatch(core)
    wanted = _plain_name(found["form"]) if found else ""
    if not found or not wanted:
        return None
    if wanted in _BIBLIOGRAPHY:
        return BIBTEX
    asked = bool(found["asked"] or found["particle"])
    forms = (form for form in offered_formats() if asked or form.render_papers)
    return next((form for form in forms if wanted in _form_names(form)), None)


def _form_names(form: EditionFormat) -> set[str]:
    return {_plain_name(name) for name in (form.name, str(form.label), form.extension)}


def _plain_name(text: str) -> str:
    """Without what people write in more than one way: "CSL-JSON", "csl json", ".csl.json"."""
    return re.sub(r"[\W_]", "", text).lower()
