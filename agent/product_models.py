"""What was learned of each product: memories, parts, calibration. Made on first use, then kept.

Knows nothing of the graph that asks for it.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.asset_models import AnyExpert, calibrate_assets, experts_of, learn_assets
from agent.calibration import CalibrationRun, calibration_key, run_calibration, with_dropped
from agent.console import Progress, no_progress
from agent.counted_parts import serves, wanted_of
from agent.parts_cache import learn_or_load_loose, learn_or_load_parts
from graphs.inspection.context import EMBEDDED, ProductModel
from knowledge.records import Calibration, Product, ReferenceMode
from tools.arrays import UInt8Image
from tools.asset_ports import AssetExpert
from tools.errors import KnowledgeError
from tools.ports import Expert, Memory

if TYPE_CHECKING:
    from knowledge.store import KnowledgeStore
    from tools.parts import LooseTemplate, PartsTemplate

DEFAULT_EXPERTS: Mapping[ReferenceMode, Sequence[str]] = {
    "any": ("patch_memory", "registered_difference"),
    "per_place": ("registered_difference",),
}
"""Places of one product differ, so a memory of patches of all of them misses what is out of place;
a registered difference applies wherever references can be laid over each other."""
MIND = EMBEDDED
MAX_KEPT = 4


class LearnedModels:
    """Learns each product once for each content, one at a time; safe among threads."""

    def __init__(
        self,
        store: KnowledgeStore,
        experts: Mapping[str, AnyExpert],
        *,
        chosen: Sequence[str] = (),
        cache: Path,
        target_overkill: float,
        seed: int,
        progress: Progress = no_progress,
        mind: str = EMBEDDED,
        mind_key: str = "",
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
            mind: name of the mind whose calibration is taken where one is kept.
            mind_key: what that mind's scores depend on besides.
        """
        self._mind = mind
        self._mind_key = mind_key
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

    def beside(self, store: KnowledgeStore) -> LearnedModels:
        """The same experts on another store, such as one with a correction on trial."""
        other = copy.copy(self)
        other._store, other._models, other._learning = store, OrderedDict(), {}
        return other

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

    def experts_calibration(self, product_name: str) -> Calibration:
        """The calibration of a product's experts alone, whatever the mind."""
        product = self._store.product(product_name)
        kept = self._store.calibration(product.name, mind=MIND, key=self._experts_key(product))
        return kept if kept is not None else self.model(product_name).calibration

    def mind_key(self, product: Product) -> str:
        """What the calibration of the mind on a product depends on besides product and mind."""
        return f"{self._experts_key(product)} {self._mind_key}"

    def forget(self, product: Product) -> None:
        """Learn a product anew when it is asked for next."""
        with self._kept_lock:
            self._models.pop(product.digest, None)

    def _experts_key(self, product: Product) -> str:
        experts = self._experts_for(product)
        return calibration_key(experts, target_overkill=self._target_overkill, seed=self._seed)

    def _of_mind(self, product: Product, experts: Calibration) -> Calibration:
        """The mind's own calibration where one is kept, else the experts'."""
        if self._mind == MIND:
            return experts
        key = self.mind_key(product)
        return self._store.calibration(product.name, mind=self._mind, key=key) or experts

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

    def _experts_for(self, product: Product) -> Mapping[str, AnyExpert]:
        if product.modality != "image":
            return experts_of(product, self._experts, self._chosen)
        return self._for_images(product)

    def _for_images(self, product: Product) -> dict[str, Expert]:
        found: dict[str, Expert] = {}
        for name in self._chosen or DEFAULT_EXPERTS[product.reference]:
            expert = self._experts[name]
            if isinstance(expert, AssetExpert):
                raise KnowledgeError(
                    f"expert {name} scores a {expert.modality.replace('_', ' ')}, and product "
                    f"{product.name!r} has images; choose others with --expert"
                )
            found[name] = expert
        return found

    def _learn_assets(self, product: Product, *, anew: bool) -> ProductModel:
        """The model of a product whose references are no single images."""
        experts = self._experts_for(product)
        files = self._store.reference_files(product.name)
        learned = learn_assets(product, files, experts, seed=self._seed, progress=self._progress)
        key = self._experts_key(product)
        kept = None if anew else self._store.calibration(product.name, mind=MIND, key=key)
        if kept is not None and kept.product_digest == product.digest:
            done = with_dropped(kept, experts)
        else:
            fitted, dropped = calibrate_assets(
                product,
                learned,
                mind=MIND,
                key=key,
                target_overkill=self._target_overkill,
                seed=self._seed,
                progress=self._progress,
            )
            done = CalibrationRun(fitted, dropped)
            if not fitted.normal_scores:
                raise _nothing_applies(product, dropped)
            self._store.save_calibration(fitted)
        return ProductModel(
            product=product,
            memories={},
            asset_memories={
                name: memory
                for name, memory in learned.memories.items()
                if name in done.calibration.normal_scores
            },
            references=learned.references,
            calibration=self._of_mind(product, done.calibration),
            versions={name: expert.version for name, expert in experts.items()},
            left_out=done.dropped,
            chosen=self._chosen,
        )

    def _learn(self, product: Product, *, anew: bool = False) -> ProductModel:
        if product.modality != "image":
            return self._learn_assets(product, anew=anew)
        experts = self._for_images(product)
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
            calibration=self._of_mind(product, calibration),
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
        parts: PartsTemplate | LooseTemplate | None,
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
            raise _nothing_applies(product, done.dropped)
        self._store.save_calibration(done.calibration)
        return done

    def _parts(
        self, product: Product, references: Sequence[UInt8Image]
    ) -> tuple[PartsTemplate | LooseTemplate | None, str]:
        from tools.parts import examples_in

        if product.reference == "per_place":
            return None, "each reference shows another place, so they share no template of parts"
        what = f"learning the parts of {product.name}"
        self._progress(what, 0, 1)
        examples = examples_in(rule.quantity or "" for rule in product.rules)
        found: PartsTemplate | LooseTemplate | str
        found = learn_or_load_parts(references, examples=examples, folder=self._cache)
        wanted = wanted_of(product.rules)
        if wanted and not serves(found, wanted):
            loose = learn_or_load_loose(references, wanted=wanted, folder=self._cache)
            if not isinstance(loose, str):
                found = loose
            elif isinstance(found, str):
                found = f"{found}; counted as loose parts: {loose}"
        self._progress(what, 1, 1)
        return (None, found) if isinstance(found, str) else (found, "")


def _nothing_applies(product: Product, dropped: Mapping[str, str]) -> KnowledgeError:
    return KnowledgeError(
        f"no expert applies to product {product.name!r}: {'; '.join(dropped.values())}"
        "; choose others with --expert"
    )
