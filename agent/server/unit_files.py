"""Files that are sent together as one unit: `NAME.asset.yaml`, and those that it names.

What is written is never what was sent: the list of parts is read, checked and written anew, with
names of files that are ours. Knows no folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from agent.loopback.refusals import Refused
from tools.assets.several import MAX_PARTS, SUFFIX, read_parts
from tools.errors import AssetError

MAX_LIST_BYTES = 16_384
MAX_MARKS = 100
"""Letters of a list that open or name something else in yaml: a real one has next to none."""
CHUNK_BYTES = 2**20
FORM = "`parts:` with lines NAME: FILE, each FILE one that is sent along"


class Sent(NamedTuple):
    """A file that is sent."""

    name: str
    """As its sender calls it."""
    chunks: Iterable[bytes]


class PartFile(NamedTuple):
    """A part of a unit."""

    part: str
    """Its name in the unit."""
    sent: Sent


def last_name(name: str) -> str:
    """A file's name without any path."""
    return PurePosixPath(PureWindowsPath(name.replace("\0", "")).name).name


def is_list(name: str) -> bool:
    """Whether a file lists the parts of a unit, by its name."""
    return last_name(name).lower().endswith(SUFFIX)


def parts_of(files: Sequence[Sent]) -> tuple[str, list[PartFile]]:
    """The name of the list of parts, and its parts with their files.

    Args:
        files: sent together; the list is read here, the others are not.

    Raises:
        Refused: where there is not one list, or it does not name each of the others once.
    """
    lists = [one for one in files if is_list(one.name)]
    others = {last_name(one.name): one for one in files if not is_list(one.name)}
    if len(lists) != 1 or len(others) != len(files) - 1:
        raise _refused(
            f"Several files are one unit only with one NAME{SUFFIX} that names the others, each "
            f"by another name; got {len(lists)} such lists and {len(files) - len(lists)} files."
        )
    if len(others) > MAX_PARTS:
        raise _refused(f"A unit has at most {MAX_PARTS} parts, got {len(others)}.")
    named = _named(_text(lists[0]))
    for file in named.values():
        if file not in others:
            raise _refused(f"The unit names {file[:80]!r}, which is not among the files sent.")
    unnamed = sorted(others.keys() - named.values())
    if unnamed:
        raise _refused(f"The unit does not name {unnamed[0][:80]!r}, which is sent along.")
    return lists[0].name, [PartFile(part, others[file]) for part, file in named.items()]


def files_of(path: Path, opened: ExitStack) -> list[Sent]:
    """A file of this machine as if it were sent; with its parts where it lists some.

    Args:
        path: of the file.
        opened: closes what is opened here.

    Raises:
        Refused: with 415 where a list cannot be read, or names what does not lie below it.
    """
    if not is_list(path.name):
        return [Sent(path.name, _chunks(path, opened))]
    try:
        parts = read_parts(path)
    except AssetError as error:
        told = str(error).replace(str(path.parent), "").lstrip("/")
        raise Refused(told, status=415, param="path", code="invalid_unit") from error
    named = {part: f"{number}-{file.name}" for number, (part, file) in enumerate(parts.items())}
    files = [Sent(named[part], _chunks(file, opened)) for part, file in parts.items()]
    return [Sent(path.name, [list_of(named)]), *files]


def _chunks(path: Path, opened: ExitStack) -> Iterator[bytes]:
    stream = opened.enter_context(path.open("rb"))
    return iter(lambda: stream.read(CHUNK_BYTES), b"")


def list_of(parts: dict[str, str]) -> bytes:
    """The text of a list.

    Args:
        parts: names of files by names of parts.
    """
    import yaml

    return yaml.safe_dump({"parts": parts}, sort_keys=False).encode()


def _text(sent: Sent) -> str:
    data = b"".join(_limited(sent.chunks))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("The unit's list of parts is no text in UTF-8.") from None


def _limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    n_bytes = 0
    for chunk in chunks:
        n_bytes += len(chunk)
        if n_bytes > MAX_LIST_BYTES:
            raise _refused(f"The unit's list of parts has more than {MAX_LIST_BYTES} bytes.")
        yield chunk


def _named(text: str) -> dict[str, str]:
    """Names of files by names of parts, each file once."""
    import yaml

    if sum(text.count(mark) for mark in "[{&*") > MAX_MARKS:
        raise _refused(f"The unit's list of parts is nested; it holds {FORM}.")
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        raise _refused(f"The unit's list of parts is no yaml; it holds {FORM}.") from None
    named = content.get("parts") if isinstance(content, dict) else None
    if not isinstance(named, dict) or not named:
        raise _refused(f"The unit's list must hold {FORM}.")
    if not all(isinstance(one, str) for pair in named.items() for one in pair):
        raise _refused(f"Names of parts and files are text; the list holds {FORM}.")
    if len(set(named.values())) < len(named):
        raise _refused("The unit names one file twice; each part has a file of its own.")
    return dict(named)


def _refused(message: str) -> Refused:
    return Refused(message, param="file", code="invalid_unit")
