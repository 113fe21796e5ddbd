"""What a sentence of an abstract is doing, by the words that researchers use for it, in any field.

Invariant: pure; a strength of 0 means that the sentence carries no such cue, and then nobody may label it so.
"""

from __future__ import annotations

import re

_PAPER = (
    r"(?:paper|work|article|study|survey|review|thesis|dissertation|letter|note|chapter|report|manuscript|contribution"
    r"|overview|tutorial|position paper|research|investigation|perspective|lecture|essay)"
)
# Verbs of making and looking into: what an author says of the paper's own subject.
_STRONG = (
    r"(?:propose|introduce|present|develop|design|devise|construct|formulate|describe|report|study|investigate|explore"
    r"|examine|address|derive|prove|review|survey|revisit|analy[sz]e|consider|establish|create|build|characteri[sz]e"
    r"|tackle|initiate|classify|generali[sz]e|extend|reali[sz]e|implement|announce|contribute|discuss|put forward|search for"
    r"|suggest|reformulate|unify|advocate|explain|conduct a|carry out a|perform a|aim|seek|focus on|attempt)"
)
_MAKING = re.compile(r"propos|introduc|present|develop|design|devis|prov|report|study|studie|investigat", re.IGNORECASE)
_WEAK = (
    r"(?:use|utili[sz]e|employ|apply|adopt|adapt|compare|combine|integrate|leverage|exploit|train|fine-?tune|show|demonstrate|evaluate"
    r"|assess|argue|measure|compute|calculate|perform|conduct|carry out|provide|give|offer|obtain|simulate|model|estimate"
    r"|solve|determine|collect|observe|find|identify|define|determine|test|predict|quantify|improve|illustrate|establish|reveal"
    r"|release|discover|detect|identify|infer|map|benchmark|rethink|look|ask|deal|cast|view|treat)"
)
_ADVERB = r"(?:(?:\w+ly|first|then|also|here|thus|therefore|instead|further|hence|now|next)\s+)*"
_SUBJECT = r"\b(?:we|I)"
_PAST = r"(?:e?d|s|es|ied|ies)?"

