"""Role of a paper, read from its title and plain cues: survey, benchmark or data set, position, theory, application,
method. Pure.

Invariant: no role is guessed. A survey and a benchmark are what their title calls itself, or what their abstract says
of itself in so many words; of a paper without such a cue nothing is said.
"""

from __future__ import annotations

import re
from functools import lru_cache

from store.records.editions import Paper
from store.records.paper_facts import PaperRole

_CLAUSE_END = re.compile(r"[:?!;]|\s[-–—]+\s|---?|[–—]|\.\s|,\s+(?=an?\s)", re.IGNORECASE)
_SURVEY = r"(?:survey|review|overview|tutorial|primer|mapping study|lecture notes)"
_LOOSE_WORDS = r"(?:(?!{})[\w’'./+&-]+,?\s+)"  # words of a noun phrase: none of these
_NOT_IN_PHRASE = (
    r"(?:a|an|the|of|on|in|for|to|by|with|from|via|as|at|about|towards?|beyond|between|across|into|over|under|using"
    r"|through|without|is|are|can|do|does|how|why|what|when|where|who|which|we|not|meets?|or|and|versus|vs"
    r"|\w+ing)\b"
)
_FOLLOWS = (
    r"(?=$|,|\s+(?:of|on|for|in|from|with|and|to|about|towards?|into|at|across|over|through|by|using|including)\b"
    r"|\s*\()"
)
# A survey of ours names its kind at the head of a clause: "A Comprehensive Survey", "Taxonomy and Survey of ...".
_SURVEY_CLAUSE = re.compile(
    rf"(?:(?:a|an|the|this|our|my|some|towards? an?)\s+)?(?:[\w’'-]+ (?:and|&) )?"
    rf"{_LOOSE_WORDS.format(_NOT_IN_PHRASE)}{{0,4}}{_SURVEY}"
    rf"(?:{_FOLLOWS}|\s+(?:&|paper$|article$))",
    re.IGNORECASE,
)
_NO_SURVEY = re.compile(  # others' answers, products, skies and fields are surveyed, and reviews made by machines
    r"\bauto\w+\s+(?:\w+\s+)?(?:survey|review)|\b(?:sky|wide[- ]field|photometric|spectroscopic|galax\w+|radio|x-ray"
    r"|optical|infrared|imaging|redshift|transit|legacy|user|users|online|household|customer|product|app|movie|peer|code"
    r"|opinion|field|panel|national|telephone|developer|practitioner|social|labou?r|large-scale|deep)\s+(?:survey|review)",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:respondents|questionnaires?|interview\w*|survey(?:ed)? (?:of )?(?:\w+ )?\d[\d,]*\b"
    r"|(?:online|user|developer|conducted a|large-scale) survey|survey (?:data|participants|responses|respondents))\b",
    re.IGNORECASE,
)
_SKY = ("astro-ph",)  # there a survey is an observation
_REVIEWING = re.compile(
    r"\b(?:in )?this (?:comprehensive |systematic |brief |short |literature |structured |critical )?"
    r"(?:survey|review|overview|tutorial|primer)\b"
    r"|\b(?:comprehensive|systematic|thorough|extensive|detailed|structured|brief|broad|critical|concise|in-depth)"
    r" (?:literature )?(?:survey|review|overview)\b"
    r"|\bwe (?:\w+ly |also )?(?:survey|review|summari[sz]e and (?:categori[sz]e|compare)) (?:\w+ ){0,2}"
    r"(?:existing|recent|current|the|literature|works?|advances|progress|approaches|methods)\b"
    r"|\b(?:survey|review) (?:paper|article|chapter)\b|\bprisma\b|\blecture notes\b",
    re.IGNORECASE,
)
_IS_REVIEW = re.compile(
    r"(?:\b(?:this|the|our|present) (?:paper|article|work|study|chapter|manuscript|monograph)|\bwe) (?:\w+ly |first )?"
    r"(?:(?:provides?|presents?|offers?|conducts?|conducted|gives?|carr(?:y|ies) out|performs?)"
    r" (?:an?|the)(?: first)?(?: [\w-]+,?| and){0,3} (?:survey|review|overview|tutorial)"
    r"|(?:surveys?|reviews?|summari[sz]es?) (?:\w+ ){0,3}(?:existing|recent|current|the|literature|works?|advances"
    r"|progress|approaches|methods))\b",
    re.IGNORECASE,
)
# A title that promises a survey, where its abstract says that it is one.
_SURVEY_HINT = re.compile(
    r"\b(?:taxonomy|state of the art|open (?:problems|challenges|questions)|opportunities|prospects|outlook|roadmap"
    r"|future (?:directions|perspectives|trends)|recent (?:advances|progress|developments|trends)|advances in"
    r"|introduction to|guide to|landscape|past, present|challenges|perspectives|progress|trends)\b",
    re.IGNORECASE,
)
_STRONG_REVIEWING = re.compile(
    r"(?:^|[.!?]\s+|\b(?:in|of|throughout) )[Tt]his (?:(?:comprehensive|systematic|brief|short|literature|structured"
    r"|critical) )?(?:survey|review|tutorial)(?: paper| article| chapter)?(?:,| (?:we|aims?|provides?|presents?|covers?"
    r"|explores?|examines?|discusses|focuses|offers|summari[sz]es|synthesi[sz]es|investigates|addresses|analy[sz]es|highlights"
    r"|outlines|systematically|comprehensively|delves|introduces|reviews|considers|describes|identifies|traces"
    r"|is (?:intended|aimed|structured|organi[sz]ed)))\b"
)
_REVIEW_JOURNAL = re.compile(
    r"\bACM Comput(?:\.|ing) Surv|\bAnnu(?:\.|al) Rev|\bRev(?:\.|iews of) Mod(?:\.|ern) Phys|\bLiving Rev"
    r"|\b(?:invited |topical )?review (?:article|paper)\b|\bsurvey (?:article|paper)\b",
    re.IGNORECASE,
)
_REVIEW_OF_TASK = re.compile(
    r"\b(?:overview|report|summary|findings|results) (?:of|on|from) (?:the )?.*(?:(?<![-–])\btask|\bchallenge|\btrack"
    r"|\bcampaign|\bcompetition|\blab)\b",
    re.IGNORECASE,
)

