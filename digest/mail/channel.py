"""Mail channel: writes each mail and hands it to a transport; the folder transport writes .eml files.

Invariant: a file is whole or not there, and the same delivery writes the same file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from digest.errors import PaperRouteError
from digest.mail.message import MailMessage
from digest.ports import Outgoing, Receipt
from store.records.deliveries import file_detail


class MailTransport(Protocol):
    """Takes one mail after the other, and never raises for what the other side does."""

    def post(self, letter: MailMessage, begin: Callable[[], object] = lambda: None) -> Receipt:
        """begin: as of `Channel.send`."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class MailChannel:
    """compose: makes the letter, the same bytes for the same delivery; raises PaperRouteError where it cannot."""

    transport: MailTransport
    compose: Callable[[Outgoing], MailMessage]

    def send(self, outgoing: Outgoing, begin: Callable[[], object] = lambda: None) -> Receipt:
        try:
            letter = self.compose(outgoing)
        except PaperRouteError as error:
            return Receipt("failed", " ".join(str(error).split())[:300], "content")
        return self.transport.post(letter, begin)

    def close(self) -> None:
        self.transport.close()


@dataclass(frozen=True)
class FolderTransport:
    folder: Path

    def post(self, letter: MailMessage, begin: Callable[[], object] = lambda: None) -> Receipt:
        """Write one mail. A folder that cannot be written is "retry": an operator can make room."""
        name = re.sub(r"[^\w.@-]+", "-", letter.message_id.strip("<>"), flags=re.ASCII).lstrip(".")[:200]
        path = self.folder / f"{name}.eml"
        part = path.with_name(f".{name}.{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            begin()
            part.write_bytes(letter.data)
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            return Receipt("retry", file_detail(path, error.strerror or str(error)), "relay", letter.message_id)
        return Receipt("sent", file_detail(path), message_id=letter.message_id)

    def close(self) -> None:
        """Nothing is open between two mails."""
