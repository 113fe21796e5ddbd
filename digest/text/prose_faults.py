"""What makes a model's text no prose of ours: a refusal in words, talk with the asker, leftover markup, bare citations.

Invariant: pure; a text about refusals, prompts or assistants is none of these. What is quoted is not said; a refusal is
one of the first person, or of what was asked for, and papers have neither: "models refuse to answer" is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from digest.text.citations import bind_citations, cited_numbers

_QUOTED = re.compile(r"“[^”]{1,400}”|\"[^\"\n]{1,400}\"|«[^»]{1,400}»|„[^“”]{1,400}[“”]|「[^」]{1,400}」|``.{1,400}?''")
_OUTER_QUOTES = " \t\n\"'“”„«»「」*_"

_TASK = (
    r"help|assist|comply|fulfil+|complete\ (?:this|that|the|your)|provide|write|answer|continue|create|generate|produce"
    r"|discuss|do\ (?:this|that|so)|respond|summari[sz]e|proceed|support|participate|engage|access|open|browse"
    r"|find\ any|see\ any|view|process|share|offer|give\ you"
)
_CANNOT = r"(?:can(?:no|')?t|can\ not|could(?:\ not|n't)|won't|will\ not|would\ not|wouldn't|must\ not|may\ not)"
_REFUSALS = re.compile(
    rf"""
    \bI(?:\s*(?:'m|am)\s+(?:(?:really|very|so|truly|deeply|afraid)\s+)*(?:sorry|afraid|unable\ to|not\ able\ to
        |not\ (?:comfortable|permitted|allowed|designed|programmed)|an?\ (?:AI|artificial|language|large)))
    |\bI\s+(?:apologi[sz]e|regret|must\ (?:respectfully\ )?(?:decline|refuse)|have\ to\ (?:decline|refuse)
        |respectfully\ decline|decline\b|refuse\b|(?:do\ not|don't)\ (?:have|feel\ comfortable|see\ any))
    |\bI\s+{_CANNOT}\s+(?:\w+ly\s+)?(?:{_TASK})\b
    |^(?:(?:we(?:'re|\ are)?\ )?(?:very\ )?sorry|apologies|my\ apologies|unfortunately,?\ I)\b
    |^(?:we\ (?:cannot|can't|are\ unable\ to)|unable\ to|cannot|can't)\ (?:help|assist|comply|fulfil+|process)\b
    |\b(?:this|your|the)\ request\ (?:cannot|can't|could\ not|violates|goes\ against|is\ (?:not\ allowed|against))
    |\bas\ an?\ (?:AI|artificial\ intelligence|large\ language|language\ model)[\w\s-]{{0,30}},?\ I\b
    |^(?:no|not\ enough|insufficient)\ (?:papers?|summar(?:y|ies)|abstracts?|documents?|context|information|text)
        \ (?:was|were|is|are|has\ been|have\ been)\ (?:provided|given|supplied|included)
    |\bIch\ (?:kann|darf|werde)\b[^.!?]{{0,60}}\bnicht\b|\bEs\ tut\ mir\ (?:sehr\ )?leid\b|^(?:Leider|Entschuldigung)\b
        [^.!?]{{0,40}}\bich\b|\bTut\ mir\ leid\b
    |\bJe\ (?:suis\ (?:vraiment\ |profondément\ )?(?:désolée?|incapable)|regrette\b|m'excuse
        |ne\ (?:peux|puis|pourrai)(?:\ malheureusement)?\ pas)|^Désolée?\b
    |\bLo\ siento\b|^Lamento\b|\bNo\ puedo\ (?:ayudar|proporcionar|cumplir|escribir|responder|continuar)
    |\bNão\ posso\ (?:ajudar|fornecer|escrever)|\b(?:Sinto\ muito|Desculpe)\b|\bMi\ dispiace\b
    |\bNon\ posso\ (?:aiutar|forn|scriv)
    |\bHet\ spijt\ me\b|\bIk\ kan\b[^.!?]{{0,60}}\bniet\b|\bPrzykro\ mi\b|\bNie\ mogę\b|\bÜzgünüm\b
    |\bTyvärr\b[^.!?]{{0,20}}\bjag\b
    |申し訳(?:ありません|ございません|ない)|すみませんが|(?:お手伝い|お答え|対応|提供|回答|お応え)(?:することは|することが|は)?でき(?:ません|かねます)
    |ご要望には|(?:我|本人)?(?:很|非常)?抱歉|对不起|對不起|我(?:无法|不能|無法)
    |죄송(?:합니다|하지만)|도와드릴 수 없|Извините|Я не могу
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_CHAT_TALK = re.compile(
    r"""
    ^(?:sure|certainly|of\ course|absolutely|okay|ok|great|got\ it|understood|no\ problem|happy\ to\ help)\s*[!,.:—-]
    |^(?:sure\ thing|here(?:'s|\ is|\ are)\ (?:the|a|an|your|my|is)\b|below\ is\ (?:the|a|an|your)\b)
    |\b(?:I\ hope\ this\ helps|let\ me\ know\ if|feel\ free\ to\ (?:ask|reach)|would\ you\ like\ me\ to|happy\ to\ help
        |hope\ this\ helps|how\ (?:can|may)\ I\ (?:help|assist)
        |is\ there\ anything\ else|if\ you(?:'d|\ would)\ like,?\ I)\b
    |^please\ (?:provide|share|paste|send|supply|upload|let\ me|note\ that\ I|clarify|specify)\b
    |\bI(?:'ll|\ will|\ need\ to|\ should|'d\ be|\ have\ (?:written|been\ asked))\ (?:now\ )?
        (?:write|draft|summari[sz]e|begin|start|cite|happy|glad|the\ section|compose|follow\ the|make\ sure)
    |\b(?:the\ user|you)\ (?:wants?|asks?|asked|is\ asking|would\ like|requested|provided)\ (?:me|us|for|a|the|to)\b
    |^(?:let\ me|let's|we\ need\ to|okay,\ so|alright,?)\ (?:write|draft|think|start|begin|produce|look|craft|compose)\b
    |\b(?:my|this)\ (?:knowledge\ cut-?off|training\ data\ (?:only|goes))\b|^(?:assistant|user|system|human|AI)\s*:
    |^(?:note|disclaimer):\s+(?:I|as\ an)\b|^(?:word\ count|words)\s*:\s*\d|\((?:\d+\ words|word\ count:?\ \d+)\)
    |^(?:natürlich|gerne|selbstverständlich|klar|bien\ sûr|certainement|voici|claro|por\ supuesto|aquí\ (?:está|tiene)
        |hier\ ist\ (?:der|die|das|ein)|natuurlijk|ecco|certo)\b\s*[!,:]?
    |^(?:はい、|承知(?:しました|いたしました)|もちろん(?:です|、)|以下[はに][^。]{0,20}(?:です|示します)[。:：]|好的[,,，!！]|当然[,,，!！]|以下是)
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_TAGS = (
    "abstract|concept|draft|exclusion|heading|opening|papers?|previous|question|section|sentences?|summary|title|counts|plan"
    "|document|source|instructions?|system|user|assistant|answer|output|response|thinking|think|p|br|div|span|ul|ol|li|b|i"
    "|strong|em|h[1-6]|table|tr|td|th|a|img|script|style|html|body|pre|code|sup|sub|cite"
)
_MARKUP = re.compile(
    rf"</?\s*(?:{_TAGS})(?:\s[^<>\n]{{0,200}})?/?>|```|^\s*#{{1,6}}\s+\S|^\s*\|.*\|\s*$|^\s*(?:-{{3,}}|\*{{3,}}|={{3,}})\s*$"
    r"|\*\*\S|__\w[^_\n]*__|&(?:lt|gt|amp|quot|nbsp|#\d+);|\{\{.*\}\}|\{%.*%\}"
    r"|^\s*[{\[]\s*\"\w+\"\s*:|\\begin\{(?:document|itemize|enumerate)\}|\\(?:section|paragraph)\{",
    re.IGNORECASE | re.MULTILINE,
)
_MARKERS = re.compile(r"\[\d+(?:\.\d+)?(?:\s*[,;–-]\s*\d+(?:\.\d+)?)*\]")
_RUN = re.compile(rf"(?:{_MARKERS.pattern}[\s,;]*)+")
_LETTERS_AT_LEAST = 3  # of its own, for each run of markers; what has fewer is a list of numbers
_FEW_PAPERS = 6  # of fewer, one sentence may well cite most
_SEVERAL_PAPERS = 3


def is_refusal(text: str) -> bool:
    """Whether it declines, apologises or says that nothing was given, rather than to tell of papers."""
    return bool(_REFUSALS.search(_without_quotes(text)))


def is_chat_talk(text: str) -> bool:
    """Whether it talks with who asked: "Sure! Here is ..."."""
    return bool(_CHAT_TALK.search(_without_quotes(text)))


def has_markup(text: str) -> bool:
    """Whether tags or markdown are left in it."""
    return bool(_MARKUP.search(text))


def is_only_markers(text: str) -> bool:
    """Whether little but citation markers and bracketed words is there."""
    letters = sum(map(str.isalpha, re.sub(r"[\[(（［【][^\[\]()（）［］【】]*[\])）］】]", "", text)))
    return letters < _LETTERS_AT_LEAST * max(1, len(_RUN.findall(text)))


def cites_all_at_once(text: str, papers: Collection[int]) -> bool:
    """Whether one run of markers names more than half of the papers, and the rest of the text hardly any."""
    if len(papers) < _FEW_PAPERS:
        return False
    runs = _runs_of_markers(text, papers)
    longest = max(runs, key=len, default=frozenset[int]())
    elsewhere = {number for run in runs if run is not longest for number in run}
    return len(longest) > len(papers) / 2 and len(elsewhere) < len(longest) / 2


def cites_in_one_place(text: str, papers: Collection[int]) -> bool:
    """Whether all that it cites, several papers, stands in one run of markers: nothing is said of any of them alone."""
    runs = _runs_of_markers(text, papers)
    return len(runs) == 1 and len(runs[0]) >= _SEVERAL_PAPERS


def _runs_of_markers(text: str, papers: Collection[int]) -> list[frozenset[int]]:
    """The papers of each, in whatever form a model wrote them."""
    runs = (cited_numbers(run[0], papers) for run in _RUN.finditer(bind_citations(text, papers).text))
    return [frozenset(run) for run in runs if run]


def _without_quotes(text: str) -> str:
    return _QUOTED.sub("“”", text.strip(_OUTER_QUOTES).replace("’", "'"))
