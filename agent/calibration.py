"""Runs a calibration: scores a product's references and perturbed copies of them.

Knows nothing of where calibrations are kept or how thresholds are used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agent.code_digest import code_digest
from agent.console import Progress, no_progress
from agent.parts_cache import learner
from graphs.calibrate import fit_calibration
from knowledge.records import Calibration, Product, Tolerance
from tools.arrays import UInt8Image
from tools.asset_ports import AssetExpert
from tools.perturb import draw_perturbation, perturbed
from tools.ports import Expert, ExpertScore, Memory, NotApplicable

if TYPE_CHECKING:
    from tools.parts import LooseTemplate, PartsTemplate

PARTS = "parts"
"""Source of what was counted, as the graph names it."""
FITTING = ("agent.calibration", "graphs.calibrate", "graphs.fusion")
"""Where it is decided which pictures are scored, and what is fitted."""
TARGET_PICTURES = 48
MAX_COPIES = 2
WORKERS = 2
MAX_SHARE_NOT_APPLICABLE = 0.25
"""An expert that has nothing to say of more normal pictures than this drops out."""
CAMERA = Tolerance(shift_px=0.5, rotation_deg=0.05, gain=0.02, noise_sigma=2.0)
"""What two pictures of one part by one camera differ in at least, whatever the product states."""


class Scored(NamedTuple):
    """What one expert says of one picture; None where it has nothing to say."""

    raw_score: float | None
    map_maximum: float | None


NOTHING = Scored(None, None)


def scheme() -> str:
    """Names how calibrations are made: changes with the code behind them."""
    return code_digest(*FITTING, within="tools")


class CalibrationRun(NamedTuple):
    """A calibration, and the experts that dropped out of it with the reason."""

    calibration: Calibration
    dropped: dict[str, str]


def run_calibration(
    product: Product,
    references_hwc: Sequence[UInt8Image],
    *,
    memories: Mapping[str, Memory],
    parts: PartsTemplate | LooseTemplate | None = None,
    mind: str,
    key: str,
    target_overkill: float,
    seed: int,
    progress: Progress = no_progress,
) -> CalibrationRun:
    """Score references and perturbed copies with every expert, and fit.

    Where references are interchangeable each is scored without itself (leave-one-out), as it is
    and perturbed; where each shows its own place only its perturbed copies are scored, against
    all references.

    Args:
        product: states the tolerance within which the copies are perturbed.
        references_hwc: each (H, W, 3) RGB, in the product's order.
        memories: by expert, what it learnt of these references.
        parts: what the references have; how often normal pictures seem to lack some is kept too,
            as the source `parts`.
        mind: its name.
        key: what the scores depend on besides.
        target_overkill: in (0, 1).
        seed: decides the copies.
        progress: is told of every reference that is done.
    """
    scored = _score_all(
        product, references_hwc, memories=memories, parts=parts, seed=seed, progress=progress
    )
    dropped = {name: why for name in memories if (why := _reason_to_drop(scored, name))}
    experts = [name for name in memories if name not in dropped]
    sources = experts if parts is None else [*experts, PARTS]
    return CalibrationRun(
        fit_calibration(
            product=product.name,
            product_digest=product.digest,
            mind=mind,
            key=key,
            scores={name: [[s.raw_score for s in one[name]] for one in scored] for name in sources},
            map_maxima={
                name: [[s.map_maximum for s in one[name]] for one in scored] for name in experts
            },
            target_overkill=target_overkill,
            seed=seed,
        ),
        dropped,
    )


def _score_all(
    product: Product,
    references_hwc: Sequence[UInt8Image],
    *,
    memories: Mapping[str, Memory],
    parts: PartsTemplate | LooseTemplate | None,
    seed: int,
    progress: Progress,
) -> list[dict[str, list[Scored]]]:
    """For each reference, by source: what is said of it and of its copies."""
    leave_out = product.reference == "any" and len(references_hwc) > 1
    n_copies = copies_of_each(len(references_hwc))

    def score_reference(index: int) -> dict[str, list[Scored]]:
        copies = perturbed_copies(
            references_hwc[index], product.tolerance, n_copies=n_copies, seed=seed, index=index
        )
        pictures = [references_hwc[index], *copies] if leave_out else copies
        without = index if leave_out else None
        found = {
            name: [score_or_nothing(memory, picture, without=without) for picture in pictures]
            for name, memory in memories.items()
        }
        if parts is not None:
            found[PARTS] = [count_violations(picture, parts) for picture in pictures]
        return found

    what = f"calibrating {product.name}"
    scored: list[dict[str, list[Scored]]] = []
    progress(what, 0, len(references_hwc))
    with ThreadPoolExecutor(WORKERS) as pool:
        for one in pool.map(score_reference, range(len(references_hwc))):
            scored.append(one)
            progress(what, len(scored), len(references_hwc))
    return scored


def copies_of_each(n_references: int) -> int:
    """How many perturbed copies of each reference are scored: fewer where there are many."""
    return max(1, min(MAX_COPIES, TARGET_PICTURES // max(1, n_references)))


def perturbed_copies(
    image_hwc: UInt8Image, tolerance: Tolerance, *, n_copies: int, seed: int, index: int
) -> list[UInt8Image]:
    """Copies of one reference within a tolerance, but no nearer than one camera's own noise.

    Args:
        image_hwc: (H, W, 3) RGB.
        tolerance: of the product.
        n_copies: how many.
        seed: with `index` decides the copies.
        index: of the reference.
    """
    rng = np.random.default_rng([seed, index])
    copies = []
    for _ in range(n_copies):
        perturbation = draw_perturbation(
            rng,
            max_shift_px=max(tolerance.shift_px, CAMERA.shift_px),
            max_rotation_deg=max(tolerance.rotation_deg, CAMERA.rotation_deg),
            max_gain=max(tolerance.gain, CAMERA.gain),
            max_noise_sigma=max(tolerance.noise_sigma, CAMERA.noise_sigma),
        )
        copies.append(perturbed(image_hwc, perturbation, rng=rng))
    return copies


def score_or_nothing(memory: Memory, image_hwc: UInt8Image, *, without: int | None) -> Scored:
    """Score one picture; `NOTHING` where the expert does not apply to it."""
    exclude = () if without is None else (without,)
    try:
        found: ExpertScore = memory.score([image_hwc], exclude=exclude)[0]
    except NotApplicable:
        return NOTHING
    return Scored(found.raw_score, float(found.anomaly_map.max()))


def count_violations(image_hwc: UInt8Image, parts: PartsTemplate | LooseTemplate) -> Scored:
    """How many parts of a normal picture seem wrong; `NOTHING` where it cannot be told."""
    from tools.parts import NotCounted, check_parts
    from tools.registration import NotRegistered

    try:
        report = check_parts(image_hwc, parts)
    except (NotRegistered, NotCounted):
        return NOTHING
    wrong = sum(not part.present or part.misplaced for part in report.parts)
    return Scored(float(wrong + len(report.extras)), None)


def _reason_to_drop(scored: Sequence[Mapping[str, list[Scored]]], name: str) -> str:
    every = [one for by_expert in scored for one in by_expert[name]]
    absent = sum(one.raw_score is None for one in every)
    if absent <= MAX_SHARE_NOT_APPLICABLE * len(every):
        return ""
    return f"{name} does not apply to {absent} of {len(every)} normal pictures"


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


def calibration_key(
    experts: Mapping[str, Expert | AssetExpert], *, target_overkill: float, seed: int
) -> str:
    """Digest of what a calibration depends on besides product and mind."""
    parts = [scheme(), learner(), f"{target_overkill:g}", str(seed)]
    parts += [f"{name}={experts[name].version}" for name in sorted(experts)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
