"""Language detection: by script and, for Latin letters, by grammar words; names and tags (BCP 47) of languages.

Invariant: pure and deterministic; a short string of technical terms is English, which is the language of the papers.
A Japanese question that is half Latin terms is Japanese: nobody writes kana by accident. One of kanji alone is Japanese
where its shapes prove it: neither simplified nor traditional Chinese has all of them, and Japanese has. A text that
was to be written in a language has the benefit of the doubt: a short or technical one is never in the wrong language,
and a language that cannot be told from another (Dutch from German, Persian from Arabic) passes for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from digest.text import sentences
from store.text import math
from store.text.language_names import LANGUAGE_NAMES
from store.text.lazy_pattern import compile_lazily

# The first script found decides; kana before Han, since Japanese has both; Ukrainian before other Cyrillic.
_SCRIPTS = tuple(
    (tag, compile_lazily(letters))
    for tag, letters in (
        ("ja", r"[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d]"),
        ("ko", r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"),
        ("zh", r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
        ("th", r"[\u0e01-\u0e5b]"),
        ("hi", r"[\u0904-\u0939]"),
        ("he", r"[\u05d0-\u05ea]"),
        ("ar", r"[\u0620-\u064a]"),
        ("uk", r"[іїєґІЇЄҐ]"),
        ("ru", r"[\u0400-\u04ff]"),
    )
)
# Greek letters stand in English texts as symbols (β-decay, λ): only a word of them is Greek.
_GREEK_WORD = compile_lazily(r"[\u0386-\u03ce\u1f00-\u1fff]{4,}")
_WORD = compile_lazily(r"[^\W\d_]+")
_HAN = dict(_SCRIPTS)["zh"]
# Shapes that are common in Hong Kong, and that Big5 lacks.
_HONG_KONG = str.maketrans("", "", "綫裏爲衞")

# Grammar words of each language, none common in English technical text; those of English, none common in the others.
_PROFILES: Mapping[str, frozenset[str]] = {
    "de": frozenset(
        "aktuelle auf aus bei beim dem den der das des die durch ein eine einem einen einer eines für forschung "
        "gibt ich im ist kann können mir mit nach neue neueste nicht oder sind sich über überblick um und unter von "
        "vom was welche welchen werden wie wird wurde zu zum zur zwischen".split()
    ),
    "fr": frozenset(
        "à au aux avec ce ces cette comment dans de des du elle est et être il je la le les leur leurs mais moi "
        "nous ou où par parle pas plus pour quel quelle quelles quels qui que récents récentes sont sur tendances "
        "un une vous".split()
    ),
    "es": frozenset(
        "cómo con cuáles cuál de del el en entre es está están esta este hay la las lo los más me muéstrame para "
        "pero por qué que quiero se sobre son sus un una unos y".split()
    ),
    "pt": frozenset(
        "ao aos as com como da das de do dos e em entre está mais me na nas no nos não o os para pela pelo por "
        "quais qual que quero são se sobre um uma às é".split()
    ),
    "it": frozenset(
        "al alla alle che come con cosa da dal dalla degli dei del della delle di e gli il la le lo mi nel nella "
        "nelle per più quali quale sono su sul sulla tra un una voglio è".split()
    ),
}
_ENGLISH_IN_QUESTIONS = frozenset(
    """
    about and are at be been between by can compare describe does find for from give has have how into is it latest my
    new of our out overview please recent research show some summarize survey than that the their there these this to
    use used using want we what when where which while who why with without you
    """.split()
)


def primary_tag(language: str) -> str:
    """The language alone of a BCP 47 tag or a locale, in small letters: "ja" of "ja-JP", "pt" of "pt_BR"."""
    return language.replace("_", "-").partition("-")[0].lower()


def detect_language(text: str) -> str:
    """The BCP 47 primary tag of a question or text; "en" where nothing speaks clearly for another language."""
    for tag, letters in _SCRIPTS:
        if letters.search(text):
            return "ja" if tag == "zh" and _has_japanese_shapes("".join(_HAN.findall(text))) else tag
    return "el" if _GREEK_WORD.search(text) else _detect_latin(text)


def _has_japanese_shapes(han: str) -> bool:
    """Whether these characters can only be Japanese, by the character sets of each script: 強化学習 has 習, which
    simplified Chinese writes 习, beside 学, which traditional Chinese writes 學."""
    return (
        _is_encodable(han, "shift_jis")
        and not _is_encodable(han, "gb2312")
        and not _is_encodable(han.translate(_HONG_KONG), "big5")
    )


def _is_encodable(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _detect_latin(text: str) -> str:
    """Another language needs two different grammar words of its own, and over twice as many as English has here."""
    words = [word.lower() for word in _WORD.findall(text)]
    english = sum(word in _ENGLISH_IN_QUESTIONS for word in words)
    best = max(_PROFILES, key=lambda tag: _profile_weight(words, _PROFILES[tag]))
    hits = [word for word in words if word in _PROFILES[best]]
    clear = len(set(hits)) >= 2 and len(hits) > 2 * english and 4 * len(hits) >= len(words)
    return best if clear else "en"


def _profile_weight(words: list[str], profile: frozenset[str]) -> float:
    """How strongly words speak for a profile: a word that several languages share counts in part."""
    return sum(1 / sum(word in other for other in _PROFILES.values()) for word in words if word in profile)


# ISO 639-1, and the languages without a two-letter code in which people are likely to want a survey.
_KNOWN_TAGS = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st
    su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ast ceb ckb cmn
    fil gsw haw hsb yue
    """.split()
)
_TAG = compile_lazily(r"([a-z]{2,3})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?", re.IGNORECASE)


