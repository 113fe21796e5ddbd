"""Jinja2 environments over the template folders, which lie beside this file as package data.

Invariant: a name that a template does not get is an error, never an empty text; so are `gettext` and `ngettext`, which
whoever renders a template hands in for the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["Environment", "make_environment"]


def make_environment(
    folder: str, *, autoescape: bool | Callable[[str | None], bool], **filters: Callable[..., Any]
) -> Environment:
    """The templates of a folder. autoescape: whether values are escaped for HTML; or a template's name -> whether."""
    environment = Environment(
        loader=PackageLoader("templates", folder),
        autoescape=autoescape,  # noqa: S701 - prompts and mail's text part are no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.filters |= filters
    return environment
