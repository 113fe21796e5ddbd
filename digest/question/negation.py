"""Negation: the words by which a question leaves something out, and on which side of them it stands.

Invariant: pure and linear; "not" amid a clause with an auxiliary verb (why do models not generalize) leaves nothing
out, nor does "without" before what a method may do without (labels, training, forgetting): that is its subject.
"""

from __future__ import annotations

import re

from digest.question.words import Reading
from store.text.lazy_pattern import compile_lazily

_FILL = (
    r"(?:\s+(?:about|on|in|for|with|of|to|the|any|those|using|involving|including|related to|based on|"
    r"dealing with|covering))*"
)
_FILL_DE = r"(?:\s+(?:für|über|zu|zum|zur|mit|bei|in|auf|um|die|den|der|das|dem))*"
_FILL_FR = r"(?:\s+(?:de la|de|du|des|les?|la|pour|sur|aux?|avec|celles?|ceux)(?!\w)|\s+[dl]'(?=\w))*"
_FILL_ES = r"(?:\s+(?:de|del|las?|los|el|para|sobre|en|con|a)(?!\w))*"
_FILL_PT = r"(?:\s+(?:de|d[oa]s?|[oa]s?|para|sobre|em|com)(?!\w))*"
_FILL_IT = r"(?:\s+(?:d[ia]|del(?:l[oae])?|dei|degli|il|l[oae]|gli|i|per|su|con)(?!\w)|\s+(?:del)?l'(?=\w))*"
# Left out is what stands behind one of these.
_CUES = tuple(
    compile_lazily(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:but|and|yet)\s+(?:not|no|without|nothing|none)(?!\s+(?:only|just|necessarily)\b)\b{_FILL}",
        (
            r"\bnot\s+(?:about|involving|including|using|related to|based on|dealing with|covering|on|for|with)\b"
            r"(?:\s+(?:the|any))?"
        ),
        (
            r"\b(?:that|which)\s+(?:do|does|did|are|is)(?:\s+not|n't)\s+(?:use|using|employ|involve|involving|include|including|"
            r"rely on|based on|about|deal with|mention|contain|cover|concern)\b(?:\s+(?:the|any))?"
        ),
        (
            rf"\b(?:except(?:ing)?(?:\s+for)?|excluding|excludes?|other than|apart from|aside from|leav(?:ing|e) out|"
            rf"anything but)\b{_FILL}"
        ),
        (
            r"\b(?:i\s+(?:am|do)?\s*|i'm\s+|we\s+(?:are|do)?\s*)?(?:not|don't)\s+(?:want|need|care about|interested in|"
            r"looking for)"
            r"(?:\s+(?:to see|anything|papers|work|those|any))*(?:\s+(?:on|about|with))?\b"
        ),
        r"\bnothing\s+(?:on|about|with|involving)\b",
        rf"(?:(?<=[,;(]\s)|(?<=[,;(])|(?<=- )|^)(?:not|no|without)\s(?!only\b|just\b){_FILL}",
        r"(?<=\s)-(?=[^\W\d_]{2})",
        rf"\b(?:aber|und|doch|jedoch)\s+(?:nicht|ohne|keine?[nrsm]?)\b{_FILL_DE}",
        r"\b(?:nicht\s+(?:für|über|zu|mit|um)\b|keine?[nrsm]?\s)",
        rf"\b(?:außer|ausser|ausgenommen|mit Ausnahme (?:von|der|des)|abgesehen von)\b{_FILL_DE}",
        r"(?:(?<=[,;(]\s)|(?<=[,;(]))(?:nicht|ohne|bitte keine?)\s",
        rf"\bmais\s+(?:pas|non|sans)\b{_FILL_FR}",
        rf"\b(?:sauf|hormis|excepté|à l'exception|en excluant|excluant|à part|hors)(?!\w){_FILL_FR}",
        rf"(?:(?<=[,;(]\s)|(?<=[,;(]))(?:pas|sans)\s{_FILL_FR}",
        rf"\bpero\s+(?:no|sin)\b{_FILL_ES}",
        rf"\b(?:excepto|salvo|excluyendo|[ac]o?n? excepción|aparte)(?!\w){_FILL_ES}",
        rf"\bque no (?:sean|usen|utilicen|incluyan|traten)\b{_FILL_ES}",
        rf"(?:(?<=[,;(]\s)|(?<=[,;(]))(?:no|sin)\s{_FILL_ES}",
        rf"\bmas\s+(?:não|sem)\b{_FILL_PT}",
        rf"\b(?:exceto|excetuando|excluindo|à exceção)(?!\w){_FILL_PT}",
        rf"(?:(?<=[,;(]\s)|(?<=[,;(]))(?:não|sem)\s{_FILL_PT}",
        rf"\bma\s+(?:non|senza)\b{_FILL_IT}",
        rf"\b(?:tranne|eccetto|escluso|esclus[iae]|escludendo|ad eccezione)(?!\w){_FILL_IT}",
        rf"(?:(?<=[,;(]\s)|(?<=[,;(]))(?:non|senza)\s{_FILL_IT}",
        r"但不(?:包括|包含|含|是|要|涉及)|不(?:包括|包含|含|涉及|要)|不(?:使)?用(?!于)|排除|而不是|而非|除去|除了|除(?=[^。]{1,20}?[之以]?外)",
    )
)
# Or before one of these.
_CUES_BEHIND = compile_lazily(
    r"(?:を|は)?(?:除外(?:して|した|する)?|除(?:いた|いて|く|き))|(?:を|は)含ま(?:ない|ず)|(?:は|以外は?)不要|(?:では?|じゃ)なくて?|以外(?:の|で|に)?|之外(?:的)?"
    r"|を(?:使わ|用い|利用し|使用し)(?:ない|ず)に?"
)
_AUXILIARY = compile_lazily(
    r"\b(?:do|does|did|can|could|should|will|would|is|are|was|were|may|might|must|has|have|whether|ist|sind|kann|können|"
    r"wird|werden|soll|hat|haben|est|sont|peut|peuvent|ne|es|son|puede|pueden)\b",
    re.IGNORECASE,
)
_NOT = compile_lazily(
    r"(?<=\w)\s+(?:not|nicht)\s+(?!only\b|just\b|necessarily\b|always\b|even\b|yet\b|enough\b|nur\b)(?=\w)",
    re.IGNORECASE,
)
# What a method may do without: then it is what the method is about.
_WITHOUT = compile_lazily(
    r"(?:\bwithout|\bwith\s+no|\bw/o|\bohne|\bsans|\bsin)\s+(?:(?:any|an?|the|explicit|additional|human|die|den|der|das|eine?n?|les?|la|las|los|un|una)\s+)*"
    r"(?!\w+ing\b|(?:labels?|labell?ed|supervision|data|datasets?|annotations?|gradients?|ground|humans?|feedback|internet|pose|"
    r"poses|cameras?|backprop\w*|rewards?|teachers?|parallel|priors?|knowledge|loss|access|replay|memory|regret|"
    r"communication|references?|calibration|markers?|normali[sz]ation|attention|assumptions?|supersymmetry|dark|training\w*|"
    r"daten|überwachung|vergessen|annotationen|vorwissen|aufsicht|beschriftung\w*|étiquettes?|données|entraînement|oubli|"
    r"supervisión|etiquetas?|datos|entrenamiento|anotaciones|olvido)\b)(?=\w)",
    re.IGNORECASE,
)
_CLAUSE_END = compile_lazily(r"[,.;:?!()]")


def take_negations(reading: Reading) -> set[int]:
    """Gives the words that negate the role "exclusion"; the places of those whose object stands before them."""
    for cue in _CUES:
        reading.take(cue, "exclusion")
    for found in _NOT.finditer(reading.text):
        before = reading.text[max(0, found.start() - 200) : found.start()]
        if not _AUXILIARY.search(_CLAUSE_END.split(before)[-1]):
            reading.take_span(*found.span(), "exclusion")
    reading.take(_WITHOUT, "exclusion")
    return {found.start() for found in reading.take(_CUES_BEHIND, "exclusion")}
