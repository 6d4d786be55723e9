"""Which container a video file is, and whether it is whole, by its bytes. Decodes nothing."""

from __future__ import annotations

from io import BufferedReader
from typing import NamedTuple

from tools.assets.formats import format_of, guess_kind

HEAD_BYTES = 16
READABLE = "mp4, mov, avi or gif"
MP4_BEGINNINGS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
"""Types of the box that a file of the QuickTime family may begin with."""
GIF_TRAILER = 0x3B


class Container(NamedTuple):
    """A kind of file that holds a video."""

    name: str
    demuxer: str
    """FFmpeg's name; given to it, so that no other demuxer (a playlist of addresses) is tried."""
    suffixes: tuple[str, ...]


MP4 = Container("mp4 or mov", "mov", (".mp4", ".mov", ".m4v"))
AVI = Container("avi", "avi", (".avi",))
GIF = Container("gif", "gif", (".gif",))


def container_of(head: bytes) -> Container | None:
    """The container that a file's first bytes are of; None where it is none that is read.

    Args:
        head: the first `HEAD_BYTES` of the file.
    """
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return AVI
    return MP4 if head[4:8] in MP4_BEGINNINGS else None


def held_instead(head: bytes) -> str:
    """A word for a file that holds no video, for the error line."""
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska or webm"
    picture = format_of(head)
    return picture.name if picture is not None else guess_kind(head).replace("picture", "video")


def what_is_missing(stream: BufferedReader, container: Container, n_bytes: int) -> str:
    """In words, what a file says it has and has not; empty where it is whole.

    A file that was cut reads like a shorter one: FFmpeg decodes what is there without a word.

    Args:
        stream: of the file, anywhere.
        container: what it is.
        n_bytes: length of the file.
    """
    if container is GIF:
        return _missing_of_gif(stream, n_bytes)
    if container is AVI:
        stream.seek(4)
        promised = 8 + int.from_bytes(stream.read(4), "little")
        return _beyond("the file", promised, n_bytes)
    return _missing_of_mp4(stream, n_bytes)


def _missing_of_gif(stream: BufferedReader, n_bytes: int) -> str:
    stream.seek(max(0, n_bytes - 256))
    tail = stream.read().rstrip(b"\0")
    return "" if tail and tail[-1] == GIF_TRAILER else "it ends without its trailer"


def _missing_of_mp4(stream: BufferedReader, n_bytes: int) -> str:
    """Walk the outermost boxes: length, type, content (ISO/IEC 14496-12, section 4.2)."""
    at = 0
    while at + 8 <= n_bytes:
        stream.seek(at)
        header = stream.read(16)
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length == 0 or not kind.isalnum():  # to the end of the file, or padding behind a box
            return ""
        if length < 8:
            return f"its box {kind.decode('latin-1')!r} is said to have {length} bytes"
        at += length
        missing = _beyond(f"its box {kind.decode('latin-1')!r}", at, n_bytes)
        if missing:
            return missing
    return ""


def _beyond(what: str, promised: int, n_bytes: int) -> str:
    # An odd last byte is padded in some files and not in others.
    if promised <= n_bytes + 1:
        return ""
    return f"{what} should end at byte {promised}, there are {n_bytes}"
