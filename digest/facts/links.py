"""Addresses of code and data that an abstract or a comment names. Pure.

Invariant: an address stands in the paper's own words, whole; whether it leads to code or to data is said by its host or
by the words around it, and an address of which neither says anything (a project page) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from store.records.editions import Paper

_HOST = (
    r"(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|sourceforge\.net|anonymous\.4open\.science"
    r"|huggingface\.co|zenodo\.org|figshare\.com|kaggle\.com|osf\.io|data\.mendeley\.com|physionet\.org|doi\.org)"
)
_ADDRESS = re.compile(rf"(?:https?://|(?<![\w/.@-])(?:www\.)?(?={_HOST}/))[\w.~/%#?=&+:@,\\{{}}-]+", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([_%#&~])")
_COMMAND = re.compile(r"\\(?:url|href)\s*\{")
_END = re.compile(r"[{}\\].*|[.,:;?&)'-]+$")
_SAFE = re.compile(r"https?://[\w-]+(?:\.[\w-]+)+(?:/[\w.~/%#?=&+:@,-]*)?", re.ASCII)
_CODE_HOST = re.compile(
    r"//(?:www\.)?(?:(?:github|gitlab)\.com/[^/]+/[^/]+|github\.com/[\w-]+/?$|bitbucket\.org/.|codeberg\.org/."
    r"|sourceforge\.net/.|anonymous\.4open\.science/.)",
    re.IGNORECASE,
)
_DATA_HOST = re.compile(
    r"//(?:www\.)?(?:huggingface\.co/datasets/|zenodo\.org/|(?:\w+\.)?figshare\.com/|kaggle\.com/(?:datasets|c|competitions)"
    r"/|data\.mendeley\.com/|physionet\.org/|doi\.org/10\.(?:5281|6084|17632|5061|7910)/)",
    re.IGNORECASE,
)
_CODE_WORD = re.compile(
    r"\b(?:codes?|source|implementation|software|repository|repo|scripts?|toolkit|library|package|open[- ]sourced?"
    r"|github|weights|models?)\b",
    re.IGNORECASE,
)
_DATA_WORD = re.compile(
    r"\b(?:data|data ?sets?|benchmarks?|corpus|corpora|annotations|recordings|database)\b", re.IGNORECASE
)
_DATA_OFFERED = re.compile(
    r"\b(?:data|data ?sets?|benchmarks?|corpus|corpora|database)\b.{0,60}\b(?:available|released|downloaded?|accessible"
    r"|accessed|found|hosted|public)\b.{0,40}$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def find_links(paper: Paper) -> tuple[str, str]:
    """(code, data), each the first address of its kind, "" where there is none."""
    code = data = ""
    for address, before in _addresses(f"{paper.abstract}\n{paper.comment}"):
        is_code, is_data = _kinds(address, before)
        code = code or (address if is_code else "")
        data = data or (address if is_data else "")
    return code, data


def _addresses(text: str) -> Iterator[tuple[str, str]]:
    """Each address with what its sentence says up to there."""
    for line in text.splitlines():
        for sentence in _SENTENCE_END.split(_ESCAPED.sub(r"\1", _COMMAND.sub(" ", line))):
            for found in _ADDRESS.finditer(sentence):
                address = _END.sub("", _END.sub("", found[0]))
                address = address if address.lower().startswith("http") else f"https://{address}"
                if _SAFE.fullmatch(address):
                    yield address, sentence[: found.start()]


def _kinds(address: str, before: str) -> tuple[bool, bool]:
    """Whether it leads to code, and whether to data."""
    says_code, says_data = bool(_CODE_WORD.search(before)), bool(_DATA_WORD.search(before))
    if _DATA_HOST.search(address):
        return says_code and not says_data, says_data or not says_code
    if _CODE_HOST.search(address):
        return says_code or not says_data, bool(_DATA_OFFERED.search(before))
    return "code" in before.lower(), bool(_DATA_OFFERED.search(before))
