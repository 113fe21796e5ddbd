"""Which language a text is in, by its letters and, for Latin letters, by its grammar words.

Invariant: pure and deterministic; a short string of technical terms is English, which is the language of the papers.
A Japanese question that is half Latin terms is Japanese: nobody writes kana by accident. One of kanji alone is Japanese
where its shapes prove it: neither simplified nor traditional Chinese has all of them, and Japanese has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# The first script found decides; kana before Han, since Japanese has both; Ukrainian before other Cyrillic.
_SCRIPTS = tuple(
    (tag, re.compile(letters))
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
_GREEK_WORD = re.compile(r"[\u0386-\u03ce\u1f00-\u1fff]{4,}")
_WORD = re.compile(r"[^\W\d_]+")
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
_ENGLISH = frozenset(
    """
    about and are at be been between by can compare describe does find for from give has have how into is it latest my
    new of our out overview please recent research show some summarize survey than that the their there these this to
    use used using want we what when where which while who why with without you
    """.split()
)


def detect(text: str) -> str:
    """The BCP 47 primary tag of a question or text; "en" where nothing speaks clearly for another language."""
    for tag, letters in _SCRIPTS:
        if letters.search(text):
            return "ja" if tag == "zh" and _japanese_shapes("".join(_HAN.findall(text))) else tag
    return "el" if _GREEK_WORD.search(text) else _latin(text)


def _japanese_shapes(han: str) -> bool:
    """Whether these characters can only be Japanese, by the character sets of each script: 強化学習 has 習, which
    simplified Chinese writes 习, beside 学, which traditional Chinese writes 學."""
    return (
        _encodable(han, "shift_jis")
        and not _encodable(han, "gb2312")
        and not _encodable(han.translate(_HONG_KONG), "big5")
    )


def _encodable(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _latin(text: str) -> str:
    """Another language needs two different grammar words of its own, and over twice as many as English has here."""
    words = [word.lower() for word in _WORD.findall(text)]
    english = sum(word in _ENGLISH for word in words)
    best = max(_PROFILES, key=lambda tag: _weight(words, _PROFILES[tag]))
    hits = [word for word in words if word in _PROFILES[best]]
    clear = len(set(hits)) >= 2 and len(hits) > 2 * english and 4 * len(hits) >= len(words)
    return best if clear else "en"


def _weight(words: list[str], profile: frozenset[str]) -> float:
    """How strongly words speak for a profile: a word that several languages share counts in part."""
    return sum(1 / sum(word in other for other in _PROFILES.values()) for word in words if word in profile)


# ISO 639-1, and the languages without a two-letter code in which people are likely to want a survey.
_KNOWN = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st
    su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ast ceb ckb cmn
    fil gsw haw hsb yue
    """.split()
)
_TAG = re.compile(r"([a-z]{2,3})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?", re.IGNORECASE)


def is_valid(tag: str) -> bool:
    """Whether `--language` may be this: "auto", or a tag of a known language ("en", "pt-BR", "zh-Hant")."""
    found = _TAG.fullmatch(tag)
    return tag == "auto" or (found is not None and found[1].lower() in _KNOWN)
