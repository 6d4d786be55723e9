"""The weights of a SigLIP tower, wherever they are kept. Knows no model class and no picture."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

SO400M: Mapping[str, Any] = {
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_attention_heads": 16,
    "patch_size": 14,
    "image_size": 384,
    "hidden_act": "gelu_pytorch_tanh",
    "layer_norm_eps": 1e-6,
}
"""google/siglip-so400m-patch14-384, which `lmms-lab` checkpoints do not describe."""
FIRST = "embeddings.patch_embedding.weight"
INDEX = "model.safetensors.index.json"


class TowerWeights(NamedTuple):
    """Of the vision tower alone."""

    config: dict[str, Any]
    """Sizes, by the names of transformers' SiglipVisionConfig."""
    state: dict[str, Tensor]
    """By SiglipVisionModel's own names, without a prefix; the layers that are kept only."""
    digest: str
    """sha256 of sizes and tensors."""


def read_tower_weights(source: str | Path, *, n_layers: int, download: bool) -> TowerWeights:
    """Read the tower of a SigLIP or LLaVA-OneVision checkpoint.

    The key layouts are told apart by what stands before the embedding's name: nothing or
    `vision_model.` (SigLIP), `vision_tower.vision_model.` or `model.vision_tower.` (llava-hf),
    `model.vision_tower.vision_tower.vision_model.` (lmms-lab). LLaVA-OneVision trained its tower
    further, so the released experts belong to its checkpoints' towers.

    Args:
        source: a folder with config.json and safetensors, or a name on the Hugging Face Hub.
        n_layers: how many transformer layers are kept; later ones are not read.
        download: fetch what a hub name stands for; otherwise it must be in the hub's cache.

    Raises:
        WeightsError: where files or tensors are missing or cannot be read.
    """
    from safetensors import SafetensorError

    folder = _folder_of(source, download=download)
    try:
        config = _vision_config(json.loads((folder / "config.json").read_text("utf-8")))
        state = dict(_kept(folder, n_layers=n_layers))
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(f"the tower in {folder} cannot be read: {error}") from error
    return TowerWeights(config, state, _digest(config, state))


def _folder_of(source: str | Path, *, download: bool) -> Path:
    folder = Path(source)
    if folder.is_dir():
        return folder
    if isinstance(source, Path) or source.count("/") != 1 or folder.is_absolute():
        raise WeightsError(
            f"a tower must be a folder or a name on the hub (OWNER/NAME), got {str(source)!r}"
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        kept = snapshot_download(
            source, allow_patterns=["*.json", "*.safetensors"], local_files_only=not download
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise WeightsError(
            f"the tower {source!r} is no folder, and not in the hub's cache; download it first "
            f"({type(error).__name__})"
        ) from error
    return Path(kept)


def _vision_config(config: Mapping[str, Any]) -> dict[str, Any]:
    if "vision_config" in config:
        found = config["vision_config"]
    else:
        found = config if config.get("model_type") == "siglip_vision_model" else {}
    return {name: found.get(name, default) for name, default in SO400M.items()}


def _kept(folder: Path, *, n_layers: int) -> Iterator[tuple[str, Tensor]]:
    """The tower's tensors, shard by shard; the text model beside it is not read."""
    from safetensors import safe_open

    files = _shards(folder)
    prefix = _prefix([key for keys in files.values() for key in keys], folder)
    for file, keys in files.items():
        with safe_open(file, framework="pt") as shard:
            for key in keys:
                name = key.removeprefix(prefix)
                if key.startswith(prefix) and _is_used(name, n_layers):
                    yield name, shard.get_tensor(key)


def _shards(folder: Path) -> dict[Path, list[str]]:
    from safetensors import safe_open

    files = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as shard:
            files[file] = list(shard.keys())
    if not files:
        raise WeightsError(f"a tower's folder must hold .safetensors files; {folder} holds none")
    return files


def _prefix(keys: list[str], folder: Path) -> str:
    found = [key.removesuffix(FIRST) for key in keys if key.endswith(FIRST)]
    if len(found) != 1:
        raise WeightsError(f"{folder} must hold one {FIRST}, found {len(found)}")
    return found[0]


def _is_used(name: str, n_layers: int) -> bool:
    if name.startswith("encoder.layers."):
        return int(name.split(".")[2]) < n_layers
    return name.startswith("embeddings.") and not name.endswith("position_ids")


def _digest(config: Mapping[str, Any], state: Mapping[str, Tensor]) -> str:
    import torch

    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
