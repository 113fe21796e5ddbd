"""Message extraction: what the sources say to readers, and the .po files brought up to it (`make messages`).

Invariant: a message stands in one domain only: that of its file, unless the domains that all others fall back to have
it already. A translation is never lost: of a message that is gone it stays in the file, as obsolete.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog as MessageCatalogue
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "templates" / "locale"
DOMAINS = ("edition", "builtin", "mail", "web", "slack")  # the first two are what the others fall back to
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_CHANGING_HEADERS = (
    b'"Project-Id',
    b'"Report-',
    b'"POT-',
    b'"PO-Rev',
    b'"Last-Tr',
    b'"Language-Team',
    b'"Generated-By',
)
# The first that a path begins with decides.
_DOMAIN_OF_PATH = {
    "digest/extractive/": "builtin",
    "digest/mail/": "mail",
    "templates/email/": "mail",
    "templates/web/_edition.html": "edition",
    "templates/web/_entry.html": "edition",
    "templates/web/edition.html": "edition",
    "templates/web/": "web",
    "web/": "web",
    "paperroute/": "web",  # how its parts are, on the status page
    "bot/service.py": "web",  # likewise
    "bot/": "slack",
    "digest/": "edition",
    "store/": "edition",
}


def extract_messages() -> dict[str, MessageCatalogue]:
    """The messages of each domain, in the order of the sources."""
    found = {domain: MessageCatalogue(domain=domain, charset="utf-8") for domain in DOMAINS}
    paths = [(domain, path) for path in _sources() if (domain := _domain_of(path))]
    for domain, path in sorted(paths, key=lambda pair: (DOMAINS.index(pair[0]), pair[1])):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        for line, message, _, context in extract_from_file(
            method, path, KEYWORDS, options={"extensions": "jinja2.ext.i18n", "trimmed": "true"}
        ):
            shared = (found[other] for other in DOMAINS[:2] if other != domain)
            id_ = message[0] if isinstance(message, tuple) else message
            if not any(other.get(id_, context) for other in shared):
                found[domain].add(message, None, [(path.relative_to(ROOT).as_posix(), line)], context=context)
    return found


def update_translations() -> None:
    """Add to every .po file what is new, and mark as obsolete what is gone."""
    found = extract_messages()
    for folder in sorted(path for path in LOCALE.iterdir() if path.is_dir()):
        for domain, template in found.items():
            path = folder / f"{domain}.po"
            kept = read_po(io.BytesIO(path.read_bytes()), locale=folder.name, domain=domain) if path.exists() else None
            catalogue = kept or MessageCatalogue(locale=folder.name, domain=domain, charset="utf-8")
            catalogue.update(template, no_fuzzy_matching=True)
            path.write_bytes(write_catalogue(catalogue))


def write_catalogue(catalogue: MessageCatalogue) -> bytes:
    """As a .po file, without what differs from one run to the next."""
    catalogue.header_comment, catalogue.fuzzy = (
        "# Paper Route's words; `make messages` keeps this file complete.",
        False,
    )
    made = io.BytesIO()
    write_po(made, catalogue, width=110, no_location=True, sort_output=True)  # so that moving code changes nothing
    kept = (line for line in made.getvalue().splitlines(keepends=True) if not line.startswith(_CHANGING_HEADERS))
    return b"".join(kept)


def _sources() -> Iterator[Path]:
    for room in ("store", "digest", "bot", "web", "paperroute", "templates"):
        yield from (path for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".html", ".txt"))


def _domain_of(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    return next((domain for prefix, domain in _DOMAIN_OF_PATH.items() if name.startswith(prefix)), "")


if __name__ == "__main__":
    update_translations()
