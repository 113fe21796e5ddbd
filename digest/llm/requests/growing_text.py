"""Growing text of an answer: its pieces put together, told to a reader now and then, held to a length.

Invariant: what is told in all is at most some forty times the answer's length, however small its pieces are: whoever
is told a text goes through the whole of it.
"""

from __future__ import annotations

from collections.abc import Callable

from digest.llm.requests.json_schema import strip_thoughts

_SHARE = 32  # told again once it has grown by this part of what was told
_CHARACTERS_A_TOKEN, _CHARACTERS_BESIDE = 8, 1_000  # no tokenizer makes longer ones of prose  # decision 168


class GrowingText:
    """on_text: told the text so far, without thoughts. most_tokens: what was asked for at most."""

    def __init__(self, on_text: Callable[[str], None], most_tokens: int) -> None:
        self._on_text = on_text
        self._most = _CHARACTERS_A_TOKEN * most_tokens + _CHARACTERS_BESIDE
        self._pieces: list[str] = []
        self._size = self._told = 0

    def begin(self) -> None:
        """The prompt was read, which is told as a text that is empty so far."""
        if not self._size:
            self._on_text("")

    def add(self, piece: str) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size - self._told > self._told // _SHARE:
            self.tell()

    @property
    def is_too_long(self) -> bool:
        """Whether it is longer than the model was allowed: its server does not hold it to that."""
        return self._size > self._most

    def tell(self) -> None:
        """Tell what has not been told yet."""
        if self._told < self._size:
            self._told = self._size
            if shown := self.shown:
                self._on_text(shown)

    @property
    def shown(self) -> str:
        return strip_thoughts(self.raw)

    @property
    def raw(self) -> str:
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]
