"""`loupe mark`: a picture divided into numbered regions. Knows no product and no verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from agent.commands.options import Device, Home, Json, settings_of

if TYPE_CHECKING:
    from tools.regions import RegionMask


def mark_picture(
    ctx: typer.Context,
    picture: Annotated[Path, typer.Argument(help="The picture that is divided.")],
    regions: Annotated[
        Literal["superpixel", "grid", "sam"],
        typer.Option(help="How; sam needs its weights (setting sam) and minutes on a CPU."),
    ] = "superpixel",
    out: Annotated[
        Path | None, typer.Option(help="PNG with edges and numbers; NAME.marked.png if unset.")
    ] = None,
    json: Json = False,
    device: Device = None,
    home: Home = None,
) -> None:
    """Divide a picture as GPT-4V-AD does: 768 x 768 px, white edges, numbers from 1."""
    from json import dumps

    from PIL import Image

    from agent.segmenter import segmenter_of
    from agent.workshop import device_of
    from tools.assets.opening import open_asset
    from tools.assets.overview import overview
    from tools.mark import divide
    from tools.regions import DIVISION_SIDE_PX, draw_marks, resize_bilinear

    settings = settings_of(ctx, home=home, device=device)
    place = device_of(settings)
    segmenter = segmenter_of(settings, device=place) if regions == "sam" else None
    image_hwc = overview(open_asset(picture, max_pixels=settings.max_pixels))
    small = resize_bilinear(image_hwc, width_px=DIVISION_SIDE_PX, height_px=DIVISION_SIDE_PX)
    masks = _divided(divide, small, regions, segmenter, place)
    target = out or picture.with_name(f"{picture.stem}.marked.png")
    _save(Image.fromarray(draw_marks(small, masks)), target)
    if json:
        height_px, width_px = image_hwc.shape[:2]
        rows = [
            _row(number, mask, width_px / DIVISION_SIDE_PX, height_px / DIVISION_SIDE_PX)
            for number, mask in enumerate(masks, start=1)
        ]
        note = segmenter.note if segmenter is not None else ""
        typer.echo(dumps({"picture": str(target), "note": note, "regions": rows}))
        return
    typer.echo(f"{picture}: {len(masks)} regions ({regions}): {target}")


def _divided(divide: Any, small: Any, method: str, segmenter: Any, place: str) -> list[RegionMask]:
    from tools.errors import SettingsError, ToolError

    if method == "sam" and segmenter is None:
        raise SettingsError(
            "--regions sam needs SAM: `loupe models pull sam-vit-b`, then LOUPE_SAM=sam-vit-b"
        )
    try:
        found: list[RegionMask] = divide(small, method, segmenter=segmenter, device=place)
    except ToolError as error:
        raise SettingsError(f"--regions {method}: {error}") from error
    return found


def _save(marked: Any, target: Path) -> None:
    from tools.errors import AssetError

    partial = target.with_name(f"{target.name}.partial")
    try:
        marked.save(partial, format="PNG")
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise AssetError(f"{str(target)!r} cannot be written ({reason}); name another") from error


def _row(number: int, mask: RegionMask, factor_x: float, factor_y: float) -> dict[str, Any]:
    """Number, box in the picture's own pixels, and share of the picture's area."""
    from tools.regions import DIVISION_SIDE_PX

    x1, y1, x2, y2 = mask.box_xyxy
    box = [x1 * factor_x, y1 * factor_y, x2 * factor_x, y2 * factor_y]
    share = int(mask.mask.sum()) / DIVISION_SIDE_PX**2
    return {"number": number, "box_xyxy": box, "share": round(share, 6)}
