"""Rows from endings: the parts that every method fills in alike. Knows no method."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from evals.datasets.records import DataSetError, Sample
from evals.runner.pictures import perturb_box
from evals.runner.plan import Group, Task
from evals.runner.reasons import Ending, one_line
from evals.runner.rows import Row
from evals.suites.records import Perturbation
from tools.arrays import BoolMask, Float32Map
from tools.errors import LoupeError
from tools.records import Box


def make_row(group: Group, task: Task, ending: Ending, **more: Any) -> Row:
    """A row with everything that is known of the sample.

    Args:
        group: of the task.
        task: what was done.
        ending: how it ended.
        **more: what the method found, by names of `Row`.
    """
    sample, material = task.sample, group.material
    try:
        share, lacking = share_of(sample), ""
    except DataSetError as error:
        share, lacking = None, one_line(f"the truth cannot be read: {error}")
    return Row(
        task=task.name,
        condition=group.condition.name,
        data_set=material.data_set,
        product=material.product,
        sample=sample.id,
        draw=material.draw,
        repeat=group.repeat,
        role=task.role,
        gt_label=sample.gt_label,
        defect_type=sample.defect_type,
        gt_share=share,
        gt_boxes_xyxy=true_boxes(sample, group.condition.query),
        gt_box_types=[box.defect for box in sample.boxes],
        status=ending.status,
        reason=ending.reason,
        detail=ending.detail or lacking,
        **more,
    )


def unreadable(group: Group, task: Task, error: LoupeError) -> Row:
    """The row of a sample whose picture cannot be read."""
    return make_row(group, task, Ending("failed", "image_unreadable", one_line(str(error))))


def broken(group: Group, task: Task, error: BaseException) -> Row:
    """The row of a sample at which the instrument broke: type and text, never a decision."""
    told = one_line(f"{type(error).__name__}: {error}")
    return make_row(group, task, Ending("failed", "instrument_failed", told))


@lru_cache(maxsize=4096)
def share_of(sample: Sample) -> float | None:
    """Share of the picture that is anomalous; None where there is no mask of it."""
    if sample.modality != "image" or (sample.gt_label and sample.gt_mask is None):
        return None
    if not sample.gt_label:
        return 0.0
    mask = sample.load_gt_mask()
    return None if mask is None else float(mask.mean())


def true_boxes(sample: Sample, change: Perturbation) -> list[Box]:
    """The labelled boxes of a sample in the picture as its condition changes it."""
    if not sample.boxes:
        return []
    width_px = _width_px(sample.path) if change in ("rotate_90", "mirror") else 0
    return [perturb_box(list(one.box_xyxy), change, width_px=width_px) for one in sample.boxes]


@lru_cache(maxsize=4096)
def _width_px(path: Path) -> int:
    from PIL import Image

    with Image.open(path) as picture:
        return int(picture.width)


def map_place(group: Group, task: Task, out: Path) -> str:
    """Where the map of a task lies, below the run's folder `out`."""
    name = hashlib.sha256(task.name.encode()).hexdigest()[:16]
    return (out / "maps" / group.slug / f"{name}.npz").relative_to(out).as_posix()


def save_map(path: Path, anomaly_map: Float32Map, gt_mask: BoolMask) -> None:
    """Keep a map beside the truth in its own frame, whole or not at all.

    Args:
        path: of the file, `.npz`.
        anomaly_map: (H, W), higher is worse.
        gt_mask: (H0, W0) in the picture's frame; taken to (H, W) by nearest neighbour.
    """
    import io

    from agent.run_folder import write_atomically

    stream = io.BytesIO()
    height, width = anomaly_map.shape
    truth = np.packbits(resized_mask(gt_mask, height_px=height, width_px=width))
    np.savez_compressed(stream, anomaly_map=anomaly_map.astype(np.float32), truth=truth)
    write_atomically(path, stream.getvalue())


def load_map(path: Path) -> tuple[Float32Map, BoolMask]:
    """A kept map, (H, W), and the truth in its frame."""
    with np.load(path, allow_pickle=False) as kept:
        anomaly_map: Float32Map = kept["anomaly_map"]
        flat = np.unpackbits(kept["truth"], count=anomaly_map.size)
    return anomaly_map, flat.reshape(anomaly_map.shape).astype(np.bool_)


def resized_mask(mask: BoolMask, *, height_px: int, width_px: int) -> BoolMask:
    """A mask in another size, by the pixel whose centre is nearest."""
    rows = ((np.arange(height_px) + 0.5) * mask.shape[0] / height_px).astype(np.int64)
    columns = ((np.arange(width_px) + 0.5) * mask.shape[1] / width_px).astype(np.int64)
    return np.asarray(mask[np.ix_(rows, columns)])