_RESOURCE = (
    r"(?:(?:benchmark(?:ing)?|evaluation|test|data) (?:data ?sets?|suites?|sets?|corpus|corpora|collections?)"
    r"|benchmarks?|data ?sets?|corpus|corpora|test ?beds?|leaderboards?|treebanks?)"
)
_RESOURCE_CLAUSE = re.compile(
    rf"(?:(?:a|an|the|this|our|another|towards? an?|introducing an?|introducing the"
    r"|(?:building|creating|constructing|collecting|developing|curating|construction of|creation of|development of)"
    r"(?: an?| the)?|and an?)\s+)?"
    rf"{_LOOSE_WORDS.format(_NOT_IN_PHRASE)}{{0,9}}{_RESOURCE}{_FOLLOWS}",
    re.IGNORECASE,
)
_BENCH_NAME = re.compile(r"^[\w.+^$ -]{0,30}(?:[\w -]Bench|\wbench|\wEval)(?:-?[\w.+]{1,12})?(?=$|:| --|\s*\()")
_BENCHMARKING = re.compile(r"(?:re)?benchmarking\b", re.IGNORECASE)
_MAKES_RESOURCE = re.compile(
    r"\b(?:introduc|present|propos|creat|buil[dt]|construct|releas|curat|collect|develop|establish|contribut|provid"
    r"|publish|describ|assembl|compil|annotat|design|offer|open-sourc)\w*\b[^.;]{0,110}?"
    r"\b(?:benchmarks?|data ?sets?|corpus|corpora|test ?beds?|test suites?|evaluation suites?|leaderboards?"
    r"|treebanks?|collection of|database)\b"
    r"|\b(?:benchmark|data ?set|corpus|test ?bed|treebank)s?\b[^.;]{0,60}\b(?:is|are|was|were|has been|have been)"
    r" (?:\w+ly )?(?:introduced|presented|proposed|created|built|constructed|released|curated|collected|developed"
    r"|provided|published|annotated|compiled|(?:made )?(?:publicly |freely |openly )?available)\b"
    r"|\bthis (?:\w+ )?(?:benchmark|data ?set|corpus|test ?bed)\b|\b(?:our|the proposed) (?:\w+ )?"
    r"(?:benchmark|data ?set|corpus)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:benchmark\w*|evaluat\w+|compar\w+|assess\w+)\b[^.;]{0,80}\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten"
    r"|several|various|different|many|multiple|popular|state-of-the-art|leading|existing|recent|open-source)\b",
    re.IGNORECASE,
)
_EVALUATING = re.compile(  # clauses that a benchmark may stand behind
    r"(?:evaluating|evaluation of|assessing|assessment of|towards? (?:\w+ )?evaluat\w+|how (?:well|good|far)"
    r"|(?:can|do|are) (?:\w+ ){0,4}(?:models|LLMs|MLLMs|VLMs|agents))\b",
    re.IGNORECASE,
)
_TEST_NAME = re.compile(r"^[\w.+^$-]{0,20}(?:QA|Arena|Eval)(?:-?[\w.+]{1,8})?$")
_NEW_RESOURCE = re.compile(
    r"\b(?:we|this (?:paper|work|article|study)) (?:\w+ly |also |then |thus )?(?:introduces?|presents?|proposes?"
    r"|creates?|builds?|built|constructs?|releases?|curates?|collects?|develops?|establish(?:es)?|contributes?|compiles?)"
    r" (?:(?!method|framework|model|approach|algorithm|architecture|network|system)[\w’'\"“”(){}\\$./+-]+,? ){0,9}?"
    r"(?:benchmark|data ?set|corpus|test ?bed|test suite|treebank)\b",
    re.IGNORECASE,
)
_ENDING_TASK = re.compile(r"\b(?:shared task|challenge|competition|track|campaign)\b", re.IGNORECASE)
_ORGANISERS = re.compile(
    r"\b(?:participating|submissions|submitted systems|teams)\b|\bwe (?:organi[sz]ed?|host)",
    re.IGNORECASE,
)
_ENTRANT = re.compile(
    r"\b(?:our|insights|submission|submitted|system description|system for|systems for|solution|approach to"
    r"|participation)\b",
    re.IGNORECASE,
)

