"""The catalogues: complete in every language offered, with the same placeholders and marks as the English."""

import ast
import io
import re
from datetime import date
from functools import cache

import pytest
from babel.messages.catalog import Catalog as MessageCatalogue
from babel.messages.pofile import read_po

from digest.i18n import LANGUAGES
from digest.i18n.catalog import get_catalog, native_language_name, offered_language, text_direction
from digest.i18n.extraction import DOMAINS, KEYWORDS, LOCALE, ROOT, extract_messages, write_catalogue
from store.records.lazy_text import LazyText, join_sentences, lazy_gettext, lazy_ngettext

PLACEHOLDER = re.compile(r"\{[^{}]*\}")
MARKS = re.compile(r"`[^`]*`|<[^>]*>|\*|/paperroute\b")
TRANSLATED = [tag for tag in LANGUAGES if tag != "en"]


@cache
def extracted() -> dict[str, MessageCatalogue]:
    return extract_messages()


def read(tag: str, domain: str) -> MessageCatalogue:
    return read_po(io.BytesIO((LOCALE / tag / f"{domain}.po").read_bytes()), locale=tag, domain=domain)


def both(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value or ""),)


def test_a_language_is_a_folder_and_an_entry_of_the_list() -> None:
    assert sorted(path.name for path in LOCALE.iterdir() if path.is_dir()) == sorted(TRANSLATED)


@pytest.mark.parametrize("tag", TRANSLATED)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_message_is_translated_with_its_placeholders_and_marks(tag: str, domain: str) -> None:
    wanted, there, problems = extracted()[domain], read(tag, domain), []
    for message in wanted:
        if not message.id:
            continue
        found = there.get(both(message.id)[0], message.context)
        if found is None or found.fuzzy or not all(both(found.string)):
            problems.append(f"not translated: {message.id}")
            continue
        known = {mark for text in both(message.id) for mark in PLACEHOLDER.findall(text)}
        problems += [
            f"other placeholders: {text}" for text in both(found.string) if not set(PLACEHOLDER.findall(text)) <= known
        ]
        if set(PLACEHOLDER.findall(both(found.string)[-1])) != set(PLACEHOLDER.findall(both(message.id)[-1])):
            problems.append(f"a placeholder is missing: {both(found.string)[-1]}")
        if len(MARKS.findall(both(found.string)[-1])) < len(MARKS.findall(both(message.id)[-1])):
            problems.append(f"marks are missing: {both(found.string)[-1]}")
    assert problems == []


@pytest.mark.parametrize("tag", TRANSLATED)
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_files_hold_what_the_sources_say(tag: str, domain: str) -> None:
    """As `make messages` leaves them."""
    path = LOCALE / tag / f"{domain}.po"
    catalogue = read(tag, domain)
    catalogue.update(extracted()[domain], no_fuzzy_matching=True)
    assert write_catalogue(catalogue).decode() == path.read_text(encoding="utf-8"), "run `make messages`"


@pytest.mark.parametrize(
    ("tag", "day", "items", "number", "label"),
    [
        ("en", "19 November 2026", "a, b and c", "12,345.6", "a: b"),
        ("ja", "2026年11月19日", "a、b、c", "12,345.6", "a：b"),
        ("de", "19. November 2026", "a, b und c", "12.345,6", "a: b"),
        ("fr", "19 novembre 2026", "a, b et c", "12\u202f345,6", "a\u00a0: b"),
        ("es", "19 de noviembre de 2026", "a, b y c", "12.345,6", "a: b"),
    ],
)
def test_dates_lists_and_numbers_are_the_languages_own(tag: str, day: str, items: str, number: str, label: str) -> None:
    words = get_catalog("edition", tag)
    assert words.date(date(2026, 11, 19)) == day
    assert words.join(["a", "b", "c"]) == items
    assert words.number(12_345.6, 1) == number
    assert f"a{words.colon}b" == label


def test_a_message_is_found_behind_its_domain_and_in_english_where_there_is_none() -> None:
    assert get_catalog("mail", "ja").gettext("Problem") == get_catalog("edition", "ja").gettext("Problem") == "課題"
    assert get_catalog("web", "xx").gettext("Problem") == "Problem"
    assert offered_language("de-AT") == offered_language("de_DE") == "de"
    assert offered_language("pt-BR") == "en"
    assert [native_language_name(tag) for tag in LANGUAGES] == ["English", "日本語", "Deutsch", "Français", "Español"]


def test_plurals_follow_the_language() -> None:
    english, japanese = get_catalog("edition", "en"), get_catalog("edition", "ja")
    assert [english.ngettext("{n} paper", "{n} papers", n) for n in (0, 1, 1200)] == [
        "0 papers",
        "1 paper",
        "1,200 papers",
    ]
    assert japanese.ngettext("{n} paper", "{n} papers", 1) == japanese.show(lazy_ngettext("{n} paper", "{n} papers", 1))


def test_a_lazy_text_is_set_when_it_is_shown() -> None:
    inner = lazy_gettext("has all of {query:quoted} in the title", query='LoRA "image generation"')
    told = lazy_gettext("by the wider rule: {reason}", reason=inner)
    assert str(told) == "by the wider rule: has all of “LoRA ‘image generation’” in the title"
    assert get_catalog("edition", "ja").show(told).startswith("緩めた条件による：題名に「LoRA 『image generation』」")
    assert LazyText.of_json(told.as_json()) == told
    assert get_catalog("edition", "ja").show("kept in the old form") == "kept in the old form"


def test_sentences_are_joined_as_the_language_does() -> None:
    text = join_sentences("", lazy_gettext("Only papers submitted {period}.", period="now"), "Second.")
    assert str(text) == "Only papers submitted now. Second."
    assert " " not in get_catalog("edition", "ja").show(text)
    assert join_sentences("", "") == ""


def test_braces_in_a_value_are_words() -> None:
    hostile = "{0.__class__} {n} {} %s"
    assert str(lazy_gettext("There is no topic “{value}”.", value=hostile)) == f"There is no topic “{hostile}”."
    assert hostile in get_catalog("web", "de").gettext("There is no topic “{value}”.", value=hostile)


@pytest.mark.parametrize(
    ("tag", "direction"), [("ar", "rtl"), ("he-IL", "rtl"), ("fa", "rtl"), ("ja", "ltr"), ("", "ltr")]
)
def test_the_direction_of_a_text(tag: str, direction: str) -> None:
    assert text_direction(tag) == direction


def test_the_extraction_sees_every_call() -> None:
    """Babel reads none inside an f-string, and then nothing tells that a message has no translation."""
    seen = {
        word
        for catalogue in extract_messages().values()
        for message in catalogue
        for word in ([message.id] if isinstance(message.id, str) else message.id)
    }
    called = {
        (path.name, call.lineno, call.args[0].value)
        for room in ("store", "digest", "bot", "web", "paperroute")
        for path in (ROOT / room).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute) and call.args
        if (call.func.id if isinstance(call.func, ast.Name) else call.func.attr) in KEYWORDS.keys() - {"pgettext"}
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }
    assert len(called) > 500
    assert [place for place in sorted(called) if place[2] not in seen] == []
