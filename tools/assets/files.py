"""Opens an image file, or says in one line why not. Knows nothing of views."""

from __future__ import annotations

import hashlib
import warnings
from io import BufferedReader
from pathlib import Path

from PIL import Image, ImageFile

from tools.assets.damages import DAMAGES
from tools.assets.formats import HEAD_BYTES, READABLE, Format, format_of, guess_kind
from tools.assets.picture import Picture
from tools.assets.pixels import decode
from tools.errors import AssetError
from tools.records import Asset
from tools.told_names import no_such_file

DEFAULT_MAX_PIXELS = 80_000_000
"""Decoding them takes about 1 GB; below the number from which on Pillow itself warns."""


def open_picture(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Picture:
    """Read an image file, whatever its name says, upright and as 8-bit RGB.

    Args:
        path: png, jpg, tiff, bmp or webp, told by content.
        max_pixels: larger pictures are refused before they are decoded.

    Raises:
        AssetError: one line with the file, the constraint, the value and what to do.
    """
    try:
        if path.is_dir():
            raise AssetError(f"{path}: a folder, not a file; give the pictures in it, or a glob")
        if path.exists() and not path.is_file():
            raise AssetError(f"{path}: must be a regular file, is a device or pipe; save a copy")
        with path.open("rb") as stream:
            return _read(path, stream, max_pixels=max_pixels)
    except FileNotFoundError as error:
        raise AssetError(f"{path}: {no_such_file(path)}") from error
    except PermissionError as error:
        raise AssetError(f"{path}: may not be read; grant read permission") from error
    except (OSError, ValueError) as error:
        raise AssetError(f"{str(path)!r}: cannot be opened ({_line(error)}); check it") from error


def _read(path: Path, stream: BufferedReader, *, max_pixels: int) -> Picture:
    head = stream.read(HEAD_BYTES)
    if not head:
        raise AssetError(f"{path}: the file is empty (0 bytes); save the picture again")
    kind = format_of(head)
    if kind is None:
        raise AssetError(
            f"{path}: must hold {READABLE}, holds {guess_kind(head)}; convert it to one of these"
        )
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            # Pillow warns of damaged metadata beside raising; a person gets one line.
            warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
            pixels = decode(_within_limit(path, kind.reader(stream), max_pixels=max_pixels))
    except DAMAGES as error:
        raise AssetError(
            f"{path}: damaged or incomplete {kind.name} ({_line(error)}); save the picture again"
        ) from error
    height_px, width_px = pixels.image_hwc.shape[:2]
    asset = Asset(path=str(path), sha256=digest, modality="image", size=[width_px, height_px])
    return Picture(asset, pixels.image_hwc, notes=[*_name_notes(path, kind), *pixels.notes])


def _within_limit(
    path: Path, picture: ImageFile.ImageFile, *, max_pixels: int
) -> ImageFile.ImageFile:
    width_px, height_px = picture.size
    if width_px * height_px > max_pixels:
        raise AssetError(
            f"{path}: a picture may have {max_pixels} pixels, this one has "
            f"{width_px} x {height_px} = {width_px * height_px}; crop or reduce it, "
            "or raise the pixel limit"
        )
    if Image.MAX_IMAGE_PIXELS is not None and max_pixels > Image.MAX_IMAGE_PIXELS:
        # Pillow's TIFF reader checks its own limit while decoding; ours was raised on purpose.
        Image.MAX_IMAGE_PIXELS = max_pixels
    return picture


def _name_notes(path: Path, kind: Format) -> list[str]:
    suffix = path.suffix.lower()
    return [] if suffix in kind.suffixes else [f"named {suffix or 'plainly'}, holds {kind.name}"]


def _line(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return " ".join(text.split())[:200]
