"""The expert that lays a picture on its reference and scores what remains.

Knows nothing of features, products or thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tools.arrays import Float32Array, Float32Map, UInt8Image
from tools.experts.bank_cache import BankCache, bank_key
from tools.experts.normal_variation import MIN_REFERENCES, NormalVariation, build_variation
from tools.experts.registered_difference_map import Difference, difference_map
from tools.place import Place, place_descriptor, registered_places
from tools.ports import ExpertScore, NotApplicable
from tools.registration import NotRegistered, register

_TOP_SHARE = 0.0005
_MIN_TOP_PX = 20


@dataclass(frozen=True, kw_only=True)
class RegisteredDifference:
    """Learns references by their places; compares a picture with the one of its own place."""

    n_references: int = 2
    """References that a picture is compared with where they are interchangeable but too few to show
    how normal parts vary: what any one of them shows is normal. Otherwise one."""
    cache: Path | None = None
    """Folder in which the variation of references is kept by content; None keeps none."""

    @property
    def name(self) -> str:
        """Its entry in the table of experts."""
        return "registered_difference"

    @property
    def version(self) -> str:
        """Changes whenever the scores would."""
        return f"6:{self.n_references}"

    def learn(
        self, references_hwc: Sequence[UInt8Image], *, per_place: bool
    ) -> RegisteredDifferenceMemory:
        """Describe the place of every reference and, of interchangeable ones, their variation.

        Raises:
            ValueError: no reference.
        """
        if not references_hwc:
            raise ValueError("references_hwc must hold at least one picture, got none")
        memory = RegisteredDifferenceMemory(
            references_hwc=tuple(references_hwc),
            descriptors=np.stack([place_descriptor(image) for image in references_hwc]),
            n_compared=1,
        )
        if per_place:
            return memory
        if len(references_hwc) < MIN_REFERENCES:
            return replace(memory, n_compared=self.n_references)
        variation = self._variation(memory)
        return replace(memory, variation=variation, aligned=variation is not None)

    def _variation(self, memory: RegisteredDifferenceMemory) -> NormalVariation | None:
        if self.cache is None:
            return learn_variation(memory)
        kept = BankCache(self.cache)
        key = bank_key(memory.references_hwc, version=f"variation {self.version}", per_place=False)
        arrays = kept.get(key)
        if arrays is None:
            variation = learn_variation(memory)
            kept.put(key, {} if variation is None else variation.arrays())
            return variation
        return NormalVariation.from_arrays(arrays) if arrays else None


@dataclass(frozen=True, kw_only=True)
class RegisteredDifferenceMemory:
    """References with the descriptors of their places."""

    references_hwc: tuple[UInt8Image, ...]
    descriptors: Float32Array
    """(N, D)"""
    n_compared: int
    variation: NormalVariation | None = None
    """What normal parts differ by at each place; None where the references do not show it."""
    aligned: bool = True
    """False where interchangeable references cannot be laid over each other: then nothing can be
    said of a place, though a picture may happen to register on one of them."""

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        """Score pictures; see `tools.ports.Memory`.

        Raises:
            NotApplicable: a picture registers on no reference, or references not on each other.
        """
        excluded = list(exclude) or [None] * len(images_hwc)
        return [
            self._score(image, exclude=index)
            for image, index in zip(images_hwc, excluded, strict=True)
        ]

    def _score(self, image_hwc: UInt8Image, *, exclude: int | None) -> ExpertScore:
        places = self.places(image_hwc, exclude=exclude)
        differences = self.differences(image_hwc, places)
        unexplained = np.min([d.unexplained for d in differences], axis=0)
        anomaly_map = np.min([d.anomaly_map for d in differences], axis=0)
        if self.variation is not None:
            varies = self.variation.at(
                places[0].registration.matrix,
                places[0].position,
                shape=(image_hwc.shape[0], image_hwc.shape[1]),
                exclude=exclude,
            )
            unexplained = unexplained - varies
            anomaly_map = np.clip(unexplained, 0, None)
        return ExpertScore(top_mean(unexplained), anomaly_map)

    def places(self, image_hwc: UInt8Image, *, exclude: int | None) -> list[Place]:
        """The nearest `n_compared` references that the picture registers on, best first.

        Raises:
            NotApplicable: it registers on none, or the references do not register on each other.
        """
        if not self.aligned:
            raise NotApplicable("its references cannot be laid over each other")
        places = registered_places(
            image_hwc,
            self.descriptors,
            self.references_hwc,
            exclude=exclude,
            k=self.n_compared,
        )
        if not places:
            raise NotApplicable("the picture registers on none of its nearest references")
        return places

    def differences(self, image_hwc: UInt8Image, places: Sequence[Place]) -> list[Difference]:
        """What remains of the picture against each place."""
        return [
            difference_map(image_hwc, self.references_hwc[place.position], place.registration)
            for place in places
        ]


def learn_variation(memory: RegisteredDifferenceMemory) -> NormalVariation | None:
    """What each reference shows beyond the one most like it; None where they do not align."""
    references = memory.references_hwc
    maps, to_first, from_first = [], [], []
    try:
        for index, reference in enumerate(references):
            places = memory.places(reference, exclude=index)
            found = memory.differences(reference, places)
            maps.append(np.min([one.unexplained for one in found], axis=0))
            to_first.append(register(reference, references[0]).matrix)
            from_first.append(register(references[0], reference).matrix)
    except (NotApplicable, NotRegistered):
        return None
    return build_variation(maps, to_first, from_first)


def top_mean(anomaly_map: Float32Map) -> float:
    """Mean of the largest 0.05 % of a map's pixels, of 20 at least."""
    n_top = min(anomaly_map.size, max(_MIN_TOP_PX, round(_TOP_SHARE * anomaly_map.size)))
    return float(np.partition(anomaly_map.ravel(), -n_top)[-n_top:].mean())
