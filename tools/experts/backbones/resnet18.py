"""ResNet-18 up to layer 3, from a folder of plain tensor files. Knows no memory and no score."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools.arrays import Float32Array, UInt8Image
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

LAYERS = ("layer1", "layer2", "layer3")


def tensor_names() -> list[str]:
    """Convolutions that are needed, by torchvision's names, without `.weight` and `.bias`."""
    blocks = [f"{layer}.{i}.conv{k}" for layer in LAYERS for i in (0, 1) for k in (1, 2)]
    return ["conv1", *blocks, "layer2.0.downsample.0", "layer3.0.downsample.0"]


class ResNet18:
    """Feature maps of He et al. 2016's 18-layer network, BatchNorm folded into convolutions."""

    def __init__(self, arrays: Mapping[str, Float32Array]) -> None:
        """Take the tensors.

        Args:
            arrays: `<name>.weight` (O, I, k, k) and `<name>.bias` (O,) for every name of
                `tensor_names`; others are not looked at.
        """
        wanted = sorted(f"{n}.{kind}" for n in tensor_names() for kind in ("weight", "bias"))
        self._arrays = {name: np.ascontiguousarray(arrays[name]) for name in wanted}
        self._on_device: dict[str, dict[str, Tensor]] = {}
        digest = hashlib.sha256()
        for name, array in self._arrays.items():
            digest.update(name.encode() + array.tobytes())
        self.digest = digest.hexdigest()

    def layers(self, batch: Tensor) -> list[Tensor]:
        """Outputs of layers 1, 2 and 3.

        Args:
            batch: (B, 3, H, W) float32 RGB in 0 to 1; normalised here with ImageNet's statistics.

        Returns:
            (B, 64, H/4, W/4), (B, 128, H/8, W/8), (B, 256, H/16, W/16).
        """
        blocks = self.blocks(batch)
        return [blocks[f"{layer}.1"] for layer in LAYERS]

    def blocks(self, batch: Tensor) -> dict[str, Tensor]:
        """Outputs of all blocks by name, `layer1.0` to `layer3.1`; `batch` as for `layers`."""
        import torch
        from torch.nn import functional

        tensors = self._tensors(str(batch.device))
        mean = torch.tensor(IMAGENET_MEAN, device=batch.device).view(1, 3, 1, 1)
        std = torch.tensor(IMAGENET_STD, device=batch.device).view(1, 3, 1, 1)
        with torch.inference_mode():
            stem = functional.relu(_convolve(tensors, "conv1", (batch - mean) / std, stride=2))
            flow = functional.max_pool2d(stem, 3, stride=2, padding=1)
            outputs = {}
            for layer in LAYERS:
                for name, narrows in ((f"{layer}.0", layer != "layer1"), (f"{layer}.1", False)):
                    flow = outputs[name] = _block(tensors, name, flow, stride=2 if narrows else 1)
        return outputs

    def _tensors(self, device: str) -> dict[str, Tensor]:
        import torch

        if device not in self._on_device:
            self._on_device[device] = {
                name: torch.from_numpy(array).to(device) for name, array in self._arrays.items()
            }
        return self._on_device[device]


def _convolve(tensors: Mapping[str, Tensor], name: str, flow: Tensor, *, stride: int) -> Tensor:
    from torch.nn import functional

    weight = tensors[f"{name}.weight"]
    padding = weight.shape[-1] // 2
    return functional.conv2d(flow, weight, tensors[f"{name}.bias"], stride=stride, padding=padding)


def _block(tensors: Mapping[str, Tensor], name: str, flow: Tensor, *, stride: int) -> Tensor:
    from torch.nn import functional

    inner = functional.relu(_convolve(tensors, f"{name}.conv1", flow, stride=stride))
    inner = _convolve(tensors, f"{name}.conv2", inner, stride=1)
    if stride != 1:
        flow = _convolve(tensors, f"{name}.downsample.0", flow, stride=stride)
    return functional.relu(inner + flow)


def load_resnet18(folder: Path) -> ResNet18:
    """Read `<name>.weight.npy` and `<name>.bias.npy` for every needed convolution.

    Raises:
        WeightsError: where a file is missing or holds no array of numbers.
    """
    arrays: dict[str, Float32Array] = {}
    for name in tensor_names():
        for kind in ("weight", "bias"):
            path = folder / f"{name}.{kind}.npy"
            if not path.is_file():
                raise WeightsError(f"resnet18 needs {path.name}, which is not in {folder}")
            try:
                arrays[f"{name}.{kind}"] = np.load(path, allow_pickle=False).astype(np.float32)
            except (ValueError, EOFError) as error:
                raise WeightsError(f"{path} is not a plain array file: {error}") from error
    return ResNet18(arrays)


class ResNet18Patches:
    """Layers 1, 2 and 3, each of unit length per patch, on layer 2's grid.

    Unit length takes out the strength of the response, which light and contrast change, and
    keeps its pattern.
    """

    name = "resnet18"

    def __init__(self, network: ResNet18, *, side_px: int = 256) -> None:
        """Wrap a network.

        Args:
            network: the feature maps.
            side_px: pictures are resized to the area of a square of this side, aspect kept.
        """
        self._network = network
        self._side_px = side_px
        parameters = f"{self.name}/2 {side_px} {network.digest}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def input_size(self, height_px: int, width_px: int) -> InputSize:
        """The picture's aspect, the area of `side_px` squared, multiples of 16."""
        return size_of_equal_area(height_px, width_px, side_px=self._side_px, multiple_px=16)

    def features(self, images_hwc: Sequence[UInt8Image], *, device: str) -> Tensor:
        """(B, H/8, W/8, 448) float32; see `Backbone.features`."""
        import torch
        from torch.nn import functional

        batch = batch_of(images_hwc, shared_size(self, images_hwc)).to(device)
        layers = self._network.layers(batch)
        grid = (layers[1].shape[2], layers[1].shape[3])
        with torch.inference_mode():
            fine = functional.adaptive_avg_pool2d(layers[0], grid)
            coarse = functional.interpolate(layers[2], size=grid, mode="bilinear")
            unit = [functional.normalize(layer, dim=1) for layer in (fine, layers[1], coarse)]
            return torch.cat(unit, dim=1).permute(0, 2, 3, 1).contiguous()
