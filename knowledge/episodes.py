"""What happened: calibrations and past inspections. Knows no rules and no references."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np

from knowledge.chroma import Row, Rows
from knowledge.records import Calibration, Case
from knowledge.reference_rows import searchable_place
from tools.arrays import UInt8Image

_NO_PICTURE: UInt8Image = np.zeros((32, 32, 3), dtype=np.uint8)


class CaseMatch(NamedTuple):
    """A past inspection of a picture like the one that was asked for."""

    case: Case
    similarity: float
    """Cosine of the place descriptors, in [-1, 1]."""


class CalibrationRows:
    """Calibrations; a product has those of its present state only."""

    def __init__(self, rows: Rows) -> None:
        """Take the collection."""
        self._rows = rows

    def put(self, calibration: Calibration) -> None:
        """Keep a calibration; those of other states of the product go."""
        made_for = (calibration.product_digest, calibration.mind, calibration.key)
        row_id = hashlib.sha256("\n".join((calibration.product, *made_for)).encode()).hexdigest()
        metadata: dict[str, str | int | float | bool] = {
            "product": calibration.product,
            "digest": calibration.product_digest,
            "mind": calibration.mind,
            "key": calibration.key,
        }
        self._rows.put([Row(row_id, calibration.model_dump_json(), metadata)])
        of_product = [{"product": calibration.product}]
        stale = {"$and": [*of_product, {"digest": {"$ne": calibration.product_digest}}]}
        self._rows.delete(sorted(self._rows.ids(stale)))

    def get(self, product: str, digest: str, *, mind: str, key: str) -> Calibration | None:
        """The calibration of exactly this state, mind and key."""
        wanted = {"product": product, "digest": digest, "mind": mind, "key": key}
        rows = self._rows.get({"$and": [{name: value} for name, value in wanted.items()]})
        return Calibration.model_validate_json(rows[0].document) if rows else None

    def remove(self, product: str) -> None:
        """Forget all of a product."""
        self._rows.delete(sorted(self._rows.ids({"product": product})))


class CaseRows:
    """Past inspections, found by picture."""

    def __init__(self, rows: Rows) -> None:
        """Take the collection."""
        self._rows = rows

    def put(self, case: Case, image_hwc: UInt8Image | None) -> None:
        """Keep a case; without its picture it is not found by picture."""
        metadata: dict[str, str | int | float | bool] = {
            "product": case.product or "",
            "has_picture": image_hwc is not None,
        }
        # Every row of a searched collection needs a vector of the same size.
        vector = searchable_place(_NO_PICTURE if image_hwc is None else image_hwc)
        self._rows.put([Row(case.id, case.model_dump_json(), metadata, vector)])

    def near(self, image_hwc: UInt8Image, product: str | None, *, k: int) -> list[CaseMatch]:
        """The k cases of a product whose pictures are nearest; of all products where None."""
        where: dict[str, Any] = {"has_picture": True}
        if product is not None:
            where = {"$and": [where, {"product": product}]}
        hits = self._rows.near(searchable_place(image_hwc), where=where, k=k)
        return [CaseMatch(Case.model_validate_json(hit.row.document), hit.cosine) for hit in hits]

    def remove(self, product: str) -> None:
        """Forget all of a product."""
        self._rows.delete(sorted(self._rows.ids({"product": product})))
