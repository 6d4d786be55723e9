"""DINOv2 and SigLIP patch features from a local folder, through transformers. Fetches nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.arrays import UInt8Image
from tools.errors import WeightsError
from tools.experts.backbones.contract import InputSize
from tools.experts.backbones.pictures import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    batch_of,
    shared_size,
    size_of_equal_area,
)

if TYPE_CHECKING:
    from torch import Tensor


class Tower(NamedTuple):
    """How one family of vision transformers is fed and read."""

    model_class: str
    """Class of transformers that reads the folder."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    leading_tokens: int
    """Tokens before the patches (class token)."""
    side_px: int


DINOV2 = Tower("Dinov2Model", IMAGENET_MEAN, IMAGENET_STD, 1, 448)
SIGLIP = Tower("SiglipVisionModel", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), 0, 384)


class VisionTransformerPatches:
    """Last hidden states of the patch tokens, each of unit length."""

    def __init__(
        self, name: str, tower: Tower, *, model: Any, digest: str, side_px: int | None = None
    ) -> None:
        """Wrap a model.

        Args:
            name: entry in the table of backbones.
            tower: how this family is fed and read.
            model: a transformers vision model whose config holds `patch_size`.
            digest: of its weights.
            side_px: pictures are resized to the area of a square of this side, aspect kept;
                the family's own where None.
        """
        self.name = name
        self._tower = tower
        self._model = model.eval()
        self._patch_px = int(model.config.patch_size)
        self._side_px = side_px or tower.side_px
        parameters = f"{name}/1 {self._side_px} {digest}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def input_size(self, height_px: int, width_px: int) -> InputSize:
        """The picture's aspect, the family's area, multiples of the patch."""
        return size_of_equal_area(
            height_px, width_px, side_px=self._side_px, multiple_px=self._patch_px
        )

    def features(self, images_hwc: Sequence[UInt8Image], *, device: str) -> Tensor:
        """(B, H/patch, W/patch, D) float32 of unit length; see `Backbone.features`."""
        import torch
        from torch.nn import functional

        size = shared_size(self, images_hwc)
        batch = batch_of(images_hwc, size).to(device)
        mean = torch.tensor(self._tower.mean, device=device).view(1, 3, 1, 1)
        std = torch.tensor(self._tower.std, device=device).view(1, 3, 1, 1)
        model = self._model.to(device)
        with torch.inference_mode():
            output = model(pixel_values=(batch - mean) / std, interpolate_pos_encoding=True)
            tokens = output.last_hidden_state[:, self._tower.leading_tokens :]
            grid = (size.height_px // self._patch_px, size.width_px // self._patch_px)
            unit: Tensor = functional.normalize(tokens.float(), dim=-1)
            return unit.reshape(len(images_hwc), *grid, -1)


def load_vision_transformer(name: str, tower: Tower, folder: Path) -> VisionTransformerPatches:
    """Read `config.json` and `model.safetensors` from a local folder.

    Raises:
        WeightsError: where they are missing or do not fit each other.
    """
    weights = folder / "model.safetensors"
    if not weights.is_file() or not (folder / "config.json").is_file():
        raise WeightsError(
            f"{name}: no config.json and model.safetensors in {folder}; "
            f"run `loupe models pull {name}`"
        )
    import transformers
    from safetensors import SafetensorError

    try:
        model = getattr(transformers, tower.model_class).from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise WeightsError(f"{name}: {folder} cannot be read: {_first_line(error)}") from error
    with weights.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return VisionTransformerPatches(name, tower, model=model, digest=digest)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
