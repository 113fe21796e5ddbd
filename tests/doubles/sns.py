"""Amazon SNS: messages signed by a certificate of its own, and whoever fetches that."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
CONFIRM_URL = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"


class Sns:
    def __init__(self, days: int = 30) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")]), datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self._key.public_key())
        builder = builder.serial_number(1).not_valid_before(now - timedelta(days=60))
        made = builder.not_valid_after(now + timedelta(days=days)).sign(self._key, hashes.SHA256())
        self.certificate = made.public_bytes(Encoding.PEM)
        self.asked: list[str] = []

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return self.certificate if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"

    def message(
        self, text: str | dict[str, Any], kind: str = "Notification", version: str = "2", **other: Any
    ) -> bytes:
        fields = {
            "Type": kind,
            "MessageId": "da41e39f-ea4d-435a-b922-c6aae3915ebe",
            "TopicArn": TOPIC,
            "Message": text if isinstance(text, str) else json.dumps(text),
            "Timestamp": "2026-11-27T08:00:00.000Z",
        } | other
        names = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
        signed = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        signature = self._key.sign(signed.encode(), PKCS1v15(), algorithm)
        signs = {"Signature": base64.b64encode(signature).decode(), "SignatureVersion": version}
        return json.dumps({"SigningCertURL": CERTIFICATE_URL} | signs | fields).encode()


def bounce(address: str, source: str = "digests@example.org", **other: Any) -> dict[str, Any]:
    """A bounce as SES tells it."""
    one = {"emailAddress": address, "action": "failed", "status": "5.1.1"}
    one |= {"diagnosticCode": "smtp; 550 5.1.1 user unknown"} | other.pop("recipient", {})
    about = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [one]} | other
    return {"notificationType": "Bounce", "bounce": about, "mail": {"source": source, "messageId": "0102018f-1a2b-3c"}}


def complaint(recipient: str, source: str = "digests@example.org", kind: str | None = "abuse") -> dict[str, Any]:
    about: dict[str, Any] = {"complainedRecipients": [{"emailAddress": recipient}]}
    about |= {"complaintFeedbackType": kind} if kind else {}
    return {"eventType": "Complaint", "complaint": about, "mail": {"source": source, "messageId": "0102018f-1a2b-3c"}}
