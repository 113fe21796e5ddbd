"""Frames of a question: who asks and what for, politeness, how a request is worded; nothing of its subject.

Invariant: pure and linear; a frame ends before the subject begins ("I'm a student starting to work on").
"""

from __future__ import annotations

import re

from digest.question.words import Reading
from store.text.lazy_pattern import compile_lazily

_WHO = (
    r"(?:students?|researchers?|engineers?|postdocs?|post-docs?|beginners?|newcomers?|novices?|developers?|scientists?|teachers?|"
    r"professors?|lecturers?|clinicians?|doctors?|physicians?|journalists?|practitioners?|physicists?|chemists?|biologists?|"
    r"mathematicians?|economists?|lawyers?|librarians?|programmers?|managers?|undergrad(?:uate)?s?|candidates?|analysts?|nurses?)"
)
_ACTIVITY = (
    r"(?:\s*,?\s*(?:and\s+|who\s+)?(?:i\s+)?(?:am\s+|is\s+|are\s+|'m\s+)?(?:currently\s+|just\s+|now\s+|recently\s+|new\s+)?"
    r"(?:start(?:ing|ed)|beginning|began|trying|planning|looking|interested|working|works?|writing|preparing|new|curious)\b"
    r"(?:\s+(?:to\s+(?:work|do research|figure out|learn|understand|read|write|get|know|find)|working|research|out|"
    r"in|on|into|"
    r"at|for|about|more|"
    r"my\s+(?:thesis|dissertation|phd)))*)"
)
_FRAMES = tuple(
    compile_lazily(pattern, re.IGNORECASE)
    for pattern in (
        (
            r"\b(?:i|we)\s+work\s+(?:at|in|for)\s+(?:an?|the)\s+(?:[\w-]+\s+){0,3}?"
            r"(?:company|startup|start-up|lab|university|hospital|bank|group|institute|team|school)\b"
        ),
        (
            rf"\b(?:i\s+am|i'm|im|we\s+are|we're|i\s+work\s+as|as|for)\s+(?:an?\s+|the\s+)?(?:group\s+of\s+)?(?:[\w'-]+\s+){{0,4}}?{_WHO}\b"
            rf"(?:\s+(?:in|at|from|of)\s+(?:[\w-]+\s+){{0,4}}?[\w-]+(?=\s+(?:and|who|working|looking|interested|starting|trying|i|we)\b|\s*[,.;]))?"
            rf"{_ACTIVITY}?"
        ),
        rf"\b(?:i\s+am|i'm|im|we\s+are|we're|i|we){_ACTIVITY}",
        (
            r"\b(?:can|could|would|will)\s+(?:you|someone|anyone|anybody|somebody)\b(?:\s+(?:please|kindly))?"
            r"(?:\s+(?:point|give|tell|show|recommend|suggest|send|list|explain|help|find|bring|summari[sz]e)\b)?(?:\s+(?:me|us)\b)?"
        ),
        r"\b(?:do|does|did)\s+(?:we|you|people|researchers)\s+know\b|\bhow\s+(?:do|can|are)\s+(?:people|researchers)\b",
        r"(?<!\w)@[\w.-]{1,80}|(?<!\w):[a-z0-9_+-]{2,40}:|(?<!\w)w/(?!\w)",
        r"\bstate[ -]of[ -]the[ -]arts?\b|\bsota\b|\bquick\s+(?:one|question)\b",
        r"\bwithout\s+(?:losing|sacrificing|hurting|compromising)\b",
        (
            r"\bfor\s+(?:my|our|a|an|the)\s+(?:[\w-]+\s+){0,2}?(?:thesis|dissertation|talk|presentation|class|course|seminar|lecture|proposal|"
            r"homework|exam|blog(?:\s+post)?|newsletter|reading\s+group|journal\s+club|meeting|boss|supervisor|advisor)\b"
            r"(?:\s+(?:next|this)\s+(?:week|month|year|term|semester)|\s+tomorrow)?"
        ),
        r"\b(?:in|on|within|about)\s+the\s+(?:field|area|topic|context|subject|domain|case|world)s?\s+of\b",
        (
            r"\b(?:with\s+(?:respect|regard)\s+to|in\s+terms\s+of|as\s+well\s+as|such\s+as|for\s+(?:example|instance)|in\s+general|in\s+particular|"
            r"a\s+lot\s+of|all\s+about|going\s+on|what's\s+up|in\s+practice|in\s+detail|in\s+depth|as\s+of)\b"
        ),
        (
            r"\b(?:many\s+)?(?:thanks?(?:\s+(?:you|a\s+lot|so\s+much|very\s+much|in\s+advance|everyone|all))*|thx|cheers|please|pls|plz|kind\s+regards|best\s+regards|"
            r"best\s+wishes|hi(?:\s+(?:there|all|everyone|team))?|hello(?:\s+(?:there|all|everyone))?|hey(?:\s+(?:there|all))?|dear\s+(?:all|team)|good\s+(?:morning|afternoon|evening)|"
            r"ok(?:ay)?\s+so|fyi|btw|tl;?dr|eli5)\b"
        ),
        (
            r"\b(?:was|wie)\s+gibt\s+es\s+(?:neues|an)\b(?:\s+(?:bei|in|zu|im))?|\bich\s+(?:bin|arbeite)\s+(?:\w+\s+){0,4}?(?:student(?:in)?|doktorand(?:in)?|"
            r"forscher(?:in)?|anfänger(?:in)?|ingenieur(?:in)?|arzt|ärztin|lehrer(?:in)?)\b"
        ),
        r"\bstand\s+der\s+(?:technik|forschung|wissenschaft|dinge)\b|\b(?:vielen\s+)?dank(?:\s+(?:im\s+voraus|schön))?\b|\bguten\s+(?:tag|morgen|abend)\b",
        r"\bje\s+suis\s+(?:\w+\s+){0,4}?(?:étudiante?|doctorante?|chercheu(?:r|se)|ingénieure?|débutante?|médecin|professeure?)\b",
        r"\b(?:état|etat)\s+de\s+l'art\b|\bs'il\s+(?:vous|te)\s+pla[iî]t\b|\bsvp\b|\b(?:merci(?:\s+(?:beaucoup|d'avance))?|bonjour|bonsoir)\b",
        r"\b(?:est-ce\s+qu(?:e|')|qu'est-ce\s+qu(?:e|i)|y\s+a-t-il|quoi\s+de\s+neuf)\b",
        r"\b(?:soy|somos)\s+(?:\w+\s+){0,4}?(?:estudiante|doctorando|doctoranda|investigadora?|ingeniera?|ingeniero|principiante|médico|profesora?)\b",
        r"\bestado\s+del\s+arte\b|\bpor\s+favor\b|\b(?:muchas\s+)?gracias(?:\s+de\s+antemano)?\b|\bhola\b|\bbuenos\s+días\b",
    )
)


def take_frames(reading: Reading) -> None:
    for frame in _FRAMES:
        reading.take(frame, "framing")
