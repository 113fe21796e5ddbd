"""The preferences of one address: all its topics; pause, leave, add, move, take its data along, erase it.

Invariant: the link in a mail is the only key; only POST acts, and acts on the link's own address alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from digest.errors import BadInput, NotFound, TooManyRequests
from digest.render.safe_text import to_line
from digest.subscriptions import actions as verbs
from digest.subscriptions import lookup
from digest.subscriptions.lookup import Vouching
from store import Store
from store.records.deliveries import Subscription
from web import urls
from web.http import responses
from web.http.request_context import FormFields, first_value, read_form, request_context_of
from web.http.state import app_state_of
from web.i18n.catalog import messages_in
from web.i18n.subscribe import SubscribeMessages, subscribe_messages
from web.pages.subscribe import FLOOD_SECONDS, topic_title
from web.views.shown_text import readable_address
from web.views.signed_link import message_page, now, read_signed_link, require_subscriptions

router = APIRouter()
_HOLDER = Vouching(origin="web", again=True)  # whoever has the link reads that mailbox


@dataclass(frozen=True)
class SubscriptionRow:
    id: int
    title: str
    path: str
    state: str
    actions: tuple[tuple[str, str], ...]  # (value, name)


@router.get("/preferences/{token}")
def show(request: Request, token: str) -> Response:
    one = read_signed_link(request, "preferences", token)
    return one if isinstance(one, Response) else _page(request, token, one)


@router.post("/preferences/{token}")
def act(request: Request, token: str, fields: Annotated[FormFields, Depends(read_form)]) -> Response:
    one = read_signed_link(request, "preferences", token)
    if isinstance(one, Response):
        return one
    room, visit = app_state_of(request), request_context_of(request)
    words = subscribe_messages(visit.language)
    holder = f"{one.channel}:{one.address}"
    if not room.change_limiter.allow(holder):
        ui, wait = messages_in(visit.language), room.change_limiter.seconds_until_allowed(holder)
        said = ui.too_often.format(wait=ui.wait(wait))
        return _page(request, token, one, said, 429, responses.retry_after_header(wait))
    if first_value(fields, "do") == "erase":
        return _erase(request, token, one, fields, words)
    try:
        said = _apply_action(request, one, fields, words)
    except TooManyRequests:
        return _page(request, token, one, words.flood, 429, responses.retry_after_header(FLOOD_SECONDS))
    except (BadInput, NotFound) as error:
        return _page(request, token, one, str(error), 400)
    return _page(request, token, one, said)


@router.get("/preferences/{token}/export")
def export(request: Request, token: str) -> Response:
    """All that is kept of an address, as JSON."""
    one = read_signed_link(request, "preferences", token)
    if isinstance(one, Response):
        return one
    kept = lookup.export(app_state_of(request).site.store, one.channel, one.address)
    body = json.dumps(kept, ensure_ascii=False, indent=2)
    headers = {"content-disposition": 'attachment; filename="paper-route.json"', "cache-control": "no-store"}
    return Response(body + "\n", headers=headers, media_type="application/json")


def _apply_action(request: Request, one: Subscription, fields: FormFields, words: SubscribeMessages) -> str:
    """What the pressed button says; what is to be told. Raises BadInput, NotFound, TooMany."""
    store, moment = app_state_of(request).site.store, now()
    verb, _, number = first_value(fields, "do").partition(":")
    every = store.subscriptions.of_address(one.channel, one.address)
    those = [each for each in every if not number or str(each.id) == number]
    if verb == "pause":
        outcome = verbs.pause(store, those, moment)
    elif verb == "resume":
        outcome = verbs.resume(store, those, moment)
    elif verb == "leave":
        outcome = verbs.unsubscribe(store, those, moment)
    elif verb == "add":
        outcome = verbs.subscribe_confirmed(store, one.channel, one.address, fields.get("topic", []), moment, _HOLDER)
    elif verb == "move":
        limits = require_subscriptions(request).limits
        asked = verbs.change_address(store, every, first_value(fields, "address"), moment, limits)
        return words.asked_lead.format(address=readable_address(asked.address))
    else:
        raise HTTPException(400)
    return words.done if outcome.changed else words.unchanged


def _erase(request: Request, token: str, one: Subscription, fields: FormFields, words: SubscribeMessages) -> Response:
    if not first_value(fields, "sure"):
        return _page(request, token, one, words.erase_tick, 400)
    app_state_of(request).site.store.subscriptions.erase(one.channel, one.address)
    return message_page(request, words.erased, words.erased_lead)


def _page(
    request: Request,
    token: str,
    one: Subscription,
    said: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    room, visit = app_state_of(request), request_context_of(request)
    store, words = room.site.store, subscribe_messages(visit.language)
    those = store.subscriptions.of_address(one.channel, one.address)
    has = {each.topic for each in those if each.state != "unsubscribed"}
    body = room.render(
        visit,
        "preferences.html",
        title=words.preferences,
        say=words,
        said=said,
        wrong=status != 200,
        address=readable_address(one.address),
        rows=_rows(store, those, words),
        others=[(each.slug, to_line(each.title, 120)) for each in store.topics.list(True) if each.slug not in has],
        action=f"{visit.root}/preferences/{token}",
        noindex=True,
    )
    return responses.private_page(body, status, headers)


def _rows(store: Store, those: Sequence[Subscription], words: SubscribeMessages) -> list[SubscriptionRow]:
    names = {"pause": words.pause, "resume": words.resume, "leave": words.leave}
    possible = {
        "active": ("pause", "leave"),
        "paused": ("resume", "leave"),
        "pending": ("leave",),
        "bounced": ("leave",),
    }
    return [
        SubscriptionRow(
            each.id,
            topic_title(store, each),
            urls.topic(each.topic),
            words.states[each.state],
            tuple((f"{verb}:{each.id}", names[verb]) for verb in possible.get(each.state, ())),
        )
        for each in those
    ]
