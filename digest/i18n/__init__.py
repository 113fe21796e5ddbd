"""Readers' words per language: gettext catalogues, plurals, dates, numbers and lists."""

# To offer a language: its tag here, and its folder in templates/locale.
LANGUAGES = ("en", "ja", "de", "fr", "es")