def is_language_option(tag: str) -> bool:
    """Whether `--language` may be this: "auto", or a tag of a known language ("en", "pt-BR", "zh-Hant")."""
    found = _TAG.fullmatch(tag)
    return tag == "auto" or (found is not None and found[1].lower() in _KNOWN_TAGS)


_TAGS_BY_NAME = {name.lower(): tag for tag, name in LANGUAGE_NAMES.items()}
# What `detect_language` may call a text of each language with a script of its own.
_SCRIPT_FAMILIES = {
    **{tag: {tag} for tag in ("ja", "ko", "zh", "th", "hi", "he", "ar", "el")},
    **{tag: {"ru", "uk"} for tag in ("ru", "uk", "bg", "be", "mk", "kk", "mn", "ky", "tg")},
    **{tag: {"ar"} for tag in ("fa", "ur", "ps", "ckb", "ug", "sd")},
    **{tag: {"hi"} for tag in ("mr", "ne", "sa")},
    "yue": {"zh"},
    "yi": {"he"},
}
# Languages without a profile, which may look like their neighbours.
_PROFILED = frozenset({"de", "fr", "es", "pt", "it"})
# Grammar words of English that no neighbour has, or hardly; about a quarter of English prose, however technical.
_ENGLISH_IN_PROSE = frozenset(
    """
    and are by can each for from has have how into it its of than that the their these they this to using was were what
    when where which while with without
    """.split()
)
_NO_PROSE = compile_lazily(r"\\[A-Za-z]+|\[\d+\]")
_MIN_LETTERS = 24  # letters; fewer prove nothing
_MIN_WORDS = 8  # words; likewise
_ENGLISH_SHARE = 0.12
_WANTED_SHARE = 0.5


def language_name(tag: str) -> str:
    """The language as a prompt names it: "Japanese (ja)"."""
    known = LANGUAGE_NAMES.get(primary_tag(tag))
    return f"{known} ({tag})" if known else f"the language with the tag {tag}"


def language_tag(name: str) -> str:
    """The tag of a language by its English name, in any case; "" where it is none of the known."""
    return _TAGS_BY_NAME.get(name.lower(), "")


def is_in_language(text: str, language: str) -> bool:
    """False where the text is plainly in another language than `language` (BCP 47)."""
    plain, tag = _prose_only(text), primary_tag(language)
    if sum(char.isalpha() for char in plain) < _MIN_LETTERS:
        return True
    if family := _SCRIPT_FAMILIES.get(tag):
        return _share_in_languages(plain, frozenset(family)) >= _WANTED_SHARE
    if tag != "en" and is_plainly_english(plain):
        return False
    # A language without a profile may pass for any Latin one.
    return (
        _share_in_languages(plain, frozenset({tag, "en"} if tag in _PROFILED | {"en"} else _PROFILED | {"en"}))
        >= _WANTED_SHARE
    )


def is_plainly_english(text: str) -> bool:
    """Whether enough of its words are grammar words that only English has."""
    words = [word.lower() for word in _WORD.findall(_prose_only(text))]
    return len(words) >= _MIN_WORDS and sum(word in _ENGLISH_IN_PROSE for word in words) >= _ENGLISH_SHARE * len(words)


def _prose_only(text: str) -> str:
    return _NO_PROSE.sub(" ", math.replace_formulas(text, lambda _: " "))


def has_own_script(language: str) -> bool:
    """Whether it is not written in Latin letters, so that a Latin word in it is a foreign one."""
    return primary_tag(language) in _SCRIPT_FAMILIES


def _share_in_languages(text: str, wanted: frozenset[str]) -> float:
    """How much of a text stands in sentences of one of these languages, 0..1: one foreign name decides nothing."""
    pieces = [piece for paragraph in text.splitlines() for piece in sentences.split(paragraph)]
    return sum(len(piece) for piece in pieces if detect_language(piece) in wanted) / (sum(map(len, pieces)) or 1)
