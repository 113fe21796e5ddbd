"""Secrets: providers' keys and addresses from the environment, as `NAME` or as a file in `NAME_FILE`.

Invariant: a key is read here and nowhere else, goes to the provider it is for, and is shown by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digest.errors import ConfigError
from paperroute.config.models import VENDORS, ApiKind, Providers, api_kind, key_variable
from paperroute.config.paths import expand_home

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class ProviderAccess:
    """How a provider is reached. base_url: "" for a vendor's own. key_variable: where its key comes from."""

    name: str
    kind: ApiKind
    base_url: str
    api_key: str = field(repr=False)
    key_variable: str
    dimensions: int | None = None


def read_provider_access(name: str, providers: Providers, environment: Mapping[str, str]) -> ProviderAccess:
    """Of a provider that the configuration knows. Raises ConfigError where its key cannot be read."""
    section = providers.get(name)
    address = _base_url(name, environment) or (section.base_url if section else "")
    variable = key_variable(name)
    return ProviderAccess(
        name,
        api_kind(name, providers),
        address,
        read_secret(variable, environment),
        variable,
        section.dimensions if section else None,
    )


def read_secret(variable: str, environment: Mapping[str, str]) -> str:  # decision 22
    """The value of a variable, or of the file that it names; "" where neither is set. Raises ConfigError."""
    value = read_secret_text(variable, environment)
    if not re.fullmatch(r"[\x21-\x7e]*", value):
        raise ConfigError(f"{variable} holds characters that no key has.", hint="Copy it again, without spaces.")
    return value


def read_secret_text(variable: str, environment: Mapping[str, str]) -> str:
    """Likewise, for a secret of several lines, such as a key in PEM. Raises ConfigError."""
    value = environment.get(variable, "").strip()
    if not value and (path := environment.get(f"{variable}_FILE", "").strip()):
        value = _read(expand_home(Path(path), f"{variable}_FILE"), variable)
    return value


def _read(path: Path, variable: str) -> str:
    try:
        with path.open("rb") as file:
            value = file.read(_MOST_BYTES).decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "it is no text file"
        raise ConfigError(f"{variable}_FILE names {path}, which cannot be read: {reason}.") from None
    if not value:
        raise ConfigError(f"{variable}_FILE names {path}, which is empty.")
    return value


def _base_url(name: str, environment: Mapping[str, str]) -> str:
    """The vendors' own variables; the address of a named provider stands in the file."""
    address = environment.get(f"{name.upper()}_BASE_URL", "").strip() if name in VENDORS else ""
    if address and not re.fullmatch(r"https?://[^\s@]+", address):
        raise ConfigError(
            f"{name.upper()}_BASE_URL is no web address.", hint="It begins with http:// or https://, without a user."
        )
    return address
