"""What doctor says of subscriptions and of the keys that sign their links."""

from __future__ import annotations

from collections.abc import Iterator

from digest.errors import PaperRouteError
from paperroute import signing
from paperroute.app import App
from paperroute.finding import Finding


def examine_subscriptions(app: App) -> Iterator[Finding]:
    counts = app.store.subscriptions.counts()
    told = ", ".join(
        f"{counts[state]:,} {state}" for state in ("active", "pending", "paused", "bounced") if state in counts
    )
    yield Finding("subscriptions", "ok", told or "none yet")
    try:
        yield _links(app)
    except PaperRouteError as error:
        yield Finding("links", "fail", error.message, error.hint)


def _links(app: App) -> Finding:
    """Looking makes no key."""
    path = signing.key_file(app.store)
    if app.environment.get(signing.VARIABLE, "").strip() or app.environment.get(f"{signing.VARIABLE}_FILE", "").strip():
        return Finding("links", "ok", f"signed with {_number(app)} of {signing.VARIABLE}")
    if not path.exists():
        return Finding("links", "ok", f"{signing.VARIABLE} is not set: a key is made when first needed, in {path}")
    if signing.exposed(path):
        return Finding("links", "warn", f"others can read {path}, and so forge links", f"chmod 600 {path}")
    return Finding("links", "ok", f"signed with {_number(app)} of {path}: keep a copy of it with those of the store")


def _number(app: App) -> str:
    count = len(signing.keys(app.store, app.environment))
    return "the key" if count == 1 else f"the first of {count} keys"
