"""Galleries of hits, misses and false alarms: picture, truth and answer side by side.

Chosen by rule, not by hand: the surest of each kind first. Knows no metric.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evals.results.figures.canvas import save, slug
from evals.results.records import Results, forced_label
from evals.runner.rows import Row
from tools.arrays import UInt8Image
from tools.records import Box

N_EACH = 6
PANEL_IN = 2.1
"""Width of one picture."""
Colour = tuple[int, int, int]
TRUTH, SAID = (214, 39, 40), (31, 119, 180)
"""Colours of what is anomalous and of what was said to be."""
SHADE = 0.45


class Kind(NamedTuple):
    """One gallery."""

    name: str
    is_one: Callable[[Row], bool]
    surest_first: int
    """1 where a high raw score is surest, -1 where a low one is."""


KINDS = (
    Kind("hits", lambda row: row.gt_label == 1 and forced_label(row) == 1, 1),
    Kind("misses", lambda row: row.gt_label == 1 and forced_label(row) == 0, -1),
    Kind("false alarms", lambda row: row.gt_label == 0 and forced_label(row) == 1, 1),
)


def draw_galleries(results: Results, folder: Path) -> list[Path]:
    """A gallery of each kind for the suite's baseline, or its first condition."""
    condition = results.suite.baseline or results.conditions[0]
    rows = [row for cell in results.of_condition(condition) for row in cell.rows]
    drawn = []
    for kind in KINDS:
        chosen = chosen_rows(rows, kind)
        if chosen:
            path = folder / f"gallery-{slug(kind.name)}.png"
            _draw(results, condition, kind, chosen, path)
            drawn.append(path)
    return drawn


def chosen_rows(rows: Sequence[Row], kind: Kind) -> list[Row]:
    """The surest of a kind, products in turns."""
    fitting = [row for row in rows if kind.is_one(row) and row.shown]
    fitting.sort(key=lambda row: (-kind.surest_first * (row.raw_score or 0.0), row.task))
    by_product: dict[str, list[Row]] = {}
    for row in fitting:
        by_product.setdefault(f"{row.data_set}/{row.product}", []).append(row)
    turns = [
        rows[turn] for turn in range(N_EACH) for rows in by_product.values() if turn < len(rows)
    ]
    return turns[:N_EACH]


def _draw(results: Results, condition: str, kind: Kind, rows: Sequence[Row], path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = ("picture", "truth", "said")
    shown = [panels(results, row) for row in rows]
    heights = [min(max(one[0].shape[0] / one[0].shape[1], 0.25), 1.3) for one in shown]
    inches = PANEL_IN * sum(heights) + 0.42 * len(rows) + 0.4
    figure = Figure(figsize=(3 * PANEL_IN + 0.3, inches), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(
        len(rows), len(columns), squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for axes, row, images in zip(grid, rows, shown, strict=True):
        for place, (name, image) in enumerate(zip(columns, images, strict=True)):
            axes[place].imshow(image)
            axes[place].set_axis_off()
            axes[place].set_title(_title(row, name), fontsize=7, loc="left")
    figure.suptitle(f"{kind.name}: {results.suite.title}, {condition}", fontsize=9)
    save(figure, path)


def _title(row: Row, panel: str) -> str:
    if panel == "picture":
        return _caption(row)
    if panel == "truth" and not row.gt_label:
        return "truth: normal"
    known = row.anomaly_map or row.gt_boxes_xyxy
    unknown = panel == "truth" and row.gt_label and not known
    return "truth: where is not known" if unknown else panel


def _caption(row: Row) -> str:
    score = "" if row.score is None else f", score {row.score:.2f}"
    kind = f", {row.defect_type}" if row.defect_type else ""
    return f"{row.data_set} {Path(row.sample).name[:28]}{kind}\n{row.decision}{score}"


def panels(results: Results, row: Row) -> list[UInt8Image]:
    """The picture, the picture with the truth, and with what was said, (H, W, 3) each."""
    picture = _shown(results, row)
    truth = said = picture
    if row.anomaly_map:
        from evals.runner.row_making import load_map

        anomaly_map, mask = load_map(results.folder / row.anomaly_map)
        highest = float(anomaly_map.max())
        truth = _shaded(picture, mask, TRUTH)
        said = _shaded(picture, anomaly_map > highest / 2, SAID)
    truth = _boxed(truth, row.gt_boxes_xyxy, TRUTH)
    said = _boxed(said, row.boxes_xyxy, SAID)
    return [picture, truth, said]


def _shown(results: Results, row: Row) -> UInt8Image:
    from tools.assets import open_picture

    picture = open_picture(Path(row.shown))
    return picture.read(picture.window_xyxy)


def _shaded(
    image_hwc: UInt8Image, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], colour: object
) -> UInt8Image:
    from evals.runner.row_making import resized_mask

    height, width = image_hwc.shape[:2]
    inside = resized_mask(mask, height_px=height, width_px=width)
    shaded = image_hwc.astype(np.float64)
    shaded[inside] = (1 - SHADE) * shaded[inside] + SHADE * np.asarray(colour)
    return shaded.astype(np.uint8)


def _boxed(image_hwc: UInt8Image, boxes_xyxy: Sequence[Box], colour: Colour) -> UInt8Image:
    from PIL import Image, ImageDraw

    picture = Image.fromarray(image_hwc)
    width = max(1, round(max(picture.size) / 150))
    for x1, y1, x2, y2 in boxes_xyxy:
        ImageDraw.Draw(picture).rectangle((x1, y1, x2 - 1, y2 - 1), outline=colour, width=width)
    return np.asarray(picture)
