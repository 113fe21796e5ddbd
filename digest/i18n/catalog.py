"""The message catalogue: gettext translations, plural rules, dates, numbers and lists in the reader's language.

Invariant: the English text is the message id; a language that is not offered is spoken to in English. The texts of the
others are `templates/locale/<language>/<domain>.po`; which are offered stands in `digest/i18n/__init__.py`.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal, format_percent

from digest.i18n import LANGUAGES
from digest.text.language import primary_tag
from store.records.lazy_text import QUOTED, AnyText, JoinStyle, LazyText, TextFormatter, TextValue, usd_digits

Domain = Literal["edition", "mail", "builtin", "web", "slack"]
_SHARED: tuple[Domain, ...] = ("edition", "builtin")  # what the others show of an edition


class Catalog:
    """The words of one domain in one language.

    tag: the language that the words are in (BCP 47).
    """

    def __init__(self, domain: Domain, tag: str) -> None:
        self.tag = tag
        # Dates and lists of English as the English texts here are written: "22 November 2026", "a, b and c".
        self.locale = Locale.parse("en_GB" if tag == "en" else tag)
        self._translations = _load_translations(tag, domain)
        self._formatter = _CatalogFormatter(self)

    def gettext(self, message: str, /, **values: TextValue) -> str:
        return self._set_values(self._translations.gettext(message), values)

    def ngettext(self, one: str, many: str, n: int, /, **values: TextValue) -> str:
        """Of n things, by the language's plural rule; {n} stands for the number."""
        return self._formatter.format(self._translations.ngettext(one, many, n), n=n, **values)

    def pgettext(self, context: str, message: str, /, **values: TextValue) -> str:
        """context: what tells two uses of the same English words apart."""
        return self._set_values(self._translations.pgettext(context, message), values)

    def show(self, text: AnyText) -> str:
        """A kept message in this language; a plain text, from before messages were kept so, as it is."""
        if isinstance(text, str):
            return text
        if text.plural and isinstance(n := text.values["n"], int):
            pattern = self._translations.ngettext(text.id, text.plural, n)
        else:
            pattern = self._translations.gettext(text.id)
        return self._set_values(pattern, text.values)

    @cached_property
    def colon(self) -> str:
        """Between a label and its text: ": "."""
        return self.gettext("{label}: {text}", label="", text="")

    @cached_property
    def comma(self) -> str:
        """Between the items of a list: ", "."""
        return self.join(["", ""], "series")

    @cached_property
    def sentence_space(self) -> str:
        """Between two sentences."""
        return self.gettext("{sentence} {next}", sentence="", next="")

    def join(self, items: Sequence[str], style: JoinStyle = "all") -> str:
        """ "a, b and c", "a, b or c", "a, b, c"."""
        patterns = self.locale.list_patterns["or" if style == "any" else "standard"]
        series = patterns["middle"]
        text, last = items[0] if items else "", len(items) - 1
        for at, item in enumerate(items[1:], start=1):
            pattern = series if style == "series" or at < last else patterns["2" if last == 1 else "end"]
            text = pattern.format(text, item)
        return text

    def date(self, day: date) -> str:
        """ "22 November 2026"."""
        return _format_date(day.date() if isinstance(day, datetime) else day, self.locale)

    def number(self, n: float, digits: int = 0) -> str:
        """Grouped, with so many digits behind the decimal mark."""
        return _format_number(n, digits, self.locale)

    def number_word(self, n: int) -> str:
        """In words from two to twelve, in figures else."""
        named = self.gettext("two three four five six seven eight nine ten eleven twelve").split()
        return named[n - 2] if 2 <= n < len(named) + 2 else self.number(n)

    def percent(self, n: int) -> str:
        return format_percent(n / 100, locale=self.locale)

    def usd(self, amount: float) -> str:
        """ "$0.02", where other languages have "0,02 $"."""
        return self._formatter.usd(amount)

    def quote(self, text: str) -> str:
        return self._formatter.quote(text)

    def _set_values(self, pattern: str, values: Mapping[str, TextValue]) -> str:
        return self._formatter.format(pattern, **values) if values else pattern


