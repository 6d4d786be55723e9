"""Files of Anomaly-OV's expert: the released ones, and those of our own training.

Knows no picture. The released files have never been read here: they could not be had.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.errors import WeightsError
from tools.experts.anomaly_ov.module import ExpertLayers, expert_class
from tools.experts.backbones.siglip_tower import FINAL, TAPS

if TYPE_CHECKING:
    from torch import Tensor

CARD = "loupe_expert"
"""Under this name a file of our own says, as JSON, what it was built for."""
PREFIXES = ("model.anomaly_encoder.", "anomaly_encoder.")
"""Where checkpoints of the whole assistant keep the expert."""
SUFFIXES = (".safetensors", ".pth", ".pt")


class ExpertFile(NamedTuple):
    """An expert and what it looks through."""

    expert: ExpertLayers
    taps: tuple[int, ...]
    """Hidden states of the tower that it matches; see `siglip_tower.TAPS`."""
    final: int
    tower: str
    """Digest of the tower that it was trained with; empty where the file does not say."""
    digest: str
    """sha256 of its tensors."""
    tiles: bool = True
    """Whether it was trained on tiles, or on base views alone."""


def load_expert(path: Path) -> ExpertFile:
    """Read an expert: `.safetensors`, or the released pickle with `weights_only=True`.

    Args:
        path: a file, or a folder with one such file at its top.

    Raises:
        WeightsError: where it is missing, cannot be read, or does not fit.
    """
    file = _file_in(path)
    state, card = _read(file)
    taps, final = tuple(card.pop("taps", TAPS)), int(card.pop("final", FINAL))
    tower, tiles = str(card.pop("tower", "")), bool(card.pop("tiles", True))
    try:
        expert = expert_class()(**card)
        expert.load_state_dict(_expert_keys(state))
    except (TypeError, WeightsError) as error:
        raise WeightsError(f"{file}: {error}") from error
    expert.requires_grad_(False).eval()
    return ExpertFile(expert, taps, final, tower, _digest(expert.state_dict()), tiles)


def save_expert(
    expert: ExpertLayers,
    path: Path,
    *,
    taps: tuple[int, ...],
    final: int,
    tower: str,
    tiles: bool = True,
) -> None:
    """Write an expert as safetensors, with what it was built for; whole or not at all."""
    from safetensors.torch import save_file

    card = {
        "hidden": expert.hidden,
        "tokens": expert.tokens,
        "embedding": expert.embedding,
        "tap_widths": expert.tap_widths,
        "grid": expert.grid,
        "ablation": expert.ablation,
        "taps": taps,
        "final": final,
        "tower": tower,
        "tiles": tiles,
    }
    state = {key: value.detach().cpu().contiguous() for key, value in expert.state_dict().items()}
    partial = path.with_name(f"{path.name}.partial")
    save_file(state, partial, metadata={CARD: json.dumps(card)})
    partial.replace(path)


def _file_in(path: Path) -> Path:
    if path.is_file():
        return path
    files = sorted(p for p in path.glob("*") if p.suffix in SUFFIXES) if path.is_dir() else []
    if len(files) == 1:
        return files[0]
    if files:
        names = ", ".join(file.name for file in files)
        raise WeightsError(
            f"anomaly_ov needs one expert, and {path} holds {names}; name one with the setting "
            "expert_file"
        )
    raise WeightsError(
        f"anomaly_ov needs its expert's weights, such as pretrained_expert_7b.pth, and {path} "
        "holds none; copy them there, or run `loupe models pull anomaly-ov-7b`"
    )


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    import pickle

    import torch
    from safetensors import SafetensorError, safe_open

    try:
        if file.suffix == ".safetensors":
            with safe_open(file, framework="pt") as stored:
                card = json.loads((stored.metadata() or {}).get(CARD, "{}"))
                return {key: stored.get_tensor(key) for key in stored.keys()}, card  # noqa: SIM118
        loaded = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, ValueError, RuntimeError, SafetensorError, pickle.UnpicklingError) as error:
        line = str(error).strip().split("\n", maxsplit=1)[0]
        raise WeightsError(f"{file} holds no weights that can be read: {line}") from error
    if not isinstance(loaded, dict) or not all(hasattr(v, "shape") for v in loaded.values()):
        raise WeightsError(f"{file} must hold a plain state dict: tensors by name")
    return loaded, {}


def _expert_keys(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Of a whole assistant's checkpoint the expert's keys; else all of them."""
    for prefix in PREFIXES:
        inside = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        if inside:
            return inside
    return dict(state)


def _digest(state: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode() + state[name].float().contiguous().numpy().tobytes())
    return digest.hexdigest()
