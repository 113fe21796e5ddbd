"""The page where readers who have no mail left ask for the link to their subscriptions.

Invariant: what is answered, and when, is the same whatever is known of the address: the letter is planned afterwards.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response

from digest.errors import BadInput
from digest.subscriptions.addresses import parse_mail_address
from web import urls
from web.http import responses
from web.http.request_context import FormFields, first_value, read_form, request_context_of
from web.http.state import app_state_of
from web.pages.subscribe import HONEYPOT, refuse_often, say_mail_comes
from web.views.listing import plain_line, readable_address
from web.views.signed_link import plan_link_letter, require_subscriptions

router = APIRouter()


@router.get(urls.SEND_LINK)
def form(request: Request) -> Response:
    require_subscriptions(request)
    return _form(request)


@router.post(urls.SEND_LINK)
def send(request: Request, tasks: BackgroundTasks, fields: Annotated[FormFields, Depends(read_form)]) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    ui, limits, text = context.ui, require_subscriptions(request).limits, first_value(fields, "address").strip()
    if not state.form_limiter.allow(context.client):
        said, headers = refuse_often(request)
        return _form(request, said, text, 429, headers)
    try:
        address = parse_mail_address(text)
    except BadInput as error:
        state.form_limiter.give_back(context.client)
        return _form(request, ui.show(error.text), text, 400)
    if not first_value(fields, HONEYPOT):
        tasks.add_task(plan_link_letter, state.site.store, address, limits)
    return say_mail_comes(
        request,
        ui.gettext(
            "If {address} is subscribed here, a mail is on its way with the link.", address=readable_address(address)
        ),
    )


def _form(
    request: Request, said: str = "", address: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    body = state.render(
        context,
        "link_letter.html",
        title=context.ui.gettext("Send me my link"),
        said=said,
        address=plain_line(address, 254),
        honeypot=HONEYPOT,
        noindex=True,
    )
    return responses.private_page(body, status, headers)
