"""Whether a message among people is a question to the bot, judged by a language model where rules cannot tell.

Invariant: the answer is yes or no and nothing else; what the message says is data, so it can at most be answered.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from digest.generative.answer_check import ask_until_valid
from digest.generative.prompts import prompt_hash, render_prompt
from digest.ports import Answer, ChatModel

_MOST_TOKENS = 300


class JudgedMessage(BaseModel):
    """Whom a message is for."""

    is_for_bot: bool = Field(description="true only where it plainly asks the bot about its answer or its papers")


class ChatAddressee:
    """An `AddresseeModel` over a chat model. Raises ModelError."""

    def __init__(self, chat: ChatModel) -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("addressee")
        self._chat = chat

    def is_for_bot(self, message: str, about: str) -> Answer[bool]:
        def call(complaint: str) -> Answer[JudgedMessage]:
            ask = render_prompt("addressee", message=message, about=about, complaint=complaint)
            return self._chat.fill(ask, JudgedMessage, role="questions", most_tokens=_MOST_TOKENS)

        return ask_until_valid(self.model, call, lambda filled: filled.is_for_bot)
