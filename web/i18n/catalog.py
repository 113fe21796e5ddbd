"""The pages' own words, per language. An edition's words are in `digest/i18n/edition_texts.py`."""

from __future__ import annotations

from web.http.request_context import Language
from web.i18n.en import EN
from web.i18n.ja import JA
from web.i18n.messages import Words

_LANGUAGES: dict[Language, Words] = {"en": EN, "ja": JA}


def words_in(language: Language) -> Words:
    return _LANGUAGES[language]
