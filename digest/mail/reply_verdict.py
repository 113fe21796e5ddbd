"""A relay's refusal -> what becomes of the mail, and whose fault it is.

Invariant: what names the relay or the sender is never a recipient's bounce, at any stage; what names nobody is never
clear. The words and codes are data in `reply_rules`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.mail.reply_rules import (
    KIND_BY_CODE,
    KIND_BY_REPLY,
    KIND_BY_SUBJECT,
    MAY_NAME_US,
    MEANINGS,
    RELAY_LEAVES,
    WANTS_PACE,
    WEAK_RULES,
    WORD_RULES,
    ReplyKind,
    SmtpStage,
    WordRule,
)
from digest.ports import Blame, Receipt
from store.text.source_text import printable_line

_TEXT_STAGES = ("data", "content")
_DOMAINS: tuple[ReplyKind, ...] = ("network", "policy", "grey list")  # for now, where a recipient was named
_COMMAND_CODES = (500, 502, 503)  # after the text they are about it: a line too long
_DETAIL_LENGTH = 300  # letters of a reply that are kept
_READ_LENGTH = 4_000  # and that are judged: smtplib bounds a line, not the number of lines
_ADDRESS = re.compile(r"<?[^\s<>()\[\]:;,\"'=]{1,100}@[^\s<>()\[\]:;,\"']{1,255}>?")
_LINK = re.compile(r"https?://\S+")
_IP = re.compile(
    r"\[?(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)\]?|\[?(?:ipv6:)?(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}\]?"
)
_ENHANCED = re.compile(r"(?<![\d.])([245])\.([0-7])\.(\d{1,3})(?![\d.]*\d)")  # RFC 3463: class.subject.detail
_QUEUE_ID = re.compile(r"(?=[^\s]*\d)[\w+/=.:-]{4,}|\d+|\b[a-z]+[A-Z]\w*|\b[A-Z]{2,}[a-z]\w*")
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z][\w-]+\.?", re.IGNORECASE)
_QUOTED = re.compile(r"<[^<>]*>|\"[^\"]*\"|\([^()]*\)|\[[^\[\]]*\]|(?<!\w)'[^']*'(?!\w)")


@dataclass(frozen=True)
class Envelope:
    """Of the mail that was refused: a reply that names the sender's address is about the sender."""

    sender: str = ""
    recipient: str = ""


def reply_line(code: int, text: bytes | str) -> str:
    """A reply as one printable, bounded line: "250 2.0.0 queued as 4f2a". smtplib has -1 for what is no reply."""
    said = f"{code} {_decode(text)}" if code > 0 else f"no SMTP: {_decode(text)}"
    line = printable_line(said)
    return line if len(line) <= _DETAIL_LENGTH else line[: _DETAIL_LENGTH - 1] + "…"


def receipt_for_reply(stage: SmtpStage, code: int, text: bytes | str, envelope: Envelope | None = None) -> Receipt:
    """The meaning of a reply that was not the one hoped for. It is a decision: the relay did not take the mail."""
    words = _plain_words(_decode(text)[:_READ_LENGTH], envelope or Envelope())
    detail = reply_line(code, text)
    enhanced = [(int(class_), (int(subject), int(number))) for class_, subject, number in _ENHANCED.findall(words)]
    said = _kind_of(stage, code, words, [found for _, found in enhanced])
    meaning, pace = MEANINGS[_in_stage(stage, said)], said in WANTS_PACE
    if not 500 <= code < 600:
        blames = _blame_for_now(stage, code, said, words)
        return Receipt("retry", detail, blames, "", max(code, 0), True, pace and code >= 400, meaning.step)
    # A reply that is permanent by its code and passing by its enhanced one is not given up for.
    ends = meaning.ends and not (enhanced and all(class_ == 4 for class_, _ in enhanced))
    return Receipt(
        "failed" if ends else "retry", detail, meaning.blames, "", code, meaning.is_clear, pace, meaning.step
    )


def reply_likeness(detail: str) -> str:
    """A reply without what differs from one mail to the next: addresses, queue ids, hosts, numbers. The same reply to
    several recipients compares equal; its code and its enhanced code stay.
    """
    codes = [match[0] for match in re.finditer(r"^\d{3}(?!\d)", detail)]
    codes += sorted({match[0] for match in _ENHANCED.finditer(_IP.sub(" ", detail))})
    words = detail
    for pattern in (_LINK, _ADDRESS, _QUOTED, _IP, _ENHANCED, _HOST, _QUEUE_ID):
        words = pattern.sub(" ", words)
    return " ".join([*codes, *re.findall(r"[^\W\d_]+", words.lower())])


