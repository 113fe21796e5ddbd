"""Edition -> the mail that would carry it, as an .eml file. Pure: the same edition and sender give the same bytes."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from digest.errors import BadInput
from digest.render.mail import mail_html, mail_text, subject
from store.records import Edition, digest_of


def render(edition: Edition, *, sender: str) -> str:
    """A multipart/alternative message, text first. `sender`: "Name <user@host>". Raises BadInput where it is none."""
    address = _address(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = address
    message["To"] = "undisclosed-recipients:;"
    message["Subject"] = subject(edition)
    message["Date"] = format_datetime(edition.created_at)
    message["Message-ID"] = f"<{edition.id}@{address.domain}>"
    message.set_content(mail_text(edition))
    message.add_alternative(mail_html(edition), subtype="html")
    # The library draws a random boundary; the hash of what is in the parts is as unlikely to occur in them.
    message.set_boundary(f"=_{digest_of(edition.id, edition.opening)}")
    return message.as_string()


def _address(sender: str) -> Address:
    name, plain = parseaddr(sender)
    try:
        return Address(name, addr_spec=plain)
    except (ValueError, IndexError):  # the library's parser ends in either
        raise BadInput(f"mail.from = “{sender}” is no address.", hint="Write Paper Route <you@example.org>.") from None
