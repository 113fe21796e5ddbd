"""A sentence of an abstract made fit to stand in a text with citations. Pure.

Invariant: it is on one line, and nothing in it can be taken for a citation or for markdown structure; with its marker
it holds that once, and no other.
"""

from __future__ import annotations

import re

from store.text import latex, math

# "[12]" of an abstract points into a list that is not ours.
_REFERENCE = re.compile(r"(?:\s|(?<![\w\\}$\]]))(?:\[\^?\d{1,3}\]|［\d{1,3}］|【\d{1,3}】)")
_CITE = re.compile(r"~?\\mbox\{\\cite\w*\{[^{}]{0,200}\}\}|~?\\cite\w*\{[^{}]{0,200}\}")
_ADDRESS = re.compile(r"\s?\(?\b(?:https?://|www\.)[^\s)]+\)?")
# "[0, 1]" is an interval, "[Paper 3]" who knows what; the optional argument of a TeX command cites nothing.
_BRACKET = re.compile(r"(?P<tex>\\[A-Za-z]{1,20}\[)|[\[［【](?=[^\[\]［］【】]{0,60}\d)")
_JOINER = "\u2060"  # invisible, and no citation marker has one
_STRUCTURE = re.compile(r"^(?:[#>*+•|–—-]+\s+|\((?:\d|i{1,3}|iv|[a-d])\)\s+|\d{1,2}[.)]\s+)+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_ENUMERATION = re.compile(r"(?<=[\w,;:] )\((?:\d|i{1,3}|iv|[a-d])\) (?=[a-z])")
_COMMENT = re.compile(r"(?<=[.!?] )%[A-Za-z].*$|^%(?=[A-Za-z])")  # of LaTeX; the line that it ends with is not known
_END = re.compile(r"(?P<mark>[.!?]{0,3})(?P<close>[\"”’)\]]{0,3})\.{0,3}$")
# A macro of the authors' own, mostly their method's name: \TrojRAG, \ours{}, \coo\ .
_MACRO = re.compile(r"\\(?P<name>[A-Za-z]{1,24})(?:\{\}|\\(?= )|(?![A-Za-z{\[\\]))")
_OPEN_MACRO = re.compile(r"\\[A-Za-z]{1,24}\*? ?\{")
_WORDS = re.compile(r"^\s*\\(?:text\w*|emph|mathrm|mathsf|mathbf) ?\{[\w -]+\}\s*$")  # of a formula that is none
_NO_NAME = "the method"
_NAMELESS = frozenset(
    "ours our method methodname ourmethod model modelname ourmodel name sys system sysname tool toolname algo alg"
    " approach framework acronym papername abbr".split()
)


def clean_sentence(text: str, title: str = "") -> str:
    """A sentence that cannot be taken for more than a sentence: one line, no numbers in brackets, no list item."""
    line = _COMMENT.sub("", " ".join(_UNSEEN.sub(" ", text).split()))
    line = _REFERENCE.sub("", _CITE.sub("", _ADDRESS.sub("", line)))
    name = _method_name(title)
    line = math.rewrite_prose(line, lambda prose: _clean_prose(prose, name), keep=lambda f: not _WORDS.search(f.source))
    line = _BRACKET.sub(lambda m: m.group() if m["tex"] else m.group() + _JOINER, line)
    return _STRUCTURE.sub("", line).strip()


def _clean_prose(prose: str, name: str) -> str:
    """Without LaTeX, the braces of half a command, and the numbers of a list amid the sentence."""
    plain = latex.latex_to_unicode(prose)
    plain = _MACRO.sub(lambda macro: name if macro["name"].lower() in _NAMELESS else macro["name"], plain)
    plain = plain.replace(f" ({_NO_NAME})", "")
    return _ENUMERATION.sub("", re.sub(r"[{}]", "", _OPEN_MACRO.sub("", plain)))


def _method_name(title: str) -> str:
    """ "TrojRAG" of "TrojRAG: Poisoning ..."; "the method" where the title gives no such name."""
    name, colon, _ = title.partition(":")
    return name.strip() if colon and len(name.split()) <= 2 and "\\" not in name else _NO_NAME


def add_marker(sentence: str, marker: str) -> str:
    """The marker directly before the final full stop."""
    text = sentence.rstrip()
    end = _END.search(text)
    body, close, mark = (text[: end.start()], end["close"], end["mark"][:1] or ".") if end else (text, "", ".")
    return f"{body.rstrip()}{close} {marker}{mark}"
