"""What experts learn of products whose references are no single images. Keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from agent.calibration import copies_of_each, perturbed_copies
from agent.console import Progress, no_progress
from graphs.calibrate import fit_calibration
from knowledge.records import Calibration, Product
from tools.arrays import UInt8Image
from tools.asset_ports import (
    AssetExpert,
    AssetMemory,
    AssetPort,
    AssetScore,
    NormalScore,
)
from tools.assets.opening import open_asset
from tools.assets.overview import first_picture
from tools.assets.several import own_part
from tools.errors import KnowledgeError
from tools.ports import Expert, Memory, NotApplicable
from tools.records import Modality

AnyExpert = Expert | AssetExpert
ASSET_EXPERTS: Mapping[Modality, Sequence[str]] = {
    "image": ("patch_memory", "registered_difference"),
    "point_cloud": ("geometry",),
    "time_series": ("discord",),
    "video": ("motion",),
}
"""Experts of a part of each modality where nobody names any."""


class Learned(NamedTuple):
    """What experts learnt of one product."""

    memories: dict[str, AssetMemory]
    references: list[AssetPort]
    dropped: dict[str, str]
    """By expert: why it could not learn."""


class PartOfMemory:
    """A memory of pictures that scores the image part of an asset. An `AssetMemory`."""

    def __init__(
        self, memory: Memory, references_hwc: Sequence[UInt8Image], product: Product, *, seed: int
    ) -> None:
        self._memory, self._references_hwc = memory, references_hwc
        self._product, self._seed = product, seed

    def score_asset(self, asset: AssetPort) -> AssetScore:
        """Score the part's picture.

        Raises:
            NotApplicable: where the expert has nothing to say of it.
        """
        picture = first_picture(asset)
        found = self._memory.score([picture.read(picture.window_xyxy)])[0]
        return AssetScore(found.raw_score, found.anomaly_map)

    def normal_scores(self) -> list[list[NormalScore]]:
        """Each reference without itself, as it is and perturbed within the product's tolerance.

        Raises:
            NotApplicable: where the expert has nothing to say of one of them.
        """
        n = len(self._references_hwc)
        return [self._of_reference(index, leave_out=n > 1) for index in range(n)]

    def _of_reference(self, index: int, *, leave_out: bool) -> list[NormalScore]:
        image_hwc = self._references_hwc[index]
        copies = perturbed_copies(
            image_hwc,
            self._product.tolerance,
            n_copies=copies_of_each(len(self._references_hwc)),
            seed=self._seed,
            index=index,
        )
        pictures = [image_hwc, *copies] if leave_out else copies
        exclude = [index if leave_out else None] * len(pictures)
        found = self._memory.score(pictures, exclude=exclude)
        return [NormalScore(one.raw_score, float(one.anomaly_map.max())) for one in found]


def experts_of(
    product: Product, experts: Mapping[str, AnyExpert], chosen: Sequence[str]
) -> dict[str, AnyExpert]:
    """The experts that score a product's assets, by the names that their scores get.

    Args:
        product: whose references are no single images.
        experts: by name.
        chosen: names that a person asked for; empty leaves it to the modality.

    Raises:
        KnowledgeError: where none that was chosen scores assets of this kind.
    """
    first = product.references[0]
    parts = [(part.name, part.modality) for part in first.parts] or [("", first.modality)]
    found = {
        f"{name}@{part}" if part else name: experts[name]
        for part, modality in parts
        for name in _names(modality, experts, chosen)
    }
    if not found:
        kinds = ", ".join(sorted({modality.replace("_", " ") for _, modality in parts}))
        able = [name for _, kind in parts for name in ASSET_EXPERTS.get(kind, ())]
        raise KnowledgeError(
            f"no expert that was chosen ({', '.join(chosen) or 'none'}) scores {kinds}; choose "
            f"{' or '.join(dict.fromkeys(able)) or 'others'} with --expert"
        )
    return found


def _names(
    modality: Modality, experts: Mapping[str, AnyExpert], chosen: Sequence[str]
) -> list[str]:
    wanted = chosen or ASSET_EXPERTS.get(modality, ())
    return [name for name in wanted if name in experts and _scores(experts[name], modality)]


def _scores(expert: AnyExpert, modality: Modality) -> bool:
    return expert.modality == modality if isinstance(expert, AssetExpert) else modality == "image"


def learn_assets(
    product: Product,
    files: Sequence[Path],
    experts: Mapping[str, AnyExpert],
    *,
    seed: int,
    progress: Progress = no_progress,
) -> Learned:
    """Open the references and let every expert learn.

    Args:
        product: whose they are.
        files: of the references, in the product's order.
        experts: of `experts_of`.
        seed: decides perturbed copies.
        progress: is told of every expert that is done.
    """
    references = [open_asset(path) for path in files]
    memories: dict[str, AssetMemory] = {}
    dropped: dict[str, str] = {}
    what = f"learning {product.name}"
    progress(what, 0, len(experts))
    for done, (name, expert) in enumerate(experts.items(), start=1):
        own = [own_part(one, name)[1] for one in references]
        try:
            memories[name] = _learn(expert, own, product, seed=seed)
        except NotApplicable as reason:
            dropped[name] = f"{name} does not apply to these references: {reason}"
        progress(what, done, len(experts))
    return Learned(memories, references, dropped)


def _learn(
    expert: AnyExpert, own: Sequence[AssetPort], product: Product, *, seed: int
) -> AssetMemory:
    if isinstance(expert, AssetExpert):
        return expert.learn_assets(own)
    pictures = [first_picture(one) for one in own]
    images = [picture.read(picture.window_xyxy) for picture in pictures]
    memory = expert.learn(images, per_place=product.reference == "per_place")
    return PartOfMemory(memory, images, product, seed=seed)


def calibrate_assets(
    product: Product,
    learned: Learned,
    *,
    mind: str,
    key: str,
    target_overkill: float,
    seed: int,
    progress: Progress = no_progress,
) -> tuple[Calibration, dict[str, str]]:
    """Fit from what each expert says of normal assets that it did not learn from.

    Returns:
        The calibration, and by expert why it dropped out.
    """
    normal: dict[str, Sequence[Sequence[NormalScore]]] = {}
    dropped = dict(learned.dropped)
    what = f"calibrating {product.name}"
    progress(what, 0, len(learned.memories))
    for done, (name, memory) in enumerate(learned.memories.items(), start=1):
        try:
            normal[name] = memory.normal_scores()
        except NotApplicable as reason:
            dropped[name] = f"{name} does not apply to these references: {reason}"
        progress(what, done, len(learned.memories))
    calibration = fit_calibration(
        product=product.name,
        product_digest=product.digest,
        mind=mind,
        key=key,
        scores={name: [[s.raw_score for s in one] for one in by] for name, by in normal.items()},
        map_maxima={name: [[s.largest for s in one] for one in by] for name, by in normal.items()},
        target_overkill=target_overkill,
        seed=seed,
    )
    return calibration, dropped
