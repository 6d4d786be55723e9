"""Which image format a file holds, by its first bytes. Knows nothing of names or pixels."""

from __future__ import annotations

from typing import NamedTuple

from PIL import ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

HEAD_BYTES = 16
READABLE = "png, jpg, tiff, bmp and webp"


class Format(NamedTuple):
    """A format that can be read."""

    name: str
    suffixes: tuple[str, ...]
    reader: type[ImageFile.ImageFile]
    """Pillow's class for it. It is called directly: `Image.open` would warn of large pictures
    before the pixel limit had its say."""


PNG = Format("PNG", (".png", ".apng"), PngImageFile)
JPEG = Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), JpegImageFile)
TIFF = Format("TIFF", (".tif", ".tiff"), TiffImageFile)
BMP = Format("BMP", (".bmp", ".dib"), BmpImageFile)
WEBP = Format("WebP", (".webp",), WebPImageFile)

PREFIXES: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"BM", BMP),
)

OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "a GIF"),
    (0, b"%PDF", "a PDF"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"ply", "a point cloud"),
    (0, b"# .PCD", "a point cloud"),
    (4, b"ftyphei", "a HEIC photograph"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", "a video"),
    (8, b"AVI ", "a video"),
    (0, b"{", "text"),
    (0, b"<", "text"),
)
"""Offset, bytes and name of what is often handed in by mistake."""


def format_of(head: bytes) -> Format | None:
    """The format whose signature a file begins with; None where it is none that can be read."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return next((kind for prefix, kind in PREFIXES if head.startswith(prefix)), None)


def guess_kind(head: bytes) -> str:
    """A word for a file that cannot be read, for the error line."""
    known = (word for at, mark, word in OTHERS if head[at:].startswith(mark))
    fallback = "text" if head.isascii() and b"\0" not in head else "no picture that is known"
    return next(known, fallback)
