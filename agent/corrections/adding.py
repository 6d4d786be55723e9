"""A normal example that was never inspected becomes a reference. Knows no face.

It is judged, listed and undone as a correction is.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.corrections.taking import Taken, refusal, told
from agent.corrections.trial import judged
from agent.failures import digest_of
from knowledge.corrections import KeptCorrection
from knowledge.records import Product, Reference
from tools.errors import ToolError

if TYPE_CHECKING:
    from agent.workshop import Workshop

OTHERWISE = "send another normal example, or force it"


def add_reference(
    workshop: Workshop,
    path: Path,
    product: str,
    *,
    name: str,
    who: str,
    why: str = "",
    force: bool = False,
) -> Taken:
    """Judge a normal example on the references that there are, and take it in.

    Args:
        workshop: of the home.
        path: of the picture; a copy of it is kept.
        product: name or alias of what it is an example of.
        name: as its sender calls it.
        who: the person.
        why: their reason.
        force: also where references would be decided otherwise.

    Raises:
        AssetError: the file cannot be read.
        KnowledgeError: there is no such product, or the store cannot be written.
        ToolError: it is no picture, is a reference already, or references would be decided
            otherwise.
    """
    with workshop.store.corrections.turn:
        return _added(workshop, path, product, name=name, who=who, why=why, force=force)


def _added(
    workshop: Workshop, path: Path, product: str, *, name: str, who: str, why: str, force: bool
) -> Taken:
    store = workshop.store
    found = store.product(product)
    size = _size(path, found, max_pixels=workshop.settings.max_pixels)
    correction_id = store.corrections.next_id()
    digest = digest_of(path)
    if digest in {one.sha256 for one in found.references}:
        raise ToolError(f"{name!r} is a reference of {found.name} already")
    store.corrections.keep_picture(path)
    kept_as = f"corrections/{correction_id}{path.suffix.lower()}"
    reference = Reference(id=kept_as, index=0, path=kept_as, sha256=digest, size=size)
    kept = KeptCorrection(
        id=correction_id,
        product=found.name,
        kind="reference",
        said=f"{name} is a normal example",
        why=why,
        who=who or "unnamed",
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        reference=reference,
    )
    kept = judged(workshop, kept, found)
    if kept.changed and not force:
        store.corrections.drop_picture(reference)
        raise ToolError(refusal(kept, OTHERWISE))
    store.correct(kept)
    return Taken(kept, told(kept))


def _size(path: Path, product: Product, *, max_pixels: int) -> list[int]:
    from tools.assets.opening import modality_of, open_asset

    if modality_of(path) != "image" or product.modality != "image":
        raise ToolError(
            f"a reference of {product.name} ({product.modality}) is added here only where it is a "
            "picture among pictures; put it into the product's folder and `loupe knowledge add` it"
        )
    return open_asset(path, max_pixels=max_pixels).asset.size
