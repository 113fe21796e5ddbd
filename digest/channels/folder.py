"""Mail without a relay: each one becomes an .eml file in a folder, to be read with any mail program.

Invariant: a file is whole or not there, and the same delivery writes the same file.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from digest.letter import Letter
from digest.ports import Receipt


@dataclass(frozen=True)
class FolderLane:
    folder: Path

    def post(self, letter: Letter) -> Receipt:
        """Write one mail. A folder that cannot be written is "retry": an operator can make room."""
        name = re.sub(r"[^\w.@-]+", "-", letter.message_id.strip("<>"), flags=re.ASCII).lstrip(".")[:200]
        path = self.folder / f"{name}.eml"
        part = path.with_name(f".{name}.{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(letter.data)
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            return Receipt("retry", f"{path}: {error.strerror}", "relay", letter.message_id)
        return Receipt("sent", f"written to {path}", message_id=letter.message_id)

    def close(self) -> None:
        """Nothing is open between two mails."""
