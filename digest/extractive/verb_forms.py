"""Verb inflection: third person singular of the verbs with which papers tell what they do. Pure.

Invariant: only verbs of a closed list are ever inflected; at any doubt the answer is None or "".
"""

from __future__ import annotations

import re

BASES = frozenset(
    """
    account achieve adapt address adopt advance aim align allow analyse analyze answer apply approach argue ask
    assess attempt attribute augment automate average begin benchmark bring broaden build calculate carry cast
    challenge characterise characterize choose clarify classify collect combine compare complement complete compute
    conclude conduct confirm conjecture connect consider constrain construct contribute create curate cast deal
    decompose deduce define demonstrate derive describe design detail detect determine develop devise discover
    discuss distinguish document employ enable emphasise emphasize elucidate encode encourage enhance establish
    estimate evaluate examine exhibit exploit explain explore expose extend extract fill find fine-tune focus follow
    formalise formalize formulate frame fuse generalise generalize generate give go highlight hypothesise
    hypothesize identify illustrate implement improve include incorporate infer initiate inject integrate interpret
    introduce investigate isolate know keep launch leave read run lay learn leverage link look make map measure
    mitigate model modify motivate move note obtain observe offer open optimise optimize outline overcome
    parametrise perform pinpoint point pose posit precompute predict prepare present pretrain probe produce propose
    prove engage lay provide publish push put quantify question realise realize recast reconstruct recover reduce
    refer refine reformulate relate release rely remove replace report represent require resolve rethink reveal
    review revisit search see seek select set shed show simulate solve start state study suggest summarise summarize
    support survey synthesise synthesize systematically tackle take tailor target tease test trace track train
    transfer transform treat try turn uncover undertake unify unlock unveil use utilise utilize validate verify view
    visualise visualize want work yield
    """.split()
)
_IRREGULAR = {"are": "is", "have": "has", "do": "does", "were": "was", "go": "goes"}
_UNCHANGED = frozenset(
    """
    can cannot could may might must shall should will would had was did found gave made built took saw showed shown
    began chose drew felt got held kept knew led left let met put ran said sent set sought taught thought told
    understood wrote
    """.split()
)
_ADVERBS = frozenset("also first then here thus therefore instead further hence now next only both not even".split())

_VERB = re.compile(r"(?P<adverbs>(?: [a-z]+ly,?| (?:" + "|".join(sorted(_ADVERBS)) + r"),?)*) (?P<verb>[a-z-]+)")
_JOINED = re.compile(
    r"(?:\band(?: then)?|\bor|,|\bbut)(?P<adverbs>(?: [a-z]+ly| also| then| further| thus"
    r"| thereby)*) (?P<verb>[a-z-]+)(?= (?P<next>[\w$\\-]+))"
)
# Words of the list that are as often nouns: verbs only where an article or the like follows.
_NOUNS_TOO = frozenset(
    """
    advance aim answer approach average benchmark cast change challenge design detail document estimate exhibit
    exploit extract focus frame harness highlight launch lead leverage limit link look map measure model move note
    offer open outline point pose probe produce publish question range reason release report request research result
    review search set shed show start state study support survey tailor target tackle tease test trace track train
    transfer transform treat try turn use value view work yield complete complement contrast cost cover fuse
    """.split()
)
_UNLISTED = re.compile(r"\b(?:and|,|or)(?: then| \w+ly)? \w+(?:ize|ify|yze)\b")
_AFTER_A_VERB = frozenset(
    "a an the that how its their this these two three several new novel whether to on it them both one some".split()
)
_NEW_CLAUSE = re.compile(
    r"\b(?:to|that|which|who|where|can|could|may|will|would|we|they|it|when|if|whether|how|must|should)\b"
)


def inflect_clause(rest: str) -> str | None:
    """What follows "we", as it follows a single name: " propose X and show Y" gives " proposes X and shows Y".

    None where some verb is not in the list, or where it is unclear whose verb it is.
    """
    match = _VERB.match(rest)
    if not match or (verb := known_third_person(match["verb"])) is None:
        return None
    tail = _inflect_joined(rest[match.end() :])
    return None if tail is None else f"{match['adverbs']} {verb}{tail}"


def _inflect_joined(tail: str) -> str | None:
    """The further verbs of the same subject, which "and" or a comma joins on."""
    out, done = "", 0
    for match in _JOINED.finditer(tail):
        if match["verb"] in BASES and (match["verb"] not in _NOUNS_TOO or match["next"] in _AFTER_A_VERB):
            if _NEW_CLAUSE.search(tail[: match.start()]):
                return None  # "proposes a way to learn X and show that ...": whose is "show"?
            out += tail[done : match.start("verb")] + third_person(match["verb"])
            done = match.end("verb")
    out += tail[done:]
    return None if _UNLISTED.search(out) else out


def known_third_person(verb: str) -> str | None:
    """The form after he or she of a form after we; None for a word that the list does not hold."""
    if verb in _IRREGULAR or verb in BASES:
        return third_person(verb)
    return verb if verb in _UNCHANGED or (verb.endswith("ed") and len(verb) > 4) else None


def base_form(verb: str) -> str:
    """The base of a verb of the list in its third person ("presents" gives "present"), else ""."""
    stems = (verb[:-1], verb[:-2], verb[:-3] + "y")
    return next((stem for stem in stems if stem in BASES and third_person(stem) == verb), "")


def third_person(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    return verb[:-1] + "ies" if verb.endswith("y") and verb[-2] not in "aeiou" else verb + "s"