_OWN_PAPER = re.compile(
    rf"\b(?:in|with|through|throughout) (?:this|the present|our|the current) (?:\w+[ -]){{0,2}}{_PAPER}\b"
    rf"|\b(?:this|the present|the current|our) (?:\w+[ -]){{0,2}}{_PAPER}\b(?! (?:is|area|field|of ours))"
    rf"|\bhere,? we\b|\b(?:aim|goal|purpose|objective|subject|main result)s? of (?:this|the present|our) ",
    re.IGNORECASE,
)
_WE_STRONG = re.compile(rf"{_SUBJECT} {_ADVERB}(?:have |aim to |seek to |try to |want to )?{_STRONG}{_PAST}\b", re.IGNORECASE)
_WE_WEAK = re.compile(rf"{_SUBJECT} {_ADVERB}(?:have |aim to |can )?{_WEAK}{_PAST}\b|{_SUBJECT} are interested", re.IGNORECASE)
_WE_THAT = re.compile(r"\b(?:we|I) (?:\w+ly |also |then |further )*(?:show|demonstrate|find|found|observe|argue|see|note|conclude)\w*\b", re.I)
_MADE = (
    r"(?:proposed|presented|introduced|studied|investigated|considered|described|developed|reported|analy[sz]ed|discussed"
    r"|derived|proved|proven|examined|explored|reviewed|constructed|established|addressed|designed|announced|formulated|outlined"
    r"|calculated|computed|obtained|performed|carried out|employed|suggested|characteri[sz]ed|revisited|given|measured)"
)
_PASSIVE = re.compile(rf"\b(?:is|are|was|were)(?: \w+ly| also| first| here)? {_MADE}\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"^(?:recently|previously|many|several|various|existing|previous|prior|recent|current|most|numerous|a number of|although"
    r"|while|traditional|conventional|to date|over the|in recent)\b|\b(?:have|has|had) been\b|\b(?:often|usually|typically"
    r"|commonly|widely|previously|traditionally|originally|has recently|have recently)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"^(?:our|the proposed|the presented) (?:\w+[ -]){0,3}(?:method|approach|model|framework|algorithm|system|technique"
    r"|pipeline|scheme|solution|architecture|analysis|construction|proof|key (?:idea|insight)|idea|strategy|goal|aim|network)\b",
    re.IGNORECASE,
)
_NOVEL = re.compile(
    r"\b(?:novel|new|simple|unified|first)\b(?: [\w-]+){0,4} (?:method|approach|model|framework|algorithm|system|technique|dataset"
    r"|benchmark|architecture|paradigm|pipeline|strategy|proof|mechanism|scheme|tool|library)\b",
    re.IGNORECASE,
)

_PROBLEM_STRONG = re.compile(
    r"^(?:however|yet|unfortunately|nevertheless|nonetheless|but|still)\b|, yet |\bhowever\b"
    r"|\b(?:remain(?:s|ed)? (?:\w+ )?(?:a |an |one )?(?:\w+ly )?(?:challeng|difficult|unclear|unknown|open|limited|elusive|unexplored"
    r"|understudied|underexplored|unsolved|poorly|problem|major|key|largely|hard|significant|critical|unresolved|insufficient|scarce)\w*)"
    r"|\b(?:suffers?|fail(?:s|ing)? to|struggles?|lacks?|lacking|hinder(?:s|ed|ing)?|hamper(?:s|ed|ing)?|impedes?|bottlenecks?"
    r"|shortcomings?|drawbacks?|limitations?|cannot|unable to|prohibitive(?:ly)?|poses? (?:\w+ ){0,3}challenges?|challenging"
    r"|overlook(?:s|ed)?|neglect(?:s|ed)?|little is known|poorly understood|not (?:yet )?(?:well|fully) understood|unexplored"
    r"|under-?explored|understudied|time-consuming|labou?r-intensive|tedious|error-prone|open (?:problem|question)s?"
    r"|difficult|inefficient|vulnerable|prone to|falls? short|restricts?|limiting|inadequate|insufficient"
    r"|no consensus|is limited|are limited|scarcity|ill-posed|intractable|controversial|debated|puzzle|tension)\b",
    re.IGNORECASE,
)
_PROBLEM_WEAK = re.compile(
    r"\b(?:but|yet|despite|although|though|while|unlike|challenges?|limited|costly|expensive|hard to|problems?|issues?|rarely|gap|unclear|unknown"
    r"|ignor\w+|difficult(?:y|ies)|requires?|only|not|existing (?:\w+ ){0,2}(?:methods?|approaches|works?|models?|studies)|prior (?:methods?|work|approaches)"
    r"|crucial|critical|risks?|complex|insufficiently|few|little|mainly|often)\b",
    re.IGNORECASE,
)

_RESULT_STRONG = re.compile(
    r"\b(?:outperform\w*|surpass\w*|superior(?:ity)?|(?<!is )(?<!are )(?<!be )achiev(?:es|ed|ing)|state-of-the-art (?:performance|results|accuracy)"
    r"|(?:results?|experiments?|evaluations?|findings?|simulations?|analys[ei]s|tests?|observations?|studies|evidence|data"
    r"|comparisons?|calculations?|benchmarks?)(?: \w+){0,8}? (?:also )?(?:show|demonstrate|indicate|suggest|reveal|confirm|highlight|prove|verif|validate|imply|illustrate)\w*"
    r"|(?:we|I) (?:\w+ly |also |then |further |were able to |thereby )*(?:show|showed|find|found|demonstrate|demonstrated|observe|observed|prove|obtain|obtained|conclude|concluded"
    r"|detect|detected|discover|discovered|achieve|achieved|measure|measured|infer|inferred|estimate|constrain|reveal|establish|identify|identified|confirm|confirmed)\b"
    r"|(?:is|are|was|were) (?:also )?(?:found|shown|observed|demonstrated|detected|seen|confirmed)\b|it (?:is|was) (?:shown|found)"
    r"|in (?:good|excellent|close|better) agreement|consistent with|reduc(?:es|ed|ing)|improv(?:es|ed|ing)|yield(?:s|ed|ing)"
    r"|gains?|speed-?ups?|increas(?:es|ed)|attain(?:s|ed)|reach(?:es|ed)|exceed(?:s|ed))\b",
    re.IGNORECASE,
)
_FINDING = re.compile(
    r"\b(?:show|shows|showed|demonstrates?|demonstrated|finds?|found|indicates?|reveals?|revealed|suggests? that|outperform\w*|surpass\w*|confirm(?:s|ed)?"
    r"|conclude|observed?|achiev(?:es|ed))\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d(?:[\d.,]*)\s?(?:\\?%|x\b|\\times|×|times\b|fold\b|sigma|\\sigma|σ|dB|[kMG]pc|[kmM]?eV|GHz|ms\b|BLEU|points?\b)|\bp ?[<=]|\bof \d+\.\d+")
_OUTLOOK = re.compile(
    r"\b(?:pav(?:e|es|ing) the way|potential (?:for|of|to)|future (?:work|research|studies)|underscor\w+|implications?|open(?:s|ing)? (?:up )?(?:new|the door)"
    r"|promising (?:direction|avenue)|insights? (?:into|for)|can be used|could be|may (?:help|be)|will be|we (?:hope|believe|discuss|conclude with|expect))\b",
    re.IGNORECASE,
)
_SETUP = re.compile(r"\bwe (?:\w+ly )?(?:conduct|perform|carry out|evaluate|validate|test|benchmark|compare|apply|use|train|introduce|propose|present|design|develop)\b", re.I)
_HOUSEKEEPING = re.compile(
    r"https?://|\\url|\bgithub\.|project (?:page|website|site)|(?:code|data|dataset|models?|videos?|implementation|demo|materials?)(?:,? \w+){0,6} (?:is|are|will be)(?: \w+){0,3} "
    r"(?:available|released|open-sourced|found|made)\b|\bavailable (?:at|on|from|online)\b|supplementary (?:video|material)|accepted (?:at|by|for|in)\b"
    r"|^keywords?\b|\bpages?, \d+ figures|\bwithdrawn\b|we (?:will )?(?:release|open-source|make) (?:\w+ ){0,6}(?:code|publicly|available)",
    re.IGNORECASE,
)

# "To address this gap, we ...": what comes before the comma points back; the rest stands on its own.
_BACK_LEAD = re.compile(
    r"^(?:to (?:this end|that end|do so|do this|achieve this|realize this|(?:\w+ly )?(?:address|solve|overcome|tackle|bridge|mitigate|alleviate|fill|resolve|remedy"
    r"|close|handle|meet|answer|cope with|deal with|investigate|explore|combat|counter|circumvent|reduce|avoid|enable|support|facilitate|achieve|study) (?:\w+ ){0,3}?(?:this|these|those|such|it|them|the above|both)\b[^,;:]{0,80})"
    r"|towards? (?:\w+ ){0,3}(?:this|these|that|them|it)\b[^,;:]{0,60}|(?:motivated|inspired|guided|driven|prompted|encouraged) by (?:this|these|such|those|the above|it)\b[^,;:]{0,80}|(?:building|based|drawing) (?:up)?on (?:this|these|such|those|it|the above)\b[^,;:]{0,80}"
    r"|in (?:light|view|response|contrast|addition)(?: (?:of|to) (?:this|these|such|that)\b[^,;:]{0,60})?|for (?:this|that) (?:purpose|reason|aim)|with this (?:in mind|goal|aim|motivation)[^,;:]{0,30}|as such"
    r"|(?:however|therefore|thus|hence|consequently|accordingly|moreover|furthermore|additionally|specifically|in particular|finally|lastly|besides|as a result|nevertheless|instead|meanwhile|overall|in summary|in short|notably|importantly"
    r"|to summarize|in conclusion|so|then|next|first|second|third|firstly|secondly|and|but|given (?:this|these)[^,;:]{0,60}|against this back(?:ground|drop)|rather|also|hereby?|in detail|concretely|more (?:precisely|specifically|importantly)))"
    r",? +(?=\S)",
    re.IGNORECASE,
)
_THEN = re.compile(r"^(we|I) (?:then|therefore|thus|hence|next|finally|additionally|further|also|subsequently|consequently|hereby),? (?!and\b)", re.IGNORECASE)
_WITH_COMMA = re.compile(r", *$")

_LEAD = r"(?:(?:however|but|yet|thus|therefore|hence|moreover|furthermore|also|and|nevertheless|unfortunately|so|then|still|instead|in addition|in contrast|specifically|in particular),? )?"
_DEPENDENT = re.compile(
    rf"^{_LEAD}(?:(?:in|for|of|with|on|under|from|by|to|at|due to|because of|unlike|despite|based on|using|given|among|beyond|through|as|both|all|most|some|many|each|one|two|none|neither|either) (?:of )?)?"
    rf"(?:this|these|those|such|it|they|its|their|he|she|the (?:former|latter|above|proposed|resulting|said|same)|both|another|others?)\b"
    rf"(?! (?:(?:\w+[ -]){{0,2}}{_PAPER}\b|is (?:shown|found|well[- ]known|known|important|crucial|essential|difficult|hard|possible|often|widely|proved|proven)|has (?:been|long been)|was (?:shown|found)|remains))"
    r"|^(?:for (?:example|instance)|e\.g|in other words|that is|similarly|likewise|on the other hand|second(?:ly)?,|third(?:ly)?,|then,|next,|conversely|additionally|besides|as a result|consequently)\b"
    r"|\b(?:this|these|such) (?:\w+ )?(?:issues?|problems?|challenges?|gaps?|limitations?|questions?|tasks?|methods?|approach(?:es)?|models?|results?|findings?|two|three|settings?|cases?|systems?|techniques?|effects?|ideas?)\b",
    re.IGNORECASE,
)


# "We explore this objective": an antecedent that the sentence itself cannot have given yet.
_POINTING = re.compile(rf"\b(?:this|these|those (?!of\b|that\b|with\b|who\b|in\b|from\b)|such (?!as\b)|the former|the latter)(?! ?(?:\w+[ -]){{0,2}}{_PAPER}\b)", re.IGNORECASE)


def housekeeping(sentence: str) -> bool:
    """Links, availability, page counts: nothing about the research itself."""
    return bool(_HOUSEKEEPING.search(sentence))


def dependent(sentence: str) -> bool:
    """Whether it points back, so that it cannot be read without the sentence before it."""
    return bool(_DEPENDENT.search(sentence) or _POINTING.search(" ".join(sentence.split()[:11])))


def standing(sentence: str) -> str:
    """The sentence without an opening that only points back ("To address this gap, we ..." gives "We ...")."""
    for _ in range(2):
        match = _BACK_LEAD.match(sentence)
        if not match or not (_WITH_COMMA.search(match.group()) or sentence[match.end() :].startswith(("we ", "this paper"))):
            break
        rest = sentence[match.end() :]
        first = rest.split()[0].rstrip(",;:")
        sentence = rest[0].upper() + rest[1:] if first.isalpha() and first.islower() else rest
    return _THEN.sub(r"\1 ", sentence, count=1)


def named(sentence: str, title: str) -> bool:
    """Whether it opens with the name that the title gives before its colon: "TaskGen is a framework that ..."."""
    name, colon, _ = title.partition(":")
    words = name.strip().split()
    return bool(colon) and 0 < len(words) <= 3 and re.match(rf"{re.escape(name.strip())}(?: \(\w+\))?,? (?:is|are|provides?|offers?|an?|the)\b", sentence) is not None


def core(sentence: str) -> int:
    """Where the words end by which the sentence says what it does; before that it cannot be cut. 0 where none do."""
    ends = [match.end() for pattern in (_WE_STRONG, _WE_WEAK, _PASSIVE, _FINDING) if (match := pattern.search(sentence))]
    return min(ends, default=0)


def method(sentence: str) -> float:
    """How plainly the sentence says what this paper does, 0 to 6."""
    if match := _WE_STRONG.search(sentence):
        score = 4.5 if _MAKING.search(match.group()) else 4.0
    elif _PASSIVE.search(sentence) and not _OTHERS.search(sentence):
        score = 3.0
    elif _WE_WEAK.search(sentence):
        score = 2.0
    else:
        score = 1.5 if _OURS.search(sentence) else 0.0
    score += 1.5 if _OWN_PAPER.search(sentence) else 0.0
    score -= 1.5 if _WE_THAT.search(sentence) and score < 6 else 0.0
    return max(0.0, score + (0.5 if score and _NOVEL.search(sentence) else 0.0))


def problem(sentence: str) -> float:
    """How plainly the sentence names something missing or in the way, 0 upwards; 2 is enough to say so."""
    if method(sentence) > 0 or _SETUP.search(sentence):
        return 0.0
    strong = len(set(match.group().lower() for match in _PROBLEM_STRONG.finditer(sentence)))
    weak = len(set(match.group().lower() for match in _PROBLEM_WEAK.finditer(sentence)))
    return min(2.0 * strong, 4.0) + min(0.5 * weak, 1.0) if strong else 0.0


def result(sentence: str) -> float:
    """How plainly the sentence states a finding of this paper, 0 upwards; 2 is enough to say so."""
    strong = 2.0 if _RESULT_STRONG.search(sentence) else 0.0
    if not strong or (_SETUP.search(sentence) and not _FINDING.search(sentence)):
        return 0.0
    score = strong + (1.0 if _FIGURE.search(sentence) else 0.0) + (0.5 if _FINDING.search(sentence) else 0.0)
    return max(0.0, score - (1.5 if _OUTLOOK.search(sentence) else 0.0))
