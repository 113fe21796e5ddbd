"""What can be asked, as blocks: for the help message and for the Home tab.

Invariant: pure; every option and phrase that the help shows is understood (tests read them out of it).
"""

from __future__ import annotations

from bot.formwords import FormWords
from bot.message import Block, Message, fallback, header, section


def help_message(words: FormWords) -> Message:
    """For a mention that asks for it, and for `/paperroute help`."""
    blocks = (header(words.help_title), *help_blocks(words))
    return Message(fallback(words.help_title), blocks, "\n\n".join((f"*{words.help_title}*", *words.help)))


def help_blocks(words: FormWords) -> list[Block]:
    return [section(text) for text in words.help]
