"""Keyword extraction: search phrases from the question's own words, without a language model.

Invariant: deterministic; a phrase holds words of the question only (or what the glossary has for them), and few, since
a paper must have every one; it never consists of generic words alone while the question has others.

A question is cut at grammar words and punctuation into groups ("speech recognition", "low-resource languages"). Few
words are one phrase; of many, the most telling group is combined with each of the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from digest.errors import BadInput
from digest.ports import Answer
from digest.question.segmentation import find_terms
from digest.text.language import detect_language
from digest.text.word_lists import FRAMING_ENDS, FRAMING_OPENERS, FRAMING_WORDS
from store.records.editions import Query, Usage
from store.records.lazy_text import lazy_gettext
from store.text.tokens import is_generic, is_stop, stems, unique_terms

MAX_PHRASES = 3
# Words that narrow the search, in one phrase: every further one costs most of the papers that are left.
MOST_WORDS = 4  # of a short question whole
MOST_PAIRED = 5  # of two groups of a longer one
MOST_ALONE = 6  # of one group: a long compound means one thing

TermGroup = tuple[str, ...]  # terms that stand together in the question

_ALTERNATIVE = frozenset({"and", "or", ",", "&", "/"})
_JOINT = frozenset({"between", "vs", "versus"})  # "between A and B" asks for papers on both

_STATE_OF_THE_ART = re.compile(r"\bstate[ -]of[ -]the[ -]art\b", re.IGNORECASE)
_DATE = re.compile(r"\b(?:19|20)\d\d(?:s\b|\b)(?!-)|\b\d+ (?:years?|months?|weeks?|days?)\b", re.IGNORECASE)
_PIECE = re.compile(
    r'"(?P<quoted>[^"]+)"|(?P<word>[^\W_]+(?:[\'’.]?-?[^\W_]+|\.\d+)*(?:[+#]{1,2}(?!\w))?)|(?P<mark>[^\s\w])',
    re.UNICODE,
)
_SUFFIX = re.compile(r"-(?:based|related|like|powered|enabled)$", re.IGNORECASE)
_TECHNICAL = re.compile(r"\w*[A-Z]\w*[A-Z]|\w*\d")
_LATIN = re.compile(r"[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff]")
_FOREIGN = re.compile(r"[\u3005\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9d\uac00-\ud7af\u3001\u3002]+")
_NEIGHBOURS = frozenset({"de", "fr", "es", "pt", "it", "el"})  # languages whose own words pass for Latin ones
_PLAIN_CHARACTERS = str.maketrans({**dict.fromkeys("“”„«»「」『』＂", '"'), **dict.fromkeys("‐‑‒–−", "-"), "’": "'"})

# Abbreviations that papers use about as often as the words, and that mean nothing else in their company.
_ABBREVIATIONS = {
    "LLM": "large language model",
    "VLM": "vision-language model",
    "RAG": "retrieval-augmented generation",
    "GNN": "graph neural network",
    "CNN": "convolutional neural network",
    "GAN": "generative adversarial network",
    "NeRF": "neural radiance field",
    "ASR": "speech recognition",
    "TTS": "text-to-speech",
    "RLHF": "reinforcement learning human feedback",
    "VQA": "visual question answering",
    "MoE": "mixture of experts",
    "PINN": "physics-informed neural network",
    "NMT": "neural machine translation",
    "UAV": "unmanned aerial vehicle",
    "BCI": "brain-computer interface",
}


class KeywordQueries:
    """A QueryModel. prompt_hash: the version of these rules."""

    model = "builtin:keywords"
    prompt_hash = "1"

    def phrases(self, question: str) -> Answer[tuple[Query, ...]]:
        slots = _find_slots(question)
        if not slots:
            raise BadInput(
                lazy_gettext("No English search words were found in the question, and arXiv's papers are in English."),
                hint=lazy_gettext('Give them, for example --query "image generation", or configure a language model.'),
            )
        phrases = _build_phrases(slots)
        spelt = [other for phrase in phrases for other in _abbreviation_variants(phrase)]
        return Answer(
            tuple(Query(phrase) for phrase in _drop_similar([*phrases, *spelt])), Usage("queries", self.model)
        )


@dataclass
class _GroupSlot:
    """One place in what is asked; its groups are alternatives: "in biology and medicine"."""

    groups: list[TermGroup] = field(default_factory=list)


def _find_slots(question: str) -> list[_GroupSlot]:
    """The groups of a question that tell something; failing that, all there are."""
    found = [(linked, group) for linked, group in _split_groups(_split_pieces(question)) if group]
    telling = [(linked, _trim(group)) for linked, group in found if not {*map(str.lower, group)} <= FRAMING_WORDS]
    return _place_groups(telling) or _place_groups(found)


def _place_groups(groups: Sequence[tuple[bool, TermGroup]]) -> list[_GroupSlot]:
    slots: list[_GroupSlot] = []
    for linked, group in groups:
        if linked and slots:
            slots[-1].groups.append(group)
        else:
            slots.append(_GroupSlot([group]))
    return slots


def _split_pieces(question: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each piece: a word, a quoted phrase, or a mark that parts words."""
    tongue = detect_language(question)
    text = _DATE.sub(";", _STATE_OF_THE_ART.sub(";", _translate_terms(question.translate(_PLAIN_CHARACTERS))))
    for piece in _PIECE.finditer(text):
        kind, found = piece.lastgroup or "mark", piece[piece.lastgroup or 0]
        if kind != "mark" and not _is_usable(found, tongue):
            kind, found = "mark", ";"
        yield kind, _SUFFIX.sub("", found)


