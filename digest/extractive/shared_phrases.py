"""Shared phrases: word n-grams that neighbouring papers, or most of a section, have in common. Pure.

Invariant: a phrase is named only as it stands in one of the texts (or in the plural), and only where all
the papers counted hold it (words compared by stem, in this order).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from digest.extractive import verb_forms
from digest.text import noun_phrases, tokens
from digest.text.word_lists import COMMONPLACE_PHRASES, DULL_HEADS, DULL_WORDS, GERUND_NOUNS

_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")  # "LoRAの動向" holds LoRA, though no blank sets it apart
_POSSESSIVE = re.compile(r"['’]s?$")
_MAX_CHARACTERS = 6_000

_VERB_FORMS = frozenset(f(base) for base in verb_forms.BASES for f in (str, verb_forms.third_person))
_ADJECTIVE = re.compile(
    r"(?:ive|al|able|ible|ous|ful|less|ary|ly|ed|ing|ient|ant|ent|ic|est|er-based|-based|-aware|-free|-driven"
    r"|-level|-to-end)$"
)
_COMPOUND_ADJECTIVE = re.compile(
    r"^(?:high|low|large|small|multi|single|few|zero|one|long|short|open|real|full|cross|in|on|out-of|state-of)-"
    r"|-(?:rank|shot|resource|quality|scale|time|modal|domain|wise|specific|efficient|trained|tuned|like|language|image|3d"
    r"|view|of-the-art|the-art|source|end|world)$|^(?:large|small|big|fast|wide|new|old|dense|sparse|3d|2d|gaussian|euclidean|markovian|bayesian)$"
)
_NAMED_AFTER = re.compile(r"\b(?:gaussian|bayesian|euclidean|markov|fourier|riemannian|hessian|jacobian|shapley)\b")
_COUNTABLE = re.compile(
    r"(?:model|network|system|agent|algorithm|benchmark|dataset|field|transformer|encoder|decoder|adapter|graph|task"
    r"|image|language|user|matrix|prompt|token|layer|method|framework|corpus|attack|embedding|prior|trajectory)$"
)
_PLURALS = {"matrix": "matrices", "corpus": "corpora", "trajectory": "trajectories"}
_NOUNS = re.compile(
    r"(?:.*(?:signal|material|potential|crystal|vessel|gradient|quotient|coefficient|patient|client|agent|content"
    r"|element|segment|environment"
    r"|moment|component|variant|quadrant|constant|invariant|statistic|dynamic|logic|metric|topic|music|traffic"
    r"|magnetic field|fabric|alignment"
    r"|adjustment|movement|measurement|entanglement|refinement|enhancement|current|event|latent|intent|document"
    r"|experiment|treatment|speed"
    r"|seed|feed|bed|retrieval|removal|survival|arrival|portal|goal|manual|journal|primitive|objective|narrative"
    r"|derivative|plant|assistant"
    r"|determinant|table|variable|anomaly|assembly|family|supply|galaxy|vocabulary|boundary|dictionary|binary"
    r"|library|canary|summary|forest|interest|request"
    r"|test|quest|contest|residual|individual|posterior|arxiv|graphic|semantic|robotic|ethic|physic|mathematic"
    r"|kinematic))$"
)


def find_shared_phrases(
    texts: Sequence[str], *, question: str = "", least: float = 0.5, most: int = 3
) -> list[tuple[str, int]]:
    """Up to `most` phrases that at least this share of the texts (and two of them) hold, with the number that do.

    The most telling first; none holds another, none is made of the question's words alone.
    """
    counts = _count_keys(texts)
    enough = max(2, least * len(texts))
    known = {key: n for key, n in counts.items() if n >= enough and not _is_in_question(key, question)}
    ranked = sorted(known, key=lambda key: (-known[key] * _length_weight(key), key))
    chosen: list[tuple[str, ...]] = []
    for key in (_longest_form(key, known) for key in ranked):
        if not any(_are_alike(key, other) for other in chosen) and len(chosen) < most:
            chosen.append(key)
    return [(_common_spelling(key, texts), known[key]) for key in chosen]


def contains_phrase(phrase: str, text: str) -> bool:
    """Whether the text holds the phrase, in any inflection."""
    return " ".join(tokens.stems(phrase)) in " ".join(tokens.stems(text))


def _is_in_question(key: tuple[str, ...], question: str) -> bool:
    """Whether it says nothing that the question did not: its words, their initials, or those with a dull word more."""
    asked = tokens.stems(question) + tokens.stems(" ".join(_LATIN.findall(question)))
    initials = "".join(stem[0] for stem in asked if not tokens.is_stop(stem))
    rest = [stem for stem in key if stem not in asked]
    return all(tokens.is_generic(stem) or tokens.is_stop(stem) or stem in DULL_WORDS for stem in rest) or (
        len(key) == 1 and key[0] in initials
    )


def _are_alike(key: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether they share a word, or one is the other's abbreviation (GNN, graph neural network)."""
    initials = {"".join(stem[0] for stem in stems) for stems in (key, other)}
    return not set(key).isdisjoint(other) or any(len(k) == 1 and k[0] in initials for k in (key, other))


