"""Weights in the folder of weights: how they come there and whether they are whole.

Which there are, `agent.checkpoints` says. Fetches only when it is asked to.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.checkpoints import INDEX, Checkpoint, checkpoint, folder_name
from agent.console import Progress, no_progress
from agent.weight_files import (
    MANIFEST,
    digests,
    file_names,
    found_file,
    load_once,
    refuse_incomplete,
    refuse_strange,
    write_manifest,
)
from tools.errors import WeightsError

HUB = "hub:"


def state_of(folder: Path, name: str) -> str:
    """`present`, `absent`, or which file is missing."""
    place = folder / folder_name(name)
    names = file_names(checkpoint(name), place)
    missing = [one for one in names if found_file(place, one) is None]
    if len(missing) == len(names) and not _is_own(place, name):
        return "absent"
    return f"incomplete: {', '.join(missing)} missing" if missing else "present"


def weights_file(folder: Path, name: str) -> Path:
    """The one file of a model that is one file, released or converted.

    Raises:
        WeightsError: where it is not there.
    """
    found = found_file(folder / folder_name(name), checkpoint(name).files[-1].name)
    if found is None:
        raise WeightsError(
            f"{name}: its weights are not in {folder / folder_name(name)}; "
            f"run `loupe models pull {name}`"
        )
    return found


def pull(
    folder: Path,
    name: str,
    *,
    source: Path | None = None,
    mirror: str = "",
    trust: bool = False,
    progress: Progress = no_progress,
) -> Path:
    """Bring the weights of a model into the folder of weights, whole or not at all.

    Args:
        folder: of all weights.
        name: of the model.
        source: a folder to copy from, without a network.
        mirror: address under which the files lie; where the table says if empty.
        trust: take files from a network though nobody has seen their sha256.
        progress: told of megabytes.

    Returns:
        The model's folder.

    Raises:
        WeightsError: where they are not there, cannot be fetched, or are not what they should be.
    """
    entry = checkpoint(name)
    if source is None:
        _refuse_unseen(entry, name, mirror=mirror, trust=trust)
    else:
        _check_source(source, name)
    try:
        return _pull(entry, folder, name, source=source, mirror=mirror, progress=progress)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WeightsError(
            f"{name}: {str(error.filename or folder)!r} cannot be written ({reason}); "
            "check that the home can be written"
        ) from error


def verify(folder: Path, name: str) -> int:
    """Load a model's weights and compare its files with their digests when they were pulled.

    Returns:
        How many files are as they were.

    Raises:
        WeightsError: where they are missing, changed or cannot be loaded.
    """
    place = folder / folder_name(name)
    if state_of(folder, name) != "present":
        raise WeightsError(
            f"{name}: {state_of(folder, name)} in {folder}; run `loupe models pull {name}`"
        )
    load_once(place, name)
    if not (place / MANIFEST).is_file():
        raise WeightsError(f"{name}: {place / MANIFEST} is missing; pull the model again")
    expected = json.loads((place / MANIFEST).read_text("utf-8"))
    actual = digests(place)
    changed = sorted(k for k in expected.keys() | actual.keys() if expected.get(k) != actual.get(k))
    if changed:
        raise WeightsError(
            f"{name}: {', '.join(changed)} changed since the pull; run `loupe models pull {name}`"
        )
    refuse_strange(checkpoint(name), place, name)
    return len(actual)


def _is_own(place: Path, name: str) -> bool:
    """Whether a folder can only be this model's."""
    return place.is_dir() and not checkpoint(name).place


def _refuse_unseen(entry: Checkpoint, name: str, *, mirror: str, trust: bool) -> None:
    if not entry.where and not mirror:
        raise WeightsError(f"{name} has no place to fetch from; give its folder with --from DIR")
    if entry.unseen and not trust:
        raise WeightsError(
            f"{name}: no sha256 is known of {', '.join(entry.unseen)}, so that nothing can tell "
            "what comes; copy it with --from DIR, or fetch it all the same with --trust"
        )


def _pull(
    entry: Checkpoint,
    folder: Path,
    name: str,
    *,
    source: Path | None,
    mirror: str,
    progress: Progress,
) -> Path:
    from agent.download import fetch

    with _made(folder), tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as partial:
        fresh = Path(partial) / name
        fresh.mkdir()
        if source is not None:
            _copy(_wanted(entry, source), fresh)
        elif mirror or not entry.where.startswith(HUB):
            for file in entry.files:
                fetch(mirror or entry.where, file, fresh / file.name, progress=progress)
        else:
            _download_from_hub(entry, fresh, name)
        load_once(fresh, name)
        refuse_incomplete(entry, fresh, name)
        refuse_strange(entry, fresh, name)
        write_manifest(fresh)
        return _put_in_place(fresh, folder / folder_name(name))


def _put_in_place(fresh: Path, place: Path) -> Path:
    """Replace the files of a model; folders within, such as a tower, stay."""
    if place.is_dir():
        for kept in [path for path in place.iterdir() if path.is_dir()]:
            kept.rename(fresh / kept.name)
        shutil.rmtree(place)
    fresh.rename(place)
    return place


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder, and remove what was made of it again where nothing comes to lie in it."""
    absent = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for path in absent:
            if any(path.iterdir()):
                break
            path.rmdir()


def _check_source(source: Path, name: str) -> None:
    if not source.is_dir():
        raise WeightsError(
            f"--from must be a folder with the weights of {name}, got {str(source)!r}"
        )
    load_once(source, name)
    refuse_incomplete(checkpoint(name), source, name)
    refuse_strange(checkpoint(name), source, name)


def _wanted(entry: Checkpoint, source: Path) -> list[Path]:
    """What of a folder belongs to the model; a backbone says only when it loads what it needs."""
    if entry.loads == "backbone":
        return [path for path in source.iterdir() if path.is_file() and path.name != MANIFEST]
    names = file_names(entry, source)
    return [path for one in names if (path := found_file(source, one)) is not None]


def _copy(files: list[Path], fresh: Path) -> None:
    for file in files:
        try:
            shutil.copyfile(file, fresh / file.name)
        except OSError as error:
            reason = error.strerror or str(error)
            raise WeightsError(
                f"{str(file)!r} cannot be copied ({reason}); check the file, and the disc"
            ) from error


def _download_from_hub(entry: Checkpoint, fresh: Path, name: str) -> None:
    import httpx
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repository, revision = entry.where.removeprefix(HUB).split("@")
    wanted = [file.name for file in entry.files]
    try:
        snapshot_download(
            repository,
            revision=revision,
            allow_patterns=[*wanted, "*.safetensors"] if INDEX in wanted else wanted,
            local_dir=fresh,
        )
    except (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        httpx.HTTPError,
        OSError,
    ) as error:
        raise WeightsError(
            f"{name} cannot be fetched from huggingface.co/{repository} "
            f"({type(error).__name__}); check the network, or copy it with --from DIR"
        ) from error
    shutil.rmtree(fresh / ".cache", ignore_errors=True)
