"""References as an encoder sees them as wholes. Knows no encoder's weights and no place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from knowledge.chroma import Database, Row
from tools.arrays import UInt8Image
from tools.picture_embedder import PictureEmbedder


class EncodedRows:
    """Vectors of one encoder, made when they are first asked for; each encoder has its own."""

    def __init__(self, database: Database, encoder: PictureEmbedder) -> None:
        """Open the encoder's collection."""
        self._encoder = encoder
        self._rows = database.encoded(encoder.version)
        self._lock = threading.Lock()

    def nearest(
        self,
        image_hwc: UInt8Image,
        product: str,
        pictures: Mapping[str, Callable[[], UInt8Image]],
        *,
        k: int,
    ) -> list[str]:
        """Ids of the k references that look most like a picture, nearest first.

        Args:
            image_hwc: (H, W, 3) RGB.
            product: whose references are meant.
            pictures: of each of its references by id, read where no vector is kept yet.
            k: how many.
        """
        where = {"product": product}
        with self._lock:
            missing = sorted(pictures.keys() - self._rows.ids(where))
            self._rows.put(
                [
                    Row(one, "", {"product": product}, self._encoder.embed(pictures[one]()))
                    for one in missing
                ]
            )
        hits = self._rows.near(self._encoder.embed(image_hwc), where=where, k=len(pictures))
        return [hit.row.id for hit in hits if hit.row.id in pictures][:k]
