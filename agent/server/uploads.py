"""Files that others sent: each in a folder of its own, under a name that is ours to choose.

Checks that a file is what its name says before anybody inspects it. Knows no inspection.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.loopback.refusals import Refused
from agent.run_folder import write_atomically
from tools.assets.opening import is_asset, modality_of, open_asset, suffixes_told
from tools.errors import AssetError
from tools.records import Record

if TYPE_CHECKING:
    from tools.asset_ports import AssetPort

ID = re.compile(r"[0-9a-f]{24}")
MAX_NAME = 60
RECORD = "upload.json"


class Upload(Record):
    """A file that somebody sent."""

    id: str
    owner: str
    name: str
    """As it was called by who sent it; only ever shown, never a path."""
    file: str
    """Its name in its folder."""
    size_bytes: int
    created: str
    """ISO 8601, UTC."""


class Uploads:
    """The folder of all uploads of a home."""

    def __init__(self, folder: Path, *, max_bytes: int, max_pixels: int) -> None:
        """Take the folder, which is made with the first file, and the limits."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels

    def keep(self, name: str, chunks: Iterable[bytes], *, owner: str) -> Upload:
        """Keep what was sent, unless it cannot be inspected.

        Args:
            name: as the sender calls it.
            chunks: of the file.
            owner: who sent it.

        Raises:
            Refused: with 413 where it is too large, with 415 where it is not what it says; then
                nothing is left of it.
        """
        file = safe_name(name)
        upload_id = secrets.token_hex(12)
        folder = self._folder / upload_id
        folder.mkdir(parents=True)
        try:
            size = self._write(folder / file, chunks)
            self._check(folder / file, name)
        except BaseException:
            shutil.rmtree(folder)
            raise
        upload = Upload(
            id=upload_id,
            owner=owner,
            name=name[:200],
            file=file,
            size_bytes=size,
            created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        write_atomically(folder / RECORD, upload.model_dump_json(indent=2).encode())
        return upload

    def find(self, upload_id: str, owner: str) -> Upload:
        """An upload of a person.

        Raises:
            Refused: with 404 where there is none of theirs.
        """
        upload = self._read(upload_id) if ID.fullmatch(upload_id) else None
        if upload is None or upload.owner != owner:
            raise Refused(
                f"There is no upload {upload_id[:40]!r} of yours.",
                status=404,
                param="upload",
                code="upload_not_found",
            )
        return upload

    def path(self, upload: Upload) -> Path:
        """Where the file lies."""
        return self._folder / upload.id / upload.file

    def remove(self, upload: Upload) -> None:
        """Delete a file that was sent."""
        shutil.rmtree(self._folder / upload.id)

    def of_path(self, path: str) -> Upload | None:
        """The upload that a file is; None where it is none."""
        folder = Path(path).parent
        same = folder.parent.resolve() == self._folder.resolve()
        return self._read(folder.name) if same and ID.fullmatch(folder.name) else None

    def _read(self, upload_id: str) -> Upload | None:
        try:
            return Upload.model_validate_json((self._folder / upload_id / RECORD).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def _write(self, path: Path, chunks: Iterable[bytes]) -> int:
        n_bytes = 0
        with path.open("xb") as stream:
            for chunk in chunks:
                n_bytes += len(chunk)
                if n_bytes > self._max_bytes:
                    raise Refused(
                        f"The file has more than {self._max_bytes} bytes, the most that is taken; "
                        "see the setting max_upload_bytes.",
                        status=413,
                        param="file",
                        code="file_too_large",
                    )
                stream.write(chunk)
        return n_bytes

    def _check(self, path: Path, name: str) -> None:
        try:
            asset = open_asset(path, max_pixels=self._max_pixels)
            read_once(asset)
        except AssetError as error:
            told = str(error).replace(str(path), name[:80]).replace(str(path.parent), "")
            raise Refused(told, status=415, param="file", code="not_inspectable") from error


def read_once(asset: AssetPort) -> None:
    """Decode a picture to its end; other modalities are read when they are opened.

    Raises:
        AssetError: where it is cut off or of another kind than its name says.
    """
    if asset.asset.modality == "image":
        picture = asset.picture(asset.names[0])
        picture.read(picture.window_xyxy)


def safe_name(name: str) -> str:
    """A file's name without any path and with letters that mean nothing to anybody.

    Raises:
        Refused: with 415 where its ending is of no known kind, or it names other files.
    """
    last = PurePosixPath(PureWindowsPath(name.replace("\0", "")).name).name
    suffix = Path(last).suffix.lower()
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", last[: len(last) - len(suffix)]).strip("-")
    safe = f"{stem[:MAX_NAME] or 'part'}{suffix}"
    if not is_asset(Path(safe)) or modality_of(Path(last.lower())) == "several":
        raise Refused(
            f"{last[:80]!r} is of no kind that can be sent; there are {suffixes_told()}, without "
            "files that name others.",
            status=415,
            param="file",
            code="unsupported_file",
        )
    return safe
