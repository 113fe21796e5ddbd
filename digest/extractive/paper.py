"""One paper told in one to three cited sentences, extracted from its own words.

Invariant: every sentence holds the paper's marker once and no other; each is on one line, and nothing in it can be
taken for a citation or for markdown structure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.extractive import anaphora, sentence_roles, summaries, third_person
from digest.extractive.third_person import Subject
from digest.ports import BriefPaper
from digest.text import sentences
from store.text import latex, math

# "[12]" of an abstract points into a list that is not ours.
_REFERENCE = re.compile(r"(?:\s|(?<![\w\\}$\]]))(?:\[\^?\d{1,3}\]|［\d{1,3}］|【\d{1,3}】)")
# "[0, 1]" is an interval, "[Paper 3]" who knows what; the optional argument of a TeX command cites nothing.
_CITE = re.compile(r"~?\\mbox\{\\cite\w*\{[^{}]{0,200}\}\}|~?\\cite\w*\{[^{}]{0,200}\}")
_ADDRESS = re.compile(r"\s?\(?\b(?:https?://|www\.)[^\s)]+\)?")
_BRACKET = re.compile(r"(?P<tex>\\[A-Za-z]{1,20}\[)|[\[［【](?=[^\[\]［］【】]{0,60}\d)")
_JOINER = "\u2060"  # invisible, and no citation marker has one
_STRUCTURE = re.compile(r"^(?:[#>*+•|–—-]+\s+|\(\d\)\s+|\d{1,2}[.)]\s+)+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_END = re.compile(r"(?P<mark>[.!?]{0,3})(?P<close>[\"”’)\]]{0,3})\.{0,3}$")
_NAMED_METHOD = re.compile(
    r"^[Ww]e (?:also |\w+ly )?(?:propose|introduce|present|develop|design|describe|devise|release) "
    r"(?P<name>[A-Z0-9][\w+-]*(?: [A-Z0-9][\w-]*){0,4}(?: \([A-Za-z0-9-]{2,12}\))?), (?P<what>(?:a|an|the) .+)$"
)
_FURTHER_VERB = re.compile(
    r"\b(?:and|then) (?:\w+ly |also |then )*(?:show|demonstrate|prove|use|apply|evaluate|find|study|provide)\b"
)
_STYLE = re.compile(
    r"\\(?:textbf|textit|emph|texttt|textsc|textrm|textsf|underline|enquote|Emph|text|mbox) ?\{([^{}$]{0,400})\}"
)
_STYLE_OPEN = re.compile(r"\\(?:textbf|textit|emph|texttt|textsc|underline) ?\{(?=[^{}$]*$)")
# A macro of the authors' own, mostly their method's name: \TrojRAG, \ours{}, \coo\ .
_MACRO = re.compile(r"\\(?P<name>[A-Za-z]{1,24})(?:\{\}|\\(?= )|(?![A-Za-z{\[\\]))")
_SHORTHAND = {"eg": "e.g.", "ie": "i.e.", "etal": "et al.", "cf": "cf.", "em": "", "bf": "", "it": "", "space": ""}
_NAMELESS = frozenset(
    "ours our method methodname ourmethod model modelname ourmodel name sys system sysname tool toolname algo alg"
    " approach framework acronym papername abbr".split()
)
_SPLIT_LATE = re.compile(r"(?<=[a-z)]\.) (?=[a-z]{1,2}-[A-Z])")  # "... (f-RAG). f-RAG is ..."
_TITLE_CHARACTERS = 160


@dataclass(frozen=True)
class PaperSentences:
    """What can be said of one paper: finished, cited sentences; "" where there is nothing to say."""

    problem: str
    method: str
    method_after_problem: str
    result: str
    strength: float  # how plainly the result is one
    by_subject: bool  # the method opens with the authors


def write_paper_sentences(paper: BriefPaper, subject: Subject, *, by_name: bool) -> PaperSentences:
    """by_name: rather "LoRA-X, by Hu et al., is a ..." than "Hu et al. propose LoRA-X, a ...", where both can stand."""
    name = _method_name(paper.paper.title)
    problem, method, result = (
        [_expand_macros(clean_sentence(s), name) for s in _split_late(part)] for part in _summary_parts(paper)
    )
    *lead, key = method or [_no_abstract_sentence(paper)]
    if not lead and anaphora.depends_on_previous(key):
        lead = problem
    before = [
        turned for s in lead[:1] if (turned := third_person.turn_first_sentence(anaphora.make_standalone(s), subject))
    ]
    if before and _names_subject(before[0], subject):
        told = third_person.turn_later_sentence(anaphora.make_standalone(key), subject) or _turn_method(
            key, subject, by_name=False
        )
    else:
        told = _turn_method(anaphora.make_standalone(key), subject, by_name=by_name and not before)
    return PaperSentences(
        problem=_cite_all([anaphora.make_standalone(s) for s in problem], paper.number)
        if not any(map(_has_first_person, problem))
        else "",
        method=_cite_all([*before, told], paper.number),
        method_after_problem=_cite_all([_turn_method(key, subject, by_name=False)], paper.number),
        result=_cite_all(_turn_result(result, subject, [*before, told]), paper.number),
        strength=sentence_roles.result_score(" ".join(result)),
        by_subject=not before and told.startswith(third_person.capitalise(subject.name)),
    )


def clean_sentence(text: str) -> str:
    """A sentence that cannot be taken for more than a sentence: one line, no numbers in brackets, no list item."""
    line = _strip_styles(" ".join(_UNSEEN.sub(" ", text).split()))
    line = _REFERENCE.sub("", _CITE.sub("", _ADDRESS.sub("", line)))
    line = _BRACKET.sub(lambda m: m.group() if m["tex"] else m.group() + _JOINER, line)
    return _STRUCTURE.sub("", line).strip()


def _strip_styles(text: str) -> str:
    r"""Without \textbf{...} and the like, of which a sentence may hold one brace only."""
    plain = _STYLE_OPEN.sub("", _STYLE.sub(r"\1", _STYLE.sub(r"\1", text)))
    return re.sub(r"\}(?=[.!?]?$)", "", plain) if plain.count("}") > plain.count("{") else plain


def short_title(paper: BriefPaper) -> str:
    return summaries.shorten_sentence(
        _expand_macros(clean_sentence(paper.paper.title), "the method")[:_TITLE_CHARACTERS], 25
    )


def _summary_parts(paper: BriefPaper) -> tuple[list[str], list[str], list[str]]:
    """Problem, method and result as sentences; of the abstract itself where the summary has no method."""
    summary = paper.summary
    if summary.method:
        problem, method, result = (sentences.split(part) for part in (summary.problem, summary.method, summary.result))
        return problem, method, result
    seen = summaries.outline_abstract(paper.paper.title, paper.paper.abstract)
    first = seen.method or tuple(range(min(1, len(seen.sentences))))
    chosen = (seen.problem, first, () if set(seen.result) & set(first) else seen.result)
    problem, method, result = ([summaries.shorten_sentence(seen.sentences[i]) for i in part] for part in chosen)
    return problem, method, result


def _split_late(part: Sequence[str]) -> list[str]:
    return [piece for sentence in part for piece in _SPLIT_LATE.split(sentence)]


def _method_name(title: str) -> str:
    """ "TrojRAG" of "TrojRAG: Poisoning ..."; "the method" where the title gives no such name."""
    name, colon, _ = title.partition(":")
    return name.strip() if colon and len(name.split()) <= 2 and "\\" not in name else "the method"


def _expand_macros(sentence: str, name: str) -> str:
    r"""Commands that only the authors' file defined, as the name they stand for; formulas are left alone."""
    return math.rewrite_prose(sentence, lambda prose: _MACRO.sub(lambda macro: _expand_macro(macro, name), prose))


