"""Files of one model: which there are, their digests, whether they load. Fetches nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from agent.checkpoints import INDEX, Checkpoint, checkpoint
from tools.errors import WeightsError

MANIFEST = "manifest.json"
CONVERTED = ".safetensors"


def found_file(place: Path, name: str) -> Path | None:
    """What a released file was converted to, else the file itself; None where neither is."""
    kept = (place / name).with_suffix(CONVERTED)
    return next((path for path in (kept, place / name) if path.is_file()), None)


def file_names(entry: Checkpoint, place: Path) -> list[str]:
    """Files of a model: those of the table, and those that its index names.

    Raises:
        WeightsError: where the index cannot be read.
    """
    names = [file.name for file in entry.files]
    index = place / INDEX
    if INDEX not in names or not index.is_file():
        return names
    try:
        parts = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise WeightsError(f"{index} names no files of weights; fetch it again") from error
    return [*names, *sorted(map(str, parts))]


def digests(place: Path) -> dict[str, str]:
    """sha256 of every file at the top of a folder, by name."""
    found = {}
    for file in sorted(place.iterdir()):
        if file.is_file() and file.name != MANIFEST:
            with file.open("rb") as stream:
                found[file.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def write_manifest(place: Path) -> None:
    """Keep the digests of a model's files beside them."""
    (place / MANIFEST).write_text(json.dumps(digests(place), indent=2) + "\n", "utf-8")


def load_once(place: Path, name: str) -> None:
    """Read the weights as what uses them would.

    Raises:
        WeightsError: where they are missing or do not fit.
    """
    loads = checkpoint(name).loads
    if loads == "backbone":
        from tools.experts.backbones.table import load_backbone

        load_backbone(name, weights=place)
    elif loads == "expert":
        from tools.experts.anomaly_ov.weights import load_expert

        load_expert(place)
    elif loads == "tower":
        from tools.experts.backbones.siglip_tower import load_siglip_tower

        load_siglip_tower(place)
    else:
        from tools.regions.sam.by_transformers import build_sam_model
        from tools.regions.sam.checkpoint import read_checkpoint
        from tools.regions.sam.geometry import geometry_of

        released = checkpoint(name).files[-1].name
        state = read_checkpoint(found_file(place, released) or place / released)
        build_sam_model(state, geometry_of(state))


def refuse_incomplete(entry: Checkpoint, place: Path, name: str) -> None:
    """See that every file of the table is there.

    Raises:
        WeightsError: names those that are missing.
    """
    missing = [one for one in file_names(entry, place) if found_file(place, one) is None]
    if missing:
        raise WeightsError(f"{name}: {', '.join(missing)} must be in {place}, and is not")


def refuse_strange(entry: Checkpoint, place: Path, name: str) -> None:
    """Compare released files with the table; converted ones have digests of their own."""
    for file in entry.files:
        path = place / file.name
        if not file.sha256 or not path.is_file():
            continue
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != file.sha256:
            raise WeightsError(
                f"{name}: {path} has sha256 {found}, {file.sha256} was expected; "
                "it is another file, fetch the released one"
            )
