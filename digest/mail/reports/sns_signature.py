"""Amazon SNS: whether a message was signed by Amazon, by the certificate that it names.

Invariant: a certificate is fetched from hosts of Amazon SNS alone, over https, and only for the topic that was named.
Source: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages", of November 2026.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from digest.mail.reports.webhook import WebhookRefusal

_HOST = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE_PATH = re.compile(r"/[A-Za-z0-9-]{1,100}\.pem")
_HASHES: Mapping[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - Amazon's
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_MOST_CERTIFICATES = 8
_FETCH_GAP_SECONDS = 1.0  # between two certificates: strangers must not have us ask Amazon all day


class SnsSignatures:
    """fetch: the body at an address of Amazon; raises OSError."""

    def __init__(self, fetch: Callable[[str], bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._certificates: dict[str, x509.Certificate] = {}
        self._next_fetch = float("-inf")

    def check(self, message: Mapping[str, Any], now: datetime | None = None) -> None:
        """Raises WebhookRefusal."""
        algorithm = _HASHES.get(str(message.get("SignatureVersion")))
        url = message.get("SigningCertURL")
        if algorithm is None or not isinstance(url, str) or not _is_certificate(url):
            raise WebhookRefusal(403, "no signature of Amazon")
        certificate, moment = self._certificate(url), now or datetime.now(UTC)
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or not (
            certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc
        ):
            raise WebhookRefusal(403, "a certificate that is not valid")
        try:
            signature = base64.b64decode(str(message.get("Signature")), validate=True)
            key.verify(signature, _text_to_sign(message), PKCS1v15(), algorithm)
        except (InvalidSignature, binascii.Error, ValueError):
            raise WebhookRefusal(403, "a wrong signature") from None

    def _certificate(self, url: str) -> x509.Certificate:
        with self._lock:
            if found := self._certificates.get(url):
                return found
            if self._clock() < self._next_fetch:
                raise WebhookRefusal(503, "too many certificates at once")
            self._next_fetch = self._clock() + _FETCH_GAP_SECONDS
            try:
                found = x509.load_pem_x509_certificate(self._fetch(url))
            except OSError:
                raise WebhookRefusal(503, "Amazon's certificate could not be fetched") from None
            except ValueError:
                raise WebhookRefusal(403, "no certificate") from None
            while len(self._certificates) >= _MOST_CERTIFICATES:
                del self._certificates[next(iter(self._certificates))]
            self._certificates[url] = found
            return found


def is_amazon(url: str, path: re.Pattern[str]) -> bool:
    """Whether an address is one of Amazon SNS itself: nobody else can put a file or a page there."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port in (None, 443) and not parts.username and url.isascii()
    return plain and bool(_HOST.fullmatch(parts.hostname or "")) and bool(path.fullmatch(parts.path))


def _is_certificate(url: str) -> bool:
    return is_amazon(url, _CERTIFICATE_PATH) and not set("?#") & set(url)


def confirms(url: str, topic: str) -> bool:
    """Whether an address confirms a subscription to this topic, and does nothing else."""
    if not is_amazon(url, re.compile(r"/?")):
        return False
    said = parse_qs(urlsplit(url).query)
    return said.get("Action") == ["ConfirmSubscription"] and said.get("TopicArn") == [topic]


def _text_to_sign(message: Mapping[str, Any]) -> bytes:
    names = _NOTIFICATION if message.get("Type") == "Notification" else _CONFIRMATION
    lines = [part for name in names if isinstance(message.get(name), str) for part in (name, message[name])]
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")
