"""Proxy and certificate authorities of every connection to the outside, as the environment names them.

Invariant: no other module reads these variables or makes a TLS context, so that arXiv, models, Slack, webhooks and mail
go the same way (decision 190). Certificates are always verified. A proxy's user and password are shown by nothing.
"""

from __future__ import annotations

import os
import re
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from digest.errors import ConfigError

PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class HttpProxy:
    """url: without user and password. variable: that names it."""

    url: str
    variable: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def login(self) -> tuple[str, str] | None:
        return (self.user, self.password) if self.user or self.password else None

    @property
    def headers(self) -> dict[str, str]:
        """What it wants to be told of who we are."""
        if not self.login:
            return {}
        return {"Proxy-Authorization": f"Basic {b64encode(':'.join(self.login).encode()).decode()}"}


@dataclass(frozen=True)
class CertificateAuthorities:
    """Whose certificates are believed. variable: "" for the system's; folder: several, as OpenSSL divides them."""

    variable: str = ""
    file: str | None = None
    folder: str | None = None

    @property
    def label(self) -> str:
        """For a person."""
        return f"{self.file or self.folder} ({self.variable})" if self.variable else self.file or "the system"


def find_proxy(url: str, environment: Mapping[str, str] = os.environ) -> HttpProxy | None:
    """The proxy that requests to this address go through; None: none. Raises ConfigError where it is none of HTTP."""
    address = urlsplit(url)
    scheme = {"wss": "https", "ws": "http"}.get(address.scheme, address.scheme)
    for name in (f"{scheme.upper()}_PROXY", "ALL_PROXY"):
        variable, value = _read(name, environment)
        if value:
            return None if _is_direct(address, scheme, environment) else parse_proxy(variable, value)
    return None


def parse_proxy(variable: str, value: str) -> HttpProxy:
    """Raises ConfigError."""
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme.startswith("socks"):  # decision 191
        hint = "Set it to an HTTP proxy, or name in NO_PROXY what is reached without."
        raise ConfigError(f"{variable} names a SOCKS proxy, and only HTTP proxies are supported.", hint=hint)
    if parts.scheme not in _PORTS or not re.fullmatch(r"[\w.:-]+", host, re.ASCII):
        raise ConfigError(f"{variable} names no proxy.", hint="It looks like http://proxy.example.org:3128.")
    place = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{place}:{port or _PORTS[parts.scheme]}"
    return HttpProxy(url, variable, unquote(parts.username or ""), unquote(parts.password or ""))


def exceptions(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The hosts of NO_PROXY."""
    return tuple(part for part in re.split(r"[,\s]+", _read("NO_PROXY", environment)[1]) if part)


def _is_direct(address: SplitResult, scheme: str, environment: Mapping[str, str]) -> bool:
    host = (address.hostname or "").rstrip(".")
    port = address.port or _PORTS.get(scheme)
    return any(_is_excepted(host, port, exception) for exception in exceptions(environment))


def _is_excepted(host: str, port: int | None, exception: str) -> bool:
    """exception: `*`, a host with all below it, an address, a network; each but the last also with a port."""
    if exception == "*":
        return True
    if own := _as_address(host):
        try:
            return own in ip_network(exception.strip("[]"), strict=False)
        except ValueError:
            pass
    named, colon, only = exception.rpartition(":")
    if colon and only.isdecimal() and not (":" in named and not named.endswith("]")):
        return int(only) == port and _is_excepted(host, port, named)
    name = exception.lower().removeprefix("*").strip(".")
    return bool(name) and f".{host}".endswith(f".{name}")


def _as_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def find_authorities(environment: Mapping[str, str] = os.environ) -> CertificateAuthorities:  # decision 192
    """The first that is named; else the system's, and where it has none those of certifi. Raises ConfigError."""
    file_variable, file = _read("SSL_CERT_FILE", environment)
    folder_variable, folder = _read("SSL_CERT_DIR", environment)
    if file or folder:
        names = " and ".join([file_variable] * bool(file) + [folder_variable] * bool(folder))
        return _check(CertificateAuthorities(names, file or None, folder or None))
    for name in _BUNDLES:
        variable, place = _read(name, environment)
        if place:
            is_folder = Path(place).is_dir()
            return _check(CertificateAuthorities(variable, None if is_folder else place, place if is_folder else None))
    return CertificateAuthorities() if _has_system_authorities() else CertificateAuthorities(file=_bundled_file())


def make_tls_context(environment: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """For a client: one for each library, since they set their own protocols on it. Raises ConfigError."""
    return make_context_of(find_authorities(environment))


def make_context_of(found: CertificateAuthorities) -> ssl.SSLContext:
    """Likewise, of those."""
    try:
        return ssl.create_default_context(cafile=found.file, capath=found.folder)
    except OSError as error:  # SSLError is one
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise _unusable(found.variable, found.file or found.folder, why) from error


def tls_problem(error: BaseException | None) -> str:
    """Why TLS failed, where that is what lies below the error; "" otherwise."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return str(getattr(error, "verify_message", "") or error.reason or "no reason given")
        error = error.__cause__ or error.__context__
    return ""


def _check(found: CertificateAuthorities) -> CertificateAuthorities:
    """OpenSSL passes over a place that is not there, and then every certificate is refused without a reason."""
    first, _, second = found.variable.partition(" and ")
    try:
        if found.file:
            with Path(found.file).open("rb"):
                pass
    except (OSError, ValueError) as error:
        raise _unusable(first, found.file, getattr(error, "strerror", "")) from None
    if found.folder and not any(Path(part).is_dir() for part in found.folder.split(os.pathsep)):
        raise _unusable(second or first, found.folder, "there is no such folder")
    return found


def _unusable(variable: str, place: str | None, why: str | None) -> ConfigError:
    reason = (why or "it cannot be read").lower()
    return ConfigError(
        f"{variable or 'The system'} names {place} for certificates, which cannot be used: {reason}.",
        hint="It has to be a file of certificates in PEM, or a folder that `openssl rehash` was run on.",
    )


@lru_cache(1)
def _has_system_authorities() -> bool:
    """Of a folder OpenSSL reads each certificate when it is wanted, by the name that its hash gives it."""
    if ssl.create_default_context().cert_store_stats()["x509_ca"]:
        return True
    folder = ssl.get_default_verify_paths().openssl_capath
    return any(Path(folder).glob("*.0"))


def _bundled_file() -> str:
    import certifi  # noqa: PLC0415 - for a machine without authorities of its own

    return certifi.where()


def _read(name: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """A variable as it is written, and its value; small letters go first, as with curl. An empty one is not set."""
    for variable in (name.lower(), name):
        if value := environment.get(variable, "").strip():
            return variable, value
    return name, ""
