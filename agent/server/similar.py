"""Past inspections of parts that look like one. Decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.loopback.refusals import Refused
from agent.server.looking import whole_picture
from tools.ports import CaseQuery

if TYPE_CHECKING:
    from agent.server.reception import Reception
    from agent.server.tickets import Ticket


def similar_to(reception: Reception, ticket: Ticket, *, k: int) -> list[dict[str, Any]]:
    """Cases of the same product whose pictures are nearest to a part's, nearest first.

    Raises:
        Refused: where the part's product is not known, since cases are kept by product.
    """
    inspection = reception.inspection(ticket)
    if inspection.product is None:
        raise Refused(
            f"The product of {ticket.name!r} is not known, and cases are kept by product.",
            status=409,
            code="product_unknown",
        )
    limit = reception.settings.max_pixels
    image_hwc = whole_picture(Path(inspection.asset.path), max_pixels=limit)
    query = CaseQuery(inspection.product, without_asset=inspection.asset.sha256)
    found = reception.store.similar_cases(image_hwc, query=query, k=k)
    return [
        {
            "id": one.id,
            "decision": one.decision,
            "by_person": one.by_person,
            "text": one.text,
            "correction": one.correction,
            "source": one.source,
            "similarity": one.similarity,
        }
        for one in found
    ]
