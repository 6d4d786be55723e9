"""Passages of all products in the store: kept with their vectors, found by text.

Knows no pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from knowledge.chroma import Hit, Row, Rows
from knowledge.embeddings.contract import Embedding
from knowledge.passages import KINDS, PassageText, passages_of
from knowledge.records import Product
from knowledge.retrieval import fuse
from tools.errors import KnowledgeError
from tools.ports import Passage

_DENSE = 64
"""So many passages are fetched by vector."""


class PassageRows:
    """The text side of a store."""

    def __init__(self, rows: Rows, embedding: Embedding) -> None:
        """Take the collection and the embedding that its vectors are of."""
        self._rows = rows
        self._embedding = embedding

    def put(self, product: str, passages: Sequence[PassageText]) -> None:
        """Add passages; those that are there already cost no new vector."""
        there = self._rows.ids({"product": product})
        new = [passage for passage in passages if _row_id(product, passage) not in there]
        vectors = self._embedding.embed([passage.text for passage in new])
        self._rows.put(
            [
                Row(
                    _row_id(product, passage),
                    passage.text,
                    {
                        "product": product,
                        "kind": passage.kind,
                        "passage": passage.id,
                        "source": passage.source,
                        "asset": passage.asset_sha256,
                    },
                    vector,
                )
                for passage, vector in zip(new, vectors, strict=True)
            ]
        )

    def keep_only(self, product: str, passages: Sequence[PassageText]) -> None:
        """Delete the product's other rules, failure modes and notes; cases stay."""
        kept = {_row_id(product, passage) for passage in passages}
        where = {"$and": [{"product": product}, {"kind": {"$ne": "case"}}]}
        self._rows.delete(sorted(self._rows.ids(where) - kept))

    def put_case(self, product: str, passage: PassageText) -> None:
        """Add what is said of a case, in place of what was said before."""
        self.put(product, [passage])
        of_case = [{"product": product}, {"kind": "case"}, {"passage": passage.id}]
        former = self._rows.ids({"$and": of_case}) - {_row_id(product, passage)}
        self._rows.delete(sorted(former))

    def remove_case(self, product: str, case_id: str) -> None:
        """Delete what is said of one case."""
        of_case = [{"product": product}, {"kind": "case"}, {"passage": case_id}]
        self._rows.delete(sorted(self._rows.ids({"$and": of_case})))

    def remove(self, product: str) -> None:
        """Delete all of a product."""
        self._rows.delete(sorted(self._rows.ids({"product": product})))

    def search(
        self, query: str, products: Sequence[Product], *, kinds: Sequence[str], k: int
    ) -> list[Passage]:
        """Passages of some products nearest to a text, best first.

        Raises:
            KnowledgeError: where a kind does not exist.
        """
        _check_kinds(kinds)
        wanted = set(kinds or KINDS)
        if not query.strip() or not products or k < 1:
            return []
        vector = self._embedding.embed([query])[0]
        where = {
            "$and": [
                {"product": {"$in": [product.name for product in products]}},
                {"kind": {"$in": sorted(wanted)}},
            ]
        }
        hits = self._rows.near(vector, where=where, k=_DENSE)
        candidates = _candidates(products, hits, kinds=wanted)
        positions = {row_id: position for position, row_id in enumerate(candidates)}
        cosines = {positions[hit.row.id]: hit.cosine for hit in hits if hit.row.id in positions}
        found = list(candidates.values())
        ranked = fuse(
            query,
            [passage.text for _, passage in found],
            cosines=cosines,
            floor=self._embedding.floor,
            share=self._embedding.share,
            k=k,
        )
        several = len(products) > 1
        return [
            _found(*found[entry.position], relevance=entry.relevance, several=several)
            for entry in ranked
        ]


def _candidates(
    products: Sequence[Product], hits: Sequence[Hit], *, kinds: Collection[str]
) -> dict[str, tuple[str, PassageText]]:
    """By row, its product and what it says: all that the products say, and cases that are near."""
    said = {
        _row_id(product.name, passage): (product.name, passage)
        for product in products
        for passage in passages_of(product)
        if passage.kind in kinds
    }
    cases = {
        hit.row.id: (str(hit.row.metadata["product"]), _case(hit.row))
        for hit in hits
        if hit.row.metadata["kind"] == "case"
    }
    return {**said, **cases}


def _row_id(product: str, passage: PassageText) -> str:
    digest = hashlib.sha256(passage.text.encode()).hexdigest()[:16]
    return f"{product}\n{passage.key}\n{digest}"


def _case(row: Row) -> PassageText:
    return PassageText(
        "case",
        str(row.metadata["passage"]),
        row.document,
        str(row.metadata["source"]),
        str(row.metadata["asset"]),
    )


def _found(product: str, passage: PassageText, *, relevance: float, several: bool) -> Passage:
    source = f"{product}/{passage.source}" if several else passage.source
    return Passage(passage.kind, passage.id, passage.text, source, relevance, passage.asset_sha256)


def _check_kinds(kinds: Sequence[str]) -> None:
    for kind in kinds:
        if kind not in KINDS:
            raise KnowledgeError(f"no kind of knowledge {kind!r}; there are {', '.join(KINDS)}")