_POSITION_TITLE = re.compile(
    r"^(?:position|opinion|viewpoint|perspective|essay)(?: paper)?\s*[:–—-]|\b(?:position paper|perspective paper"
    r"|a manifesto|a call (?:for|to)|considered harmful|an essay)\b|:\s+an? (?:opinion|viewpoint)$",
    re.IGNORECASE,
)
_POSITION = re.compile(
    r"\bthis (?:position|perspective|opinion|viewpoint|vision|discussion) (?:paper|article|piece)\b|\bthis (?:essay"
    r"|commentary)\b|\bin this (?:perspective|position paper)\b",
    re.IGNORECASE,
)
_ARGUING = re.compile(
    r"\bthis (?:paper|article) (?:\w+ly )?(?:argues|advocates|contends) (?:that|for|against)\b"
    r"|\bwe (?:argue|contend) that\b(?=.*\bwe (?:call for|urge|advocate)\b)",
    re.IGNORECASE | re.DOTALL,
)
_THEORY = re.compile(
    r"\bwe (?:\w+ly |also |then |further |thus |first )?(?:prove|derive (?:\w+ ){0,4}(?:bounds?|theorems?)|establish"
    r" (?:\w+ ){0,4}(?:bounds?|theorems?|convergence|existence|uniqueness))\b"
    r"|\b(?:is|are) (?:\w+ly )?(?:proved|proven)\b"
    r"|\b(?:proof|proofs) (?:of|that|is|are|uses?|relies)\b|\btheorems? (?:of|for|on|that|is|are)\b"
    r"|\b(?:upper|lower|minimax|regret|generali[sz]ation|sample complexity) bounds?\b|\bNP-(?:hard|complete)",
    re.IGNORECASE,
)
_THEORY_TITLE = re.compile(
    r"\b(?:theor(?:y|em|ems|etical)|proofs?|bounds?|convergence (?:of|analysis|rates?)|complexity of|conjecture"
    r"|on the existence|asymptotics?|lemma|(?:non-?)?identifiability|hardness|expressive power)\b",
    re.IGNORECASE,
)
_THEORY_FIELDS = ("math", "cs.CC", "cs.LO", "cs.DM", "stat.TH", "hep-th", "math-ph", "gr-qc")
_APPLICATION_TITLE = re.compile(
    r"\b(?:applications? (?:of|to|in)|case stud(?:y|ies)|in production|deploying|lessons learned"
    r"|experience report|field study|real-world (?:deployment|application))\b",
    re.IGNORECASE,
)
_APPLICATION = re.compile(
    r"\b(?:(?:a|this|our|real-world|industrial) case study|(?:has been|is|was) deployed|deployed (?:in|at|to)"
    r"|in production|online a/b test\w*|we (?:\w+ly )?appl(?:y|ied) (?:\w+[ -]){1,8}to (?:the )?(?:problem|task|case"
    r"|study|data|detection|prediction|classification|analysis)|we report (?:on )?our experiences?)\b",
    re.IGNORECASE,
)
_MADE = (
    r"(?:method|approach|framework|algorithm|architecture|technique|pipeline|module|mechanism|scheme|strategy|paradigm"
    r"|procedure|estimator|solver|objective|loss|regulari[sz]\w+|network|model|system|toolkit|library|tool|agent"
    r"|formulation|protocol|attack|defen[cs]e|representation|formalism)s?"
)
_METHOD = re.compile(
    r"\b(?:we|this (?:paper|work|article|study|letter|thesis)|the authors|I|here,? we) (?:(?:\w+ly|also|then|thus|first"
    r"|therefore|further|here|instead) )?(?:proposes?|introduces?|presents?|develops?|designs?|devises?|describes?"
    rf"|builds?)\b[^.;]{{0,140}}?\b{_MADE}\b"
    rf"|\b(?:novel|new|our|proposed|simple yet effective) (?:[\w-]+ ){{0,4}}{_MADE}\b"
    rf"|\b{_MADE} (?:[\w-]+ ){{0,6}}(?:is|are|was|were) (?:\w+ly )?(?:proposed|introduced|presented|developed"
    r"|described)"
    r"|\bwe (?:\w+ly |also |then |thus |first )?propose\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)  # papers; who titles sections asks, and who tells facts
def paper_role(paper: Paper) -> PaperRole:
    """What kind of paper it is, "unknown" without a cue."""
    title, abstract = paper.readable_title, paper.readable_abstract
    clauses = [clause.strip() for clause in _CLAUSE_END.split(title) if clause.strip()]
    if _is_task_report(title, abstract):
        return "benchmark"
    if _is_survey(paper, title, clauses, abstract):
        return "survey"
    if _is_benchmark(title, clauses, abstract):
        return "benchmark"
    if _POSITION_TITLE.search(title) or _POSITION.search(abstract) or "position paper" in paper.comment.lower():
        return "position"
    return _working_role(paper, title, abstract)


def _is_survey(paper: Paper, title: str, clauses: list[str], abstract: str) -> bool:
    asks_people = _PEOPLE.search(abstract)
    named = any(_SURVEY_CLAUSE.match(clause) for clause in clauses) and not _NO_SURVEY.search(title)
    if paper.primary_category.startswith(_SKY):
        return bool(
            named
            and _REVIEWING.search(abstract)
            and re.search(r"review|overview|lecture|tutorial", title, re.IGNORECASE)
        )
    if named:
        return not asks_people or bool(_REVIEWING.search(abstract))
    if asks_people:
        return False
    if _STRONG_REVIEWING.search(abstract) or _REVIEW_JOURNAL.search(f"{paper.comment} {paper.journal_ref}"):
        return True
    return bool(_SURVEY_HINT.search(title) and _IS_REVIEW.search(abstract))


def _is_task_report(title: str, abstract: str) -> bool:
    """What the organisers of a shared task write; those who took part write of their system."""
    if _REVIEW_OF_TASK.search(title):
        return True
    named = _ENDING_TASK.search(title) and not _ENTRANT.search(title)
    return bool(named and _ORGANISERS.search(abstract) and not re.search(r"\bour (?:system|submission)", abstract))


def _is_benchmark(title: str, clauses: list[str], abstract: str) -> bool:
    makes = _MAKES_RESOURCE.search(abstract)
    if any(_RESOURCE_CLAUSE.match(clause) for clause in clauses) or _BENCH_NAME.search(title):
        return bool(makes or not abstract)
    if any(_BENCHMARKING.match(clause) for clause in clauses):
        return bool(makes or _COMPARES.search(abstract))
    tests = any(_EVALUATING.match(clause) or _TEST_NAME.match(clause) for clause in clauses)
    return bool(tests and _NEW_RESOURCE.search(abstract))


def _working_role(paper: Paper, title: str, abstract: str) -> PaperRole:
    """Of the papers that do research themselves."""
    makes = _METHOD.search(abstract)
    formal = paper.primary_category.startswith(_THEORY_FIELDS) or _THEORY_TITLE.search(title)
    if formal and _THEORY.search(abstract):
        return "theory"
    if _APPLICATION_TITLE.search(title) or (_APPLICATION.search(abstract) and not makes):
        return "application"
    if makes:
        return "method"
    return "position" if _ARGUING.search(abstract) else "unknown"