def translation_functions(catalog: Catalog) -> dict[str, Callable[..., str]]:
    """What a template calls by `_()`, `gettext()`, `ngettext()` and `pgettext()`."""
    return {"gettext": catalog.gettext, "ngettext": catalog.ngettext, "pgettext": catalog.pgettext}


class _CatalogFormatter(TextFormatter):
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def show(self, value: TextValue) -> str:
        if isinstance(value, LazyText):
            return self._catalog.show(value)
        return self._catalog.number(value) if isinstance(value, int) else str(value)

    def quote(self, text: str) -> str:
        def set_inner(marked: re.Match[str]) -> str:
            return self._catalog.gettext("‘{text}’", text=marked[1])

        return self._catalog.gettext("“{text}”", text=QUOTED.sub(set_inner, text))

    def join(self, items: Sequence[str], style: JoinStyle) -> str:
        return self._catalog.join(items, style)

    def weekday(self, day: int) -> str:
        return str(get_day_names("wide", locale=self._catalog.locale)[day])

    def usd(self, amount: float) -> str:
        pattern, digits = self._catalog.locale.currency_formats["standard"].pattern, usd_digits(amount)
        pattern = pattern.split(";")[0].replace("¤", "$").replace("0.00", "0." + "0" * digits)
        return str(format_decimal(round(amount, digits), pattern, locale=self._catalog.locale))

    def language(self, tag: str) -> str:
        try:
            return Locale.parse(tag, sep="-").get_display_name(self._catalog.locale) or tag
        except (UnknownLocaleError, ValueError):
            return tag


@lru_cache(maxsize=4096)  # an edition of sixty papers sets the same days and counts over and over
def _format_date(day: date, locale: Locale) -> str:
    return format_date(day, "long", locale=locale)


@lru_cache(maxsize=4096)
def _format_number(n: float, digits: int, locale: Locale) -> str:
    return format_decimal(round(n, digits), "#,##0" + ("." + "0" * digits if digits else ""), locale=locale)


def get_catalog(domain: Domain, language: str) -> Catalog:
    """language: a BCP 47 tag, or a locale as Slack writes it ("ja-JP")."""
    return _load_catalog(domain, offered_language(language))


@cache  # as many as there are domains and languages offered, whatever tags come from outside
def _load_catalog(domain: Domain, tag: str) -> Catalog:
    return Catalog(domain, tag)


def offered_language(language: str) -> str:
    """The tag of the catalogue for a language: its own where there is one, else English."""
    return tag if (tag := primary_tag(language)) in LANGUAGES else "en"


def text_direction(language: str) -> str:
    """The `dir` of a text in this language: "ltr" or "rtl"."""
    try:
        return Locale.parse(language, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"


def native_language_name(tag: str) -> str:
    """Of an offered language, in itself: "日本語"."""
    locale = Locale.parse(tag)
    return str(locale.get_display_name(locale)).capitalize()


def _load_translations(tag: str, domain: Domain) -> gettext.NullTranslations:
    """The domain's own words, and behind them those that every rendering of an edition shares."""
    whole = gettext.NullTranslations()
    if tag == "en":
        return whole
    first, *others = (
        gettext.GNUTranslations(io.BytesIO(_read_compiled(tag, name))) for name in dict.fromkeys((domain, *_SHARED))
    )
    for other in others:
        first.add_fallback(other)
    return first


@cache
def _read_compiled(tag: str, domain: Domain) -> bytes:
    """The compiled catalogue; in a checkout where it is missing or old, compiled from its source."""
    folder = resources.files("templates").joinpath("locale", tag)
    compiled, source = folder.joinpath(f"{domain}.mo"), folder.joinpath(f"{domain}.po")
    if isinstance(compiled, Path) and isinstance(source, Path) and _is_outdated(compiled, source):
        return compile_catalogue(source.read_bytes())
    return compiled.read_bytes()


def _is_outdated(compiled: Path, source: Path) -> bool:
    return source.exists() and not (compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns)


def compile_catalogue(po: bytes) -> bytes:
    """A .po file as a .mo file."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - only a checkout needs them: a wheel has .mo files
    from babel.messages.pofile import read_po  # noqa: PLC0415 - likewise

    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(po)))
    return compiled.getvalue()
