"""JSON schema for structured answers, and the parsing and validation of what comes back.

Invariant: nothing comes out unvalidated; the schema that goes out is of the small subset that every provider takes, and
what it cannot say (lengths, patterns) is checked here afterwards.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from digest.ports import S
from store.records.lazy_text import AnyText, lazy_gettext

_KEPT_KEYS = {"type", "properties", "items", "enum", "const", "anyOf", "$ref", "$defs", "description"}
_FENCED = re.compile(r"```(?:json)?\s*\n?(.*?)```", re.DOTALL | re.IGNORECASE)
_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>(.*?)(</think(?:ing)?>|\Z)", re.DOTALL)


class SchemaMismatch(ValueError):
    """The text holds no object of the shape. what: why; in English for the model that is asked again."""

    def __init__(self, what: AnyText) -> None:
        super().__init__(str(what))
        self.what = what


@cache  # shapes; there are a dozen
def strict_json_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """The strict JSON schema of a model: every field required, none added. It is shared: nobody may change it."""
    strict: dict[str, Any] = _make_strict(shape.model_json_schema())
    return strict


def _make_strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_make_strict(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key in _KEPT_KEYS}
    for names in ("properties", "$defs"):  # their keys are names, not words of the schema
        if names in kept:
            kept[names] = {name: _make_strict(inner) for name, inner in kept[names].items()}
    kept |= {key: _make_strict(kept[key]) for key in ("items", "anyOf") if key in kept}
    if "properties" in kept:
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept


def schema_instruction(schema: dict[str, Any]) -> str:
    """The demand for an object of the schema, for a model that no server holds to it."""
    told = json.dumps(schema, ensure_ascii=False)
    return f"Answer with one JSON object and nothing else: no introduction, no code fence. Its JSON schema:\n{told}"


def parse_object(text: str, shape: type[S]) -> S:
    """The object in the text, without fences or talk around it. Raises SchemaMismatch."""
    reason: AnyText = lazy_gettext("no JSON object in the answer")
    for candidate in _candidates(text):
        try:
            return shape.model_validate_json(candidate)
        except ValidationError as error:
            reason = _describe_validation_error(error)
    raise SchemaMismatch(reason)


def _candidates(text: str) -> list[str]:
    """From the whole to what is most surely inside; the last one tells best what is wrong."""
    found = [text.strip()] + [block.strip() for block in _FENCED.findall(text)]
    start, end = text.find("{"), text.rfind("}")
    whole = text[start : end + 1] if 0 <= start < end else ""
    return [candidate for candidate in (*found, whole) if candidate.startswith("{")]


def strip_thoughts(text: str) -> str:
    """The text without the thoughts that some local models write before it."""
    return _THOUGHTS.sub("", text, count=1).strip()


def _describe_validation_error(error: ValidationError) -> str:
    """What is wrong with an object, in one line for the model that is asked again; nothing of the object itself."""
    lines = [
        f"{'.'.join(str(part) for part in problem['loc']) or 'object'}: {problem['msg']}" for problem in error.errors()
    ]
    return "; ".join(lines)[:300]