def _kind_of(stage: SmtpStage, code: int, words: str, enhanced: Sequence[tuple[int, int]]) -> ReplyKind:
    if _names_sender(words):
        return "sender"
    said = _first_of(WORD_RULES, stage, words)
    kinds = [KIND_BY_CODE.get(found) or KIND_BY_SUBJECT.get(found[0]) for found in enhanced]
    coded = [kind for kind in kinds if kind is not None]
    if said == "mailbox":
        return _check_mailbox(words, coded)
    if said is not None:
        return said
    if not coded and code in KIND_BY_REPLY and (stage not in _TEXT_STAGES or code not in _COMMAND_CODES):
        coded = [KIND_BY_REPLY[code]]
    if (weak := _first_of(WEAK_RULES, stage, words)) is not None:
        coded.append(weak)
    kind: ReplyKind = min(coded, key=_rank_harm) if coded else "unclear"
    if kind == "mailbox":  # words of another language, which are not known, make its code unclear
        return _check_mailbox(words, ()) if words.isascii() else "unclear"
    return kind


def _check_mailbox(words: str, coded: Sequence[ReplyKind]) -> ReplyKind:
    """What a mailbox's words or code mean beside a code that blames us, which they contradict, or words that may."""
    ours = [kind for kind in coded if MEANINGS[kind].blames in ("relay", "sender")]
    clear = [kind for kind in ours if MEANINGS[kind].is_clear]
    if clear:
        return clear[0]
    return "unclear" if ours or MAY_NAME_US.search(words) else "mailbox"


def _first_of(rules: Sequence[WordRule], stage: SmtpStage, words: str) -> ReplyKind | None:
    return next((rule.kind for rule in rules if stage in rule.stages and rule.pattern.search(words)), None)


def _names_sender(words: str) -> bool:
    """Our address or domain, and not the recipient's."""
    return "@us" in words and "@to" not in words


def _rank_harm(kind: ReplyKind) -> tuple[int, bool]:
    """How much it may cost a reader: least where it is our own fault."""
    meaning = MEANINGS[kind]
    return ("sender", "domain", "relay", "content", "recipient").index(meaning.blames), meaning.is_clear


def _in_stage(stage: SmtpStage, kind: ReplyKind) -> ReplyKind:
    """What a kind is where it was said: nobody is named before RCPT, and no sender's rule is broken by a text."""
    blames = MEANINGS[kind].blames
    if stage == "session" and (blames not in ("relay", "sender") or not MEANINGS[kind].is_clear):
        return "session"
    if stage == "sender" and kind != "size" and (blames not in ("relay", "sender") or not MEANINGS[kind].is_clear):
        return "sender" if kind != "relay" else "session"
    if stage in _TEXT_STAGES and kind in ("unclear", "relay", "no route"):
        return "unclear text"
    return kind


def _blame_for_now(stage: SmtpStage, code: int, kind: ReplyKind, words: str) -> Blame:
    """Of a passing refusal: who is to rest. One reader's 421 is no reason to rest all connections."""
    blames = MEANINGS[kind].blames
    if stage in ("session", "sender"):
        return "sender" if blames == "sender" else "relay"
    if not 400 <= code < 500 or RELAY_LEAVES.search(words):
        return "relay"
    if kind in WANTS_PACE or (code == 421 and kind != "relay") or (stage == "recipient" and kind in _DOMAINS):
        return "domain"
    if kind in ("unclear", "no route"):
        return "recipient" if stage == "recipient" else "relay"
    return "relay" if blames in ("content", "domain") else blames


def _plain_words(text: str, envelope: Envelope) -> str:
    """A reply on one line in small letters, each address as what it is: @to, @us, @; each IP as ip#."""
    words = printable_line(text).lower()
    sender, recipient = envelope.sender.lower(), envelope.recipient.lower()
    words = _ADDRESS.sub(lambda found: _name_address(found[0].strip("<>."), sender, recipient), _LINK.sub(" ", words))
    ours = sender.rpartition("@")[2]
    if "." in ours and ours != recipient.rpartition("@")[2]:
        words = re.sub(rf"(?<![\w.@-]){re.escape(ours)}(?![\w-]|\.\w)", "@us", words)
    return printable_line(_IP.sub(" ip# ", words))


def _name_address(found: str, sender: str, recipient: str) -> str:
    return " @us " if found == sender else " @to " if found == recipient else " @ "


def _decode(text: bytes | str) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
