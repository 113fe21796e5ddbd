"""A mail (.eml) as a page that a browser shows, pictures and all: python -m bench.mail_page mail.eml page.html"""

from __future__ import annotations

import base64
import email
import email.policy
import sys
from pathlib import Path


def page(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.SMTP)
    html = message.get_body(("html",)).get_content()
    for part in message.walk():
        if part.get_content_maintype() == "image":
            inline = base64.b64encode(part.get_payload(decode=True)).decode()
            html = html.replace(
                f"cid:{part['Content-ID'].strip('<>')}", f"data:{part.get_content_type()};base64,{inline}"
            )
    return html


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(page(Path(sys.argv[1]).read_bytes()), encoding="utf-8")
