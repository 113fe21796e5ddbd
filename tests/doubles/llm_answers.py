"""What the stand-in for a language model answers: deterministic, and of the shape that each role of Paper Route wants.

It reads the prompts as a model would: the question, the papers and their numbers stand between tags. It copies, it does
not understand; but its phrases, summaries, sections and titles pass every check that a good model's would.
"""

import hashlib
import json
import re
from typing import Any

import numpy as np

WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
SMALL = set(
    "a an and are as at by for from how in into is it its of on or that the their to what which with me about tell "
    "research recent view trends want comprehensive technical around".split()
)
_ROLES = {
    "queries": "search phrases",
    "summary": "You summarise",
    "outline": "You plan a survey",
    "opening": "You write the opening",
    "section": "You write one section",
    "single": "cut into sections",
    "questions": "You read a question",
    "relevance": "You judge how relevant",
    "verification": "You check a survey",
}


def role_of(prompt: str) -> str:
    """The role that a prompt belongs to, by the first words of its instructions; "" for none of ours."""
    return next((role for role, marker in _ROLES.items() if marker in prompt), "")


def answer(asked: dict[str, Any]) -> str | dict[str, Any]:
    """A text, or an object where a schema asks for one. asked: as `LlmServer.log` has it."""
    ask = asked["ask"]
    if asked["schema"] is not None:
        return filled(asked["schema"], ask)
    if "Its JSON schema:\n" in ask:  # the shape in words, for servers that hold no model to a schema
        return json.dumps(filled(json.JSONDecoder().raw_decode(ask.split("Its JSON schema:\n")[1])[0], ask))
    return _prose(asked["role"], ask)


def filled(schema: dict[str, Any], ask: str) -> dict[str, Any]:
    return {name: _value(name, field, ask) for name, field in schema["properties"].items()}


def _value(name: str, schema: dict[str, Any], ask: str) -> Any:
    if name == "phrases":
        return _phrases(ask)
    if name == "sections":
        return _outline(ask)
    if name == "parts":
        return _parts(ask)
    if name in {"since", "until"}:
        return ""
    if name == "max_papers":
        return 0
    if name == "grades":
        return _grades(ask)
    if name == "statements":
        return verdicts(ask)
    if name in {"problem", "method", "result"}:
        return _part(name, ask)
    kinds = {"integer": 1, "number": 0.5, "boolean": True, "array": [], "object": {}}
    return kinds.get(schema.get("type", "string"), " ".join(WORD.findall(ask)[-6:]))


def _phrases(ask: str) -> list[list[str]]:
    words = [word for word in WORD.findall(_tag(ask, "question") or ask) if word.isascii()]
    words = list(dict.fromkeys(word for word in words if word.lower() not in SMALL))[:4] or ["language", "models"]
    count = int((re.search(r"exactly (\d+) phrases", ask) or ["", "3"])[1])
    others = [[*words[:1], other] for other in ("adaptation", "generation", "estimation", "learning", "analysis")]
    return [words, words[:2], *others][:count] if len(words) > 2 else [words, *others][:count]


def _parts(ask: str) -> list[dict[str, Any]]:
    """Every word of the question: small ones and marks frame it, each run of the others is a concept."""
    runs = re.split(r"(\s+|[^\w\s-]+)", _tag(ask, "question"))
    words = [word for word in runs if word.strip()]
    parts: list[dict[str, Any]] = []
    for word in words:
        role = (
            "framing" if word.lower() in SMALL or not WORD.search(word) else "concept" if word.isascii() else "unknown"
        )
        if parts and parts[-1]["role"] == role and role != "unknown" and len(parts[-1]["quote"].split()) < 4:
            parts[-1]["quote"] += f" {word}"
        else:
            parts.append({"quote": word, "role": role, "terms": [], "corrected": ""})
    for part in parts:
        part["terms"] = [part["quote"]] if part["role"] == "concept" else []
    return parts


def _grades(ask: str) -> list[dict[str, Any]]:
    numbers = [int(number) for number in re.findall(r'<paper number="(\d+)">', ask)]
    return [{"number": number, "reason": "LoRA 3D-CNN", "grade": 3 if number % 4 else 2} for number in numbers]


def verdicts(ask: str) -> list[dict[str, Any]]:
    """By words in common: enough for a reader who knows no synonyms."""
    sentences = {
        f"{number}.0": title for number, title in re.findall(r'<paper number="(\d+)">\s*<title>(.*?)</title>', ask)
    } | dict(re.findall(r'<sentence number="([\d.]+)">(.*?)</sentence>', ask))
    told = re.findall(r'<statement number="(\d+)">(.*?)</statement>', ask)
    return [_verdict(int(number), statement, sentences) for number, statement in told]


