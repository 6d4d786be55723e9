"""What is known: products, rules, failure modes, references, notes, cases. Changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse

from agent.loopback.refusals import Refused
from agent.server.depending import Found, Served
from agent.server.looking import whole_picture
from agent.server.similar import similar_to
from knowledge.records import Case, Product

router = APIRouter(prefix="/api", tags=["knowledge"])


@router.get("/products")
def list_products(reception: Served) -> list[dict[str, Any]]:
    """Every product, with how much is known of it."""
    return [
        {
            "name": one.name,
            "aliases": one.aliases,
            "descriptor": one.descriptor,
            "modality": one.modality,
            "rules": len(one.rules),
            "failure_modes": len(one.failure_modes),
            "references": len(one.references),
            "notes": len(one.notes),
        }
        for one in reception.store.products()
    ]


@router.get("/products/{name}")
def show_product(name: str, reception: Served) -> Product:
    """All that is known of a product."""
    return reception.store.product(name)


@router.get("/products/{name}/references/{index}", response_class=Response)
def reference(name: str, index: int, reception: Served) -> Response:
    """A normal example as a picture."""
    files = reception.store.reference_files(name)
    if not 0 <= index < len(files):
        raise Refused(
            f"{name} has references 0 to {len(files) - 1}.", status=404, code="reference_not_found"
        )
    path = files[index]
    if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"):
        return FileResponse(path)
    return _png_of(path, reception)


@router.get("/knowledge/search")
def search(
    q: Annotated[str, Query(min_length=1, max_length=400)],
    reception: Served,
    product: str | None = None,
    kind: Annotated[list[str] | None, Query()] = None,
    k: Annotated[int, Query(ge=1, le=50)] = 8,
) -> list[dict[str, Any]]:
    """Rules, failure modes, notes and cases nearest to some words."""
    found = reception.store.search(q, product, kinds=kind or (), k=k)
    return [one._asdict() for one in found]


@router.get("/cases")
def list_cases(reception: Served, product: str | None = None) -> list[Case]:
    """Past inspections that are recalled for like parts, the newest first."""
    return list(reversed(reception.store.cases(product)))


@router.get("/cases/{case_id}")
def show_case(case_id: str, reception: Served) -> Case:
    """One past inspection."""
    case = reception.store.case(case_id)
    if case is None:
        raise Refused(f"No case {case_id[:80]!r} is kept.", status=404, code="case_not_found")
    return case


@router.get("/inspections/{run}/{asset}/similar")
async def similar(
    ticket: Found, reception: Served, k: Annotated[int, Query(ge=1, le=20)] = 5
) -> list[dict[str, Any]]:
    """Past inspections of parts that look like this one."""
    return await asyncio.to_thread(similar_to, reception, ticket, k=k)


def _png_of(path: Path, reception: Served) -> Response:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    image_hwc = whole_picture(path, max_pixels=reception.settings.max_pixels)
    Image.fromarray(image_hwc).save(buffer, format="PNG", compress_level=1)
    return Response(buffer.getvalue(), media_type="image/png")
