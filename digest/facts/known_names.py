"""Methods and data sets that an abstract names. Pure.

Invariant: a name stands in the paper's own title or abstract. Known ones are told by two lists (text files beside this
module), others by how an abstract introduces them: "(LSN)" behind the words it is short for, "the X dataset", "X: ..."
at the head of the title.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from store.records.editions import Paper
from store.records.paper_facts import PaperRole

_MOST = 6  # of either kind
_TOKEN = re.compile(r"[\w+@&*²-]+(?:[./'’][\w+@&-]+)*\+*")
_RESOURCE = r"(?:data ?sets?|benchmarks?|corpus|corpora|test sets?)"
_RESOURCE_NOUN = re.compile(rf" {_RESOURCE}\b")
_NAME = r"(?<![\w-])[A-Z][\w.+&/-]*[\w+](?: (?:[A-Z][\w.+&/-]*[\w+]|\d[\w.]*)){0,3}"
_LISTED_NAMES = re.compile(rf"(?:{_NAME}(?:, and |, | and | or |, or ))*{_NAME}(?= [a-z]\w+$|$)")
_IS_RESOURCE = re.compile(rf"\b(?:{_RESOURCE}|suite|challenge|evaluation)$", re.IGNORECASE)
_REACH = 120  # letters before "datasets" in which their names stand
_ADJECTIVES = re.compile(
    r"[A-Z][a-z]+(?:ian|ese|ish|ean)|.*-(?:focused|enhanced|based|style|augmented|derived|driven|related|centric|specific"
    r"|level|scale|like|generated|annotated|oriented)"
)
_AND = re.compile(r", and |, or |, | and | or ")
_NO_RESOURCE = frozenset(
    """
    The Our We This These Those Each All Both Many Most Some Several Large Large-scale Existing Current Recent New
    Novel Public Real Real-world Synthetic Standard Popular Common Various Multiple Different Two Three Four Five
    Six QA VQA RAG LLM LLMs VLM NLP ASR AI ML TTS OCR MRI CT EEG ECG UAV SLAM LiDAR IoT GUI SQL API 3D 2D 4D RGB
    RGB-D HD MT NER KG CV NMT English Chinese Japanese German French Spanish Arabic Hindi Korean Russian Indian
    African European American Western Mandarin Bengali Vietnamese Turkish Italian Portuguese Dutch Polish Indonesian
    Thai Persian Urdu Multilingual Test Training Additionally Furthermore Moreover However Using While Although
    Across When For In On With To From By As And Extensive Experiments Its Their An A It If GPU CPU COVID-19 PDE ODE
    SOTA State-of-the-art Open Open-source Thus Text Video Image Speech Audio Medical Clinical Comprehensive
    Evaluation Such Unlike Any No Not Other Unified Q&A
    """.split()
)
_ACRONYM = re.compile(r" \(([A-Z][A-Za-z0-9-]{1,9}?)s?\)")
_LONG_FORM = re.compile(r"(?:[\w’'-]+ ){0,6}[\w’'-]+$")
_METHOD_NOUNS = re.compile(
    r"(?:learning|networks?|adaptation|optimi[sz]ation|transformers?|attention|distillation|algorithms?|splatting|sampling"
    r"|regression|decoding|(?:fine-)?tuning|prompting|pruning|quanti[sz]ation|embeddings?|search|filter(?:ing)?|methods?"
    r"|approximation|transform|decomposition|factori[sz]ation|loss|policy|planner|module|framework|mechanism|encoders?"
    r"|decoders?|autoencoders?|classifiers?|augmented generation|inference|programming|masking|merging|matching"
    r"|regulari[sz]ation|normali[sz]ation|strategy|scheme|guidance|calculations?|theory|simulations?|spectroscopy)$",
    re.IGNORECASE,
)
_NO_NAME_STARTS = (
    "Beyond ",
    "Towards ",
    "Toward ",
    "From ",
    "On ",
    "Is ",
    "Are ",
    "Do ",
    "Can ",
    "When ",
    "How ",
    "Why ",
)
_NO_METHOD = frozenset("LLM LLMS MLLM VLM LVLM AI ML DL NLP ASR TTS SOTA OOD IoT CV NMT".split())
_OWN_NAME = re.compile(
    r"^([A-Z0-9][\w.+@-]*(?: (?:\d[\w.]*|[A-Z]{2,}))?)(?: (?:Data ?set|Benchmark|Corpus))?\s*(?::| -- | – )"
)


@dataclass(frozen=True)
class _NameList:
    exact: Mapping[str, str]
    any_case: Mapping[str, str]
    longest: Mapping[str, int]  # words of the longest name that begins with this word


@lru_cache(maxsize=256)  # papers; as their roles
def find_names(paper: Paper, role: PaperRole) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(methods, data sets), its own first, then in the order of the text."""
    title, abstract = paper.readable_title, paper.readable_abstract
    own = _own_name(title)
    known = list(_mentions(abstract, "dataset_names.txt"))
    others = [name for name in _named_resources(abstract) if not any(_overlap(name, told) for told in known)]
    tasks = {short for short, long in _short_forms(abstract) if not _IS_RESOURCE.search(long)}
    datasets = [*known, *(name for name in others if name not in tasks)]
    methods = [*_mentions(f"{title}. {abstract}", "method_names.txt"), *_introduced_methods(abstract)]
    if own and role == "benchmark":
        datasets.insert(0, own)
    elif own and role == "method":
        methods.insert(0, own)
    kept = _distinct(datasets)
    return _distinct(name for name in methods if name not in kept), kept


