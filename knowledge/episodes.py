"""What happened: calibrations and past inspections. Knows no rules and no references."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from knowledge.chroma import Row, Rows
from knowledge.passages import passage_of_case
from knowledge.records import Calibration, Case
from knowledge.reference_rows import searchable_place
from tools.arrays import UInt8Image
from tools.ports import CaseFinding, CaseQuery, SimilarCase

_NO_PICTURE: UInt8Image = np.zeros((32, 32, 3), dtype=np.uint8)
_FETCHED = 256
"""So many cases, nearest by picture, are looked through for what they are about."""


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
            "case": case.id,
            "asset": case.asset_sha256,
            "created_s": seconds_of(case.created),
        }
        # Every row of a searched collection needs a vector of the same size.
        vector = searchable_place(_NO_PICTURE if image_hwc is None else image_hwc)
        self._rows.put([Row(case.id, case.model_dump_json(), metadata, vector)])

    def near(self, image_hwc: UInt8Image, query: CaseQuery, *, k: int) -> list[SimilarCase]:
        """The k cases of a product whose pictures are nearest, of those that are asked for."""
        wanted: list[dict[str, Any]] = [{"has_picture": True}, {"product": query.product}]
        if query.without_asset:
            wanted.append({"asset": {"$ne": query.without_asset}})
        if query.before:
            wanted.append({"created_s": {"$lt": seconds_of(query.before)}})
        where = {"$and": wanted}
        if not self._rows.ids(where):
            return []
        n_fetched = _FETCHED if query.about else k
        hits = self._rows.near(searchable_place(image_hwc), where=where, k=n_fetched)
        found = [similar_case(_case(hit.row), similarity=hit.cosine) for hit in hits]
        alike = [one for one in found if not query.about or _is_about(one, query.about)]
        return alike[:k]

    def get(self, case_id: str) -> Case | None:
        """The case of an id."""
        rows = self._rows.get({"case": case_id})
        return _case(rows[0]) if rows else None

    def all(self, product: str | None = None) -> list[Case]:
        """The cases of a product, or of all, the oldest first."""
        where = None if product is None else {"product": product}
        cases = [_case(row) for row in self._rows.get(where)]
        return sorted(cases, key=lambda case: (seconds_of(case.created), case.id))

    def remove_one(self, case_id: str) -> None:
        """Forget one case."""
        self._rows.delete([case_id])

    def remove(self, product: str) -> None:
        """Forget all of a product."""
        self._rows.delete(sorted(self._rows.ids({"product": product})))


def similar_case(case: Case, *, similarity: float) -> SimilarCase:
    """A case as tools and minds are shown it."""
    passage = passage_of_case(case)
    return SimilarCase(
        id=case.id,
        decision=case.decision,
        by_person=case.by_person,
        text=passage.text,
        correction=case.correction or "",
        source=passage.source,
        similarity=similarity,
        findings=tuple(CaseFinding(tuple(one.about), tuple(one.causes)) for one in case.findings),
    )


def seconds_of(created: str) -> float:
    """An ISO 8601 time as seconds since 1970; one without a zone is UTC."""
    when = datetime.fromisoformat(created)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _case(row: Row) -> Case:
    return Case.model_validate_json(row.document)


def _is_about(case: SimilarCase, names: Sequence[str]) -> bool:
    return any(set(names) & set(finding.about) for finding in case.findings)
