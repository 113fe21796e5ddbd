"""Subscription pages: the form, confirming, one-click unsubscribe (RFC 8058).

Invariant: GET shows, only POST acts; the answers are the same for addresses that are known and unknown; one-click
unsubscribe takes the POST whatever its body, and answers 200 as often as it comes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from digest.errors import BadInput, NotFound, TooManyRequests
from digest.render.safe_text import to_line
from digest.subscriptions import actions as verbs
from store import Store
from store.records.deliveries import Subscription
from web import urls
from web.http import responses
from web.http.request_context import FormFields, first_value, read_form, request_context_of
from web.http.state import app_state_of
from web.views.listing import plain_line, readable_address
from web.views.signed_link import BadLink, message_page, read_signed_link, require_subscriptions

router = APIRouter()
HONEYPOT = "website"  # a field that no person sees
FLOOD_SECONDS = 3600  # what `digest.subscriptions.actions` looks back on


@router.get(urls.SUBSCRIBE)
def form(request: Request) -> Response:
    chosen = request.query_params.get("topic", "")
    return _form(request, {chosen} if chosen else set())


@router.post(urls.SUBSCRIBE)
def subscribe(request: Request, fields: Annotated[FormFields, Depends(read_form)]) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    ui, terms = context.ui, require_subscriptions(request)
    address, topics = first_value(fields, "address").strip(), fields.get("topic", [])
    if not state.form_limiter.allow(context.client):
        said, headers = refuse_often(request)
        return _form(request, set(topics), said, address, 429, headers)
    if not first_value(fields, HONEYPOT):
        try:
            address = verbs.subscribe(state.site.store, address, topics, datetime.now(UTC), terms.limits).address
        except TooManyRequests:
            state.form_limiter.give_back(context.client)
            return _form(
                request,
                set(topics),
                ui.gettext("Too many subscriptions were asked for just now. Try again in an hour."),
                address,
                429,
                responses.retry_after_header(FLOOD_SECONDS),
            )
        except (BadInput, NotFound) as error:
            state.form_limiter.give_back(context.client)
            return _form(request, set(topics), ui.show(error.text), address, 400)
    return say_mail_comes(
        request,
        ui.gettext(
            "If {address} does not have these topics yet, a mail is on its way with a link to confirm.",
            address=readable_address(address),
        ),
    )


def refuse_often(request: Request) -> tuple[str, dict[str, str]]:
    """What is told to who sends forms too often, and when they may again."""
    state, context = app_state_of(request), request_context_of(request)
    wait = state.form_limiter.seconds_until_allowed(context.client)
    said = context.ui.gettext(
        "This form was sent as often as one reader may in an hour. Try again in {wait}.",
        wait=responses.wait_text(wait, context.ui),
    )
    return said, responses.retry_after_header(wait)


def say_mail_comes(request: Request, lead: str) -> Response:
    ui = request_context_of(request).ui
    return message_page(
        request,
        ui.gettext("Look into your mailbox"),
        lead,
        hint=ui.gettext(
            "Nothing within a few minutes? Look among the unwanted mails. A second mail is sent after a while only."
        ),
    )


@router.get("/confirm/{token}")
def ask_to_confirm(request: Request, token: str) -> Response:
    subscription = read_signed_link(request, "confirm", token)
    store, ui = app_state_of(request).site.store, request_context_of(request).ui
    waiting = [
        each
        for each in store.subscriptions.of_address(subscription.channel, subscription.address)
        if each.state == "pending"
    ]
    if not waiting:
        return message_page(
            request,
            ui.gettext("You are subscribed"),
            ui.gettext("Nothing waits to be confirmed: it was confirmed before, or has ended."),
        )
    return _button_page(
        request,
        ui.gettext("One click to go"),
        ui.gettext("Digests on these topics will come to {address}:", address=readable_address(subscription.address)),
        ui.gettext("Yes, send them to me"),
        [topic_title(store, each) for each in waiting],
    )


@router.post("/confirm/{token}")
def confirm(request: Request, token: str) -> Response:
    subscription = read_signed_link(request, "confirm", token)
    ui = request_context_of(request).ui
    verbs.confirm(app_state_of(request).site.store, subscription.id, datetime.now(UTC))
    return message_page(
        request,
        ui.gettext("You are subscribed"),
        ui.gettext(
            "The next digest will come to {address}. Each mail has links to your preferences and out.",
            address=readable_address(subscription.address),
        ),
    )


@router.get(urls.UNSUBSCRIBE + "/{token}")
def ask_to_leave(request: Request, token: str) -> Response:
    subscription = read_signed_link(request, "unsubscribe", token)
    ui, name = (
        request_context_of(request).ui,
        topic_title(app_state_of(request).site.store, subscription),
    )
    if subscription.state == "unsubscribed":
        return message_page(
            request,
            ui.gettext("You are unsubscribed"),
            ui.gettext("No more mails on {topic} will come.", topic=name),
        )
    return _button_page(
        request,
        ui.gettext("No more mails on {topic}?", topic=name),
        ui.gettext("The digests stay in the archive, and you can subscribe again at any time."),
        ui.gettext("Unsubscribe"),
    )


@router.post(urls.UNSUBSCRIBE + "/{token}")
def leave(request: Request, token: str) -> Response:
    """Also RFC 8058: no form is declared, since some clients send none, or another."""
    store, ui = app_state_of(request).site.store, request_context_of(request).ui
    try:
        subscription = read_signed_link(request, "unsubscribe", token)
    except BadLink as error:
        if error.why == "gone":  # erased since: what was asked for is so already
            return message_page(
                request,
                ui.gettext("You are unsubscribed"),
                ui.gettext("It was erased. Subscribe again if you would like to."),
            )
        raise
    verbs.unsubscribe(store, [subscription], datetime.now(UTC))
    return message_page(
        request,
        ui.gettext("You are unsubscribed"),
        ui.gettext("No more mails on {topic} will come.", topic=topic_title(store, subscription)),
    )


@router.get(urls.UNSUBSCRIBE + "/all/{token}")
def ask_to_leave_all(request: Request, token: str) -> Response:
    subscription = read_signed_link(request, "unsubscribe-all", token)
    store, ui = app_state_of(request).site.store, request_context_of(request).ui
    of_address = store.subscriptions.of_address(subscription.channel, subscription.address)
    left = [each for each in of_address if each.state != "unsubscribed"]
    if not left:
        return _left_all_page(request)
    return _button_page(
        request,
        ui.gettext("No more mails on any topic?"),
        ui.gettext("The digests stay in the archive, and you can subscribe again at any time."),
        ui.gettext("Unsubscribe from all"),
        [topic_title(store, each) for each in left],
    )


@router.post(urls.UNSUBSCRIBE + "/all/{token}")
def leave_all(request: Request, token: str) -> Response:
    """What a mail program does with a mail of several topics: RFC 8058, as above."""
    store = app_state_of(request).site.store
    try:
        subscription = read_signed_link(request, "unsubscribe-all", token)
    except BadLink as error:
        if error.why == "gone":
            return _left_all_page(request)
        raise
    of_address = store.subscriptions.of_address(subscription.channel, subscription.address)
    verbs.unsubscribe(store, of_address, datetime.now(UTC))
    return _left_all_page(request)


def _left_all_page(request: Request) -> Response:
    ui = request_context_of(request).ui
    return message_page(request, ui.gettext("You are unsubscribed"), ui.gettext("No more mails will come."))


def topic_title(store: Store, subscription: Subscription) -> str:
    topic = store.topics.get(subscription.topic)
    return to_line(topic.title, 120) if topic else subscription.topic


def _button_page(request: Request, heading: str, lead: str, button: str, names: list[str] | None = None) -> Response:
    """A page with one sentence and one large button, which posts to the page's own address."""
    state, context = app_state_of(request), request_context_of(request)
    body = state.render(
        context,
        "button.html",
        title=heading,
        lead=lead,
        button=button,
        names=names or [],
        action=context.root + context.address,
        noindex=True,
    )
    return responses.private_page(body)


def _form(
    request: Request,
    chosen: set[str],
    said: str = "",
    address: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    ui = context.ui
    offered = state.site.subscribing is not None
    topics = state.site.store.topics.list(active_only=True)
    body = state.render(
        context,
        "subscribe.html",
        title=ui.gettext("Subscribe"),
        said=said if offered else ui.gettext("This site takes no subscriptions by mail."),
        address=plain_line(address, 254),
        topics=[(topic.slug, to_line(topic.title, 120), topic.slug in chosen or len(topics) == 1) for topic in topics],
        honeypot=HONEYPOT,
        offered=offered,
    )
    return responses.private_page(body, status, headers)
