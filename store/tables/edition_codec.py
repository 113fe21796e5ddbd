"""JSON codec of an edition: encode and decode.

Invariant: decode(encode(edition)) == edition, whatever its texts hold. Within one FORMAT, fields may be added (with
defaults) but never change their meaning: unknown ones are passed over, missing ones take their defaults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from store.db.columns import moment_of, stamp
from store.errors import StoreError
from store.records.editions import Edition
from store.records.lazy_text import AnyText, LazyText, text_of_json

FORMAT = 1

_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(edition: Edition) -> str:  # decision 4
    body = json.dumps({"format": FORMAT, "edition": _to_json(edition)}, ensure_ascii=False, separators=(",", ":"))
    # Readable in any script, and yet UTF-8: what that cannot hold stays an escape.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", body)


def decode(body: str) -> Edition:
    """Raises StoreError where the body is damaged or of a later format."""
    try:
        held = json.loads(body)
        if held["format"] > FORMAT:
            raise StoreError("The edition was written by a newer version of Paper Route.", hint="Install that version.")
        edition: Edition = _build_record(Edition, held["edition"])
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"An edition in the store is damaged: {error}.", hint="Put a backup in its place.") from error
    return edition


def _to_json(value: Any) -> Any:
    if isinstance(value, LazyText):
        return value.as_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Mapping):
        return {key: _to_json(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_to_json(inner) for inner in value]
    return value


def _build_record(kind: Any, held: Mapping[str, Any]) -> Any:
    return kind(**{name: _from_json(hint, held[name]) for name, hint in _hints(kind).items() if name in held})


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _from_json(hint: Any, value: Any) -> Any:
    """The value as the field's annotation wants it; the annotations of store/records are all there are."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint == AnyText:
        return text_of_json(value)
    if origin in (Union, UnionType):
        return None if value is None else _from_json(next(kind for kind in inner if kind is not NoneType), value)
    if origin is tuple:
        return tuple(_from_json(inner[0], item) for item in value)
    if hint is datetime:
        return moment_of(value)
    if is_dataclass(hint) and isinstance(hint, type):
        return _build_record(hint, value)
    return value
