"""Shared phrases: word n-grams that neighbouring papers, or most of a section, have in common. Pure.

Invariant: a phrase is named only as it stands in one of the texts (or in the plural), and only where all
the papers counted hold it (words compared by stem, in this order).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from digest.extractive import verb_forms
from digest.text import tokens
from digest.text.latex import strip_latex

_TOKEN = re.compile(r"[0-9]*[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+|\.\d[A-Za-z0-9]*)*|[^\sA-Za-z]+")  # "GPT-3.5" is one
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")  # "LoRAの動向" holds LoRA, though no blank sets it apart
_MAX_CHARACTERS = 6_000

# Words with which a phrase neither begins nor ends nor is made: they belong to every paper's manner of speaking.
_DULL = frozenset(
    """
    ability able abstract according accuracy accurate achieving additional aim aims applications approaches
    appropriate architecture art author authors available average aspects based best better broad capabilities
    capability capable certain challenging changes characteristics code collection combination common community
    compared comparison competitive complex component components computational conditions consistent consisting
    context contrast contribution contributions corresponding critical crucial current datasets demonstrating depth
    details direct directions diverse due ease effectiveness efficiency end enabling entire essential especially
    evaluation evaluations evidence example examples existing experiments extensive fact factors features final
    findings first five following form four framework frameworks full fully fundamental further given goal good
    great group groups growing handle help high-quality higher highly human important improvements improving
    inference input inputs insights instance interest introducing issues key kind knowledge lack language
    large-scale leading leverage leveraging limitation limitations limited local low lower main mainly major manner
    maintaining means mechanism mechanisms metric metrics models module modules multi multiple natural nature
    necessary need needs non number numerous objective open output outputs pages paradigm parameter parameters part
    particular performance pipeline popular position potential power powerful practical preliminary presence
    previous principle prior probability process processes project properties property proposes provided providing
    public publicly principle principles purpose quality range rapid rate real real-world reducing reduction related
    relative relevant reliable remarkable required requirements requires resource resources respect respectively
    rich robust robustness scale scenarios second section sense series settings significant similar simultaneously
    single size solutions source space special specific standard state-of-the-art step steps strategies strong
    structures studies success successful sufficient suitable superior support target tasks techniques terms text
    theoretical third three time times total traditional two type types typical typically underlying unified unique
    users valuable value values variety version wide widely word words world year years psnr ssim lpips bleu rouge
    fid wer cer map miou iou auc sota results result promising automatic automated github io https conducted
    construct fundamental ground guide guided highlight inherent introduces novel original plays preserve preserving
    recently remain remains role significantly understand unlike validate whose
    """.split()
)
# Dull by themselves, and yet what a phrase is often headed by: diffusion models.
_HEADS = frozenset(
    "models networks systems fields algorithms theory architectures processes structures codes agents".split()
)
_VERB_FORMS = frozenset(f(base) for base in verb_forms.BASES for f in (str, verb_forms.third_person))
_GERUNDS = frozenset(
    """
    learning rendering splatting tuning fine-tuning processing training modeling modelling sampling lensing
    embedding planning clustering coding matching mapping scaling editing reasoning prompting computing forecasting
    engineering understanding tracking testing mining filtering parsing tagging hashing pricing scheduling routing
    sensing imaging screening folding docking annealing scattering boosting bandits pruning distilling denoising
    inpainting segmenting localization decoding encoding answering grounding adapting programming monitoring
    positioning pretraining pre-training broadening heating cooling mixing bonding switching sequencing spanning
    ranking reranking re-ranking summarizing
    """.split()
)
_COMMONPLACE = frozenset(
    """
    deep_learning neural_network neural_networks machine_learning deep_neural_networks deep_neural_network
    wide_range artificial_intelligence training_data convolutional_neural_networks computational_cost
    computer_vision time_series_data ablation_studies ablation_study promising_direction case_study open_source
    ground_truth experimental_results training_process learning_models learning_methods machine_learning_models
    deep_learning_models deep_learning_methods test_set baseline_methods source_code project_page
    """.split()
)
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
    return all(tokens.is_generic(stem) or tokens.is_stop(stem) or stem in _DULL for stem in rest) or (
        len(key) == 1 and key[0] in initials
    )


def _are_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether they share a word, or one is the other's abbreviation (GNN, graph neural network)."""
    initials = {"".join(stem[0] for stem in key): key for key in (one, other)}
    return bool(set(one) & set(other)) or any(len(k) == 1 and k[0] in initials for k in (one, other))


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
    run: list[str] = []
    for token in _TOKEN.findall(strip_latex(text[:_MAX_CHARACTERS])):
        if any(c.isalpha() for c in token) and not tokens.is_stop(token):
            run.append(token)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _is_phrase(gram: Sequence[str]) -> bool:
    lowered = [word.lower() for word in gram]
    if lowered[0] in _DULL or (lowered[-1] in _DULL and lowered[-1] not in _HEADS) or min(map(len, lowered)) < 2:
        return False
    if any(
        word in _VERB_FORMS and word not in ("model", "models", "map", "maps", "design", "graph", "state", "states")
        for word in lowered
    ):
        return False
    if tokens.is_generic(lowered[-1]) and len(gram) == 1:
        return False
    if "_".join(lowered) in _COMMONPLACE or all(tokens.is_generic(word) or word in _DULL for word in lowered):
        return False
    return (_is_name(gram) or len(gram) > 1) and _is_noun(lowered[-1]) and not lowered[0].endswith("ly")


def _is_name(gram: Sequence[str]) -> bool:
    """Whether it is an abbreviation or a name written like one: LoRA, 3DGS, BERT."""
    parts = gram[0].split("-")  # Low-Rank is no name, for all its capitals
    return len(gram) == 1 and len(gram[0]) > 2 and any(sum(c.isupper() for c in part) >= 2 for part in parts)


def _is_noun(word: str) -> bool:
    if _COMPOUND_ADJECTIVE.search(word):
        return False
    return word in _GERUNDS or bool(_NOUNS.match(word)) or not _ADJECTIVE.search(word)


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
