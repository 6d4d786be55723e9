"""References of all products in the store: by place, and by look. Knows no text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from knowledge.chroma import Database, Row
from knowledge.encoded_rows import EncodedRows
from knowledge.look import look_descriptor
from knowledge.pictures import PictureFolder
from knowledge.recognition import LookModel, learn_look, look_distance, similarity
from knowledge.records import Product, Reference
from tools.arrays import Float32Array, UInt8Image
from tools.assets.several import SUFFIX, read_parts
from tools.picture_embedder import PictureEmbedder
from tools.place import nearest_place, place_descriptor
from tools.ports import ReferencePicture
from tools.records import AssetPart

_PLACES_TRIED = 3
"""Nearest references by layout of which registration chooses."""
_PRODUCTS_TRIED = 8
"""So many products, nearest by look, are compared closely."""
_LOOKS_FETCHED = 16


class ProductMatch(NamedTuple):
    """The product that a picture shows."""

    product: str
    similarity: float
    """In (0, 1]; 1 is a reference itself."""
    threshold: float
    """Similarity from which on a picture is of this product."""


class ReferenceRows:
    """The picture side of a store: descriptors in Chroma, pictures as files."""

    def __init__(
        self, database: Database, pictures: PictureFolder, encoder: PictureEmbedder | None
    ) -> None:
        """Take the collections, the folder of pictures and, where there is one, an encoder."""
        self._database = database
        self._places = database.places
        self._looks = database.looks
        self._files = pictures
        self._encoded = None if encoder is None else EncodedRows(database, encoder)
        self._models: dict[str, tuple[str, LookModel]] = {}

    def put(self, product: Product, files: Mapping[str, Path]) -> None:
        """Keep pictures and descriptors of the references that are not kept yet.

        Args:
            product: whose references they are.
            files: where each lies, by its id.
        """
        for reference in product.references:
            self._put_files(reference, files[reference.id])
        places, looks = [], []
        for reference in self._without_row(product):
            image_hwc = self._files.get(_file_name(reference))
            row = Row(_row_id(product.name, reference), reference.path, {"product": product.name})
            places.append(row._replace(vector=searchable_place(image_hwc)))
            looks.append(row._replace(vector=look_descriptor(image_hwc)))
        self._places.put(places)
        self._looks.put(looks)

    def is_whole(self, product: Product) -> bool:
        """Whether every reference has its picture and its descriptors."""
        names = [name for entry in product.references for name in _file_names(entry)]
        there = all(self._files.path(name).is_file() for name in names)
        return there and not self._without_row(product)

    def files(self, product: Product) -> list[Path]:
        """Where the references lie, in their order; each opens as the asset that was added."""
        return [self._files.path(_file_name(entry)) for entry in product.references]

    def _put_files(self, reference: Reference, source: Path) -> None:
        """One file, or the parts and a file that names them."""
        if reference.modality != "several":
            self._files.put(source, _file_name(reference))
            return
        named = read_parts(source)
        for part in reference.parts:
            self._files.put(named[part.name], _part_name(part))
        lines = [f"  {part.name}: {_part_name(part)}" for part in reference.parts]
        self._files.put_text("\n".join(["parts:", *lines, ""]), _file_name(reference))

    def keep_only(self, product: str, references: Sequence[Reference]) -> None:
        """Delete the product's other references."""
        kept = {_row_id(product, reference) for reference in references}
        for rows in (self._places, self._looks, *self._database.all_encoded()):
            rows.delete(sorted(rows.ids({"product": product}) - kept))

    def keep_files_of(self, products: Sequence[Product]) -> None:
        """Delete the pictures that none of these products names."""
        named = [entry for product in products for entry in product.references]
        self._files.keep_only(name for entry in named for name in _file_names(entry))

    def pictures(self, product: Product) -> list[UInt8Image]:
        """The references in their order, each (H, W, 3) RGB and read-only."""
        return [self._files.get(_file_name(entry)) for entry in product.references]

    def nearest(self, image_hwc: UInt8Image, product: Product, *, k: int) -> list[ReferencePicture]:
        """The k references nearest by layout; first the one that the picture can be laid on.

        With an encoder, the first place is also open to those that look most like the picture.
        """
        known = {_row_id(product.name, entry): entry for entry in product.references}
        where, place = {"product": product.name}, searchable_place(image_hwc)
        hits = self._places.near(place, where=where, k=max(k, _PLACES_TRIED))
        cosines = {hit.row.id: hit.cosine for hit in hits if hit.row.id in known}
        near = list(cosines)
        tried = list(dict.fromkeys(near[:_PLACES_TRIED] + self._alike(image_hwc, product, known)))
        order = [*tried, *(one for one in near if one not in tried)][: max(k, len(tried))]
        found = [self._picture(known[one], cosines.get(one), place=place) for one in order]
        seen = [entry.image_hwc for entry in found[: len(tried)]]
        if len(seen) > 1:
            nearest = nearest_place(image_hwc, [place_descriptor(one) for one in seen], seen)
            found.insert(0, found.pop(0 if nearest is None else nearest.position))
        return found[:k]

    def _alike(
        self, image_hwc: UInt8Image, product: Product, known: Mapping[str, Reference]
    ) -> list[str]:
        """Ids of the references that look most like a picture; none without an encoder."""
        if self._encoded is None:
            return []
        pictures = {
            one: partial(self._files.get, _file_name(entry)) for one, entry in known.items()
        }
        return self._encoded.nearest(image_hwc, product.name, pictures, k=_PLACES_TRIED)

    def recognise(self, image_hwc: UInt8Image, products: Sequence[Product]) -> ProductMatch | None:
        """The product whose references the picture looks like; None where none is near."""
        ranked = self.rank(image_hwc, products)
        near = ranked and ranked[0].similarity >= ranked[0].threshold
        return ranked[0] if near else None

    def rank(self, image_hwc: UInt8Image, products: Sequence[Product]) -> list[ProductMatch]:
        """The products nearest in look, each measured by its own limit, nearest first."""
        by_name = {product.name: product for product in products if product.references}
        if not by_name:
            return []
        look = look_descriptor(image_hwc)
        found: list[tuple[float, ProductMatch]] = []
        for name in self._nearest_products(look, list(by_name)):
            model = self._model(by_name[name])
            distance = look_distance(look, model)
            match = ProductMatch(name, similarity(distance), similarity(model.limit))
            found.append((distance / model.limit, match))
        return [match for _, match in sorted(found, key=lambda one: one[0])]

    def _nearest_products(self, look: Float32Array, names: list[str]) -> list[str]:
        """A product of many references must not crowd out the others, so it is met once."""
        found: list[str] = []
        while names and len(found) < _PRODUCTS_TRIED:
            where = {"product": {"$in": names}}
            hits = self._looks.near(look, where=where, k=_LOOKS_FETCHED)
            if not hits:
                break
            found += dict.fromkeys(str(hit.row.metadata["product"]) for hit in hits)
            names = [name for name in names if name not in found]
        return found

    def _without_row(self, product: Product) -> list[Reference]:
        where = {"product": product.name}
        there = self._places.ids(where) & self._looks.ids(where)
        return [entry for entry in product.references if _row_id(product.name, entry) not in there]

    def _picture(
        self, reference: Reference, cosine: float | None, *, place: Float32Array
    ) -> ReferencePicture:
        name = _file_name(reference)
        image_hwc = self._files.get(name)
        if cosine is None:
            own = searchable_place(image_hwc)
            cosine = float(own @ place / np.sqrt((own @ own) * (place @ place)))
        return ReferencePicture(
            id=reference.id,
            position=reference.index,
            path=str(self._files.path(name)),
            image_hwc=image_hwc,
            similarity=cosine,
        )

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


def _file_name(reference: Reference) -> str:
    if reference.modality == "several":
        return f"{reference.sha256}{SUFFIX}"
    return f"{reference.sha256}{Path(reference.path).suffix.lower()}"


def _part_name(part: AssetPart) -> str:
    return f"{part.sha256}{Path(part.path).suffix.lower()}"


def _file_names(reference: Reference) -> list[str]:
    return [_file_name(reference), *(_part_name(part) for part in reference.parts)]
