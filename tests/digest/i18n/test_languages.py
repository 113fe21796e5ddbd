"""One edition in each language and every form: every word that is ours is of that language."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from babel.messages.pofile import read_po
from rich.console import Console

from digest.i18n import LANGUAGES
from digest.i18n.extraction import DOMAINS, LOCALE, extract_messages
from digest.mail.digest_mail import render_text_and_html
from digest.pipeline.pipeline import digest, survey
from digest.pipeline.services import DigestRequest, Services, SurveyRequest, SurveySettings
from digest.render import terminal
from digest.render.formats import FORMATS
from digest.retrieval.filter import widen
from digest.run_context import RunContext
from store.records.editions import Edition, Health, Query, Topic
from store.records.lazy_text import lazy_gettext, lazy_ngettext
from web.feeds import feed_entry

QUESTION = "LoRA for image generation"  # which Slack gives as an example, too
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
LATIN = re.compile(r"[A-Za-z]{2,}[^|]* [^|]*[A-Za-z]{2,}")
FAULT = lazy_gettext("The opening could not be written: {error}", error=lazy_gettext("Try again in a minute."))


def pieces(text: str) -> Iterator[str]:
    """What of a message must stand word for word where it is shown: long enough to be of one language alone."""
    for piece in (piece.strip(" .,;:—–()“”") for piece in PLACEHOLDER.split(text)):
        if (len(piece) >= 14 and LATIN.search(piece)) or (len(piece) >= 4 and not piece.isascii() and " " not in piece):
            yield piece


@cache
def own_words(language: str) -> frozenset[str]:
    found: set[str] = set()
    catalogues = extract_messages() if language == "en" else {name: _translations(language, name) for name in DOMAINS}
    for messages in catalogues.values():
        for message in messages:
            texts = message.id if language == "en" else message.string
            for text in texts if isinstance(texts, tuple) else (texts,):
                found.update(pieces(text or ""))
    return frozenset(found)


def _translations(language: str, domain: str):
    return read_po(io.BytesIO((LOCALE / language / f"{domain}.po").read_bytes()), locale=language)


def shown_in_terminal(edition: Edition) -> str:
    out = io.StringIO()
    terminal.show(edition, Console(file=out, width=400))
    return out.getvalue()


def every_form(edition: Edition) -> Iterator[tuple[str, str]]:
    for form in FORMATS:
        made = form.render(edition)
        if isinstance(made, str):
            yield form.name, json.dumps(json.loads(made), ensure_ascii=False) if form.name == "json" else made
    text, html = render_text_and_html(edition)
    yield from (("mail's text", text), ("mail", html), ("terminal", shown_in_terminal(edition)))
    yield "feed entry", feed_entry.entry_html(edition, "https://example.org/e")


def _flatten(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "|", text).split())


def foreign_words(language: str, text: str) -> list[str]:
    flat, own = _flatten(text.replace(QUESTION, "")), own_words(language)
    others = {word for other in LANGUAGES if other != language for word in own_words(other)} - own
    return sorted(word for word in others if word in flat and not any(word in mine and mine in flat for mine in own))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_survey_has_no_word_of_another_language(language: str, services: Services) -> None:
    made = survey(SurveyRequest(QUESTION, language=language), services, SurveySettings(), RunContext())
    step = widen([Query(("LoRA", "images"))], {"lora": 1, "images": 9})
    assert step is not None
    lines = (
        Health("synthesis", ok=False, detail=FAULT),
        Health("arxiv", ok=True, detail=lazy_ngettext("{n} paper found", "{n} papers found", 3)),
    )
    edition = replace(made, health=lines, filter=replace(made.filter, widened=(step[1],)), complete=False)
    for name, text in every_form(edition):
        assert foreign_words(language, text) == [], f"{name} in {language}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_and_a_quiet_one_have_no_word_of_another_language(language: str, services: Services) -> None:
    services.store.topics.put(Topic("lora", "LoRA", QUESTION, cadence="monthly:30", language=language))
    for request in (
        DigestRequest("lora", since="2020-01-01", slot="2026-11-01"),
        DigestRequest("lora", slot="2026-11-02"),
    ):
        edition = digest(request, services, SurveySettings(), RunContext())
        for name, text in every_form(edition):
            assert foreign_words(language, text) == [], f"{name} in {language}: {'quiet' if edition.quiet else 'full'}"


def test_the_search_for_foreign_words_finds_them() -> None:
    text = "The filter kept these papers, but no sentence above cites them"
    assert foreign_words("de", f"<p>So entstand das</p><p>{text}.</p>") == [text]
    assert all(len(own_words(language)) > 150 for language in LANGUAGES)
