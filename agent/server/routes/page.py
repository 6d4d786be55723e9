"""The page and its files, as they lie in the package. Knows nothing of what they show."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from agent.loopback.refusals import Refused

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent.parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


@router.get("/")
def page() -> Response:
    """The page; it holds nothing of anybody and asks for the rest."""
    return _file("index.html")


@router.get("/page/{name}")
def part(name: str) -> Response:
    """A script or the style of the page."""
    return _file(name)


@router.get("/favicon.ico")
def icon() -> Response:
    """None."""
    return Response(status_code=204)


def _file(name: str) -> Response:
    # From the folder's own list, so that no name leads out of it.
    known = {path.name: path for path in FOLDER.iterdir() if path.suffix in KINDS}
    if name not in known:
        raise Refused("Invalid URL", status=404)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return FileResponse(known[name], media_type=KINDS[known[name].suffix], headers=headers)