def _expand_macro(macro: re.Match[str], name: str) -> str:
    if macro["name"] in _SHORTHAND:
        return _SHORTHAND[macro["name"]]
    written = "\\" + macro["name"]
    if latex.latex_to_unicode(written) != written:  # a command of TeX's own: \alpha
        return macro.group()
    return name if macro["name"].lower() in _NAMELESS else macro["name"]


def _no_abstract_sentence(paper: BriefPaper) -> str:
    return f"“{short_title(paper) or paper.paper.id}” comes without an abstract"


def _turn_method(sentence: str, subject: Subject, *, by_name: bool) -> str:
    """The method in the third person; in the authors' own words, quoted, where turning it would be unsafe."""
    named = _rewrite_by_name(sentence, subject) if by_name or subject.anonymous else ""
    turned = named or third_person.turn_first_sentence(sentence, subject)
    if turned is None and subject.anonymous:
        turned = third_person.turn_first_sentence(
            sentence, replace(subject, name=f"the authors of {subject.marker}", plural=True, possessive="their")
        )
    words = f"the words of {subject.marker}" if subject.anonymous else f"{subject.genitive} words"
    return turned or f"In {words}, “{sentence.rstrip('. ')}”"


def _rewrite_by_name(sentence: str, subject: Subject) -> str:
    """ "We propose LoRA-X, a method that ..." is "LoRA-X is a method that ..."; "" where it is not of that form."""
    match = _NAMED_METHOD.match(third_person.strip_in_this_paper(sentence))
    if not match or _has_first_person(match["what"]) or _FURTHER_VERB.search(match["what"]):
        return ""
    if not any(c.isupper() or c.isdigit() or c == "-" for c in match["name"][1:]):
        return ""
    by = "" if subject.anonymous else f", by {subject.name},"
    return f"{match['name']}{by} is {match['what']}"


