"""MIME body of a mail: multipart, quoted-printable, deterministic, with slots for each recipient's links.

Invariant: every line is ASCII, at most 76 columns wide and ends with CRLF. What differs from one recipient to the next
stands in slots, so that a mail to thousands is encoded once.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from store.records.editions import fingerprint

_LAST = re.compile(rb"(?:=[0-9A-F]{2}|[^=])$")
_SOFT_BREAK = b"=\r\n"
_WIDTH = 76


@dataclass(frozen=True)
class InlineImage:
    """A PNG that the HTML shows as cid:`cid`."""

    cid: str
    data: bytes
    name: str = "route.png"


@dataclass(frozen=True)
class MailBody:  # decision 42
    """The body of a mail, whole but for its slots: `pieces`, and between each two of them a slot, by its number."""

    content_type: str
    pieces: tuple[bytes, ...]
    between: tuple[int, ...] = ()

    def fill(self, *words: str) -> bytes:
        """With a word in each slot."""
        coded = [_end_with_soft_break(encode_quoted_printable(word)) for word in words]
        rest = (coded[slot] + piece for slot, piece in zip(self.between, self.pieces[1:], strict=True))
        return b"".join((self.pieces[0], *rest))


def encode_body(text: str, html: str, pictures: Sequence[InlineImage] = (), *, slots: Sequence[str] = ()) -> MailBody:
    """multipart/alternative with the text first; `slots` are the words in both parts that `fill` replaces, in order."""
    outer = f"=_{fingerprint('alternative', text, html)}"
    shown = _encode_part("text/html; charset=utf-8", html, slots)
    inner, page = (
        (_encode_related(shown, pictures, f"=_{fingerprint('related', text, html)}")) if pictures else ("", shown)
    )
    head = f"Content-Type: {inner}\r\n\r\n".encode() if inner else b""
    opening, ending = f"--{outer}\r\n".encode(), f"--{outer}--\r\n".encode()
    pieces = _join_pieces(
        [[opening], _encode_part("text/plain; charset=utf-8", text, slots), [opening + head], page, [ending]]
    )
    between = tuple(slots.index(word) for part in (text, html) for word in _slot_pattern(slots).findall(part))
    return MailBody(f'multipart/alternative; boundary="{outer}"', tuple(pieces), between)


def _encode_related(page: list[bytes], pictures: Sequence[InlineImage], boundary: str) -> tuple[str, list[bytes]]:
    """The page and its pictures as one part: its type, and its pieces."""
    shown = b"".join(_encode_picture(picture, boundary) for picture in pictures)
    pieces = _join_pieces([[f"--{boundary}\r\n".encode()], page, [shown + f"--{boundary}--\r\n".encode()]])
    return f'multipart/related; type="text/html";\r\n boundary="{boundary}"', pieces


def _encode_picture(picture: InlineImage, boundary: str) -> bytes:
    head = (
        f"--{boundary}\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-ID: <{picture.cid}>\r\nContent-Disposition: inline; filename="{picture.name}"\r\n\r\n'
    )
    return head.encode() + base64.encodebytes(picture.data).replace(b"\n", b"\r\n")


def _slot_pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in words if word) or r"(?!)")


def _encode_part(kind: str, text: str, slots: Sequence[str]) -> list[bytes]:
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
    *before, last = _slot_pattern(slots).split(text)
    coded = [_end_with_soft_break(encode_quoted_printable(piece)) for piece in before]
    # A slot stands on a line of its own, between two soft breaks: the second is its word's.
    return _join_pieces([[head], [*coded, encode_quoted_printable(last + ("" if last.endswith("\n") else "\n"))]])


def _join_pieces(parts: list[list[bytes]]) -> list[bytes]:
    """One list of pieces of several: where two lists meet there is no slot."""
    pieces = [b""]
    for first, *rest in parts:
        pieces[-1] += first
        pieces += rest
    return pieces


def encode_quoted_printable(text: str) -> bytes:
    """Quoted-printable with CRLF."""
    coded = binascii.b2a_qp(text.encode(), istext=True)
    return coded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _end_with_soft_break(coded: bytes) -> bytes:
    """With a soft break at its end, for what follows on the same line."""
    start = coded.rfind(b"\n") + 1
    if len(coded) - start < _WIDTH:
        return coded + _SOFT_BREAK
    match = _LAST.search(coded)
    cut = match.start() if match else len(coded)
    return coded[:cut] + _SOFT_BREAK + coded[cut:] + _SOFT_BREAK
