"""English names of languages, by the primary tag of BCP 47: those that an edition may be asked for in by name."""

from __future__ import annotations

LANGUAGE_NAMES = dict(
    pair.split(":")
    for pair in """
    ar:Arabic bg:Bulgarian bn:Bengali ca:Catalan cs:Czech da:Danish de:German el:Greek en:English es:Spanish et:Estonian
    fa:Persian fi:Finnish fr:French he:Hebrew hi:Hindi hr:Croatian hu:Hungarian id:Indonesian it:Italian ja:Japanese
    ko:Korean lt:Lithuanian lv:Latvian ms:Malay nb:Norwegian nl:Dutch no:Norwegian pl:Polish pt:Portuguese ro:Romanian
    ru:Russian sk:Slovak sl:Slovenian sr:Serbian sv:Swedish sw:Swahili ta:Tamil th:Thai tl:Tagalog tr:Turkish
    uk:Ukrainian ur:Urdu vi:Vietnamese zh:Chinese
    """.split()
)
