"""The preferences of one address: all its topics; pause, leave, add, move, take its data along, erase it.

Invariant: the link in a mail is the only key; only POST acts, and acts on the link's own address alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from digest.cadence import next_slot
from digest.errors import BadInput, NotFound, TooManyRequests
from digest.i18n.catalog import Catalog
from digest.render.safe_text import to_line
from digest.subscriptions import actions as verbs
from digest.subscriptions import lookup
from digest.subscriptions.addresses import MAIL_ADDRESSES
from digest.subscriptions.lookup import Vouching
from store import Store
from store.records.deliveries import OneMailChoice, Subscription
from store.records.editions import EditionLength, Topic
from store.records.lazy_text import AnyText, lazy_gettext
from web import urls
from web.http import responses
from web.http.request_context import FormFields, first_value, read_form, request_context_of
from web.http.state import app_state_of
from web.pages.subscribe import FLOOD_SECONDS, topic_title
from web.views import listing
from web.views.listing import readable_address
from web.views.signed_link import message_page, read_signed_link, require_subscriptions

router = APIRouter()
_RECENT = 10  # editions
_HOLDER = Vouching(origin="web", again=True)  # whoever has the link reads that mailbox

_SUBSCRIPTION_STATES = {
    "pending": lazy_gettext("waits to be confirmed"),
    "active": lazy_gettext("comes by mail"),
    "paused": lazy_gettext("paused"),
    "unsubscribed": lazy_gettext("ended"),
    "bounced": lazy_gettext("your address refused our mails"),
}

_LENGTHS: dict[EditionLength | Literal[""], AnyText] = {
    "": lazy_gettext("as usual here"),
    "short": lazy_gettext("short: a line a paper"),
    "standard": lazy_gettext("standard: each paper told once"),
    "full": lazy_gettext("full: with every summary"),
}

_ONE_MAIL: dict[OneMailChoice, AnyText] = {
    "": lazy_gettext("as usual here"),
    "yes": lazy_gettext("in one mail, where they are of one day and hour"),
    "no": lazy_gettext("a mail for each topic"),
}


@dataclass(frozen=True)
class SubscriptionRow:
    id: int
    title: str
    path: str
    state: str
    actions: tuple[tuple[str, str], ...]  # (value, name)
    length: str  # chosen; "": none
    schedule: str  # when it comes, when next, and when it came last


@router.get("/preferences/{token}")
def show(request: Request, token: str) -> Response:
    return _page(request, token, read_signed_link(request, "preferences", token))


@router.post("/preferences/{token}")
def act(request: Request, token: str, fields: Annotated[FormFields, Depends(read_form)]) -> Response:
    subscription = read_signed_link(request, "preferences", token)
    state, context = app_state_of(request), request_context_of(request)
    ui = context.ui
    holder = f"{subscription.channel}:{subscription.address}"
    if not state.change_limiter.allow(holder):
        wait = state.change_limiter.seconds_until_allowed(holder)
        said = ui.gettext(
            "This form was sent as often as one reader may in an hour. Try again in {wait}.",
            wait=responses.wait_text(wait, ui),
        )
        return _page(request, token, subscription, said, 429, responses.retry_after_header(wait))
    if first_value(fields, "do") == "erase":
        return _erase(request, token, subscription, fields, ui)
    try:
        said = _apply_action(request, subscription, fields, ui)
    except TooManyRequests:
        return _page(
            request,
            token,
            subscription,
            ui.gettext("Too many subscriptions were asked for just now. Try again in an hour."),
            429,
            responses.retry_after_header(FLOOD_SECONDS),
        )
    except (BadInput, NotFound) as error:
        return _page(request, token, subscription, ui.show(error.text), 400)
    return _page(request, token, subscription, said)


@router.get("/preferences/{token}/export")
def export(request: Request, token: str) -> Response:
    """All that is kept of an address, as JSON."""
    subscription = read_signed_link(request, "preferences", token)
    kept = lookup.export(app_state_of(request).site.store, MAIL_ADDRESSES, subscription.address)
    body = json.dumps(kept, ensure_ascii=False, indent=2)
    headers = {"content-disposition": 'attachment; filename="paper-route.json"', "cache-control": "no-store"}
    return Response(body + "\n", headers=headers, media_type="application/json")


def _apply_action(request: Request, subscription: Subscription, fields: FormFields, ui: Catalog) -> str:
    """What the pressed button says; what is to be told. Raises BadInput, NotFound, TooManyRequests."""
    store, moment = app_state_of(request).site.store, datetime.now(UTC)
    verb, _, number = first_value(fields, "do").partition(":")
    all_of_address = store.subscriptions.of_address(subscription.channel, subscription.address)
    chosen = [each for each in all_of_address if not number or str(each.id) == number]
    if verb == "pause":
        outcome = verbs.pause(store, chosen, moment)
    elif verb == "resume":
        outcome = verbs.resume(store, chosen, moment, bounced=True)  # whoever has the link reads the mailbox
    elif verb == "leave":
        outcome = verbs.unsubscribe(store, chosen, moment)
    elif verb == "length":
        outcome = verbs.change_length(store, {each: _length(fields, each) for each in all_of_address})
    elif verb == "one-mail":
        chosen_way = first_value(fields, "one-mail")
        choice = next((choice for choice in _ONE_MAIL if choice == chosen_way), None)
        if choice is None:
            raise HTTPException(400)
        outcome = verbs.change_one_mail(store, all_of_address, choice)
    elif verb == "add":
        outcome = verbs.subscribe_confirmed(
            store, MAIL_ADDRESSES, subscription.address, fields.get("topic", []), moment, _HOLDER
        )
    elif verb == "move":
        limits = require_subscriptions(request).limits
        asked = verbs.change_address(store, all_of_address, first_value(fields, "address"), moment, limits)
        return ui.gettext(
            "If {address} does not have these topics yet, a mail is on its way with a link to confirm.",
            address=readable_address(asked.address),
        )
    else:
        raise HTTPException(400)
    return (
        ui.gettext("Done.")
        if outcome.changed
        else ui.gettext("Nothing changed: it was so already, or is none of your subscriptions.")
    )


def _length(fields: FormFields, subscription: Subscription) -> EditionLength | Literal[""]:
    asked = first_value(fields, f"length-{subscription.id}")
    return next((length for length in _LENGTHS if length == asked), subscription.length)


def _erase(request: Request, token: str, subscription: Subscription, fields: FormFields, ui: Catalog) -> Response:
    if not first_value(fields, "sure"):
        return _page(request, token, subscription, ui.gettext("Tick the box to erase. Nothing was erased."), 400)
    lookup.erase(app_state_of(request).site.store, MAIL_ADDRESSES, subscription.address)
    return message_page(
        request, ui.gettext("Everything is erased"), ui.gettext("Nothing of your address is kept here any more.")
    )


def _page(
    request: Request,
    token: str,
    subscription: Subscription,
    said: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    store, ui = state.site.store, context.ui
    subscriptions = store.subscriptions.of_address(subscription.channel, subscription.address)
    has = {each.topic for each in subscriptions if each.state != "unsubscribed"}
    body = state.render(
        context,
        "preferences.html",
        title=ui.gettext("Your subscriptions"),
        said=said,
        wrong=status != 200,
        address=readable_address(subscription.address),
        rows=_rows(store, subscriptions, ui),
        others=[(topic.slug, to_line(topic.title, 120)) for topic in store.topics.list(True) if topic.slug not in has],
        recent=_recent_editions(store, has, ui),
        may_ask=state.site.ask is not None,
        lengths=[(value, ui.show(name)) for value, name in _LENGTHS.items()],
        ways=[(value, ui.show(name)) for value, name in _ONE_MAIL.items()],
        one_mail=max((each.one_mail for each in subscriptions), default=""),
        action=f"{context.root}/preferences/{token}",
        reading_list=_reading_list_link(request, subscription),
        noindex=True,
    )
    return responses.private_page(body, status, headers)


def _reading_list_link(request: Request, subscription: Subscription) -> str:
    """Where its holder says what they think of papers; "" where nobody is asked."""
    if app_state_of(request).site.import_seeds is None:
        return ""
    token = require_subscriptions(request).tokens.sign("feedback", subscription.id)
    return f"{request_context_of(request).root}{urls.FEEDBACK}/{token}"


def _schedule(subscription: Subscription, topic: Topic | None, ui: Catalog) -> str:
    """A line; without what is not known, or will not be."""
    parts = [listing.schedule(topic, ui)] if topic else []
    if topic and topic.active and subscription.state == "active":
        following = next_slot(topic.cadence, topic.at, topic.timezone, datetime.now(UTC))
        parts.append(ui.gettext("next: {when}", when=ui.date(following.astimezone(ZoneInfo(topic.timezone)))))
    if subscription.last_sent_at:
        parts.append(ui.gettext("last: {when}", when=ui.date(subscription.last_sent_at)))
    return " · ".join(parts)


def _recent_editions(store: Store, topics: set[str], ui: Catalog) -> list[listing.ListedEdition]:
    """The newest digests of these topics."""
    newest = [head for topic in topics for head in store.editions.list("digest", topic, _RECENT)]
    newest.sort(key=lambda head: head.slot or head.created_at, reverse=True)
    return listing.items(newest[:_RECENT], store, ui)


def _rows(store: Store, subscriptions: Sequence[Subscription], ui: Catalog) -> list[SubscriptionRow]:
    names = {"pause": ui.gettext("Pause"), "resume": ui.gettext("Resume"), "leave": ui.gettext("Unsubscribe")}
    possible = {
        "active": ("pause", "leave"),
        "paused": ("resume", "leave"),
        "pending": ("leave",),
        "bounced": ("resume", "leave"),
    }
    return [
        SubscriptionRow(
            subscription.id,
            topic_title(store, subscription),
            urls.topic(subscription.topic),
            ui.show(_SUBSCRIPTION_STATES[subscription.state]),
            tuple((f"{verb}:{subscription.id}", names[verb]) for verb in possible.get(subscription.state, ())),
            subscription.length,
            _schedule(subscription, store.topics.get(subscription.topic), ui),
        )
        for subscription in subscriptions
    ]