def _translate_terms(text: str) -> str:
    """The text with the glossary's terms as English words, and commas for everything else in Han, kana or Hangul."""
    plain = unicodedata.normalize("NFKC", text)
    parts, at = [], 0
    for start, end, english in find_terms(plain):
        parts += [plain[at:start], f"; {english}; "]
        at = end
    return _FOREIGN.sub("; ", "".join([*parts, plain[at:]]))


def _is_usable(word: str, tongue: str) -> bool:
    """Whether English papers may have it: not the words of other languages, but the names and formulas amid them."""
    return bool(_LATIN.search(word)) and (tongue not in _NEIGHBOURS or bool(_TECHNICAL.match(word)))


def _split_groups(pieces: Iterator[tuple[str, str]]) -> Iterator[tuple[bool, TermGroup]]:
    """Each run of telling words, and whether nothing but "and", "or" or a comma parts it from the one before."""
    run: list[str] = []
    between: set[str] = set()
    joint = False
    for kind, text in [*pieces, ("mark", ".")]:
        if kind != "mark" and (kind == "quoted" or not _is_grammar(text)):
            run.append(text)
            continue
        if run:
            yield bool(between) and between <= _ALTERNATIVE and not joint, _join_short_terms(run)
            joint = joint and text.lower() in _ALTERNATIVE
            run, between = [], set()
        between.add(text.lower())
        joint = joint or text.lower() in _JOINT


def _is_grammar(word: str) -> bool:
    """Stop words; but capitals of two and more letters are a name (US, IT)."""
    return word.lower() in _JOINT or (is_stop(word) and not (len(word) > 1 and word.isupper()))


def _join_short_terms(run: Sequence[str]) -> TermGroup:
    """Numbers and single letters grown to their neighbour: "type 2" diabetes, "T cells"; alone they tell nothing."""
    terms: list[str] = []
    for word in run:
        if terms and (len(terms[-1]) == 1 or word.isdigit()):
            terms[-1] = f"{terms[-1]} {word}"
        elif not word.isdigit():
            terms.append(word)
    if len(terms) > 1 and len(terms[-1]) == 1:
        terms[-2:] = [f"{terms[-2]} {terms[-1]}"]
    return tuple(term for term in terms if len(term) > 1)


def _trim(group: TermGroup) -> TermGroup:
    """Without the words at its edges that only frame the request."""
    words = list(group)
    while words and words[0].lower() in FRAMING_OPENERS:
        del words[0]
    while words and words[-1].lower() in FRAMING_ENDS:
        del words[-1]
    return tuple(words)


def _build_phrases(slots: Sequence[_GroupSlot]) -> list[TermGroup]:
    """Few words: one phrase of all. Many: the group that tells most with each of the others, or each for itself."""
    groups = [group for slot in slots for group in slot.groups]
    if len(groups) == 1 or (_count_telling_words(groups) <= MOST_WORDS and len(slots) in (1, len(groups))):
        return [_limit_terms([term for group in groups for term in group], MOST_ALONE)]
    if len(slots) == 1:
        return _drop_similar(_limit_terms(group, MOST_WORDS) for group in groups)
    head = max(range(len(slots)), key=lambda at: max(map(_group_weight, slots[at].groups)))
    return _drop_similar(
        _pair_groups(main, other, main_first=head < at)
        for at, slot in enumerate(slots)
        if at != head
        for other in slot.groups
        if _group_weight(other)
        for main in slots[head].groups
    ) or _drop_similar(_limit_terms(main, MOST_WORDS) for main in slots[head].groups)


def _count_telling_words(groups: Iterable[Sequence[str]]) -> int:
    """How many words narrow the search: a generic one ("large", "models") is in most of the papers anyway."""
    return sum(not is_generic(word) for group in groups for term in group for word in term.split())


def _group_weight(group: Sequence[str]) -> int:
    """How much a group tells: its words that are not generic, and one more for each name or compound."""
    return sum((not is_generic(term)) + bool(_TECHNICAL.match(term) or "-" in term) for term in group)


def _pair_groups(main: TermGroup, other: TermGroup, *, main_first: bool) -> TermGroup:
    """Both groups, in the question's order; the main one gives way where they are too long together."""
    second = _limit_terms(other, MOST_PAIRED - 2)
    first = _limit_terms(main, MOST_PAIRED - _count_telling_words([second]))
    return tuple(unique_terms((*first, *second) if main_first else (*second, *first)))


def _limit_terms(terms: Sequence[str], most: int) -> TermGroup:
    """The first terms, up to so many that narrow the search."""
    return tuple(
        unique_terms(
            term for at, term in enumerate(terms) if _count_telling_words([terms[: at + 1]]) <= most or at == 0
        )
    )


def _abbreviation_variants(phrase: TermGroup) -> Iterator[TermGroup]:
    """The phrase with an abbreviation for its words, or with the words for an abbreviation."""
    for short, words in _ABBREVIATIONS.items():
        long = tuple(term for term in words.split() if not is_stop(term))
        for old, new in (((short,), long), (long, (short,))):
            at = _find_terms(old, phrase)
            if at >= 0:
                yield (*phrase[:at], *new, *phrase[at + len(old) :])


def _find_terms(part: TermGroup, phrase: TermGroup) -> int:
    """Where a run of terms begins in a phrase, inflections aside; -1 where it does not."""
    run, whole = [stems(term) for term in part], [stems(term) for term in phrase]
    return next((at for at in range(len(whole) - len(run) + 1) if whole[at : at + len(run)] == run), -1)


def _drop_similar(phrases: Iterable[TermGroup]) -> list[TermGroup]:
    """The first few that differ."""
    first: dict[frozenset[str], TermGroup] = {}
    for phrase in phrases:
        first.setdefault(frozenset(stem for term in phrase for stem in stems(term)), phrase)
    return list(first.values())[:MAX_PHRASES]
