"""The mail of an edition as a page that a browser shows: python -m bench.mail_page STORE EDITION page.html"""

from __future__ import annotations

import base64
import email
import email.policy
import sys
from pathlib import Path

from digest.mail.headers import Sender
from digest.mail.message import DigestMail
from digest.ports import Outgoing
from digest.render.maps.map_png import clear_route_png
from digest.urls import SiteUrls
from store import Store


def page(data: bytes) -> str:
    """The HTML part, its pictures within it."""
    message = email.message_from_bytes(data, policy=email.policy.SMTP)
    html = message.get_body(("html",)).get_content()
    for part in message.walk():
        if part.get_content_maintype() == "image":
            inline = base64.b64encode(part.get_payload(decode=True)).decode()
            html = html.replace(
                f"cid:{part['Content-ID'].strip('<>')}", f"data:{part.get_content_type()};base64,{inline}"
            )
    return html


def mail(path: Path, edition: str) -> bytes:
    with Store.open(path) as store:
        (id_,) = store.editions.find(edition)
        found = store.editions.get(id_)
    write = DigestMail(
        Sender("Paper Route <digests@example.org>"), SiteUrls("https://papers.example.org"), clear_route_png
    )
    return write(Outgoing(1, found, "ada@example.org", "token", preferences="p", feedback="f")).data


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(page(mail(Path(sys.argv[1]), sys.argv[2])), encoding="utf-8")
