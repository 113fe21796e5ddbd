"""What all our mails say the same way about the list that they belong to, and the ways out of it. Pure."""

from __future__ import annotations

from urllib.parse import quote

from digest.links import Links
from digest.render.headers import Sender

ONE_CLICK = "List-Unsubscribe=One-Click"


def list_id(topic: str, domain: str) -> str:
    return f"<{topic}.paperroute.{domain}>"


def ways_out(sender: Sender, links: Links, token: str) -> list[str]:
    """Addresses that unsubscribe; none without a token. The web comes first: clients take the first that they know."""
    if not token:
        return []
    web = links.unsubscribe(token)
    return [*([web] if web else []), mailto(sender, quote(token, safe=""))]


def mailto(sender: Sender, word: str) -> str:
    """Where there is no web, and for clients that only write mails. `word` is fit for an address already."""
    return f"mailto:{quote(sender.answers.addr_spec, safe='@+=')}?subject=unsubscribe%20{word}"
