"""References of all products in the store: by place, and by look. Knows no text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from knowledge.chroma import Row, Rows
from knowledge.look import look_descriptor
from knowledge.recognition import LookModel, learn_look, look_distance, similarity
from knowledge.records import Product, Reference
from tools.arrays import Float32Array, UInt8Image
from tools.place import place_descriptor

_LOOKS_TRIED = 48
"""So many references are fetched by look; their products are then compared closely."""


class ProductMatch(NamedTuple):
    """The product that a picture shows."""

    product: str
    similarity: float
    """In (0, 1]; 1 is a reference itself."""
    threshold: float
    """Similarity from which on a picture is of this product."""


class Placed(NamedTuple):
    """A reference that may show the same place."""

    reference: Reference
    cosine: float


class ReferenceRows:
    """The picture side of a store."""

    def __init__(self, places: Rows, looks: Rows) -> None:
        """Take the collections."""
        self._places = places
        self._looks = looks
        self._models: dict[str, tuple[str, LookModel]] = {}

    def missing(self, product: Product) -> list[Reference]:
        """References whose descriptors are not kept yet."""
        where = {"product": product.name}
        there = self._places.ids(where) & self._looks.ids(where)
        return [entry for entry in product.references if _row_id(product.name, entry) not in there]

    def put(self, product: str, reference: Reference, image_hwc: UInt8Image) -> None:
        """Keep the descriptors of one reference."""
        row_id = _row_id(product, reference)
        for rows, vector in (
            (self._places, searchable_place(image_hwc)),
            (self._looks, look_descriptor(image_hwc)),
        ):
            rows.put([Row(row_id, reference.path, {"product": product}, vector)])

    def keep_only(self, product: str, references: Sequence[Reference]) -> None:
        """Delete the product's other references."""
        kept = {_row_id(product, reference) for reference in references}
        for rows in (self._places, self._looks):
            rows.delete(sorted(rows.ids({"product": product}) - kept))

    def near_places(self, image_hwc: UInt8Image, product: Product, *, k: int) -> list[Placed]:
        """References whose coarse layout is the picture's, nearest first."""
        known = {_row_id(product.name, entry): entry for entry in product.references}
        vector = searchable_place(image_hwc)
        hits = self._places.near(vector, where={"product": product.name}, k=k)
        return [Placed(known[hit.row.id], hit.cosine) for hit in hits if hit.row.id in known]

    def recognise(self, image_hwc: UInt8Image, products: Sequence[Product]) -> ProductMatch | None:
        """The product whose references the picture looks like; None where none is near."""
        by_name = {product.name: product for product in products}
        if not by_name:
            return None
        look = look_descriptor(image_hwc)
        hits = self._looks.near(look, where={"product": {"$in": list(by_name)}}, k=_LOOKS_TRIED)
        names = dict.fromkeys(str(hit.row.metadata["product"]) for hit in hits)
        best: tuple[float, ProductMatch] | None = None
        for name in names:
            model = self._model(by_name[name])
            distance = look_distance(look, model)
            if best is None or distance / model.limit < best[0]:
                match = ProductMatch(name, similarity(distance), similarity(model.limit))
                best = (distance / model.limit, match)
        return best[1] if best is not None and best[0] <= 1 else None

    def _model(self, product: Product) -> LookModel:
        digest, model = self._models.get(product.name, ("", None))
        if model is None or digest != product.digest:
            known = {_row_id(product.name, entry) for entry in product.references}
            rows = self._looks.get({"product": product.name}, vectors=True)
            vectors = [row.vector for row in rows if row.id in known and row.vector is not None]
            model = learn_look(np.stack(vectors).astype(np.float32))
            self._models[product.name] = (product.digest, model)
        return model


def searchable_place(image_hwc: UInt8Image) -> Float32Array:
    """The place of a picture as a vector that has a cosine, also where it is of one colour."""
    descriptor = place_descriptor(image_hwc)
    if np.any(descriptor):
        return descriptor
    return np.full_like(descriptor, descriptor.size**-0.5)


def _row_id(product: str, reference: Reference) -> str:
    return f"{product}\n{reference.id}\n{reference.sha256}"
