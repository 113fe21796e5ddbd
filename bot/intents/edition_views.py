"""What of an answer somebody asks to see behind its first screen: the whole survey, or all of its papers.

Invariant: pure; only a message that asks for nothing else is taken for one, so that "more like [7]" and "all papers by
Ada Example" are what they were.
"""

from __future__ import annotations

import re
from typing import Literal

EditionView = Literal["survey", "papers"]

# What the buttons ask for.
FULL_SURVEY_REQUEST = "full survey"
ALL_PAPERS_REQUEST = "all papers"

_POLITE = r"(?:(?:please|can you|could you|bitte|s['’]il (?:te|vous) pla[iî]t|por favor)[\s,]+)?"
_SHOW = (
    r"(?:(?:show|give|send|tell|list|post|zeig|gib|montre|montrez|muestra|muéstrame|dame)"
    r"(?:\s+(?:me|us|mir|uns|moi))?\s+)?"
)
_WHOLE = (
    r"(?:read\s+)?more|(?:the\s+)?(?:full|whole|complete|entire|long)\s+(?:survey|text|answer|thing|digest|version)"
    r"|(?:in\s+)?full|everything|all\s+of\s+it|(?:all\s+)?(?:the\s+)?sections"
    r"|mehr|alles|(?:die\s+|den\s+)?(?:ganze|vollständige|komplette)[nrs]?\s+(?:übersicht|antwort|text|survey)"
    r"|(?:en\s+savoir\s+)?plus|la\s+suite|tout|(?:l['’]étude|la\s+synthèse|le\s+texte)\s+(?:complète|complet|entière?)"
    r"|más|todo|(?:el\s+|la\s+)?(?:texto|estudio|resumen|síntesis|revisión)\s+complet[oa]"
    r"|もっと(?:詳しく|見せて)?|続き|全文|全部|詳細"
)
_PAPERS = (
    r"all(?:\s+of)?(?:\s+the)?(?:\s+\d{1,4})?\s+(?:papers|articles)"
    r"|(?:\d{1,3}|a\s+few)\s+more(?:\s+(?:papers|articles))?"
    r"|\d{1,3}\s+(?:weitere|mehr)(?:\s+(?:papers?|artikel|arbeiten))?|\d{1,3}\s+autres(?:\s+articles)?"
    r"|\d{1,3}\s+(?:artículos\s+)?más"
    r"|(?:the\s+)?(?:full\s+)?(?:paper\s+list|list\s+of\s+(?:all\s+)?(?:the\s+)?papers|table(?:\s+of\s+papers)?)"
    r"|alle\s+(?:\d{1,4}\s+)?(?:papers?|artikel|arbeiten|publikationen)"
    r"|tous\s+les\s+(?:\d{1,4}\s+)?(?:articles|papiers|papers)|todos\s+los\s+(?:\d{1,4}\s+)?(?:artículos|trabajos|papers)"
    r"|(?:すべて|全て|全部)の論文|論文(?:の)?一覧|全論文"
)
_ENDING = (
    r"(?:[\s,]+(?:please|bitte|por favor|(?:in|as)\s+a\s+table)|を?(?:見せて|ください|見せてください))?[\s.!?。！？…]*"
)
_PATTERNS: dict[EditionView, re.Pattern[str]] = {
    "survey": re.compile(rf"\s*{_POLITE}{_SHOW}(?:{_WHOLE}){_ENDING}", re.IGNORECASE),
    "papers": re.compile(rf"\s*{_POLITE}{_SHOW}(?:{_PAPERS}){_ENDING}", re.IGNORECASE),
}
_MOST = 80  # characters of a message that asks for no more than that


def parse_edition_view(words: str) -> EditionView | None:
    """words: a message without whom it names. None where it asks for something else."""
    if len(words) > _MOST:
        return None
    return next((view for view, pattern in _PATTERNS.items() if pattern.fullmatch(words)), None)
