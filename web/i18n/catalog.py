"""The message catalogue of the pages, per language; an edition's is in `digest/i18n/edition_texts.py`."""

from __future__ import annotations

from web.http.request_context import Language
from web.i18n.en import EN
from web.i18n.ja import JA
from web.i18n.messages import PageMessages

_LANGUAGES: dict[Language, PageMessages] = {"en": EN, "ja": JA}


def messages_in(language: Language) -> PageMessages:
    return _LANGUAGES[language]