def _names_subject(told: str, subject: Subject) -> bool:
    return subject.name.casefold() in told.casefold() or (subject.anonymous and subject.marker in told)


def _turn_result(result: Sequence[str], subject: Subject, before: Sequence[str]) -> list[str]:
    """The result as it follows the method; nothing where a sentence cannot be turned: results may be left out.

    The authors are named in it where nothing before named them: "their" would be those of another paper.
    """
    named = any(_names_subject(told, subject) for told in before)
    voiced = (
        third_person.turn_later_sentence
        if named or (subject.anonymous and before)
        else third_person.turn_first_sentence
    )
    turned = [voiced(anaphora.make_standalone(s), _later_subject(subject, before)) for s in result]
    return [s for s in turned if s] if all(turned) else []


def _later_subject(subject: Subject, before: Sequence[str]) -> Subject:
    """A paper without recorded authors, once spoken of: "the authors", unless "one paper" can have "its authors"."""
    kept = not subject.anonymous or any(subject.name in told.casefold() for told in before)
    return (
        subject
        if kept
        else replace(subject, name="the authors", plural=True, pronoun="the authors", possessive="their")
    )


def _has_first_person(sentence: str) -> bool:
    return bool(re.search(r"\b(?:we|our|us|I|my)\b", sentence, re.IGNORECASE))


def _cite_all(told: Sequence[str], number: int) -> str:
    return " ".join(
        _add_marker(third_person.capitalise(sentence), f"[{number}]") for sentence in told if sentence.strip()
    )


def _add_marker(sentence: str, marker: str) -> str:
    """The marker directly before the final full stop; a sentence that holds it already only gets its stop."""
    text = sentence.rstrip()
    end = _END.search(text)
    body, close, mark = (text[: end.start()], end["close"], end["mark"][:1] or ".") if end else (text, "", ".")
    if (marker in body or not close) and body.endswith("…"):
        return body if marker in body else f"{body} {marker}."
    return f"{body}{close}{mark}" if marker in body else f"{body.rstrip()}{close} {marker}{mark}"
