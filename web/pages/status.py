"""Is it working? For machines: alive, ready. For people: the status page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from digest.errors import PaperRouteError
from web import addresses
from web.room import room_of

router = APIRouter()


@router.get(addresses.HEALTH)
def alive() -> Response:
    """The process answers; nothing else is looked at, so that it is not killed for what a restart cannot mend."""
    return Response("ok\n", media_type="text/plain", headers={"cache-control": "no-store"})


@router.get(addresses.READY)
def ready(request: Request) -> Response:
    """The store can be read and nothing that the process knows of stands in the way; 503 with the reason else."""
    site = room_of(request).site
    try:
        site.store.editions.count()
        problems = site.status().problems if site.status else ()
    except PaperRouteError:
        problems = ("the store cannot be read",)
    body = "".join(f"{problem}\n" for problem in problems) or "ready\n"
    return Response(body, 503 if problems else 200, {"cache-control": "no-store"}, "text/plain")
