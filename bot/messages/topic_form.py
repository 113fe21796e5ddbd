"""Topic form: the values of a modal that makes or edits a topic, read from a view, validated, made a topic.

Invariant: pure; a value from Slack is words until `problems` has judged it, each complaint stands at its own field, and
what a form does not show (language, queries, slug) is kept from the topic it edits. `private_metadata` names what is
edited, and carries what a survey leaves to its topic; who may edit has to be looked up by whoever saves it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from digest.categories import find_category, parse_category
from digest.errors import BadInput
from digest.i18n.catalog import Catalog
from digest.render.safe_text import to_line, to_verbatim_line
from digest.retrieval.topic_check import topic_problems
from store.records.editions import EditionLength, Topic
from store.records.lazy_text import AnyText, lazy_gettext

FIELDS = (
    *("question", "include", "exclude", "categories", "cadence", "at", "timezone", "max_papers", "conversation"),
    "canvas",
)
_IN_METADATA = ("topic", "subscription", "language", "length")
KEEP_CANVAS: Final = "keep"
MOST_WORDS = 20  # of include, exclude and categories, each
_CONVERSATION = re.compile(r"[CDGU][A-Z0-9]{2,30}")
_WHOLE_NUMBER = re.compile(r"\d{1,6}")
# Which field a topic's problem stands at, where it is not the one of its name.
_FIELD_OF_PROBLEM = {"queries": "question", "title": "question", "slug": "question", "language": "question"}
_SUBJECT_WANTED = lazy_gettext(
    "There is no subject in that, so no paper would ever be found. Name one in words of English papers, such as: "
    "LoRA for image generation."
)
_NUMBER_WANTED = lazy_gettext("Write a whole number from 1 to 300.")


@dataclass(frozen=True)
class TopicForm:
    """What the fields hold, as words, and what is edited: "" for what is new."""

    question: str = ""
    include: str = ""
    exclude: str = ""
    categories: str = ""
    cadence: str = "weekly:mon"
    at: str = "08:00"
    timezone: str = "UTC"
    max_papers: str = "60"
    conversation: str = ""
    canvas: str = ""  # KEEP_CANVAS; "off"; "": the form does not ask
    topic: str = ""  # slug
    subscription: str = ""  # id
    language: str = ""  # the tag of the survey that became a topic, and the length that was asked for; no fields
    length: EditionLength | Literal[""] = ""

    @property
    def metadata(self) -> str:
        return json.dumps({name: getattr(self, name) for name in _IN_METADATA})


def form_of(topic: Topic, *, conversation: str = "", subscription: str = "", canvas: str = "") -> TopicForm:
    """The form that edits a topic."""
    return TopicForm(
        question=topic.question or topic.title,
        include=", ".join(topic.include),
        exclude=", ".join(topic.exclude),
        categories=", ".join(topic.categories),
        cadence=topic.cadence,
        at=topic.at,
        timezone=topic.timezone,
        max_papers=str(topic.max_papers),
        conversation=conversation,
        canvas=canvas,
        topic=topic.slug,
        subscription=subscription,
    )


def read(view: Mapping[str, Any]) -> TopicForm:
    """What a view that was submitted, or whose button was pressed, holds. A strange view holds nothing."""
    values = _mapping(_mapping(view.get("state")).get("values"))
    given = {name: _value(_mapping(_mapping(values.get(name)).get(name))) for name in FIELDS}
    about = _metadata(str(view.get("private_metadata") or ""))
    known: tuple[EditionLength, ...] = get_args(EditionLength)
    length: EditionLength | Literal[""] = next((length for length in known if length == about.get("length")), "")
    return TopicForm(
        **given,
        topic=about.get("topic", ""),
        subscription=about.get("subscription", ""),
        language=about.get("language", ""),
        length=length,
    )


def errors(form: TopicForm, words: Catalog, *, base: Topic | None = None, by_rules: bool = False) -> dict[str, str]:
    """Field -> what is wrong with it, one line each, as `ack(response_action="errors")` takes them.

    by_rules: whether questions are read without a language model.
    """
    found: dict[str, str] = {}
    for field, problem in (
        *_own_problems(form),
        *_unknown_categories(form, base),
        *_topic_problems(form, base, by_rules=by_rules),
    ):
        found.setdefault(field, to_verbatim_line(_capitalise(words.show(problem)), 300))
    return found


def topic_of(form: TopicForm, *, base: Topic | None = None, taken: Collection[str] = ()) -> Topic:
    """The topic as the form has it; `base`: the one it edits. taken: slugs that a new one may not have."""
    kept = base or Topic(slug=_slug(form.question, taken), title=to_line(form.question, 120) or "?")
    same = base is not None and form.question == form_of(base).question
    question = kept.question if same else to_verbatim_line(form.question, 10_000)
    return replace(
        kept,
        question=question,
        queries=kept.queries if same else (),
        include=_split_list(form.include),
        exclude=_split_list(form.exclude),
        categories=tuple(dict.fromkeys(find_category(typed) or typed for typed in _split_list(form.categories))),
        cadence=form.cadence,
        at=form.at,
        timezone=form.timezone.strip(),
        language=form.language or kept.language,
        max_papers=int(form.max_papers) if _WHOLE_NUMBER.fullmatch(form.max_papers) else 0,
    )


def _own_problems(form: TopicForm) -> Iterator[tuple[str, AnyText]]:
    for field in ("include", "exclude", "categories"):
        if len(_split_list(getattr(form, field))) > MOST_WORDS:
            yield field, lazy_gettext("At most {most}, please.", most=MOST_WORDS)
    if not _WHOLE_NUMBER.fullmatch(form.max_papers):
        yield "max_papers", _NUMBER_WANTED
    if not _CONVERSATION.fullmatch(form.conversation):
        yield "conversation", lazy_gettext("Choose a channel, or a direct message.")
    elif form.canvas == KEEP_CANVAS and not form.conversation.startswith(("C", "G")):
        yield "canvas", lazy_gettext("A canvas is kept in a channel: choose one above, or leave this out.")


def _unknown_categories(form: TopicForm, base: Topic | None) -> Iterator[tuple[str, AnyText]]:
    """What no paper is filed under finds nothing, for ever. What the operator gave the topic is not judged."""
    for typed in _split_list(form.categories):
        if base is not None and typed in base.categories:
            continue
        try:
            parse_category(typed)
        except BadInput as error:
            yield "categories", error.text


def _topic_problems(form: TopicForm, base: Topic | None, *, by_rules: bool) -> Iterator[tuple[str, AnyText]]:
    topic, asked = topic_of(form, base=base), False
    for field, problem in topic_problems(topic):
        asked = asked or field == "question"
        yield _FIELD_OF_PROBLEM.get(field, field), _NUMBER_WANTED if field == "max_papers" else problem
    if not asked and any(field == "question" for field, _ in topic_problems(topic, by_rules=by_rules)):
        yield "question", _SUBJECT_WANTED


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def _split_list(text: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(part for piece in re.split(r"[,;\n、，]", text) if (part := to_verbatim_line(piece, 200)))
    )


def _slug(question: str, taken: Collection[str]) -> str:
    plain = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "topic"
    numbers = (f"{base}-{n}" for n in range(2, len(taken) + 3))
    return base if base not in taken else next(slug for slug in numbers if slug not in taken)


def _value(element: Mapping[str, Any]) -> str:
    """What one element of a view's state holds; "" for nothing."""
    if "selected_options" in element:
        return KEEP_CANVAS if element["selected_options"] else "off"
    option = _mapping(element.get("selected_option"))
    kinds = (element.get("value"), element.get("selected_time"), element.get("selected_conversation"))
    return next((str(value).strip() for value in (*kinds, option.get("value")) if value is not None), "")


def _metadata(text: str) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in _mapping(found).items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
