"""Editions of invented papers: any size, quiet, hostile, half failed. Nothing here comes from arXiv."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digest.text.sentences import split
from store.records.editions import (
    Counts,
    Edition,
    EditionPaper,
    EvidenceSentence,
    FilterReport,
    Health,
    RouteReport,
    Section,
    SelectionReport,
    Statement,
    StatementVerdict,
    Summary,
    Usage,
)
from store.records.lazy_text import lazy_gettext
from store.records.paper_facts import NO_FACTS, PaperFacts, StartPaper
from store.records.questions import Concept, Correction, QuestionWord, SearchLimits, StructuredQuestion

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

_THEMES = (
    "Distilled recognisers for small devices",
    "Streaming attention with bounded delay",
    "Learning from unlabelled speech",
    "Accents, dialects and code-switching",
    "Noise, rooms and far-field microphones",
    "Rare words and contextual biasing",
    "Language models as second readers",
)
_TITLES = (
    "Whisperlet: Distilling a Large Recogniser into 9M Parameters",
    "How Small Can a Streaming Recogniser Be? A Study over $10^{5}$ Utterances",
    "Chunked Attention with Look-Ahead for Low-Latency Transcription",
    "Bounded-Delay Transducers for Live Captioning",
    "Masked Prediction without Negatives for Speech Representation",
    "Self-Training on 40,000 Hours of Lecture Recordings",
    "Code-Switching as a First-Class Citizen in Multilingual ASR",
    "Dialect-Aware Adapters for Swiss German",
    "Rooms as Augmentation: Learned Reverberation for Far-Field Speech",
    "A Benchmark of Kitchens, Cars and Corridors",
    "Biasing Lists that Scale to a Million Entities",
    "Second Readers: Rescoring with an Instruction-Tuned Language Model",
)
_NAMES = ("Ada Okafor", "Jun Müller", "Lucía Fernández", "Håkan Łuczak", "Mei Tanaka", "Priya Raman", "Tomás O’Neill")
_PROBLEM = "Recognisers that fit on a phone still lose a third of the accuracy of their teachers."
_METHOD = (
    "The student copies the teacher's encoder layer by layer and is trained on its own mistakes, so that no "
    "transcripts are needed beyond ten hours."
)
_RESULT = "On four invented test sets the word error rate falls by 18 % at a twentieth of the size."


def edition(size: int = 12, *, kind: str = "survey", language: str = "en") -> Edition:
    """A complete edition with `size` papers in sections of about six; every seventh paper is cited by no sentence."""
    papers = tuple(_paper(number, size) for number in range(1, size + 1))
    sections = tuple(_section(index, papers) for index in range(_sections_of(size)))
    digest = kind == "digest"
    return Edition(
        id="on-device-speech-recognition-4f2a91",
        kind="digest" if digest else "survey",
        title="On-device speech recognition" if digest else "How is speech recognition made small enough for a phone?",
        question="How is speech recognition made small enough for a phone?",
        topic="on-device-asr" if digest else "",
        slot=NOW if digest else None,
        since=NOW - timedelta(days=7) if digest else None,
        until=NOW if digest else None,
        language=language,
        created_at=NOW,
        queries=('"speech recognition" small', '"speech recognition" distillation'),
        counts=Counts(312, size, size // 2, size // 2, sum(paper.cited for paper in papers), 2 if size else 0),
        filter=FilterReport(
            "Every word of one phrase is in the title or the abstract.", ("dropped “small”: 8 papers were too few",)
        ),
        papers=papers,
        route=RouteReport(28.41, 41.2, "local-search") if size > 2 else RouteReport(0.0, 0.0, "none"),
        opening=_opening(size),
        sections=sections,
        health=(
            Health("arxiv", True, "312 papers in 2 pages"),
            Health("summary", False, "1 of 12 summaries could not be made; the paper shows its abstract"),
        ),
        usage=(
            Usage("embedding", "builtin:wordllama", calls=1),
            Usage("summary", "openai:gpt-small", 30, 13_164, 4_479, usd=0.0213),
            Usage("synthesis", "anthropic:some-model", 6, 7_251, 1_340, usd=0.0418),
        ),
        seconds={"queries": 0.1, "search": 3.2, "embed": 0.4, "order": 0.01, "synthesise": 8.0, "total": 11.9},
        note="No language model was used: the sentences are taken from the abstracts.",
    )


def preprint_edition(*sources: str, size: int = 12, kind: str = "survey") -> Edition:
    """Its papers are of these sources in turn: of "biorxiv", "medrxiv", and of "arxiv" as they were."""
    made = edition(size, kind=kind)
    papers = tuple(_of_source(paper, sources[paper.number % len(sources)]) for paper in made.papers)
    return replace(made, papers=papers, health=(Health("biorxiv", True, "312 papers"),))


def _of_source(paper: EditionPaper, source: str) -> EditionPaper:
    if source == "arxiv":
        return paper
    own = f"10.64898/2026.11.{paper.number:02}.{700_000 + paper.number}"
    page = f"https://www.{source}.org/content/{own}v{paper.version}"
    return replace(
        paper,
        id=f"{source}:{own}",
        source=source,
        url=page,
        pdf_url=f"{page}.full.pdf",
        doi=f"{paper.doi} {own}".strip(),
        categories=("cell biology",),
        primary_category="cell biology",
    )


def quiet_edition(*, language: str = "en") -> Edition:
    return replace(
        edition(0, kind="digest", language=language),
        opening="",
        counts=Counts(found=4),
        quiet="None of the 4 papers found is both new to this topic and on it.",
        health=(Health("arxiv", True, "4 papers in 1 page"),),
        note="",
    )


HOSTILE_TITLES = (
    "<script>alert(1)</script> and </style><img src=x onerror=alert(1)>",
    "*stars* _under_ `ticks` [link](https://evil.example) ![i](https://evil.example/p.png) # not a heading | cell",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x07",
    "قياس الكلام العربي (2026) with English",
    "A" * 300,
    "Emoji 🧑‍🔬🗣️ and \ud800 a lone surrogate \x00 and a null",
    "[bold red]rich markup[/] {{ 7 * 7 }} {% raw %} ${x} 50% of A & B #1 ~ ^ \\",
    "0",
)


def hostile_edition() -> Edition:
    """Everything that a title, a name, a model or a server may try."""
    base = edition(len(HOSTILE_TITLES))
    papers = tuple(
        replace(
            paper,
            title=title,
            authors=tuple(f"Author {n} <b>x</b>" for n in range(2_000))
            if paper.number == 1
            else ("<i>Eve</i> “Q” & Co",),
            reason=title,
            journal_ref=title,
            doi='10.1/"><script>alert(1)</script>',
            id=paper.id if paper.number != 2 else 'x" onclick="alert(1)',
            summary=Summary(title, title, title, title, "m", "extract"),
        )
        for paper, title in zip(base.papers, HOSTILE_TITLES, strict=True)
    )
    text = "\n\n".join(
        (*HOSTILE_TITLES, "see [1] and [99], https://evil.example/x <a href='https://evil.example'>y</a>")
    )
    marked = (
        text
        + "\n\n# Heading [2]\n\n```[3]\nx\n```\n\n    code\n\n[r]: https://evil.example\n\n[r] <https://evil.example>"
    )
    return replace(
        base,
        title=HOSTILE_TITLES[0],
        question=HOSTILE_TITLES[2],
        queries=HOSTILE_TITLES,
        opening=text,
        sections=tuple(
            replace(section, title=HOSTILE_TITLES[i], text=marked, source="model")
            for i, section in enumerate(base.sections)
        ),
        papers=papers,
        health=tuple(Health(title, False, title) for title in HOSTILE_TITLES),
        note=HOSTILE_TITLES[0],
    )


def request(question: str, *not_understood: str, **more: object) -> StructuredQuestion:
    """A question of whose words these were not understood, and all others were."""
    words = tuple(QuestionWord(word, "unknown" if word in not_understood else "concept") for word in question.split())
    return StructuredQuestion(question, words, (Concept(question, (question,)),), **more)  # type: ignore[arg-type]


def read_edition(size: int = 12, *, language: str = "en") -> Edition:
    """A question with a slip, a word of another language, and every limit: answered, from its core to its edge."""
    question = "Spracherkenung und Rauschen, nicht Musik"
    read = request(
        question,
        language="de",
        corrections=(Correction("Spracherkenung", "Spracherkennung"),),
        limits=SearchLimits(
            datetime(2024, 1, 1, tzinfo=UTC),
            datetime(2025, 1, 1, tzinfo=UTC),
            ("cs.SD", "eess.AS"),
            ("Ada Okafor",),
            ("music", "singing voice"),
        ),
    )
    read = replace(read, concepts=(Concept("Rauschen", ("noise", "interference"), guessed=True),))
    made = edition(size, language=language)
    return replace(
        made,
        title=question,
        question=question,
        request=read,
        selection=SelectionReport("answered", 312, size),
        papers=tuple(
            replace(paper, relevance=round(1 - paper.number / (size + 5), 3), core=paper.number <= 2 * size // 3)
            for paper in made.papers
        ),
    )


def partly_understood_edition(size: int = 12, *, language: str = "en") -> Edition:
    question = "大语言模型在 医学 中的应用"
    made = edition(size, language=language)
    return replace(made, title=question, question=question, request=request(question, "医学", language="zh"))


def nothing_edition(size: int = 3, *, language: str = "en") -> Edition:
    """No paper is on it; the nearest few, and what to do about it."""
    question = "Which glaze did Ottoman naval archives use for sourdough?"
    made = edition(size, language=language)
    advice = (
        lazy_gettext("Nothing was submitted {period} that fits. A wider window finds more.", period="in 2019"),
        "Ask for one of its parts.",
    )
    return replace(
        made,
        title=question,
        question=question,
        request=request(question, "sourdough?"),
        selection=SelectionReport("nothing", 297, 0, advice=advice),
        papers=tuple(replace(paper, relevance=0.1, core=False) for paper in made.papers),
    )


def start_edition(size: int = 12, *, kind: str = "survey", language: str = "en") -> Edition:
    """Papers of which something is known, and three of them to read first."""
    made = edition(size, kind=kind, language=language)
    known = {
        2: PaperFacts("survey", venue="J. Invented Res."),
        4: PaperFacts("method", 1.0, code_url="https://github.com/example/chunks", methods=("RNN-T",)),
        10: PaperFacts("benchmark", datasets=("Kitchens", "LibriSpeech"), data_url="https://zenodo.org/records/1"),
    }
    start = (
        StartPaper(2, "survey", lazy_gettext("the survey of the field")),
        StartPaper(4, "central", lazy_gettext("the most central method")),
        StartPaper(10, "benchmark", lazy_gettext("the benchmark or data set")),
    )
    papers = tuple(replace(paper, facts=known.get(paper.number, NO_FACTS)) for paper in made.papers)
    return replace(made, papers=papers, start_here=start)


NARROWER = ("deep learning for medical images", "deep learning for speech", "convergence of deep learning")


def broad_edition(size: int = 12, *, language: str = "en") -> Edition:
    question = "deep learning"
    made = edition(size, language=language)
    selection = SelectionReport("broad", 600, 431, NARROWER)
    limits = SearchLimits(since=datetime(2024, 1, 1, tzinfo=UTC), exclude=("music",))
    return replace(
        made, title=question, question=question, request=request(question, limits=limits), selection=selection
    )


def hostile_question_edition() -> Edition:
    """A question of 2,000 characters, markup and another direction, in every place where a question is shown again."""
    words = (*HOSTILE_TITLES, "עברית عربي", "word " * 400)
    read = StructuredQuestion(
        " ".join(words)[:2_000],
        tuple(QuestionWord(word, role) for word in words for role in ("unknown", "concept")),
        tuple(Concept(word, (word,), guessed=True) for word in words),
        SearchLimits(NOW, NOW + timedelta(days=1), HOSTILE_TITLES, HOSTILE_TITLES, HOSTILE_TITLES),
        corrections=tuple(Correction(word, word[::-1]) for word in words),
    )
    selection = SelectionReport("nothing", 9, 0, narrower=words, advice=words)
    made = hostile_edition()
    papers = tuple(replace(paper, core=False, relevance=0.0) for paper in made.papers)
    return replace(made, title=read.text, question=read.text, request=read, selection=selection, papers=papers)


def partly_failed_edition() -> Edition:
    """A section without its text, and a paper without its summary."""
    base = edition(12)
    first = replace(base.papers[0], summary=Summary("", "", "", "The whole invented abstract.", "", "abstract"))
    papers = (first, *base.papers[1:])
    listing = "\n\n".join(f"{paper.title}: {paper.summary.text} [{paper.number}]" for paper in papers[:6])
    sections = (replace(base.sections[0], text=listing, source="summaries"), *base.sections[1:])
    return replace(base, papers=papers, sections=sections)


def checked_edition(size: int = 12, *, weak: bool = False, language: str = "en", kind: str = "survey") -> Edition:
    """Statements of every verdict, each with what it rests on. weak: so many are wrong that its health says so."""
    made = edition(size, language=language, kind=kind)
    texts = [(-1, made.opening), *enumerate(section.text for section in made.sections)]
    sentences = [
        (section, sentence)
        for section, text in texts
        for paragraph in text.splitlines()
        for sentence in split(paragraph)
        if "[" in sentence
    ]
    verdicts = VERDICTS[2:3] * len(sentences) if weak else VERDICTS
    statements = tuple(
        checked_statement(section, sentence, verdicts[at % len(verdicts)])
        for at, (section, sentence) in enumerate(sentences)
    )
    bad = Health("support", False, lazy_gettext("the papers do not say what the text says"))
    return replace(made, statements=statements, health=(*made.health, *([bad] if weak else [])))


VERDICTS: tuple[StatementVerdict, ...] = ("supported", "partly", "unsupported", "unchecked")


_EVIDENCE = (EvidenceSentence(1, 2, _METHOD), EvidenceSentence(1, 0, "A Title of One"))


def checked_statement(section: int, sentence: str, verdict: StatementVerdict, *, reason: str = "") -> Statement:
    papers = tuple(map(int, re.findall(r"\[(\d+)\]", sentence)))
    is_good, is_judged = verdict == "supported", verdict != "unchecked"
    return Statement(
        section,
        sentence,
        papers,
        _EVIDENCE if is_judged else (),
        verdict,
        {"supported": 0.9, "partly": 0.5, "unsupported": 0.1}.get(verdict),
        "builtin" if is_judged else "",
        "" if is_good or not is_judged else reason or lazy_gettext("a number differs"),
    )


def _sections_of(size: int) -> int:
    return math.ceil(size / 6)


def _paper(number: int, size: int) -> EditionPaper:
    title = _TITLES[(number - 1) % len(_TITLES)]
    names = tuple(_NAMES[(number + step) % len(_NAMES)] for step in range(1 + number * 5 % 11))
    published = NOW - timedelta(days=3 * (size - number) + 1)
    return EditionPaper(
        number=number,
        id=f"2611.{number:05}",
        version=1 + number % 3,
        title=title if number <= len(_TITLES) else f"{title}, Part {1 + (number - 1) // len(_TITLES)}",
        authors=() if number == 5 else names,
        categories=("eess.AS", "cs.CL"),
        primary_category="" if number == 4 else "eess.AS",
        published=published,
        updated=published,
        comment="",
        doi="10.0000/example.1" if number == 2 else "",
        journal_ref="J. Invented Res. 12 (2025) 101-112" if number == 2 else "",
        section=(number - 1) // 6,
        reason="Every word of “speech recognition small” is in the title or the abstract",
        cited=number % 7 != 0,
        summary=_summary(number),
        x=round(0.5 + 0.45 * math.cos(number / 3) * number / max(size, 1), 4),
        y=round(0.5 + 0.45 * math.sin(number / 3) * number / max(size, 1), 4),
    )


def _summary(number: int) -> Summary:
    if number == 3:  # an abstract that supports no parts
        return Summary("", "", "", f"{_METHOD} {_RESULT}", "builtin:extract", "extract")
    problem = _PROBLEM if number % 2 else ""
    return Summary(problem, _METHOD, _RESULT, f"{problem} {_METHOD} {_RESULT}".strip(), "builtin:extract", "extract")


def _opening(size: int) -> str:
    if not size:
        return ""
    return (
        f"Of 312 papers found, {size} were kept; they appeared between 2025 and 2026. The survey opens with "
        "recognisers that are distilled from larger ones [1], and follows them towards streaming and unlabelled speech."
    )


def _section(index: int, papers: tuple[EditionPaper, ...]) -> Section:
    own = [paper for paper in papers if paper.section == index]
    sentences = [_sentence(paper.number) for paper in own if paper.cited]
    middle = (len(sentences) + 1) // 2
    text = "\n\n".join(" ".join(half) for half in (sentences[:middle], sentences[middle:]) if half)
    return Section(_THEMES[index % len(_THEMES)], tuple(paper.number for paper in own), text)


def _sentence(number: int) -> str:
    return (
        f"The student copies the teacher's encoder layer by layer and needs ten hours of transcripts [{number}].",
        f"A second line of work bounds the delay instead of the size: captions appear within 300 ms [{number}].",
        f"Where transcripts are missing altogether, masked prediction fills the gap at $L^2$ cost [{number}].",
    )[number % 3]


# Editions that tell how their question was read, by what they tell.
READ_EDITIONS = {
    "read": read_edition(),
    "read, in Japanese": read_edition(language="ja"),
    "partly understood": partly_understood_edition(),
    "nothing": nothing_edition(),
    "nothing, in German": nothing_edition(language="de"),
    "broad": broad_edition(),
    "hostile question": hostile_question_edition(),
}


def topic_edition(topic: str, size: int = 12, *, shift: int = 0, **more: object) -> Edition:
    """A digest of a topic of its own, whose first paper is number `shift` + 1 of those that there are."""
    made = start_edition(size, kind="digest", **more) if size else quiet_edition()  # type: ignore[arg-type]
    papers = tuple(replace(paper, id=f"2611.{shift + paper.number:05}", url="", pdf_url="") for paper in made.papers)
    slug = topic.lower().replace(" ", "-")
    return replace(made, id=f"{slug}-4f2a91", topic=slug, title=topic, papers=papers)
