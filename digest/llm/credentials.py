"""Keys and addresses of providers, as they can be sent and shown.

Invariant: a key goes only to the address it was given for: where none was given, a server of the operator's own gets a
dummy, never what happens to be in the environment.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from digest.errors import ConfigError

_NO_KEY = "none"  # for servers that want no key; the SDKs insist on one


def check_key(api_key: str, base_url: str, name: str) -> str:
    """The key as it can be sent. Raises ConfigError, which names the variable and never the key."""
    key = api_key.strip()
    if not key and not base_url:
        raise ConfigError(f"{name} is not set.", hint="Set it, or give the base URL of a server of your own.")
    if not re.fullmatch(r"[\x21-\x7e]*", key):
        raise ConfigError(f"{name} holds characters that no key has.", hint="Copy it again, without spaces.")
    return key or _NO_KEY


def display_address(url: str, vendor: str) -> str:
    """An address for a message: without user, password and query; "" for the vendor's own, which all know."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    shown = (f"{parts.scheme}://{host}{parts.path}" if host else url).rstrip("/")
    return "" if shown == vendor else shown


def secrets_to_hide(api_key: str | None) -> tuple[str, ...]:
    """What must be struck out of every message; the dummy is no secret."""
    return (api_key,) if api_key and api_key != _NO_KEY else ()
