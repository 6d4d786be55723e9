"""Weights that Loupe can use: where they lie, and how they come there. Loads no model."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools.errors import WeightsError

HUB_FILES = ("config.json", "model.safetensors")
MANIFEST = "manifest.json"


class KnownWeights(NamedTuple):
    """One model whose weights Loupe can use."""

    repository: str | None
    """On the Hugging Face Hub; None where they only come from a folder."""
    revision: str | None
    files: tuple[str, ...]
    """That must be there; for tensor folders the backbone names them when it loads."""
    about: str


KNOWN: dict[str, KnownWeights] = {
    "resnet18": KnownWeights(
        None,
        None,
        ("conv1.weight.npy",),
        "ResNet-18 to layer 3 as plain tensor files, BatchNorm folded, torchvision's names",
    ),
    "dinov2-small": KnownWeights(
        "facebook/dinov2-small", "main", HUB_FILES, "DINOv2 ViT-S/14, 88 MB"
    ),
    "siglip": KnownWeights(
        "google/siglip-base-patch16-384", "main", HUB_FILES, "SigLIP ViT-B/16 384 px, 814 MB"
    ),
}


def known(name: str) -> KnownWeights:
    """The entry of a model.

    Raises:
        WeightsError: where Loupe knows no such model.
    """
    if name not in KNOWN:
        raise WeightsError(f"no weights are known by the name {name!r}; there are {names()}")
    return KNOWN[name]


def names() -> str:
    """All known names, for a sentence."""
    return ", ".join(KNOWN)


def state_of(folder: Path, name: str) -> str:
    """`present`, `absent`, or which file is missing."""
    place = folder / name
    if not place.is_dir():
        return "absent"
    missing = [file for file in known(name).files if not (place / file).is_file()]
    return f"incomplete: {', '.join(missing)} missing" if missing else "present"


def pull(folder: Path, name: str, *, source: Path | None) -> Path:
    """Bring the weights of a model into the folder of weights, whole or not at all.

    Args:
        folder: of all weights.
        name: of the model.
        source: a folder to copy from; the Hugging Face Hub where None.

    Returns:
        The model's folder.

    Raises:
        WeightsError: where they are not there, cannot be fetched, or are of the wrong form.
    """
    entry = known(name)
    if source is None and entry.repository is None:
        raise WeightsError(f"{name} has no place to fetch from; give its folder with --from DIR")
    if source is not None:
        _check_source(source, name)
    try:
        return _pull(entry, folder, name, source=source)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WeightsError(
            f"{name}: {str(error.filename or folder)!r} cannot be written ({reason}); "
            "check that the home can be written"
        ) from error


def _pull(entry: KnownWeights, folder: Path, name: str, *, source: Path | None) -> Path:
    with _made(folder), tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as partial:
        fresh = Path(partial) / name
        if source is not None:
            _copy(source, fresh)
        else:
            _download(entry, fresh, name)
        _check(fresh, name)
        (fresh / MANIFEST).write_text(json.dumps(_digests(fresh), indent=2) + "\n", "utf-8")
        place = folder / name
        if place.exists():
            shutil.rmtree(place)
        fresh.rename(place)
    return place


def verify(folder: Path, name: str) -> int:
    """Load a model's weights and compare its files with their digests when they were pulled.

    Returns:
        How many files are as they were.

    Raises:
        WeightsError: where they are missing, changed or cannot be loaded.
    """
    place = folder / name
    if state_of(folder, name) != "present":
        raise WeightsError(
            f"{name}: {state_of(folder, name)} in {folder}; run `loupe models pull {name}`"
        )
    _check(place, name)
    if not (place / MANIFEST).is_file():
        raise WeightsError(f"{name}: {place / MANIFEST} is missing; pull the model again")
    expected = json.loads((place / MANIFEST).read_text("utf-8"))
    actual = _digests(place)
    changed = sorted(k for k in expected.keys() | actual.keys() if expected.get(k) != actual.get(k))
    if changed:
        raise WeightsError(
            f"{name}: {', '.join(changed)} changed since the pull; run `loupe models pull {name}`"
        )
    return len(actual)


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
    _check(source, name)


def _copy(source: Path, fresh: Path) -> None:
    fresh.mkdir()
    for file in source.iterdir():
        if file.is_file() and file.name != MANIFEST:
            try:
                shutil.copyfile(file, fresh / file.name)
            except OSError as error:
                reason = error.strerror or str(error)
                raise WeightsError(
                    f"{str(file)!r} cannot be copied ({reason}); check the file, and the disc"
                ) from error


def _download(entry: KnownWeights, fresh: Path, name: str) -> None:
    import httpx
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        snapshot_download(
            str(entry.repository),
            revision=entry.revision,
            allow_patterns=list(entry.files),
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
            f"{name} cannot be fetched from huggingface.co/{entry.repository} "
            f"({type(error).__name__}); check the network, or copy it with --from DIR"
        ) from error
    shutil.rmtree(fresh / ".cache", ignore_errors=True)


def _check(place: Path, name: str) -> None:
    from tools.experts.backbones.table import load_backbone

    load_backbone(name, weights=place)


def _digests(place: Path) -> dict[str, str]:
    digests = {}
    for file in sorted(place.iterdir()):
        if file.is_file() and file.name != MANIFEST:
            with file.open("rb") as stream:
                digests[file.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digests