def _overlap(name: str, known: str) -> bool:
    """Whether one is a part of the other: BraTS and BraTS 2020, Tanks and Temples and Tanks."""
    return name in known.split() or known in name


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, without regard to case and hyphens."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(re.sub(r"[\W_]", "", name).lower(), name)
    return tuple(found.values())[:_MOST]


def _own_name(title: str) -> str:
    """What a paper calls its own work: "LoRA: Low-Rank Adaptation ..."; a plain word is no name."""
    found = _OWN_NAME.match(title)
    if not found:
        return ""
    name = found[1]
    odd = any(c.isdigit() for c in name) or any(part[1:] != part[1:].lower() for part in re.split(r"[ -]", name))
    return (
        name
        if odd and not name.startswith(_NO_NAME_STARTS) and name not in _NO_RESOURCE and name.upper() not in _NO_METHOD
        else ""
    )


def _mentions(text: str, name_list: str) -> Iterator[str]:
    """Names of a list, the longest first where several begin at one word."""
    known, tokens = _read_names(name_list), list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        first = tokens[at][0].lower()
        longest = known.longest.get(first) or known.longest.get(first.removesuffix("s"), 0)
        for length in range(min(longest, len(tokens) - at), 0, -1):
            words = text[tokens[at].start() : tokens[at + length - 1].end()]
            if told := _told(" ".join(words.split()), known):
                yield told
                at += length - 1
                break
        at += 1


def _told(words: str, known: _NameList) -> str:
    for form in (words, words.removesuffix("s"), words.rstrip(".-")):
        if told := known.exact.get(form) or known.any_case.get(form.lower()):
            return told
    return ""


@cache
def _read_names(name_list: str) -> _NameList:
    lines = resources.files("digest.facts").joinpath(name_list).read_text(encoding="utf-8").splitlines()
    entries = [entry.strip() for line in lines if not line.startswith("#") for entry in line.split(",")]
    exact: dict[str, str] = {}
    any_case: dict[str, str] = {}
    for entry in filter(None, entries):
        form, _, told = entry.partition(" = ")
        if told or form.islower():
            (exact if form.isupper() else any_case)[form if form.isupper() else form.lower()] = told or form
        else:
            exact[form] = form
    longest: dict[str, int] = defaultdict(int)
    for words in (form.lower().split() for form in (*exact, *any_case)):
        longest[words[0]] = max(longest[words[0]], len(words))
    return _NameList(exact, any_case, dict(longest))


def _named_resources(abstract: str) -> Iterator[str]:
    """ "the Kitchens and Corridors datasets"."""
    for noun in _RESOURCE_NOUN.finditer(abstract):
        start = max(0, noun.start() - _REACH)
        if found := _LISTED_NAMES.search(abstract[start : noun.start()]):
            place = start + found.start()
            starts_sentence = place < 2 or abstract[place - 2] in ".!?:"
            yield from _clean_resources(found[0], starts_sentence=starts_sentence)


def _clean_resources(listed: str, *, starts_sentence: bool) -> Iterator[str]:
    """Without what is capitalised for another reason: as the first word, a language, a task."""
    known = _read_names("method_names.txt")
    for place, name in enumerate(_AND.split(listed)):
        words = name.split()
        while words and words[0] in _NO_RESOURCE:
            words = words[1:]
        plain = len(words) == 1 and words[0][1:].islower()
        first = plain and starts_sentence and not place
        if words and not first and words[-1] not in _NO_RESOURCE and not _ADJECTIVES.fullmatch(words[-1]):
            told = " ".join(words)
            if any(c.isalpha() for c in told) and not _told(told, known):
                yield told


def _introduced_methods(abstract: str) -> Iterator[str]:
    """Short forms that stand behind the long one, where that is a method's."""
    for short, long in _short_forms(abstract):
        if _METHOD_NOUNS.search(long) and short.upper() not in _NO_METHOD:
            yield _told(short, _read_names("method_names.txt")) or short


def _short_forms(abstract: str) -> Iterator[tuple[str, str]]:
    """(short, long), where the letters fit."""
    for found in _ACRONYM.finditer(abstract):
        long = _LONG_FORM.search(abstract[max(0, found.start() - _REACH) : found.start()])
        letters = [c.lower() for c in found[1] if c.isalpha()]
        if long and letters:
            words = long[0].split()
            initials = {part[0].lower() for word in words for part in word.split("-") if part}
            if letters[0] in initials and letters[-1] in words[-1].lower():
                yield found[1], long[0]
