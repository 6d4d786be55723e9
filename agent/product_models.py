"""What was learned of each product: memories, parts, calibration. Made on first use, then kept.

Knows nothing of the graph that asks for it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.calibration import SCHEME, CalibrationRun, run_calibration
from agent.console import Progress, no_progress
from agent.parts_cache import LEARNER, learn_or_load_parts
from graphs.inspection.context import ProductModel
from knowledge.records import Calibration, Product, ReferenceMode
from tools.arrays import UInt8Image
from tools.errors import KnowledgeError
from tools.ports import Expert, Memory

if TYPE_CHECKING:
    from knowledge.store import KnowledgeStore
    from tools.parts import PartsTemplate

DEFAULT_EXPERTS: Mapping[ReferenceMode, Sequence[str]] = {
    "any": ("patch_memory", "registered_difference"),
    "per_place": ("registered_difference",),
}
"""Places of one product differ, so a memory of patches of all of them misses what is out of place;
a registered difference applies wherever references can be laid over each other."""
MIND = "embedded"
MAX_KEPT = 4


class LearnedModels:
    """Learns each product once for each content, one at a time; safe among threads."""

    def __init__(
        self,
        store: KnowledgeStore,
        experts: Mapping[str, Expert],
        *,
        chosen: Sequence[str] = (),
        cache: Path,
        target_overkill: float,
        seed: int,
        progress: Progress = no_progress,
    ) -> None:
        """Take the collaborators; learns nothing yet.

        Args:
            store: of knowledge; calibrations are kept in it.
            experts: by name; those that may be asked.
            chosen: names of experts that a person asked for; empty leaves it to the product.
            cache: folder in which templates of parts are kept.
            target_overkill: share of normal parts that may be called anomalous.
            seed: decides the perturbed copies of a calibration.
            progress: is told of what takes long.
        """
        self._store = store
        self._experts = experts
        self._chosen = tuple(chosen)
        self._cache = cache
        self._target_overkill = target_overkill
        self._seed = seed
        self._progress = progress
        self._models: OrderedDict[str, ProductModel] = OrderedDict()
        self._kept_lock = threading.Lock()
        self._learning: dict[str, threading.Lock] = {}

    def recall(self, image_hwc: UInt8Image) -> tuple[str, float] | None:
        """The product that a picture shows; see `ProductModels.recall`."""
        match = self._store.recall_product(image_hwc)
        return None if match is None else (match.product, match.similarity)

    def model(self, product_name: str) -> ProductModel:
        """The model of a product; see `ProductModels.model`."""
        product = self._store.product(product_name)
        with self._one_at_a_time(product.name):
            return self._kept(product.digest) or self._keep(self._learn(product))

    def calibrate_anew(self, product_name: str) -> Calibration:
        """Run the calibration of a product even where one is kept, and keep the new one."""
        product = self._store.product(product_name)
        with self._one_at_a_time(product.name):
            return self._keep(self._learn(product, anew=True)).calibration

    def _one_at_a_time(self, name: str) -> threading.Lock:
        with self._kept_lock:
            return self._learning.setdefault(name, threading.Lock())

    def _kept(self, digest: str) -> ProductModel | None:
        with self._kept_lock:
            if digest in self._models:
                self._models.move_to_end(digest)
            return self._models.get(digest)

    def _keep(self, model: ProductModel) -> ProductModel:
        with self._kept_lock:
            self._models[model.product.digest] = model
            while len(self._models) > MAX_KEPT:
                self._models.popitem(last=False)
        return model

    def _learn(self, product: Product, *, anew: bool = False) -> ProductModel:
        names = self._chosen or DEFAULT_EXPERTS[product.reference]
        experts = {name: self._experts[name] for name in names}
        references = self._store.reference_pictures(product.name)
        if not references:
            raise KnowledgeError(
                f"product {product.name!r} has no reference picture; add some to its references/ "
                "and run `loupe knowledge add` again"
            )
        memories = self._memories(product, experts, references)
        parts, parts_reason = self._parts(product, references)
        calibration, dropped = self._calibration(
            product, experts, memories, references, parts=parts, anew=anew
        )
        applying = {name: m for name, m in memories.items() if name in calibration.normal_scores}
        return ProductModel(
            product=product,
            memories=applying,
            calibration=calibration,
            parts=parts,
            parts_reason=parts_reason,
            versions={name: experts[name].version for name in applying},
            left_out=dropped,
            chosen=self._chosen,
        )

    def _memories(
        self, product: Product, experts: Mapping[str, Expert], references: Sequence[UInt8Image]
    ) -> dict[str, Memory]:
        what = f"learning {product.name}"
        memories: dict[str, Memory] = {}
        self._progress(what, 0, len(experts))
        for name, expert in experts.items():
            memories[name] = expert.learn(references, per_place=product.reference == "per_place")
            self._progress(what, len(memories), len(experts))
        return memories

    def _calibration(
        self,
        product: Product,
        experts: Mapping[str, Expert],
        memories: Mapping[str, Memory],
        references: Sequence[UInt8Image],
        *,
        parts: PartsTemplate | None,
        anew: bool,
    ) -> CalibrationRun:
        key = calibration_key(experts, target_overkill=self._target_overkill, seed=self._seed)
        kept = None if anew else self._store.calibration(product.name, mind=MIND, key=key)
        if kept is not None and kept.product_digest == product.digest:
            return with_dropped(kept, experts)
        done = run_calibration(
            product,
            references,
            memories=memories,
            parts=parts,
            mind=MIND,
            key=key,
            target_overkill=self._target_overkill,
            seed=self._seed,
            progress=self._progress,
        )
        if not done.calibration.normal_scores.keys() & experts.keys():
            raise KnowledgeError(
                f"no expert applies to product {product.name!r}: {'; '.join(done.dropped.values())}"
                "; choose others with --expert"
            )
        self._store.save_calibration(done.calibration)
        return done

    def _parts(
        self, product: Product, references: Sequence[UInt8Image]
    ) -> tuple[PartsTemplate | None, str]:
        from tools.parts import examples_in

        if product.reference == "per_place":
            return None, "each reference shows another place, so they share no template of parts"
        what = f"learning the parts of {product.name}"
        self._progress(what, 0, 1)
        examples = examples_in(rule.quantity or "" for rule in product.rules)
        found = learn_or_load_parts(references, examples=examples, folder=self._cache)
        self._progress(what, 1, 1)
        return (None, found) if isinstance(found, str) else (found, "")


def with_dropped(kept: Calibration, experts: Iterable[str]) -> CalibrationRun:
    """A kept calibration and the experts that have no scores in it, which it does not explain.

    Args:
        kept: made with these experts.
        experts: names.
    """
    dropped = {
        name: f"{name} does not apply to these references"
        for name in experts
        if name not in kept.normal_scores
    }
    return CalibrationRun(kept, dropped)


def calibration_key(experts: Mapping[str, Expert], *, target_overkill: float, seed: int) -> str:
    """Digest of what a calibration depends on besides product and mind."""
    parts = [SCHEME, LEARNER, f"{target_overkill:g}", str(seed)]
    parts += [f"{name}={experts[name].version}" for name in sorted(experts)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
