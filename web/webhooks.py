"""Webhooks: where mail providers post bounces and complaints. Each proves itself; the answer is a status alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from web import urls
from web.http.state import app_state_of

router = APIRouter()


async def _read_body(request: Request) -> bytes:
    return await request.body()


@router.post(urls.WEBHOOKS + "/{provider}")
def receive(request: Request, provider: str, body: Annotated[bytes, Depends(_read_body)]) -> Response:
    receiver = app_state_of(request).site.webhooks.get(provider)
    if receiver is None:
        raise HTTPException(404)
    return Response(status_code=receiver(request.headers, body))