def _verdict(number: int, statement: str, sentences: dict[str, str]) -> dict[str, Any]:
    said = {word.lower() for word in WORD.findall(statement)} - SMALL
    cited = {place: text for place, text in sentences.items() if f"[{place.partition('.')[0]}]" in statement}
    shared = {place: len(said & {word.lower() for word in WORD.findall(text)}) for place, text in cited.items()}
    evidence = sorted(shared, key=lambda place: -shared[place])[:2]
    share = sum(shared[place] for place in evidence) / max(1, len(said))
    verdict = "supported" if share >= 0.5 else "partly" if share >= 0.3 else "unsupported"
    fault = {"supported": "", "partly": "detail", "unsupported": "absent"}[verdict]
    return {"number": number, "evidence": evidence, "verdict": verdict, "fault": fault, "correction": ""}


def _outline(ask: str) -> list[dict[str, Any]]:
    return [_outlined(inside, ask) for inside in re.findall(r'<section number="\d+">(.*?)</section>', ask, re.DOTALL)]


def _outlined(inside: str, ask: str) -> dict[str, Any]:
    head, numbers = _tag(inside, "heading"), re.findall(r'<paper number="(\d+)">', inside)
    japanese = "Write in Japanese" in ask
    title = f"{head[:30]}の研究" if japanese else f"{_short(head, 50)} in practice"
    claim = (
        f"これらの論文は互いに関連している[{numbers[0]}]。"
        if japanese
        else f"They are about what is asked [{numbers[0]}]."
    )
    return {"title": title, "claim": claim if head else "", "contrasts": [], "gaps": [], "beside": []}


def _part(name: str, ask: str) -> str:
    """The abstract's first sentence, one in the middle, its last."""
    if "Write in Japanese" in ask:
        words = {
            "problem": "の課題はまだ十分に解かれていない。",
            "method": "に対して新しい手法を提案し、その仕組みを説明する。",
            "result": "では従来より良い結果が得られている。",
        }
        return f"「{_short(_tag(ask, 'title'), 40)}」{words[name]}"
    sentences = re.split(r"(?<=[.!?])\s+", _tag(ask, "abstract") or _tag(ask, "title"))
    at = {"problem": 0, "method": len(sentences) // 2, "result": len(sentences) - 1}[name]
    return _short(sentences[at].rstrip("."), 240) + "."


def _prose(role: str, ask: str) -> str:
    papers = dict(re.findall(r'<paper number="(\d+)">\s*(.*?)</paper>', ask, re.DOTALL))
    if role == "single":
        sections = re.findall(r'<section number="(\d+)">.*?\nPapers: ([\d, ]+)', ask, re.DOTALL)
        return "\n\n".join(f"## {number}\n{_sentences(numbers, papers, ask)}" for number, numbers in sections)
    if role == "opening":
        return _opening(ask)
    if role == "section":
        return _sentences(re.findall(r"Its papers, in order: ([\d, ]+)", ask)[-1], papers, ask)
    return "The stand-in has read the question, and it has written two sentences. This is the second one."


def _sentences(numbers: str, papers: dict[str, str], ask: str) -> str:
    return " ".join(
        _sentence(number, papers[number], "Write in Japanese" in ask) for number in re.findall(r"\d+", numbers)
    )


def _opening(ask: str) -> str:
    cited = "".join(f"[{number}]" for number in list(dict.fromkeys(re.findall(r"\[(\d+)\]", ask)))[:3])
    heads = _tags(ask, "heading")[:3] or ["one subject"]
    if "Write in Japanese" in ask:
        return f"この分野の研究は{'、'.join(heads)}へと広がり、それぞれの節は互いに関連している{cited}。"
    return f"The field moves on {' and '.join(heads)}, and the sections build on each other {cited}."


def _sentence(number: str, inside: str, japanese: bool) -> str:
    """The first sentence of the paper that is shown, and its number."""
    pointer, told = (re.findall(r"^\[([\d.]+)\] (.*)$", inside, re.MULTILINE) or [(number, _tag(inside, "title"))])[0]
    if japanese:
        return f"「{_short(_tag(inside, 'title'), 40)}」はこの課題に対して新しい手法を提案している[{pointer}]。"
    return f"{_short(told.rstrip('.'), 240)} [{pointer}]."


def _short(text: str, most: int) -> str:
    """At most so many characters, and whole words where it has blanks."""
    return text if len(text) <= most else text[:most].rpartition(" ")[0] or text[:most]


def _tags(text: str, name: str) -> list[str]:
    return [match.strip() for match in re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)]


def _tag(text: str, name: str) -> str:
    return next(iter(_tags(text, name)), "")


def vector(text: str, dimensions: int) -> list[float]:
    """A bag of words: each adds a direction of its own, so that texts with common words are near each other."""
    total = np.zeros(dimensions)
    for word in WORD.findall(text.lower()):
        if word not in SMALL:
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
            total += np.random.default_rng(seed).standard_normal(dimensions)
    length = float(np.linalg.norm(total))
    return [float(value) for value in (total / length if length else total)]
