"""Writers and a judge for experiments: stand-ins whose quality depends on the order of the papers, and on nothing.

Each takes a request as `LlmServer.log` has it, and answers over what the plain stand-in would. Both writers leave
papers out: `follows_the_thread` those that are unlike the paper before, `loses_papers` some that a hash names, so that
another order loses others, and no fewer.
"""

import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from digest.evaluation.calibration import labelled_claims
from digest.extractive.embedder import WordLlamaEmbedder
from digest.ports import Vectors
from digest.sources.sample import BUNDLED
from tests.doubles import llm_answers

_NEAR = 0.93  # distance of two papers in meaning: most neighbours along a route are nearer, few of those as found
_LOST = 3  # of ten

Answer = str | dict[str, Any]


def follows_the_thread(asked: dict[str, Any]) -> Answer:
    return _without(asked, lambda one, other: _distance(one, other) > _NEAR)


def loses_papers(asked: dict[str, Any]) -> Answer:
    return _without(asked, lambda one, other: hashlib.sha256(f"{one}|{other}".encode()).digest()[0] % 10 < _LOST)


def _without(asked: dict[str, Any], is_lost: Callable[[str, str], bool]) -> Answer:
    told = llm_answers.answer(asked)
    if asked["role"] != "section" or not isinstance(told, str):
        return told
    titles = dict(re.findall(r'<paper number="(\d+)">\s*<title>(.*?)</title>', asked["prompt"], re.DOTALL))
    said = re.findall(r"\s*(.+?\[(\d+)(?:\.\d+)?\]\.)", told, re.DOTALL)
    kept = [
        sentence for (sentence, n), (_, m) in zip(said[1:], said, strict=False) if not is_lost(titles[m], titles[n])
    ]
    return " ".join([said[0][0], *kept])


def _distance(one: str, other: str) -> float:
    return float(np.linalg.norm(_vectors()[one] - _vectors()[other]))


@cache
def _vectors() -> dict[str, Vectors]:
    """Of the sample's papers, by title: whatever of them a prompt shows."""
    papers = [json.loads(line) for line in BUNDLED.read_text().splitlines()[1:]]
    vectors = WordLlamaEmbedder().embed([f"{paper['title']}\n{paper['abstract']}" for paper in papers]).value
    return {" ".join(paper["title"].split()): vector for paper, vector in zip(papers, vectors, strict=True)}


def judges(asked: dict[str, Any]) -> Answer:
    """Claims by the words that they share with their papers, labelled ones by their labels; the longer text wins."""
    texts = re.findall(r'<text number="(\d+)"(?: papers="([^"]*)")?>\s*(.*?)\s*</text>', asked["ask"], re.DOTALL)
    if "better" in asked["schema"]["properties"]:
        longest = max(texts, key=lambda text: len(text[2]))
        return {"reason": "It says more.", "better": longest[0]}
    papers = dict(re.findall(r'<paper number="(\d+)">(.*?)</paper>', asked["prompt"], re.DOTALL))
    return {"verdicts": [_verdict(number, claim, [papers[n] for n in of.split(", ")]) for number, of, claim in texts]}


def _verdict(number: str, claim: str, papers: list[str]) -> dict[str, Any]:
    label = {one.claim: one.supported for one in labelled_claims()}
    words = set(llm_answers.WORD.findall(claim.lower()))
    held = set(llm_answers.WORD.findall(" ".join(papers).lower()))
    return {"number": int(number), "supported": label.get(claim, len(words & held) > 0.6 * len(words))}
