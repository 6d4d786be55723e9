"""Fetches one file over HTTP, whole and as expected, or not at all. Knows no model."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from agent.checkpoints import CheckpointFile
from agent.console import Progress, no_progress
from tools.errors import WeightsError

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 4
"""A connection that breaks is taken up again where it broke, this often in a row without a byte."""
TIMEOUT_S = 30.0
"""Without a byte."""
MAX_BYTES = 16 << 30
"""Of a file whose size is not known."""


class _Broken(Exception):
    """The connection ended before the file did."""


def fetch(
    base_url: str, file: CheckpointFile, target: Path, *, progress: Progress = no_progress
) -> str:
    """Fetch `base_url/file.name` and compare it with its size and sha256, where they are known.

    Args:
        base_url: http or https.
        file: what is expected.
        target: written; removed again where anything is not as expected.
        progress: told of megabytes.

    Returns:
        The sha256 of what came.

    Raises:
        WeightsError: where it cannot be fetched or is not what was expected.
    """
    url = f"{base_url.rstrip('/')}/{file.name}"
    try:
        _receive(url, file, target, progress)
        return _verified(file, target, url)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _receive(url: str, file: CheckpointFile, target: Path, progress: Progress) -> None:
    import httpx

    target.write_bytes(b"")
    failures = 0
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
        while True:
            before = target.stat().st_size
            try:
                _append(client, url, file, target, progress)
            except (httpx.TransportError, _Broken) as error:
                failures = 0 if target.stat().st_size > before else failures + 1
                if failures >= ATTEMPTS:
                    raise WeightsError(
                        f"{url} cannot be fetched ({type(error).__name__.lstrip('_')}: {error}); "
                        "check the network, or copy the file with --from DIR"
                    ) from error
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise WeightsError(f"{url!r} is no address of http or https ({error})") from error
            else:
                return


def _append(
    client: httpx.Client, url: str, file: CheckpointFile, target: Path, progress: Progress
) -> None:
    """Receive what is still missing."""
    # Without a sha256 nothing could tell whether two halves are of one file.
    have = target.stat().st_size if file.sha256 else 0
    # Bytes as they are: a range counts them before any encoding.
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code not in (200, 206):
            raise WeightsError(
                f"{url} cannot be fetched (HTTP {answer.status_code}); "
                "check the address, or copy the file with --from DIR"
            )
        if answer.status_code == 200 or _first_byte(answer) != have:
            have = 0
        length = answer.headers.get("Content-Length")
        total = file.size_bytes if length is None else have + int(length)
        if file.size_bytes and total != file.size_bytes:
            raise _other_size(url, total, file)
        _write(answer, url, file, target, have=have, total=total, progress=progress)


def _write(
    answer: httpx.Response,
    url: str,
    file: CheckpointFile,
    target: Path,
    *,
    have: int,
    total: int,
    progress: Progress,
) -> None:
    with target.open("r+b") as out:
        out.truncate(have)
        out.seek(have)
        for chunk in answer.iter_raw():
            out.write(chunk)
            if out.tell() > (file.size_bytes or MAX_BYTES):
                raise _other_size(url, out.tell(), file)
            progress(f"fetching {file.name}, MB", out.tell() >> 20, total >> 20)
        n_bytes = out.tell()
    if n_bytes < total:
        raise _Broken(f"{n_bytes} of {total} bytes came")


def _first_byte(answer: httpx.Response) -> int:
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else 0


def _other_size(url: str, n_bytes: int, file: CheckpointFile) -> WeightsError:
    limit = file.size_bytes or f"at most {MAX_BYTES}"
    return WeightsError(
        f"{url} has {n_bytes} bytes, {limit} were expected; it is another file, and was removed"
    )


def _verified(file: CheckpointFile, target: Path, url: str) -> str:
    n_bytes = target.stat().st_size
    if not n_bytes or n_bytes != (file.size_bytes or n_bytes):
        raise _other_size(url, n_bytes, file)
    with target.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if file.sha256 and found != file.sha256:
        raise WeightsError(
            f"{url} has sha256 {found}, {file.sha256} was expected; it is another file, and was "
            "removed"
        )
    return found
