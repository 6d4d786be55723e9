"""Make sample parts and write them as a product folder and a folder of parts to inspect.

Knows nothing of inspecting. The same seed and number give the same pictures.
"""

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.samples import board, camera, defects, light, parts, scene
from evals.samples.layout import layout
from evals.samples.surface import PAPER, Placed

PRODUCT = "control-board"
TOLERANCE = {"shift_px": 5.0, "rotation_deg": 0.8, "gain": 0.06, "noise_sigma": 2.5}
"""How far pictures of right boards differ; the product's `tolerance` says the same."""

SHOWN = (
    "normal",
    "scratch",
    "missing_screw",
    "normal",
    "wrong_count_pins",
    "stain",
    "cracked_chip",
    "normal",
    "missing_capacitor",
    "solder_splash",
    "wrong_count_resistors",
    "normal",
)
"""What the parts to inspect are, in order; more parts than this start over."""

TEXTS = ("product.yaml", "rules.yaml", "fmea.csv", "notes")


@dataclass(frozen=True, kw_only=True)
class SamplePart:
    """One photographed part and what is wrong with it."""

    image_hwc: camera.UInt8Image
    defect: str
    """`normal`, or one of `defects.DEFECTS`."""
    mask: NDArray[np.bool_]
    """(768, 768), where the defect is; empty for a normal part."""


def render_part(defect: str, seed: int) -> SamplePart:
    """Photograph one board with the given defect; `normal` for none."""
    if defect != "normal" and defect not in defects.DEFECTS:
        names = ", ".join(("normal", *defects.DEFECTS))
        raise ValueError(f"defect must be one of {names}; got {defect!r}")
    rng = np.random.default_rng(seed)
    shot, lamp = _shot(rng), _lamp(rng)
    ground = board.bare_board(rng)
    wrong = _assemble(ground, defect, rng)
    _dust(ground, rng)
    image = camera.photograph(light.shade(ground, lamp), ground.height, shot, rng)
    area = np.zeros_like(ground.height) if wrong is None else wrong
    mask = camera.pose(area, shot) >= 0.5
    return SamplePart(image_hwc=image, defect=defect, mask=mask)


def _assemble(ground: scene.Scene, defect: str, rng: np.random.Generator) -> scene.Float32 | None:
    """Fit the parts and plant the defect; the defect's area on the canvas."""
    placed = [_fitted(part, rng) for part in layout()]
    hit = int(rng.integers(2**31))
    choice = np.random.default_rng(hit)
    shape = ground.height.shape
    absent: Placed | None = None
    if defect in defects.MISSING:
        absent = defects.leave_out(placed, choice, kind=defects.MISSING[defect])
        trial = scene.empty_scene()
        outline = parts.draw(trial, absent, choice)
    if defect == "wrong_count_resistors":
        placed.append(_fitted(defects.spare_part(choice), choice))
    drawn = {part.name: parts.draw(ground, part, rng) for part in placed if part is not absent}
    if absent is not None:
        return defects.area(shape, outline)
    if defect in defects.SURFACE:
        return defects.area(shape, defects.SURFACE[defect](ground, choice).patch)
    if defect == "cracked_chip":
        chips = [part for part in placed if part.kind in ("chip", "soic")]
        chip = chips[int(choice.integers(len(chips)))]
        return defects.area(shape, defects.cracked_chip(ground, choice, chip=chip).patch)
    extra = drawn.get("resistor_extra")
    return None if extra is None else defects.area(shape, extra)


def _fitted(part: Placed, rng: np.random.Generator) -> Placed:
    """A part as a machine or a hand places it: never twice quite the same."""
    if part.kind in ("pin", "housing"):
        return part
    turn = float(rng.uniform(0, 90)) if part.kind == "screw" else float(rng.normal(0, 0.35))
    dx, dy = rng.normal(0, 0.3, 2)
    return part._replace(x=part.x + float(dx), y=part.y + float(dy), angle_deg=turn)


def _dust(ground: scene.Scene, rng: np.random.Generator) -> None:
    """A few specks and a fibre: allowed by the product's rules."""
    for _ in range(int(rng.integers(2, 7))):
        x, y = rng.uniform(60, 708, 2)
        patch = scene.patch_at(ground, (float(x), float(y)), reach_px=4.0)
        speck = scene.disc(patch, float(rng.uniform(0.4, 0.9)))
        patch.paint(0.5 * scene.coverage(speck), PAPER)


def _shot(rng: np.random.Generator) -> camera.Shot:
    reach = TOLERANCE["shift_px"]
    return camera.Shot(
        shift_xy=(float(rng.uniform(-reach, reach)), float(rng.uniform(-reach, reach))),
        rotation_deg=float(rng.uniform(-1, 1)) * TOLERANCE["rotation_deg"],
        exposure=1.0 + float(rng.uniform(-1, 1)) * TOLERANCE["gain"],
        noise_sigma=float(rng.uniform(1.2, TOLERANCE["noise_sigma"])),
        focus_px=float(rng.uniform(2.0, 14.0)),
        cast=(1.0 + float(rng.normal(0, 0.008)), 1.0, 1.0 + float(rng.normal(0, 0.008))),
    )


def _lamp(rng: np.random.Generator) -> light.Lamp:
    x, y, z = light.Lamp().direction
    dx, dy = rng.normal(0, 0.015, 2)
    return light.Lamp(direction=(x + float(dx), y + float(dy), z))


def write_samples(
    folder: Path, *, seed: int = 20, n_parts: int = len(SHOWN), n_references: int = 8
) -> None:
    """Write `control-board/` and `control-board-parts/` under folder, which is made.

    Raises:
        FileExistsError: either of the two is there already.
    """
    product, shown = folder / PRODUCT, folder / f"{PRODUCT}-parts"
    for target in (product / "references", shown / "masks"):
        target.mkdir(parents=True)
    _copy_texts(product)
    for k in range(n_references):
        part = render_part("normal", seed * 1000 + k)
        _save_photo(part.image_hwc, product / "references" / f"board_{k + 1:02}.jpg")
    rows = [_write_part(shown, k, seed * 1000 + 100 + k) for k in range(n_parts)]
    with (shown / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_part(folder: Path, k: int, seed: int) -> dict[str, str]:
    from PIL import Image

    part = render_part(SHOWN[k % len(SHOWN)], seed)
    name = f"part_{k + 1:02}"
    _save_photo(part.image_hwc, folder / f"{name}.jpg")
    normal = part.defect == "normal"
    if not normal:
        Image.fromarray(part.mask).save(folder / "masks" / f"{name}.png", optimize=True)
    return {
        "file": f"{name}.jpg",
        "label": "normal" if normal else "defect",
        "defect": "" if normal else part.defect,
        "mask": "" if normal else f"masks/{name}.png",
        "box_xyxy": "" if normal else " ".join(map(str, box_of(part.mask))),
    }


def box_of(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """The box of a mask's true pixels, far corner exclusive."""
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(cols[0]), int(rows[0]), int(cols[-1]) + 1, int(rows[-1]) + 1


def _save_photo(image_hwc: camera.UInt8Image, path: Path) -> None:
    from PIL import Image

    Image.fromarray(image_hwc).save(path, quality=87)


def _copy_texts(product: Path) -> None:
    written = Path(__file__).parent / PRODUCT
    if written.resolve() == product.resolve():
        return
    for name in TEXTS:
        source = written / name
        if source.is_dir():
            shutil.copytree(source, product / name)
        else:
            shutil.copyfile(source, product / name)
