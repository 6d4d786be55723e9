"""The sample case for a closer look: anodised name plates with one small printed lot digit.

Knows nothing of inspecting. The same seed and digit give the same picture.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np

from evals.samples import camera, light, scene
from evals.samples.surface import PAPER, printed
from tools.fonts import load_font

PRODUCT = "name-plate"
RIGHT, WRONG = "7", "3"
SHOWN = (RIGHT, WRONG, RIGHT)
"""The digits of the parts to inspect, in order."""
TEXTS = ("product.yaml", "rules.yaml", "fmea.csv")
DIGIT_XY = (561.0, 452.0)
DIGIT_PX = 9.5
"""Height of the printed digit: too small to be read in the whole picture, 0.01 % of its area."""
_ANODISED = scene.Material((0.045, 0.075, 0.135), 0.0, 0.50)
_ENGRAVED = scene.Material((0.082, 0.115, 0.178), 0.0, 0.62)
_LINES = (
    (384.0, 190.0, 46.0, "LOUPE CONTROLS"),
    (384.0, 272.0, 26.0, "SOLENOID VALVE  SERIES K"),
    (384.0, 372.0, 22.0, "NORMALLY CLOSED    DRY AIR ONLY"),
    (486.0, 452.0, 22.0, "LOT"),
    (384.0, 560.0, 20.0, "DO NOT OPEN UNDER PRESSURE"),
)
"""x and y of the middle, height and text of what is engraved, in board pixels."""


def render_plate(digit: str, seed: int) -> camera.UInt8Image:
    """Photograph one plate, (768, 768, 3), with a lot digit printed in white."""
    rng = np.random.default_rng(seed)
    plate = _blank(rng)
    _engrave(plate)
    x, y = rng.normal(0, 1.2, 2)
    patch = scene.patch_at(plate, DIGIT_XY, reach_px=24.0, angle_deg=float(rng.normal(0, 1.2)))
    ink = _printed_digit(patch, digit, at=(float(x), float(y)))
    patch.paint(np.asarray(0.96 * ink, np.float32), PAPER)
    dx, dy = rng.normal(0, 0.02, 2)
    lamp = light.Lamp(direction=(-0.50 + float(dx), -0.58 + float(dy), 0.64))
    return camera.photograph(light.shade(plate, lamp), plate.height, _shot(rng), rng)


def _blank(rng: np.random.Generator) -> scene.Scene:
    """Brushed and anodised: grooves along x, soft stains of the bath."""
    plate = scene.empty_scene()
    patch = scene.patch_at(plate, (384.0, 384.0), reach_px=scene.CANVAS)
    patch.paint(np.ones_like(patch.x), _ANODISED, height=0.0)
    rows = rng.standard_normal((patch.x.shape[0], 1)).astype(np.float32)
    grooves = rows + 0.5 * scene.smooth_noise(rng, patch.x.shape, grain=9.0)
    patch.lift(np.asarray(0.07 * grooves, np.float32))
    bath = scene.smooth_noise(rng, patch.x.shape, grain=90.0)
    patch.tint(np.asarray(1.0 + 0.03 * grooves + 0.05 * bath, np.float32))
    return plate


def _engrave(plate: scene.Scene) -> None:
    for x, y, height_px, text in _LINES:
        patch = scene.patch_at(plate, (x, y), reach_px=330.0)
        cut = printed(patch, text, cap_px=height_px)
        patch.paint(cut, _ENGRAVED)
        patch.lift(-0.25 * cut)
    frame = scene.patch_at(plate, (384.0, 384.0), reach_px=400.0)
    line = scene.coverage(np.abs(scene.box(frame, (690.0, 640.0), corner=26.0)) - 1.4)
    frame.paint(line, _ENGRAVED)


def _printed_digit(patch: scene.Patch, digit: str, *, at: tuple[float, float]) -> scene.Float32:
    """Opacity of one digit, `DIGIT_PX` high and centred at `at`, in the patch's own frame."""
    from PIL import Image, ImageDraw
    from scipy.ndimage import map_coordinates

    sheet = Image.new("L", (96, 96))
    font = load_font(64, bold=False)
    ImageDraw.Draw(sheet).text((48, 48), digit, fill=255, font=font, anchor="mm")
    left, top, right, bottom = sheet.getbbox() or (0, 0, 96, 96)
    scale = (bottom - top) / DIGIT_PX
    rows = (patch.y - at[1]) * scale + (top + bottom) / 2
    columns = (patch.x - at[0]) * scale + (left + right) / 2
    opacity = np.asarray(sheet, np.float32) / np.float32(255)
    return np.asarray(map_coordinates(opacity, [rows, columns], order=1), np.float32)


def _shot(rng: np.random.Generator) -> camera.Shot:
    return camera.Shot(
        shift_xy=(float(rng.uniform(-4, 4)), float(rng.uniform(-4, 4))),
        rotation_deg=float(rng.uniform(-0.5, 0.5)),
        exposure=1.0 + float(rng.uniform(-0.05, 0.05)),
        noise_sigma=float(rng.uniform(1.2, 2.0)),
        focus_px=0.0,
    )


def write_plates(folder: Path, *, seed: int = 40, n_references: int = 4) -> None:
    """Write `name-plate/` and `name-plate-parts/` under folder, which is made.

    Raises:
        FileExistsError: either of the two has pictures already.
    """
    product, shown = folder / PRODUCT, folder / f"{PRODUCT}-parts"
    (product / "references").mkdir(parents=True)
    shown.mkdir()
    written = case_folder() / PRODUCT
    if written.resolve() != product.resolve():
        for name in TEXTS:
            shutil.copyfile(written / name, product / name)
    for k in range(n_references):
        _save(render_plate(RIGHT, seed * 1000 + k), product / "references" / f"plate_{k + 1}.jpg")
    with (shown / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "label", "defect", "mask", "box_xyxy"])
        for k, digit in enumerate(SHOWN):
            _save(render_plate(digit, seed * 1000 + 100 + k), shown / f"part_{k + 1}.jpg")
            is_right = digit == RIGHT
            label, defect = ("normal", "") if is_right else ("defect", "wrong_lot_digit")
            rows.writerow([f"part_{k + 1}.jpg", label, defect, "", ""])


def case_folder() -> Path:
    """The folder that holds `name-plate/` (the product) and `name-plate-parts/`."""
    return Path(__file__).parent / "closer-look"


def _save(image_hwc: camera.UInt8Image, path: Path) -> None:
    from PIL import Image

    Image.fromarray(image_hwc).save(path, quality=87)
