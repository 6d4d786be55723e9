"""Opens a video, or says in one line why not. Knows nothing of views."""

from __future__ import annotations

import hashlib
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from tools.assets.videos.containers import (
    HEAD_BYTES,
    READABLE,
    Container,
    container_of,
    held_instead,
    what_is_missing,
)
from tools.assets.videos.frames import Frames, NoVideo, Opened, open_container
from tools.assets.videos.index import Unreadable, VideoIndex, build_index
from tools.assets.videos.video import Video
from tools.errors import AssetError
from tools.records import Asset
from tools.told_names import no_such_file

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort


def open_video(path: Path, *, max_pixels: int) -> AssetPort:
    """Open a video: every frame is decoded once, and none is held.

    Args:
        path: mp4, mov, avi or gif, told by content.
        max_pixels: videos with larger frames are refused before a frame is decoded.

    Raises:
        AssetError: one line with the file, the constraint, the value and what to do.
    """
    try:
        if path.is_dir():
            raise AssetError(f"{path}: a folder, not a file; give the videos in it, or a glob")
        if path.exists() and not path.is_file():
            raise AssetError(f"{path}: must be a regular file, is a device or pipe; save a copy")
        with path.open("rb") as stream:
            container = _container(path, stream)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise AssetError(f"{path}: {no_such_file(path)}") from error
    except PermissionError as error:
        raise AssetError(f"{path}: may not be read; grant read permission") from error
    except (OSError, ValueError) as error:
        raise AssetError(f"{str(path)!r}: cannot be opened ({_line(error)}); check it") from error
    index = _index(path, container, max_pixels=max_pixels)
    size = [index.width_px, index.height_px, index.n_frames]
    asset = Asset(path=str(path), sha256=digest, modality="video", size=size)
    notes = [*_name_notes(path, container), *index.notes]
    return Video(asset, index, Frames(path, container, index), notes=notes)


def _container(path: Path, stream: BufferedReader) -> Container:
    """What the file is; leaves the stream at the beginning."""
    head = stream.read(HEAD_BYTES)
    if not head:
        raise AssetError(f"{path}: the file is empty (0 bytes); save the video again")
    container = container_of(head)
    if container is None:
        raise AssetError(
            f"{path}: must hold {READABLE}, holds {held_instead(head)}; convert it to one of these"
        )
    missing = what_is_missing(stream, container, path.stat().st_size)
    if missing:
        raise _damaged(path, container, missing)
    stream.seek(0)
    return container


def _index(path: Path, container: Container, *, max_pixels: int) -> VideoIndex:
    try:
        import av
    except ModuleNotFoundError as error:
        raise AssetError(
            f"{path}: videos need PyAV, which is not installed; pip install 'loupe[video]'"
        ) from error
    try:
        opened = open_container(path, container)
        try:
            _within_limit(path, opened, max_pixels=max_pixels)
            opened.stream.thread_type = "AUTO"  # twice as fast; seeks are better off without
            return build_index(opened.container, opened.stream)
        finally:
            opened.container.close()
    except NoVideo as error:
        raise AssetError(f"{path}: {error}; give a file with a video") from error
    except Unreadable as error:
        raise _damaged(path, container, str(error)) from error
    except av.FFmpegError as error:
        raise _damaged(path, container, f"FFmpeg: {error.strerror}") from error


def _within_limit(path: Path, opened: Opened, *, max_pixels: int) -> None:
    width_px, height_px = opened.stream.width, opened.stream.height
    if width_px * height_px > max_pixels:
        raise AssetError(
            f"{path}: a frame may have {max_pixels} pixels, this video's have "
            f"{width_px} x {height_px} = {width_px * height_px}; reduce it, "
            "or raise the pixel limit"
        )


def _damaged(path: Path, container: Container, why: str) -> AssetError:
    return AssetError(f"{path}: damaged or incomplete {container.name} ({why}); save it again")


def _name_notes(path: Path, container: Container) -> list[str]:
    suffix = path.suffix.lower()
    if suffix in container.suffixes:
        return []
    return [f"named {suffix or 'plainly'}, holds {container.name}"]


def _line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200]
