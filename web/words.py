"""The pages' own words, per language. An edition's words are in `digest/i18n/edition_texts.py`."""

from __future__ import annotations

from web.visit import Language
from web.wording import Words
from web.words_en import EN
from web.words_ja import JA

_LANGUAGES: dict[Language, Words] = {"en": EN, "ja": JA}


def words_in(language: Language) -> Words:
    return _LANGUAGES[language]
