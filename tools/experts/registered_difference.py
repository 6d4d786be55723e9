"""The expert that lays a picture on its reference and scores what remains.

Knows nothing of features, products or thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.arrays import Float32Array, Float32Map, UInt8Image
from tools.experts.registered_difference_map import Difference, difference_map
from tools.place import place_descriptor, registered_places
from tools.ports import ExpertScore, NotApplicable

_TOP_SHARE = 0.0005
_MIN_TOP_PX = 20


@dataclass(frozen=True, kw_only=True)
class RegisteredDifference:
    """Learns references by their places; compares a picture with the one of its own place."""

    n_references: int = 2
    """References that a picture is compared with where they are interchangeable: what any one of
    them shows is normal. Where each shows its own place, one."""

    @property
    def name(self) -> str:
        """Its entry in the table of experts."""
        return "registered_difference"

    @property
    def version(self) -> str:
        """Changes whenever the scores would."""
        return f"1:{self.n_references}"

    def learn(
        self, references_hwc: Sequence[UInt8Image], *, per_place: bool
    ) -> RegisteredDifferenceMemory:
        """Describe the place of every reference.

        Raises:
            ValueError: no reference.
        """
        if not references_hwc:
            raise ValueError("references_hwc must hold at least one picture, got none")
        return RegisteredDifferenceMemory(
            references_hwc=tuple(references_hwc),
            descriptors=np.stack([place_descriptor(image) for image in references_hwc]),
            n_compared=1 if per_place else self.n_references,
        )


@dataclass(frozen=True, kw_only=True)
class RegisteredDifferenceMemory:
    """References with the descriptors of their places."""

    references_hwc: tuple[UInt8Image, ...]
    descriptors: Float32Array
    """(N, D)"""
    n_compared: int

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        """Score pictures; see `tools.ports.Memory`.

        Raises:
            NotApplicable: a picture registers on no reference.
        """
        excluded = list(exclude) or [None] * len(images_hwc)
        return [
            self._score(image, exclude=index)
            for image, index in zip(images_hwc, excluded, strict=True)
        ]

    def _score(self, image_hwc: UInt8Image, *, exclude: int | None) -> ExpertScore:
        differences = self._differences(image_hwc, exclude=exclude)
        unexplained = np.min([d.unexplained for d in differences], axis=0)
        anomaly_map = np.min([d.anomaly_map for d in differences], axis=0)
        return ExpertScore(top_mean(unexplained), anomaly_map)

    def _differences(self, image_hwc: UInt8Image, *, exclude: int | None) -> list[Difference]:
        """One for every reference that registers, of the nearest `n_compared`."""
        places = registered_places(
            image_hwc,
            self.descriptors,
            self.references_hwc,
            exclude=exclude,
            k=self.n_compared,
        )
        if not places:
            raise NotApplicable("the picture registers on none of its nearest references")
        return [
            difference_map(image_hwc, self.references_hwc[place.position], place.registration)
            for place in places
        ]


def top_mean(anomaly_map: Float32Map) -> float:
    """Mean of the largest 0.05 % of a map's pixels, of 20 at least."""
    n_top = min(anomaly_map.size, max(_MIN_TOP_PX, round(_TOP_SHARE * anomaly_map.size)))
    return float(np.partition(anomaly_map.ravel(), -n_top)[-n_top:].mean())
