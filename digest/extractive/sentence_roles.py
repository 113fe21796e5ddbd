"""Sentence classification by cue words: how plainly one states a problem, a method or a result. Pure.

Invariant: pure; a strength of 0 means that the sentence carries no such cue, and then nobody may label it so.
"""

from __future__ import annotations

import re
from functools import lru_cache

from digest.extractive.anaphora import PAPER_NOUNS


def _alternation(listed: str) -> str:
    """An alternation of whitespace-separated patterns; "_" stands for a blank."""
    return "(?:" + "|".join(word.replace("_", " ") for word in listed.split()) + ")"


def _word_pattern(listed: str) -> re.Pattern[str]:
    return re.compile(rf"\b{_alternation(listed)}\b", re.IGNORECASE)


# What an author says of the paper's own subject: verbs of making and looking into, then the weaker ones of doing.
_STRONG = _alternation(
    """
    propose introduce present develop design devise construct formulate describe report study studie investigate
    explore examine address derive prove review survey revisit analy[sz]e consider establish create build
    characteri[sz]e tackle initiate classify classifie generali[sz]e extend reali[sz]e implement announce contribute
    discuss put_forward search_for suggest reformulate unify advocate explain conduct_a carry_out_a perform_a aim
    seek focus_on attempt reframe augment formali[sz]e lay_out engage_in outline rectify
    """
)
_WEAK = _alternation(
    """
    use utili[sz]e employ apply applie adopt adapt compare combine integrate leverage exploit train fine-?tune show
    demonstrate evaluate assess argue measure compute calculate perform conduct carry_out provide give offer obtain
    simulate model estimate solve determine collect observe find found identify identifie define test predict
    quantify improve illustrate reveal release discover detect infer map benchmark rethink look ask deal cast view
    treat attribute
    """
)
_MAKING = re.compile(r"propos|introduc|present|develop|design|devis|prov|report|studi?[ye]|investigat", re.IGNORECASE)
_ADVERBS = r"(?:(?:\w+ly|first|then|also|here|thus|therefore|instead|further|hence|now|next) )*"
_ENDING = r"(?:e?d|s)?"
_WE_STRONG = re.compile(
    rf"\b(?:we|I) {_ADVERBS}(?:have |aim to |seek to |try to |want to )?{_STRONG}{_ENDING}\b", re.IGNORECASE
)
_WE_WEAK = re.compile(
    rf"\b(?:we|I) {_ADVERBS}(?:have |aim to |can )?{_WEAK}{_ENDING}\b|\bwe are interested", re.IGNORECASE
)
_WE_THAT = re.compile(
    r"\b(?:we|I) (?:\w+ly |also |then |further )*(?:show|demonstrat|f[io]u?nd|observ|argu|see|note|conclud)",
    re.IGNORECASE,
)
_OWN_PAPER = re.compile(
    rf"\b(?:this|the present|the current|our) (?:\w+[ -]){{0,2}}{PAPER_NOUNS}\b(?! (?:is|area|field)\b)"
    r"|\bhere,? we\b|\b(?:aim|goal|purpose|objective|subject|main result)s? of (?:this|the present|our) ",
    re.IGNORECASE,
)
_PAPER_DOES = re.compile(
    rf"\b(?:this|the present|our|the) (?:\w+ )?{PAPER_NOUNS} (?:\w+ly |also |first )?{_STRONG}(?:e?s)\b", re.IGNORECASE
)
_MADE = _alternation(
    """
    proposed presented introduced studied investigated considered described developed reported analy[sz]ed discussed
    derived proved proven examined explored reviewed constructed established addressed designed announced formulated
    outlined calculated computed obtained performed carried_out employed suggested characteri[sz]ed revisited given
    measured
    """
)
_PASSIVE = re.compile(rf"\b(?:is|are|was|were)(?: \w+ly| also| first| here)? {_MADE}\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"^(?:recently|previously|many|several|various|existing|previous|prior|recent|current|most|numerous|a number of"
    r"|while"
    r"|although|traditional|conventional|to date|over the|in recent)\b|\b(?:have|has|had) been\b"
    r"|\b(?:often|usually|typically|commonly|widely|previously|traditionally|originally)\b",
    re.IGNORECASE,
)
_THING = _alternation(
    """
    method approach model framework algorithm system technique pipeline scheme solution architecture analysis
    construction proof key_idea key_insight idea strategy goal aim network dataset benchmark paradigm mechanism tool
    library
    """
)
_OURS = re.compile(rf"^(?:our|the proposed|the presented) (?:\w+[ -]){{0,3}}{_THING}\b", re.IGNORECASE)
_NOVEL = re.compile(rf"\b(?:novel|new|simple|unified|first)\b(?: [\w-]+){{0,4}} {_THING}\b", re.IGNORECASE)
_AFTERTHOUGHT = re.compile(
    r"^(?:complementing|additionally|moreover|furthermore|in addition|finally|lastly|besides|to further|second"
    r"|third|also)\b",
    re.IGNORECASE,
)

_LACKING = _word_pattern(
    r"""
    suffers? fails? failing_to struggles? lacks? lacking hinder(?:s|ed|ing)? hamper(?:s|ed|ing)? impedes?
    bottlenecks? shortcomings? drawbacks? limitations? cannot unable_to prohibitive(?:ly)?
    poses?_(?:\w+_){0,3}challenges? challenging overlook(?:s|ed)? neglect(?:s|ed)? little_is_known poorly_understood
    not_(?:yet_)?(?:well|fully)_understood unexplored under-?explored understudied time-consuming labou?r-intensive
    tedious error-prone open_(?:problem|question)s? difficult inefficient vulnerable prone_to falls?_short
    restricts? limiting inadequate insufficient no_consensus (?:is|are)_limited scarcity ill-posed intractable
    controversial debated puzzle tension
    remain(?:s|ed)?_(?:\w+_){0,3}(?:challeng|unclear|unknown|open|limited|elusive|unsolved|problem|hard|unresolved|scarce)\w*
    """
)
_CONTRAST = re.compile(
    r"^(?:however|yet|unfortunately|nevertheless|nonetheless|but|still)\b|, yet |\bhowever\b", re.IGNORECASE
)
_HARDSHIP = _word_pattern(
    r"""
    but yet despite although though while unlike challenges? limited costly expensive hard_to problems? issues?
    rarely gap unclear unknown ignor\w+ difficult(?:y|ies) requires? only not crucial critical risks? complex few
    little mainly often (?:existing|prior)_(?:\w+_){0,2}(?:methods?|approaches|works?|models?|studies)
    """
)

_EVIDENCE = _alternation(
    """
    results? experiments? evaluations? findings? simulations? analys[ei]s tests? observations? studies evidence data
    comparisons? calculations? benchmarks?
    """
)
_TELLING = _alternation(
    "show demonstrate indicate suggest reveal confirm highlight prove verif validate imply illustrate"
)
_FOUND = _alternation(
    """
    show showed find found demonstrate demonstrated observe observed prove obtain obtained conclude concluded detect
    detected discover discovered achieve achieved measure measured infer inferred estimate constrain reveal
    establish identify identified confirm confirmed
    """
)
_GAIN = _alternation(
    r"""
    outperform\w* surpass\w* superior(?:ity)? state-of-the-art_(?:performance|results|accuracy)
    in_(?:good|excellent|close|better)_agreement consistent_with reduc(?:es|ed|ing) improv(?:es|ed|ing)
    yield(?:s|ed|ing) gains? speed-?ups? increas(?:es|ed) attain(?:s|ed) reach(?:es|ed) exceed(?:s|ed)
    """
)
_FINDING_STRONG = re.compile(
    rf"\b(?:{_GAIN}|(?<!is )(?<!are )(?<!be )achiev(?:es|ed|ing)|{_EVIDENCE}(?: \w+){{0,8}}? (?:also )?{_TELLING}\w*"
    rf"|(?:we|I) (?:\w+ly |also |then |further |were able to |thereby )*{_FOUND}"
    r"|(?:is|are|was|were) (?:also )?(?:found|shown|observed|demonstrated|detected|seen|confirmed)|it (?:is"
    r"|was) (?:shown|found))\b",
    re.IGNORECASE,
)
_FINDING = _word_pattern(
    r"""
    shows? showed demonstrates? demonstrated finds? found indicates? reveals? revealed suggests?_that outperform\w*
    surpass\w* confirm(?:s|ed)? conclude observed? achiev(?:es|ed)
    """
)
_FIGURE = re.compile(
    r"\d[\d.,]*\s?(?:\\?%|x\b|\\times|×|times\b|fold\b|\\?sigma|σ|dB|[kMG]pc|[kmM]?eV|GHz|ms\b|BLEU|points?\b)"
    r"|\bp ?[<=]|\bof \d+\.\d+"
)
_OUTLOOK = _word_pattern(
    r"""
    pav(?:e|es|ing)_the_way potential_(?:for|of|to) future_(?:work|research|studies) underscor\w+ implications?
    open(?:s|ing)?_(?:up_)?(?:new|the_door) promising_(?:direction|avenue) insights?_(?:into|for) can_be_used
    could_be may_(?:help|be) will_be we_(?:hope|believe|discuss|expect)
    the_(?:effectiveness|efficacy|superiority)_of contributions?
    """
)
# What the authors draw from it all: of this paper, and yet not what it does.
_MORAL = _word_pattern(
    """
    emphasi[sz]es? underscores? highlights? sets?_the_stage paves? contributes?_to opens?_up shed(?:s|ding)?_light
    calls?_for
    """
)
_SETUP = re.compile(
    r"\bwe (?:\w+ly )?(?:conduct|perform|carry out|evaluate|validate|test|benchmark|compare|apply|use|train"
    r"|introduce|propose"
    r"|present|design|develop)\b|^(?:then|next|first),? ",
    re.IGNORECASE,
)
_THEN = re.compile(r"^(?:then|next|first),? ", re.IGNORECASE)
_HOUSEKEEPING = re.compile(
    r"https?://|\\url|\bgithub\.|project (?:page|website|site)|\bavailable (?:at|on|from|online)\b"
    r"|supplementary (?:video|material)"
    r"|(?:code|data|dataset|models?|videos?|implementation|demo|materials?)(?:,? \w+){0,6} (?:is|are"
    r"|will be)(?: \w+){0,3} "
    r"(?:available|released|open-sourced)\b|accepted (?:at|by|for)\b|^keywords?\b|\bpages?, \d+ figures"
    r"|we (?:will )?(?:release|open-source|make) (?:\w+ ){0,6}(?:code|publicly|available)",
    re.IGNORECASE,
)


def is_housekeeping(sentence: str) -> bool:
    """Links, availability, page counts: nothing about the research itself."""
    return bool(_HOUSEKEEPING.search(sentence))


def opens_with_title_name(sentence: str, title: str) -> bool:
    """Whether it opens with the name that the title gives before its colon: "TaskGen is a framework that ..."."""
    name, colon, _ = title.partition(":")
    says = rf"{re.escape(name.strip())}(?: \(\w+\))?,? (?:is|are|provides?|offers?|an?|the)\b"
    return bool(colon) and 0 < len(name.split()) <= 3 and re.match(says, sentence, re.IGNORECASE) is not None


def main_verb_end(sentence: str) -> int:
    """Where the words end by which the sentence says what it does; before that it cannot be cut. 0 where none do."""
    patterns = (_WE_STRONG, _WE_WEAK, _PASSIVE, _FINDING, _PAPER_DOES)
    return min((match.end() for pattern in patterns if (match := pattern.search(sentence))), default=0)


_ASIDE = re.compile(
    r"\([^()]*\)|(?:, |\b)(?:such as|including|like|which|who|whose|where|that|e\.g\.)\b[^,]*(?=,|$)", re.IGNORECASE
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|cannot|could|may|might|must|will|would|should|do|does|did|remains?"
    r"|fails?|struggles?|suffers?|relies|rely|lacks?|focus(?:es)?|requires?|often|typically|not)\b"
    r"|\b[a-z]{3,}ed (?:a|an|the)\b",
    re.IGNORECASE,
)


def has_main_verb(beginning: str) -> bool:
    """Whether the beginning of a sentence holds the verb that says what its subject does."""
    if main_verb_end(beginning):
        return True
    return bool(_FINITE.search(_ASIDE.sub("", beginning)))


@lru_cache(maxsize=1024)  # sentences; of each it is asked several times
def method_score(sentence: str) -> float:
    """How plainly the sentence says what this paper does, 0 to 6.5."""
    score = _doing_score(sentence)
    if score == 0 and _MORAL.search(sentence):
        return 0.0
    score += 1.5 if _OWN_PAPER.search(sentence) else 0.0
    score -= 1.5 if _WE_THAT.search(sentence) and score < 6 else 0.0
    score -= 1.5 if _AFTERTHOUGHT.search(sentence) else 0.0
    return max(0.0, score + (0.5 if score > 0 and _NOVEL.search(sentence) else 0.0))


def _doing_score(sentence: str) -> float:
    if _PAPER_DOES.search(sentence):
        return 4.5
    if match := _WE_STRONG.search(sentence):
        return 4.5 if _MAKING.search(match.group()) else 4.0
    if _PASSIVE.search(sentence) and not _OTHERS.search(sentence):
        return 3.0
    if _WE_WEAK.search(sentence):
        return 2.0
    return 1.5 if _OURS.search(sentence) else 0.0


def problem_score(sentence: str) -> float:
    """How plainly the sentence names something missing or in the way, 0 to 5; 2 is enough to say so."""
    if method_score(sentence) > 0 or _SETUP.search(sentence):
        return 0.0
    strong = len(_distinct_matches(_LACKING, sentence)) + bool(_CONTRAST.search(sentence))
    weak = len(_distinct_matches(_HARDSHIP, sentence))
    return min(2.0 * strong, 4.0) + min(0.5 * weak, 1.0) if strong else 0.0


# "Extensive experiments demonstrate the effectiveness of our method": says of any paper what it says of this one.
_EMPTY = re.compile(
    r"^(?:\w+,? ){0,4}(?:experiments?|experimental results|results|evaluations?|studies|experimentation)\b"
    r"[^,;:\d]{0,60}?"
    r"\b(?:demonstrate|show|confirm|verify|validate|illustrate|prove|establish)s?\b[^,;:\d]{0,40}"
    r"\b(?:effectiveness|superiority|efficacy|usefulness|advantages?|benefits?)\b(?: and \w+)?"
    r" of (?:the|our|this|its)\b[^,;:\d]{0,40}\.?$",
    re.IGNORECASE,
)


def _distinct_matches(pattern: re.Pattern[str], sentence: str) -> set[str]:
    return {match.group().lower() for match in pattern.finditer(sentence)}


def is_finding_with_figure(sentence: str) -> bool:
    return bool(_FIGURE.search(sentence)) and result_score(sentence) >= 3


def result_score(sentence: str) -> float:
    """How plainly the sentence states a finding of this paper, 0 to 3.5; 2 is enough to say so."""
    if _EMPTY.match(sentence):
        return 0.0
    if not _FINDING_STRONG.search(sentence) or (_SETUP.search(sentence) and not _FINDING.search(sentence)):
        return 0.0
    score = 2.0 + (1.0 if _FIGURE.search(sentence) else 0.0) + (0.5 if _FINDING.search(sentence) else 0.0)
    return max(0.0, score - (0.5 if _OUTLOOK.search(sentence) else 0.0) - (5.0 if _THEN.search(sentence) else 0.0))
