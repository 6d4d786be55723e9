"""DeepPCB's test pictures and templates, moved and roughened, as files. Knows no method."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.datasets import TemplatePair
from evals.datasets.pictures import load_rgb
from evals.perturb import carry_boxes, perturb

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class PcbPicture:
    """A perturbed picture, what is true of it, and its place."""

    path: Path
    pair_id: str
    place: int
    """Index of its template among the references."""
    gt_label: int
    """1 = test picture (with defects), 0 = template."""
    boxes_xyxy: tuple[Box, ...]
    """In the perturbed picture's pixels; empty for templates."""
    defects: tuple[str, ...]
    """Type of each box."""


def write_pictures(
    pairs: Sequence[TemplatePair], folder: Path, *, seed: int
) -> tuple[PcbPicture, ...]:
    """Perturb both pictures of every pair and write them as PNG.

    Both pictures of a pair get the same shift, rotation, gain, border and noise, so that only
    the defects tell them apart.

    Args:
        pairs: with their place being their index.
        folder: receives ``anomalous/`` and ``normal/``; files there already are kept.
        seed: of the perturbations.
    """
    pictures: list[PcbPicture] = []
    for place, pair in enumerate(pairs):
        change = seed * 100_003 + place
        pictures.append(_write(pair, place, folder, seed=change, anomalous=True))
        pictures.append(_write(pair, place, folder, seed=change, anomalous=False))
    return tuple(pictures)


def _write(
    pair: TemplatePair, place: int, folder: Path, *, seed: int, anomalous: bool
) -> PcbPicture:
    from PIL import Image

    image = load_rgb(pair.test_path if anomalous else pair.template_path)
    changed, matrix = perturb(image, seed=seed)
    path = folder / ("anomalous" if anomalous else "normal") / f"{pair.id}.png"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(changed).save(path)
    true_boxes = pair.boxes if anomalous else ()
    size_px = (image.shape[1], image.shape[0])
    carried = carry_boxes([box.box_xyxy for box in true_boxes], matrix, size_px=size_px)
    seen = [
        (box, true.defect)
        for box, true in zip(carried, true_boxes, strict=True)
        if box[0] < box[2] and box[1] < box[3]
    ]
    return PcbPicture(
        path=path.resolve(),
        pair_id=pair.id,
        place=place,
        gt_label=int(anomalous),
        boxes_xyxy=tuple(box for box, _ in seen),
        defects=tuple(defect for _, defect in seen),
    )
