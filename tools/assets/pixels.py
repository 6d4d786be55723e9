"""A decoded file of any mode to 8-bit RGB, with notes of what was done. Knows nothing of paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from tools.arrays import UInt8Image
from tools.assets.depth import Scaled, scale_high_bytes, scale_to_8_bits

if TYPE_CHECKING:
    from PIL import ImageFile

BACKGROUND_RGB = (255, 255, 255)
"""Behind transparent pixels."""
DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
WHOLE_TIFF_COMPRESSIONS = ("raw", "tiff_adobe_deflate", "tiff_deflate")
"""What tifffile reads at full depth without further packages."""
BITS_PER_SAMPLE, ORIENTATION_TAG, PLANAR_CONFIGURATION = 258, 274, 284
"""TIFF 6.0 tags."""


class Pixels(NamedTuple):
    """What a file shows."""

    image_hwc: UInt8Image
    notes: list[str]
    """What was done to get there; empty where the file holds upright 8-bit RGB."""


def decode(picture: ImageFile.ImageFile) -> Pixels:
    """Decode the first page, upright, to RGB.

    Raises:
        OSError, SyntaxError, ValueError: and what else Pillow raises on a damaged file.
    """
    deep_colours = _has_deep_colours(picture)  # asked before reading EXIF, which may decode
    notes = _page_notes(picture)
    orientation = picture.getexif().get(ORIENTATION_TAG, 1)
    if orientation in range(2, 9):
        notes.append(f"turned upright by its EXIF orientation {orientation}")
    if deep_colours:
        return _decode_deep_colours(picture, notes)
    ImageOps.exif_transpose(picture, in_place=True)
    if picture.mode in DEEP_MODES:
        return _noted(scale_to_8_bits(np.asarray(picture)), notes, what="samples")
    return Pixels(np.asarray(_to_rgb(picture, notes)), notes)


def _page_notes(picture: ImageFile.ImageFile) -> list[str]:
    n_pages = getattr(picture, "n_frames", 1)
    return [f"page 1 of {n_pages}; the others are not looked at"] if n_pages > 1 else []


def _to_rgb(picture: Image.Image, notes: list[str]) -> Image.Image:
    if picture.mode == "RGB" and not picture.has_transparency_data:
        return picture
    if picture.mode == "CMYK":
        notes.append("CMYK converted to RGB without a colour profile")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    colours = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    alpha = colours.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return colours.convert("RGB")
    notes.append(f"transparency composited on RGB {BACKGROUND_RGB}")
    canvas = Image.new("RGB", picture.size, BACKGROUND_RGB)
    canvas.paste(colours.convert("RGB"), mask=alpha)
    return canvas


def _noted(scaled: Scaled, notes: list[str], *, what: str) -> Pixels:
    values = scaled.values
    notes.append(f"{what} {scaled.low:g} to {scaled.high:g} shown as 0 to 255")
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=2)
    return Pixels(np.ascontiguousarray(values), notes)


def _has_deep_colours(picture: ImageFile.ImageFile) -> bool:
    """Whether Pillow would keep only the high byte of 16-bit colours."""
    if picture.mode not in ("RGB", "RGBA", "RGBX", "LA", "CMYK"):
        return False
    if isinstance(picture, TiffImageFile):
        return bool(max(picture.tag_v2.get(BITS_PER_SAMPLE, (8,))) > 8)
    raw_modes = (
        tile.args[0] if isinstance(tile.args, tuple) else tile.args for tile in picture.tile
    )
    return any(isinstance(raw, str) and ";16" in raw for raw in raw_modes)


def _decode_deep_colours(picture: ImageFile.ImageFile, notes: list[str]) -> Pixels:
    if picture.info.get("compression") in WHOLE_TIFF_COMPRESSIONS and picture.mode == "RGB":
        return _noted(scale_to_8_bits(_whole_tiff_colours(picture)), notes, what="samples")
    if isinstance(picture, TiffImageFile) and picture.tag_v2.get(PLANAR_CONFIGURATION) == 2:
        # Pillow would read such planes as 8-bit ones.
        raise ValueError("16-bit planes stored apart with this compression are not read")
    ImageOps.exif_transpose(picture, in_place=True)
    high_bytes = scale_high_bytes(np.asarray(_to_rgb(picture, notes)))
    return _noted(high_bytes, notes, what="high bytes of 16-bit samples")


def _whole_tiff_colours(picture: ImageFile.ImageFile) -> NDArray[Any]:
    import tifffile

    orientation = int(picture.getexif().get(ORIENTATION_TAG, 1))
    stream = picture.fp
    if stream is None:
        raise OSError("the file was closed while it was read")
    stream.seek(0)
    with tifffile.TiffFile(stream) as tiff:
        page = tiff.pages[0]
        samples = np.asarray(page.asarray())
        planes_first = page.axes.endswith("SYX") or page.axes.startswith("SYX")
    if planes_first:
        samples = np.moveaxis(samples, 0, -1)
    return _upright(samples[..., :3], orientation)


def _upright(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Apply an EXIF orientation (EXIF 2.32, tag 274) to rows and columns."""
    if orientation in (5, 6, 7, 8):
        samples = samples.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    return samples
