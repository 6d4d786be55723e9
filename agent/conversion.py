"""Released pickles to safetensors, tensor by tensor. Runs no code that a file brings."""

from __future__ import annotations

from pathlib import Path

from agent.checkpoints import checkpoint, folder_name
from agent.weight_files import CONVERTED, MANIFEST, found_file, load_once, write_manifest
from tools.errors import WeightsError
from tools.regions.sam.checkpoint import digest_of, read_checkpoint


def convert_file(source: Path, target: Path) -> int:
    """Write the tensors of a released `.pth` as safetensors, whole or not at all.

    Args:
        source: read with `weights_only=True`.
        target: ends in `.safetensors`; its header keeps the sha256 of the source.

    Returns:
        How many tensors there are; every one was read back and is the same.

    Raises:
        WeightsError: where the source holds more than tensors, or the target cannot be.
    """
    import torch
    from safetensors.torch import save_file

    if target.suffix != CONVERTED or target.exists():
        raise WeightsError(
            f"--out must be a new file that ends in {CONVERTED}, got {str(target)!r}"
        )
    state = read_checkpoint(source)
    # Tensors that share memory may not stand in one file of safetensors.
    own = {name: tensor.detach().contiguous().clone() for name, tensor in state.items()}
    partial = target.with_name(f"{target.stem}.partial{CONVERTED}")
    try:
        save_file(own, partial, metadata={"format": "pt", "source_sha256": digest_of(source)})
        back = read_checkpoint(partial)
        if back.keys() != own.keys() or not all(torch.equal(own[k], back[k]) for k in own):
            raise WeightsError(f"{str(source)!r} did not survive the conversion; nothing was kept")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return len(own)


def convert_model(folder: Path, name: str) -> Path:
    """Replace the released file of a model that was pulled by the same tensors as safetensors.

    Args:
        folder: of all weights.
        name: of the model.

    Returns:
        The new file.

    Raises:
        WeightsError: where there is no released pickle to convert.
    """
    place = folder / folder_name(name)
    released = place / checkpoint(name).files[-1].name
    found = found_file(place, released.name)
    if found is None:
        raise WeightsError(f"{name}: {released.name} is not here; pull it first")
    if found.suffix != ".pth":
        raise WeightsError(f"{name}: its weights in {place} are safetensors already")
    target = released.with_suffix(CONVERTED)
    convert_file(released, target)
    released.unlink()
    load_once(place, name)
    if (place / MANIFEST).is_file():
        write_manifest(place)
    return target
