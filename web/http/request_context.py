"""The request context: language, path and client of a request; Accept-Language; fields of a posted form.

Invariant: whatever was posted, a dict of texts comes out; what is no form is an empty one. The guard bounds its size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, quote

from fastapi import HTTPException, Request
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, HTTPConnection

_MOST_FIELDS = 200
FormFields = dict[str, list[str]]


async def read_form(request: Request) -> FormFields:
    """A FastAPI dependency: the fields of the form, each with all its values; files are passed over."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_multipart(request)
    if kind != "application/x-www-form-urlencoded":
        return {}
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    fields: FormFields = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


async def _read_multipart(request: Request) -> FormFields:
    try:
        form = await request.form(max_files=1, max_fields=_MOST_FIELDS)
    except (MultiPartException, ClientDisconnect, KeyError, ValueError):
        raise HTTPException(400) from None
    fields: FormFields = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return fields


def first_value(fields: FormFields, name: str) -> str:
    return fields.get(name, [""])[0]


# One request, as the pages see it: in which language, under which root, by whom.
#
# Invariant: made once, by the guard, before any page is reached.

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")


@dataclass(frozen=True)
class RequestContext:
    language: Language
    is_language_in_url: bool  # the address names the language, as in /ja/topics
    prefix: str  # what stands before every path of this site: that of the base address
    path: str  # without prefix and language
    client: str  # the client's address; a proxy's word is taken only where it is trusted
    secure: bool  # reached over TLS

    @property
    def root(self) -> str:
        """What a link begins with, so that it stays in this language."""
        return f"{self.prefix}/{self.language}" if self.is_language_in_url else self.prefix

    @property
    def address(self) -> str:
        """The path as it stands in a link."""
        return quote(self.path, safe="/")

    def in_language(self, language: Language) -> str:
        return f"{self.prefix}/{language}"


def request_context_of(request: HTTPConnection) -> RequestContext:
    context: RequestContext = request.scope["paperroute.context"]
    return context


# Which of our languages a browser asks for, and which language a question on a page is in.
#
# Invariant: pure; English where nothing else is asked for.

_KANJI = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uff66-\uff9f\u1100-\u11ff\uac00-\ud7a3]")  # kana, hangul


@lru_cache(maxsize=512)
def negotiate_language(said: Literal["auto", "en", "ja"], accept: str) -> Language:
    """The operator's choice, else the first of ours in Accept-Language by weight (RFC 9110, 12.5.4)."""
    if said != "auto":
        return said
    weighed = sorted((_parse_weighted_tag(item) for item in accept[:300].split(",")), key=lambda pair: -pair[1])
    for tag, weight in weighed:
        for language in LANGUAGES:
            if weight > 0 and tag.split("-")[0] == language:
                return language
    return "en"


def guess_question_language(question: str, page: Language) -> str | None:
    """The language of a question whose letters do not tell: kanji without kana are Japanese on a Japanese page."""
    return "ja" if page == "ja" and _KANJI.search(question) and not _KANA_OR_HANGUL.search(question) else None


def _parse_weighted_tag(item: str) -> tuple[str, float]:
    tag, _, parameters = item.strip().partition(";")
    name, _, value = parameters.strip().partition("=")
    try:
        return tag.strip().lower(), float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return tag.strip().lower(), 0.0
