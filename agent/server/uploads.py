"""Files that others sent: each in a folder of its own, under a name that is ours to choose.

Checks that a file is what its name says before anybody inspects it. Knows no inspection.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.loopback.refusals import Refused
from agent.run_folder import write_atomically
from agent.server.unit_files import Sent, is_list, last_name, list_of, parts_of
from tools.assets.opening import is_asset, open_asset, suffixes_told
from tools.assets.several import SUFFIX
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

        def fill(folder: Path) -> None:
            self._write(folder / file, chunks, most=self._max_bytes)

        return self._keep(name, file, fill, owner=owner)

    def keep_all(self, files: Sequence[Sent], *, owner: str) -> Upload:
        """Keep files that were sent together: one alone, or those of one unit.

        Args:
            files: one, or several of which one is the list of the others.
            owner: who sent them.

        Raises:
            Refused: as `keep`, all of them together counted; with 400 where they are no unit.
        """
        if len(files) == 1:
            return self.keep(files[0].name, files[0].chunks, owner=owner)
        name, parts = parts_of(files)
        named = {one.part: f"part-{n}-{safe_name(one.sent.name)}" for n, one in enumerate(parts)}
        file = f"{safe_stem(last_name(name)[: -len(SUFFIX)])}{SUFFIX}"

        def fill(folder: Path) -> None:
            left = self._max_bytes
            for one in parts:
                left -= self._write(folder / named[one.part], one.sent.chunks, most=left)
            (folder / file).write_bytes(list_of(named))

        return self._keep(name, file, fill, owner=owner)

    def _keep(self, name: str, file: str, fill: Callable[[Path], None], *, owner: str) -> Upload:
        """Fill a folder of its own and check its file; nothing is left of what is refused."""
        folder = self._folder / secrets.token_hex(12)
        folder.mkdir(parents=True)
        try:
            fill(folder)
            self._check(folder / file, name)
        except BaseException:
            shutil.rmtree(folder)
            raise
        upload = Upload(
            id=folder.name,
            owner=owner,
            name=name[:200],
            file=file,
            size_bytes=sum(one.stat().st_size for one in folder.iterdir()),
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

    def _write(self, path: Path, chunks: Iterable[bytes], *, most: int) -> int:
        n_bytes = 0
        with path.open("xb") as stream:
            for chunk in chunks:
                n_bytes += len(chunk)
                if n_bytes > most:
                    raise Refused(
                        f"What is sent has more than {self._max_bytes} bytes, the most that is "
                        "taken; see the setting max_upload_bytes.",
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
    """Decode pictures to their end; other modalities are read when they are opened.

    Raises:
        AssetError: where one is cut off or of another kind than its name says.
    """
    parts: Mapping[str, AssetPort] = getattr(asset, "parts", {})
    for part in parts.values():
        read_once(part)
    if asset.asset.modality == "image":
        picture = asset.picture(asset.names[0])
        picture.read(picture.window_xyxy)


def safe_name(name: str) -> str:
    """A file's name without any path and with letters that mean nothing to anybody.

    Raises:
        Refused: with 415 where its ending is of no known kind, or it names other files.
    """
    last = last_name(name)
    suffix = Path(last).suffix.lower()
    safe = f"{safe_stem(last[: len(last) - len(suffix)])}{suffix}"
    if not is_asset(Path(safe)) or is_list(last):
        raise Refused(
            f"{last[:80]!r} is of no kind that can be sent; there are {suffixes_told()}, the last "
            "only together with the files that it names.",
            status=415,
            param="file",
            code="unsupported_file",
        )
    return safe


def safe_stem(stem: str) -> str:
    """A name without suffix, of letters that mean nothing to anybody."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:MAX_NAME] or "part"
