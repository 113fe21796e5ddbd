"""API routes for mail subscriptions, for whoever has the token: list, ask, pause, resume, end.

Invariant: nobody is subscribed from here: the holder of an address is asked by a letter, and the answer to a request is
the same whatever is known of the address.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from digest.errors import BadInput
from digest.subscriptions import actions as verbs
from digest.subscriptions.addresses import parse_mail_address
from digest.subscriptions.lookup import get_subscription
from store.records.deliveries import Subscription, SubscriptionState
from web.api.conditional_route import ConditionalRoute
from web.api.parameters import Count, Paged, Slug, api_context_of, set_next_link, split_page
from web.api.schemas import NEXT, Moment, Shape
from web.api.surveys import require_token
from web.http import problems
from web.views.signed_link import plan_link_letter

_LAST = 2**53  # the largest number that every JSON reader keeps whole

Number = Annotated[int, Path(ge=1, le=_LAST, description="A subscription's number.")]


def _parse_address(text: str) -> str:
    try:
        return parse_mail_address(text)
    except BadInput as error:
        raise ValueError(str(error.hint) or "This is not a mail address.") from None


Address = Annotated[
    str,
    Field(
        max_length=254,
        description="A mailbox that the whole net can write to, as the form on the web takes it; any script.",
        examples=["ada@a.org", "ada@bücher.example.org"],
        json_schema_extra={"format": "idn-email"},
    ),
    AfterValidator(_parse_address),
]

router = APIRouter(route_class=ConditionalRoute, tags=["Subscriptions"], dependencies=[Depends(require_token)])


class SubscriptionsAsked(Paged):
    topic: Slug | None = Field(None, description="Only those of this topic.")
    state: SubscriptionState | None = Field(None, description="Only those in this state.")
    address: Address | None = Field(None, description="Only those of this address.")
    after: Count = Field(0, ge=0, le=_LAST, description="Begin behind this number, the last one of a page.")


class SubscriptionWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    address: Address
    topics: list[Slug] = Field(min_length=1, max_length=20, description="The topics' slugs.", examples=[["walks"]])


class SubscriptionAsked(Shape):
    """What was asked for. The holder of the address gets a letter, unless all of it is there already."""

    address: str = Field(description="As it is kept: in small letters, its domain in ASCII.")
    topics: list[str]


class LinkWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    address: Address


class LinkAsked(Shape):
    """What was asked for. The letter goes out where the address is subscribed, and not too often."""

    address: str = Field(description="As it is kept: in small letters, its domain in ASCII.")


class SubscriptionItem(Shape):
    """One topic's digests, by mail to one address."""

    id: int
    topic: str
    address: str
    state: SubscriptionState
    created_at: Moment
    confirmed_at: Moment | None
    last_sent_at: Moment | None
    reason: str = Field(description="Of the state, where there is one to give.")

    @classmethod
    def of(cls, subscription: Subscription) -> SubscriptionItem:
        return cls(
            id=subscription.id,
            topic=subscription.topic,
            address=subscription.address,
            state=subscription.state,
            created_at=subscription.created_at,
            confirmed_at=subscription.confirmed_at,
            last_sent_at=subscription.last_sent_at,
            reason=str(subscription.reason),
        )


class SubscriptionPage(Shape):
    items: list[SubscriptionItem]
    next: str | None = Field(description=NEXT)


@router.get("/subscriptions", responses=problems.error_responses(401, 422))
def list_subscriptions(
    request: Request, response: Response, query: Annotated[SubscriptionsAsked, Query()]
) -> SubscriptionPage:
    """Subscriptions by mail, the oldest first."""
    api_context = api_context_of(request)
    found = api_context.store.subscriptions.list(
        topic=query.topic,
        channel="mail",
        address=query.address,
        state=query.state,
        limit=query.limit + 1,
        after=query.after,
    )
    those, more = split_page(found, query.limit)
    link = set_next_link(api_context.root, "/subscriptions", query, response, after=those[-1].id) if more else None
    return SubscriptionPage(items=[SubscriptionItem.of(subscription) for subscription in those], next=link)


@router.post("/subscriptions", status_code=202, responses=problems.error_responses(401, 403, 404, 413, 422, 429))
def ask_for_subscription(request: Request, body: SubscriptionWanted) -> SubscriptionAsked:
    """Ask for digests by mail: the holder of the address is asked by a letter, and decides."""
    store, offered = api_context_of(request).store, api_context_of(request).site.subscribing
    assert offered is not None  # noqa: S101 - for the type checker: without it these routes are not there
    reply = verbs.subscribe(store, body.address, body.topics, datetime.now(UTC), offered.limits, origin="api")
    return SubscriptionAsked(address=reply.address, topics=list(reply.topics))


@router.post("/subscription-link", status_code=202, responses=problems.error_responses(401, 403, 413, 422))
def send_link(request: Request, tasks: BackgroundTasks, body: LinkWanted) -> LinkAsked:
    """Send the link to its subscriptions to an address, where it has any; the answer does not tell."""
    store, offered = api_context_of(request).store, api_context_of(request).site.subscribing
    assert offered is not None  # noqa: S101 - for the type checker: without it these routes are not there
    tasks.add_task(plan_link_letter, store, body.address, offered.limits)
    return LinkAsked(address=body.address)


@router.get("/subscriptions/{id}", responses=problems.error_responses(401, 404, 422))
def read_subscription(request: Request, id: Number) -> SubscriptionItem:  # noqa: A002 - what the address calls it
    """One subscription."""
    return SubscriptionItem.of(get_subscription(api_context_of(request).store, id))


@router.post("/subscriptions/{id}/pause", responses=problems.error_responses(401, 403, 404, 422))
def pause_subscription(request: Request, id: Number) -> SubscriptionItem:  # noqa: A002 - likewise
    """Send nothing until it is resumed. Only what is active is paused; all else stays as it is."""
    store = api_context_of(request).store
    verbs.pause(store, [get_subscription(store, id)], datetime.now(UTC))
    return SubscriptionItem.of(get_subscription(store, id))


@router.post("/subscriptions/{id}/resume", responses=problems.error_responses(401, 403, 404, 422))
def resume_subscription(request: Request, id: Number) -> SubscriptionItem:  # noqa: A002 - likewise
    """Send again what was paused. What was never confirmed, or ended, stays as it is."""
    store = api_context_of(request).store
    verbs.resume(store, [get_subscription(store, id)], datetime.now(UTC))
    return SubscriptionItem.of(get_subscription(store, id))


@router.post("/subscriptions/{id}/unsubscribe", responses=problems.error_responses(401, 403, 404, 422))
def end_subscription(request: Request, id: Number) -> SubscriptionItem:  # noqa: A002 - likewise
    """End it for good. Whoever got digests gets a last letter that says so."""
    store = api_context_of(request).store
    verbs.unsubscribe(store, [get_subscription(store, id)], datetime.now(UTC))
    return SubscriptionItem.of(get_subscription(store, id))
