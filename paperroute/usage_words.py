"""Wrong usage of the command line in one plain line: the libraries' own words and boxes are for their programmers."""

from __future__ import annotations

import re
from typing import Any

import typer

# Whatever the parser raises for wrong usage; the class itself is in a module that the library keeps to itself.
WrongUsage: type[Exception] = typer.BadParameter.__mro__[2]
_PLAIN = (
    (r"^Invalid value for '?(.+?)'?: ", r"\1: "),
    (r"Value error, ", ""),
    (r"Input should be a valid integer.*", "give a whole number"),
    (r"Input should be a valid number.*", "give a number"),
    (r"Input should be greater than or equal to (\S+)", r"give \1 or more"),
    (r"Input should be less than or equal to (\S+)", r"give \1 or less"),
    (r"'([^']*)' is not one of (.+?)\.?$", r"“\1” is none of \2"),
    (r"'([^']*)'", r"\1"),
)


def in_words(error: Any) -> str:
    """One line: what is wrong, and where the right usage stands; "" where no verb was given, and help was printed."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return ""
    message = " ".join(str(error.format_message()).split())
    for pattern, plain in _PLAIN:
        message = re.sub(pattern, plain, message)
    context = getattr(error, "ctx", None)
    stop = "" if message.endswith(("?", ".")) else "."
    return f"{message}{stop} See {context.command_path if context else 'paperroute'} --help."
