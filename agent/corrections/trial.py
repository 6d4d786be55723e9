"""What a correction would do to the references, before it takes effect.

Each reference is scored by the product's experts with itself left out, once with the product as
it is and once as it would be; the fused, calibrated scores give its decisions. Rules that only a
mind reads, and checks of parts, have no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphs.calibrate import calibrated_score, decide, thresholds_of
from graphs.fusion import fuse
from knowledge.corrections import JudgedReference, KeptCorrection, corrected
from tools.ports import NotApplicable

if TYPE_CHECKING:
    from agent.product_models import LearnedModels
    from agent.workshop import Workshop
    from graphs.inspection.context import ProductModel
    from knowledge.records import Calibration, Product
    from knowledge.store import KnowledgeStore
    from tools.arrays import UInt8Image


class TrialStore:
    """A store in which one product is another; keeps nothing."""

    def __init__(self, store: KnowledgeStore, product: Product, added: Sequence[Path]) -> None:
        """Take the store, the product on trial, and files of references that it adds."""
        self._store = store
        self._product = product
        self._added = list(added)

    def product(self, name: str) -> Product:
        """The one on trial."""
        return self._product

    def reference_files(self, name: str) -> list[Path]:
        """Those of the store, and the added ones."""
        return [*self._store.reference_files(name), *self._added]

    def reference_pictures(self, name: str) -> list[UInt8Image]:
        """Those of the store, and the added ones, each (H, W, 3)."""
        from knowledge.pictures import decode_picture

        kept = self._store.reference_pictures(name)
        return [*kept, *(decode_picture(path) for path in self._added)]

    def calibration(self, product: str, *, mind: str, key: str) -> Calibration | None:
        """None: of a product on trial nothing is known yet."""
        return None

    def save_calibration(self, calibration: Calibration) -> None:
        """Forget it."""


def judged(workshop: Workshop, kept: KeptCorrection, product: Product) -> KeptCorrection:
    """A correction with what the references say of it; only those that are images are asked.

    Args:
        workshop: of the home.
        kept: what is to be judged.
        product: as it is now.
    """
    store = workshop.store
    others = store.corrections.all(product.name)
    trial = corrected(store.corrections.base_of(product), [*others, kept])
    if trial.digest == product.digest or product.modality != "image":
        return kept
    known = {one.id for one in product.references}
    added = [store.corrections.picture(one) for one in trial.references if one.id not in known]
    n_judged, changed = changed_references(workshop.models, store, trial, added)
    return kept.model_copy(update={"n_judged": n_judged, "changed": changed})


def changed_references(
    models: LearnedModels, store: KnowledgeStore, trial: Product, added: Sequence[Path]
) -> tuple[int, list[JudgedReference]]:
    """How many references were judged, and those whose decision changes.

    Args:
        models: of the store.
        store: of the home.
        trial: the product as it would be.
        added: files of the references that it adds.
    """
    name = trial.name
    pictures = store.reference_pictures(name)
    ids = [one.id for one in store.product(name).references]
    tried: Any = TrialStore(store, trial, added)
    before = decisions(models.model(name), pictures)
    after = decisions(models.beside(tried).model(name), pictures)
    changed = [
        JudgedReference(reference=one, before=was, after=now)
        for one, was, now in zip(ids, before, after, strict=True)
        if was != now
    ]
    return len(ids), changed


def decisions(model: ProductModel, references_hwc: Sequence[UInt8Image]) -> list[str]:
    """The decision of each reference, (H, W, 3), with itself left out."""
    limits = thresholds_of(model.calibration)
    decided = []
    for index, image_hwc in enumerate(references_hwc):
        raw: dict[str, float] = {}
        for name, memory in model.memories.items():
            try:
                raw[name] = memory.score([image_hwc], exclude=[index])[0].raw_score
            except NotApplicable:
                continue
        fused = fuse(raw, model.calibration.normal_scores)
        score = 1.0 if fused is None else calibrated_score(model.calibration, fused.raw_score)
        decided.append(str(decide(score, limits)))
    return decided
