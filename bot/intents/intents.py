"""The interpreter: what a message to the bot means (small talk, a survey, papers, a follow-up, a thread ...).

Invariant: pure and total; a message is taken for small talk only where it is nothing else, so "help with diffusion
models" is a question. Whatever is left is a question of its own, or, in the thread of an answer, about that answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from bot.intents.deixis import is_about_thread, refers_to_answer
from bot.intents.edition_views import EditionView, parse_edition_view
from bot.intents.message_event import extract_question, spell_out_addresses
from bot.intents.paper_mentions import mark_ordinals, paper_numbers, paper_references
from bot.intents.question_options import ANY_DAY, Options, ParsedQuestion, has_subject, parse_question
from bot.intents.small_talk import POLITE_EDGES, SmallTalk, is_of_appointments, parse_small_talk
from digest.pipeline.followup import AboutPapers, FilterByPeriod, FollowUp, FollowUpQuestion, MoreLike, Shorten
from digest.question.understand import understand
from digest.render.formats import BIBTEX, EditionFormat, offered_formats, paper_formats
from digest.retrieval.paper_lookup import PaperReference, parse_references
from digest.retrieval.queries import MOST_CHARACTERS
from store.records.questions import NO_LIMITS, SearchLimits

# Where a message stands: nowhere in particular, in a thread of people, in the thread of an answer, or alone with us
# soon after one.
Place = Literal["alone", "in a thread", "of an answer", "after an answer"]


@dataclass(frozen=True)
class TooLong:
    characters: int


@dataclass(frozen=True)
class NewSurvey:
    parsed_question: ParsedQuestion


@dataclass(frozen=True)
class ThreadSurvey:
    """A survey of what the people in a thread talk about."""

    options: Options


@dataclass(frozen=True)
class RepeatSurvey:
    """The survey of this thread once more, with these options, and narrowed further."""

    options: Options
    limits: SearchLimits = NO_LIMITS


@dataclass(frozen=True)
class ShowMore:
    """What stands behind the first screen of an answer."""

    view: EditionView


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


@dataclass(frozen=True)
class AskPapers:
    """A question about papers that are named by ids or addresses."""

    question: str
    references: tuple[PaperReference, ...]


Intent = (
    SmallTalk
    | TooLong
    | NewSurvey
    | ThreadSurvey
    | RepeatSurvey
    | SearchPapers
    | AskPapers
    | AboutPapers
    | MoreLike
    | FilterByPeriod
    | Shorten
    | SendFile
    | ShowMore
    | FollowUpQuestion
)


def _whole_pattern(*alternatives: str) -> re.Pattern[str]:
    """One of these, and nothing else, perhaps as a question."""
    return re.compile(rf"(?:{'|'.join(alternatives)})[?？]?", re.IGNORECASE)


_OUR_NAME = re.compile(
    r"(?:(?:hi|hey|hello|ok|okay|dear|hallo|salut|hola)[ ,]+)?@?(?:paper[ -]?route|bot)\s*[,:!]\s*(?=\S)", re.IGNORECASE
)
_FEW_WORDS = 5  # beside numbers in brackets, which a question of its own hardly has
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_NUMBER = r"\[?\d{1,4}\]?"
_NUMBERS = rf"{_NUMBER}(?:[ ,、&]*(?:and |und |et |y |と)?{_NUMBER})*"
_MORE_LIKE = _whole_pattern(
    r"(?:(?:show|find|give|get)(?: me)? )?(?:(?:some )?(?:more|others?|similar) ?)?(?:papers? |work |"
    r"ones )?(?:that are )?"
    rf"(?:like|similar to|as|close to|related to) (?:papers? |nos?\.? |numbers? |#)?(?P<en>{_NUMBERS})",
    rf"(?:zeige? (?:mir )?|finde )?(?:mehr|weitere|ähnliche)(?: arbeiten| paper)? (?:wie|zu) (?:nr\.? |paper |"
    rf"arbeit )?(?P<de>{_NUMBERS})",
    rf"(?:montre-moi |trouve(?:-moi)? )?(?:plus|d'autres|articles similaires)(?: articles)?(?: comme|"
    rf" à) (?:l'article )?(?P<fr>{_NUMBERS})",
    rf"(?:muéstrame |busca )?(?:más|otros|artículos)(?: artículos)?(?: como| parecidos a|"
    rf" similares a) (?:el )?(?P<es>{_NUMBERS})",
    rf"(?P<ja>{_NUMBER})(?:番)?(?:に似た|のような|と似た)(?:もの|論文)(?:を?(?:もっと|探して|教えて|見せて))*",
)
_SHORTER = _whole_pattern(
    r"(?:(?:can|could) you )?(?:make (?:it|this|that) |a |say (?:it|that) )?(?:much |a bit |even )?"
    r"(?:shorter|briefer|brief|short(?: version)?)|tl;?dr|summari[sz]e(?: (?:it|this|that|everything|"
    r"the (?:survey|answer)))?|"
    r"(?:the |a )?(?:short )?summary|in (?:short|brief|a nutshell|one paragraph)|give me the gist|the gist",
    r"(?:bitte )?(?:mach(?:e)? (?:es|das) )?(?:viel |etwas )?kürzer|kurz(?:fassung)?|fasse? (?:es|das) zusammen|"
    r"in kürze|zusammenfassung",
    r"(?:fais )?(?:beaucoup |un peu )?plus (?:court|bref)|en bref|résume(?:-le| ça)?|(?:un )?résumé",
    r"(?:mucho |un poco )?más (?:corto|breve)|en breve|resúme(?:lo|melo)|(?:un )?resumen",
    r"(?:もっと)?短く(?:して)?|要約(?:して)?|簡潔に(?:して)?|まとめて",
)
_AGAIN = _whole_pattern(
    r"(?:do (?:it|that) )?again|refresh(?: (?:it|this|that|the survey))?|(?:search|look|try|"
    r"ask) (?:it )?(?:again|anew)|"
    r"update(?: (?:it|this|that|the survey))?|redo(?: (?:it|this|that))?|once more|"
    r"noch(?: ?ein)?mal|aktualisiere(?:n)?|erneut suchen|encore une fois|actualise[rz]?|otra vez|de nuevo|"
    r"actualiza(?:r|lo)?|"
    r"もう一度(?:探して|検索して)?|更新(?:して)?|再検索(?:して)?"
)
_LONGER = _whole_pattern(
    r"(?:much |a bit )?longer|(?:and )?the rest|go on|continue|weiter|sigue|(?:in )?more details?|länger|ausführlicher|"
    r"mehr details|plus (?:long|de détails)|más (?:largo|detalles)|詳しく(?:して)?"
)
# What may stand around an option that an answer is to be made anew with.
_MAKE_IT = re.compile(
    r"^(?:(?:and|now|ok|but|so|the same|same(?: thing)?|again|instead|rather|let's|just|nun|jetzt|das gleiche|"
    r"maintenant|lo mismo|kannst du|könntest du|peux-tu|pourrais-tu|puedes|podrías|(?:this|that|it|das|es|le|lo|"
    r"ça|cela|esto|eso|die antwort)(?= (?:in|auf|en)\b)|(?:le |la )?(?:faire|écrire|mettre)|(?:hacer|escribir|"
    r"poner)l[oa])[ ,]+)*"
    r"(?:(?:i|we) (?:want|need|prefer|would like|only want|only need)(?: (?:it|this|that|them))? )?"
    r"(?:(?:translate|give|show|say|tell|write|repeat|redo|make|do|put|answer|limit|restrict|keep|filter|narrow)\b"
    r"(?: (?:me|us|to|it|this|that|them|all|down|the (?:survey|answer|list|papers|results|same(?: thing)?)|"
    r"(?:your|the) (?:survey|answer)))*"
    r"(?: again)? ?(?=(?:to|into|in|only|since|top|from|until|before|after|the|with|at|auf|en)\b|\d))?"
    r"(?:(?:in)?to (?=[^\W\d]+$)|the same )?",
    re.IGNORECASE,
)
_WRITE = re.compile(
    r"\s(?:schreiben|sagen|ausgeben|zeigen|geben|bekommen|haben|instead|again|(?:are|is) enough|reichen|genügen|"
    r"suffisent|bastan)[?？]?$",
    re.IGNORECASE,
)
_TRANSLATE = re.compile(
    r"(?:(?:can|could) you |kannst du |peux-tu |puedes )?(?:translate|translation|übersetz\w*|tradui\w*|"
    r"traduction|tradu[cz]\w*|tradúce\w*)"
    r"(?:[ -](?:it|this|that|all|the (?:survey|answer)|das|es|die antwort|bitte|le|la|ça|cela|lo|esto))*"
    r" (?:(?:in)?to|ins?|nach|auf|en|al?) (?P<name>[^\W\d_]+?)(?: übersetzen)?|(?:これを|"
    r"それを)?(?P<ja>\w{1,4}語)(?:に|へ)(?:訳|翻訳)(?:して)?",
    re.IGNORECASE,
)
_LIMIT_TO = re.compile(
    r"(?:limit|restrict|narrow)(?: (?:it|this|that|them|down|the \w+))* to (?=(?:papers from )?(?:19|20)\d\d)",
    re.IGNORECASE,
)
_FILE = _whole_pattern(
    r"(?P<asked>(?:(?:can|could) (?:i|we) (?:have|get) |(?:i|we) (?:want|need) |"
    r"(?:show|give|send|get|export|download|save|donne|envoie|gib|schick|dame|envía)(?:-moi| me| mir| us)?"
    r"(?: (?:it|this|that|them|these|all|everything|the (?:papers|survey|list)))? )?"
    r"(?:(?:as|in|the|an?|your|als|en|le|el|das) )*)"
    r"(?P<form>.{2,40}?)(?: ?(?:file|format|datei|fichier|archivo|export))?(?: of (?:all|everything|them|these|"
    r"the survey))?"
    r"(?P<particle>(?:形式|ファイル)?(?:で|として|を)?)"
)
_OF_PAPERS = re.compile(
    rf"\s+(?:of|for|von|de|para|für|pour)\s+(?:(?:(?:papers?|nos?\.?|numbers?|#)\s*)?(?P<numbers>{_NUMBERS})"
    r"|section\s+(?P<section>\d{1,3}))\Z",
    re.IGNORECASE,
)
_BIBLIOGRAPHY = frozenset(
    "bibliography references citations 参考文献 文献一覧 literaturverzeichnis bibliographie bibliografía".split()
)
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
    r"(?:(?:a |the )?(?:new |another )?(?:survey|search|question)(?: (?:of|on|for|about))?\s*[:：]?|"
    r"(?:new |another )?(?:topic|subject)\s*[:：]|(?:ok |and )?now (?:do|try|survey|search(?: for)?)(?! (?:it|"
    r"this|that|the|them|in|only|again|\d)\b)|(?:neues )?thema\s*[:：]|(?:nouveau )?sujet\s*[:：]|"
    r"(?:nuevo )?tema\s*[:：]|(?:サーベイ|調査)[:：])\s+(?=\S)",
    re.IGNORECASE,
)
_NEW_PAPERS = re.compile(
    r"(?:(?:can|could|would|will) you )?(?:please )?(?:find|search(?: for)?|look (?:for|up)|get|show|give|list|"
    r"recommend|suggest|survey)"
    r"(?: me| us)?(?: (?!these\b|those\b|your\b)[\w-]+){0,4} (?:papers?|articles?|works?|literature|research|"
    r"surveys?|studies|something|anything) "
    r"(?:on|about|for|in|regarding) (?!(?:this|that|these|those|it|them|here)\b)\S"
    r"|(?:the )?(?:top|best) \d+ (?:papers? (?:on|about|for) )?(?!of\b|from\b|since\b|in\b|papers?\b|results?\b|"
    r"only\b|please\b)[^\W\d]"
    r"|(?:suche?|finde?|zeige?)(?: mir| bitte)*(?: \w+){0,3} (?:paper|arbeiten|artikel|literatur|"
    r"veröffentlichungen) (?:zu|über|für)[rm]? (?!diese)\S"
    r"|(?:trouve|cherche|montre)[sz]?(?:-moi)?(?: des| les)?(?: \w+){0,3} (?:articles|travaux|papiers) (?:sur|"
    r"pour) (?!(?:ce|ces|cela|ça)\b)\S"
    r"|(?:busca|encuentra|muéstrame)(?: \w+){0,3} (?:artículos|trabajos|papers) (?:sobre|de|para) (?!(?:esto|eso|"
    r"estos)\b)\S"
    r"|[^この]{2,40}(?:についての|に関する)(?:\w{0,6})?(?:論文|文献|研究)(?:を|が|は)?(?:探して|検索して|教えて|"
    r"調べて)",
    re.IGNORECASE,
)
_ALIKE = re.compile(
    r"\b(?:like|similar|alike|related|resembl\w+|akin|citing|follow[- ]?ups? (?:of|to)|based on|building on|"
    r"ähnlich\w*|wie|"
    r"verwandt\w*|comme|similaires?|semblables?|como|parecid[oa]s?|similares|relacionad[oa]s?)\b|のような|似た|"
    r"類似|関連",
    re.IGNORECASE,
)
_ASKS_ABOUT_ONE = re.compile(r"\b(?:what|how) (?:is|are|was|were|does|do)\b.{0,60}\blike\b[?.! ]*$", re.IGNORECASE)
_NO_SUBJECT = _whole_pattern(
    r"(?:(?:only|just|show(?: me)?(?: only)?|nur|seulement|sólo|solo) ?)?(?:the |die |les |los )?"
    r"(?:ones|papers|論文|arbeiten|articles|artículos)?(?: from| von| de)?(?:だけ|のみ)?"
)


def parse_intent(message: str, place: Place = "alone") -> Intent:  # decision 113
    """message: as Slack sends it."""
    text = _OUR_NAME.sub("", extract_question(message))
    of_answer = place in ("of an answer", "after an answer")
    if search := _parse_search(text, message, of_answer=of_answer):
        return search
    if len(text) > MOST_CHARACTERS:
        return TooLong(len(text))
    if not _LETTER_OR_DIGIT.search(text):
        return SmallTalk("help" if text.strip() in ("?", "？") else "empty")
    if said := parse_small_talk(text):
        return said
    if of_answer:
        found = _parse_follow_up(text, POLITE_EDGES.sub("", text), message)
        if place == "of an answer" or not isinstance(found, FollowUpQuestion) or refers_to_answer(text):
            return found
    return _parse_new(text, message, in_thread=place == "in a thread")


def is_named(text: str) -> bool:
    """Whether it begins with our name in plain words."""
    return bool(_OUR_NAME.match(text))


def parse_follow_up(
    message: str, *, of_answer: bool = True
) -> FollowUp | SendFile | ShowMore | SearchPapers | AskPapers:
    """What a message that needs no survey wants to know, or to have."""
    intent = parse_intent(message, "of an answer" if of_answer else "alone")
    if isinstance(intent, FollowUp | SendFile | ShowMore | SearchPapers | AskPapers):
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


def _parse_new(text: str, message: str, *, in_thread: bool) -> Intent:
    anew = _NEW_SURVEY.match(text)
    if not anew and (asked := _ask_papers(text, message)):
        return asked
    if not anew and (found := _parse_of_papers(POLITE_EDGES.sub("", text))):
        return found
    read = parse_question(text[anew.end() :] if anew else text)
    if is_about_thread(parse_question(text).subject if anew else read.subject):
        return ThreadSurvey(read.options) if in_thread else SmallTalk("empty")
    if not has_subject(read.subject):
        return SmallTalk("empty")
    concepts = [concept.asked for concept in understand(read.subject, ANY_DAY).concepts]
    return SmallTalk("elsewhere") if is_of_appointments(text, concepts) else NewSurvey(read)


def _parse_of_papers(core: str) -> MoreLike | AboutPapers | None:
    """What asks for papers by their numbers alone: only an answer has any."""
    if found := _MORE_LIKE.fullmatch(core):
        return MoreLike(_parse_numbers(next(part for part in found.groups() if part)))
    numbers = paper_numbers(core)
    rest = re.sub(r"\[.*?\]", " ", core)
    return AboutPapers(core, numbers) if numbers and "[" in core and len(rest.split()) <= _FEW_WORDS else None


def _parse_follow_up(text: str, core: str, message: str) -> Intent:
    if command := _parse_command(core):
        return command
    if _NEW_SURVEY.match(text) or _NEW_PAPERS.match(core):
        return _parse_new(text, message, in_thread=False)
    if asked := _ask_papers(text, message):
        return asked
    if numbers := paper_numbers(text):
        return AboutPapers(text, numbers)
    return _parse_refinement(core) or FollowUpQuestion(text)


def _parse_command(core: str) -> Intent | None:
    """What is said in set words."""
    if view := parse_edition_view(core):
        return ShowMore(view)
    if found := _MORE_LIKE.fullmatch(mark_ordinals(core)):
        return MoreLike(_parse_numbers(next(part for part in found.groups() if part)))
    if language := _asked_translation(core):
        return RepeatSurvey(Options(language=language))
    said: dict[re.Pattern[str], Intent] = {_SHORTER: Shorten(), _AGAIN: RepeatSurvey(Options(refresh=True))}
    said[_LONGER] = RepeatSurvey(Options(length="full"))
    return next((wish for words, wish in said.items() if words.fullmatch(core)), None) or _parse_file(core)


def _parse_refinement(core: str) -> Intent | None:
    """Options alone, by which an answer is to be made anew, or its papers shown by time."""
    wished = _MAKE_IT.sub("", _LIMIT_TO.sub("in ", core), count=1) or core
    read = parse_question(_WRITE.sub("", wished))
    if limits := _limits_alone(read.subject):
        return RepeatSurvey(read.options, limits)
    if read.options == Options() or not _NO_SUBJECT.fullmatch(read.subject):
        return None
    only_period = read.options == Options(period=read.options.period)
    return FilterByPeriod(read.options.period) if only_period else RepeatSurvey(read.options)


def _limits_alone(subject: str) -> SearchLimits | None:
    """Categories, authors, and what is left out, where they are all that is said."""
    record = understand(subject, ANY_DAY)
    limits = replace(record.limits, since=None, until=None)
    return limits if limits != NO_LIMITS and not (record.concepts or record.paper_ids) else None


def _ask_papers(text: str, message: str) -> Intent | None:
    """A question about papers named by ids; for what is like them there is a survey that begins with them."""
    references = paper_references(message)
    if not references:
        return None
    if _ALIKE.search(text) and not _ASKS_ABOUT_ONE.search(text):
        return NewSurvey(parse_question(text))
    return AskPapers(text, references)


def _asked_translation(core: str) -> str:
    """The tag of the language that an answer is to be put into; "" where that is not asked for."""
    found = _TRANSLATE.fullmatch(core.rstrip("?？ "))
    if not found:
        return ""
    name = found["name"] or ""
    asked = [f"{found['ja']}で"] if found["ja"] else [f"in {name}", f"in {name.removesuffix('e')}"]
    return next((language for words in asked if (language := parse_question(words).options.language)), "")


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
