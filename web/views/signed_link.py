"""Signed links in mails: a token is read for a page, or raised as what is wrong with it, and shown as that.

Invariant: a token is good for its own action alone; what is wrong with one is told without a trace of what it was for.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Literal

from fastapi import HTTPException, Request, Response

from digest.errors import BadInput, NotFound, PaperRouteError
from digest.subscriptions import actions as verbs
from digest.subscriptions.lookup import ConfirmLimits, get_subscription
from digest.subscriptions.signed_links import LinkAction, LinkExpired
from store import Store
from store.records.deliveries import Subscription
from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.settings import SubscriptionSettings

_log = logging.getLogger(__name__)


class BadLink(Exception):
    """A link that opens nothing. why: "gone" where its subscription was erased since."""

    def __init__(self, why: Literal["invalid", "expired", "gone"]) -> None:
        super().__init__(why)
        self.why = why


def require_subscriptions(request: Request) -> SubscriptionSettings:
    """What the site needs for subscriptions; 404 where it takes none."""
    found = app_state_of(request).site.subscribing
    if found is None:
        raise HTTPException(404)
    return found


def read_signed_link(request: Request, action: LinkAction, token: str) -> Subscription:
    """The subscription that a token is for. Raises BadLink, which `show_bad_link` answers."""
    try:
        number = require_subscriptions(request).tokens.read(action, token)
        return get_subscription(app_state_of(request).site.store, number)
    except LinkExpired:
        raise BadLink("expired") from None
    except BadInput:
        raise BadLink("invalid") from None
    except NotFound:
        raise BadLink("gone") from None


def show_bad_link(request: Request, error: Exception) -> Response:
    """The page that says what is wrong with a link."""
    assert isinstance(error, BadLink)  # noqa: S101 - for the type checker: it is registered for these alone
    ui = request_context_of(request).ui
    said = {
        "invalid": (
            ui.gettext("This link is not valid"),
            ui.gettext("Copy it whole from the mail, or use the link in the newest mail."),
            404,
        ),
        "expired": (ui.gettext("This link has run out"), ui.gettext("Ask again for a mail to confirm."), 410),
        "gone": (
            ui.gettext("This subscription is no longer here"),
            ui.gettext("It was erased. Subscribe again if you would like to."),
            410,
        ),
    }
    return message_page(request, *said[error.why])


def plan_link_letter(store: Store, address: str, limits: ConfirmLimits) -> None:
    """After an answer was given that does not depend on it."""
    try:
        verbs.request_link(store, address, datetime.now(UTC), limits)
    except PaperRouteError as error:
        _log.warning("a letter with a link was not planned: %s", error.message)


def message_page(request: Request, title: str, lead: str, status: int = 200, hint: str = "") -> Response:
    """A page that says how it went."""
    state, context = app_state_of(request), request_context_of(request)
    body = state.render(
        context, "message.html", title=title, lead=lead, hint=hint, noindex=True, onward=f"{context.root}{urls.HOME}"
    )
    return responses.private_page(body, status)
