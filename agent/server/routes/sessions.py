"""Whether the server lives, who is calling, and the cookie by which a page shows pictures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from agent.server.access import COOKIE
from agent.server.depending import Owner, Served
from agent.versions import versions

router = APIRouter(prefix="/api", tags=["session"])


@router.get("/health")
def health() -> dict[str, str]:
    """That somebody answers; needs no token and tells nothing else."""
    return {"status": "ok"}


@router.get("/about")
def about(reception: Served, owner: Owner) -> dict[str, Any]:
    """Who is calling, who decides here, and what may be sent."""
    settings = reception.settings
    return {
        "person": owner,
        "mind": reception.inspector.workshop.mind_name,
        "strategy": settings.strategy,
        "human_review": settings.human_review,
        "max_upload_bytes": settings.max_upload_bytes,
        "max_pixels": settings.max_pixels,
        "remote_urls": settings.remote_urls,
        "versions": versions(),
    }


@router.post("/session", status_code=204)
def open_session(request: Request, owner: Owner) -> Response:
    """A cookie for the page, which shows pictures without a header; gone with the browser."""
    response = Response(status_code=204)
    if owner:
        session = request.app.state.access.open_session(owner)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, session, httponly=True, samesite="strict", secure=secure)
    return response
