"""Pictures and pages of an inspection, and files that are sent ahead. Knows no graph."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Query, Response, UploadFile
from fastapi.responses import FileResponse

from agent.loopback.refusals import Refused
from agent.server.depending import Found, Owner, Served, sent_as
from agent.server.looking import closer_picture, whole_picture
from tools.arrays import UInt8Image
from tools.artifacts import DIGEST

router = APIRouter(prefix="/api", tags=["files"])
PAGE_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"
FOREVER = "private, max-age=31536000, immutable"


@router.post("/uploads", status_code=201)
async def send(
    reception: Served,
    owner: Owner,
    file: Annotated[
        list[UploadFile],
        File(description="One; of a unit, NAME.asset.yaml and every file that it names."),
    ],
) -> dict[str, str | int]:
    """Send a file ahead, or those of one unit, to be named by one id."""
    files = [sent_as(one) for one in file]
    upload = await asyncio.to_thread(reception.uploads.keep_all, files, owner=owner)
    return {"id": upload.id, "name": upload.name, "size_bytes": upload.size_bytes}


@router.get("/inspections/{run}/{asset}/report", response_class=Response)
def report(ticket: Found, reception: Served) -> Response:
    """The page that tells an inspection as a story; it runs no script and reaches nothing."""
    path = reception.tickets.folder(ticket) / "report.html"
    policy = f"{PAGE_POLICY}; base-uri 'none'; form-action 'none'; sandbox allow-popups"
    return _file(path, "text/html", headers={"Content-Security-Policy": policy})


@router.get("/inspections/{run}/{asset}/overlay.png", response_class=Response)
def overlay(ticket: Found, reception: Served) -> Response:
    """The part with the verdict and its regions drawn."""
    return _file(reception.tickets.folder(ticket) / "overlay.png", "image/png")


@router.get("/inspections/{run}/{asset}/source.png", response_class=Response)
def source(ticket: Found, reception: Served) -> Response:
    """The part itself as one picture: an image's own pixels, upright and without its metadata."""
    limit = reception.settings.max_pixels
    return _png(whole_picture(Path(ticket.path), max_pixels=limit), cache=FOREVER)


@router.get("/inspections/{run}/{asset}/closer.png", response_class=Response)
def closer(
    ticket: Found,
    reception: Served,
    box: Annotated[str, Query(description="x1,y1,x2,y2 in the picture's pixels.")],
    picture: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """A window of the part from its source, resampled to a useful size."""
    limit = reception.settings.max_pixels
    numbers = _box(box)
    found = closer_picture(Path(ticket.path), numbers, picture=picture, max_pixels=limit)
    return _png(found.image_hwc)


@router.get("/inspections/{run}/{asset}/pictures/{digest}.png", response_class=Response)
def artifact(ticket: Found, digest: str, reception: Served) -> Response:
    """A picture that a step of the inspection saw or made."""
    if not DIGEST.fullmatch(digest) or not _shown(ticket, digest, reception):
        raise Refused("There is no such picture.", status=404, code="picture_not_found")
    path = reception.tickets.run(ticket).artifacts / f"{digest}.png"
    return _file(path, "image/png", headers={"Cache-Control": FOREVER})


def _shown(ticket: Found, digest: str, reception: Served) -> bool:
    """Whether the inspection's own record or trace names the picture: others share the folder."""
    folder = reception.tickets.folder(ticket)
    return any(
        path.is_file() and digest.encode() in path.read_bytes()
        for path in (folder / "inspection.json", folder / "trace.jsonl")
    )


def _box(text: str) -> list[float]:
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4:
        raise Refused("box must be x1,y1,x2,y2.", param="box", code="invalid_box")
    return numbers


def _file(path: Path, kind: str, *, headers: dict[str, str] | None = None) -> Response:
    if not path.is_file():
        raise Refused("It is not there (yet).", status=404, code="file_not_found")
    return FileResponse(path, media_type=kind, headers=headers)


def _png(image_hwc: UInt8Image, *, cache: str = "no-store") -> Response:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image_hwc).save(buffer, format="PNG", compress_level=1)
    headers = {"Cache-Control": cache}
    return Response(buffer.getvalue(), media_type="image/png", headers=headers)
