"""Signed links in mails: a token is read for a page, or answered with what is wrong with it.

Invariant: a token is good for its own action alone; what is wrong with one is told without a trace of what it was for.
"""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import HTTPException, Request, Response

from digest.errors import BadInput, NotFound
from digest.subscriptions.lookup import get_subscription
from digest.subscriptions.signed_links import LinkAction
from store.records.deliveries import Subscription
from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.i18n.subscribe import subscribe_messages
from web.settings import SubscriptionSettings


def now() -> datetime:
    return datetime.now(UTC)


def require_subscriptions(request: Request) -> SubscriptionSettings:
    """What the site needs for subscriptions; 404 where it takes none."""
    found = app_state_of(request).site.subscribing
    if found is None:
        raise HTTPException(404)
    return found


def read_signed_link(request: Request, action: LinkAction, token: str) -> Subscription | Response:
    """The subscription that a token is for; else the page that says what is wrong with it."""
    words = subscribe_messages(request_context_of(request).language)
    try:
        number = require_subscriptions(request).tokens.read(action, token)
    except BadInput as error:
        if "expired" in error.message:
            return message_page(request, words.expired, words.expired_lead, 410)
        return message_page(request, words.invalid, words.invalid_lead, 404)
    try:
        return get_subscription(app_state_of(request).site.store, number)
    except NotFound:
        return message_page(request, words.gone, words.gone_lead, 410)


def message_page(request: Request, title: str, lead: str, status: int = 200, hint: str = "") -> Response:
    """A page that says how it went."""
    room, visit = app_state_of(request), request_context_of(request)
    body = room.render(
        visit, "told.html", title=title, lead=lead, hint=hint, noindex=True, onward=f"{visit.root}{urls.HOME}"
    )
    return responses.private_page(body, status)