def _longest_form(key: tuple[str, ...], known: Mapping[tuple[str, ...], int]) -> tuple[str, ...]:
    """The longer phrase of which this one is nearly always a part: "end-to-end speech" is a fragment."""
    longer = [k for k, n in known.items() if len(k) > len(key) and _contains(k, key) and n >= 0.6 * known[key]]
    return max(longer, key=lambda k: (known[k], k), default=key)


def _contains(longer: tuple[str, ...], key: tuple[str, ...]) -> bool:
    return any(longer[at : at + len(key)] == key for at in range(len(longer) - len(key) + 1))


def _count_keys(texts: Sequence[str]) -> Counter[tuple[str, ...]]:
    counts: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        counts.update(set(_phrase_keys(text)))
    return counts


def _length_weight(key: tuple[str, ...]) -> float:
    return {1: 0.5, 2: 1.0}.get(len(key), 1.15)


@lru_cache(maxsize=512)
def _phrase_keys(text: str) -> dict[tuple[str, ...], Counter[str]]:
    """Every phrase of a text: its stems, and its spellings with how often each occurs."""
    found: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for run in _word_runs(text):
        for size in (1, 2, 3):
            for at in range(len(run) - size + 1):
                gram = run[at : at + size]
                if _is_phrase(gram):
                    found[_phrase_key(gram)][" ".join(gram)] += 1
    return dict(found)


def _phrase_key(gram: Sequence[str]) -> tuple[str, ...]:
    """Stems, with the s of LLMs and GNNs gone, which no stemmer takes away."""
    cut = " ".join(word[:-1] if word.endswith("s") and sum(map(str.isupper, word)) > 1 else word for word in gram)
    return tuple(tokens.stems(cut))


def _word_runs(text: str) -> Iterator[list[str]]:
    """Stretches of words with no punctuation, formula or grammatical word between them."""
    for clause in noun_phrases.clauses(text[:_MAX_CHARACTERS]):
        words = [_POSSESSIVE.sub("", word) for word in clause]
        for is_telling, run in groupby(words, lambda word: not tokens.is_stop(word) and any(map(str.isalpha, word))):
            if is_telling:
                yield list(run)


def _is_phrase(gram: Sequence[str]) -> bool:
    lowered = [word.lower() for word in gram]
    if (
        lowered[0] in DULL_WORDS
        or (lowered[-1] in DULL_WORDS and lowered[-1] not in DULL_HEADS)
        or min(map(len, lowered)) < 2
    ):
        return False
    if any(
        word in _VERB_FORMS and word not in ("model", "models", "map", "maps", "design", "graph", "state", "states")
        for word in lowered
    ):
        return False
    if tokens.is_generic(lowered[-1]) and len(gram) == 1:
        return False
    if "_".join(lowered) in COMMONPLACE_PHRASES or all(
        tokens.is_generic(word) or word in DULL_WORDS for word in lowered
    ):
        return False
    return (_is_name(gram) or len(gram) > 1) and _is_noun(lowered[-1]) and not lowered[0].endswith("ly")


def _is_name(gram: Sequence[str]) -> bool:
    """Whether it is an abbreviation or a name written like one: LoRA, 3DGS, BERT."""
    parts = gram[0].split("-")  # Low-Rank is no name, for all its capitals
    return len(gram) == 1 and len(gram[0]) > 2 and any(sum(c.isupper() for c in part) >= 2 for part in parts)


def _is_noun(word: str) -> bool:
    if _COMPOUND_ADJECTIVE.search(word):
        return False
    return word in GERUND_NOUNS or bool(_NOUNS.match(word)) or not _ADJECTIVE.search(word)


def _common_spelling(key: tuple[str, ...], texts: Sequence[str]) -> str:
    """As the texts write it most often, in small letters where any of them does."""
    spellings: Counter[str] = Counter()
    for text in texts:
        spellings.update(_phrase_keys(text).get(key, {}))
    small = any(spelling == spelling.lower() for spelling in spellings)
    pool = Counter({spelling.lower(): n for spelling, n in spellings.items()}) if small else spellings
    hyphened = {spelling for spelling in pool if "-" in spelling and 3 * pool[spelling] >= max(pool.values())}
    best = max(sorted(pool), key=lambda spelling: (spelling.endswith("s"), spelling in hyphened, pool[spelling]))
    lowered = best if small else _lowercase(best)
    return _pluralise(_NAMED_AFTER.sub(lambda m: m.group().capitalize(), lowered))


def _pluralise(phrase: str) -> str:
    """ "reward models" for "reward model", which alone would want an article."""
    match = _COUNTABLE.search(phrase)
    if not match or " " not in phrase:
        return phrase
    return phrase[: match.start()] + _PLURALS.get(match.group(), match.group() + "s")


def _lowercase(phrase: str) -> str:
    """Title-case words in small letters; abbreviations, names written like them and peoples as they are."""
    return (
        re.sub(r"\b(?!\w+(?:ian|ish|ese)\b)[A-Z][a-z]+\b(?=[ -]|$)", lambda m: m.group().lower(), phrase)
        if " " in phrase or "-" in phrase
        else phrase
    )
