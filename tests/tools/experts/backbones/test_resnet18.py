"""ResNet-18 read from plain files equals torch's own layers with the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tools.errors import WeightsError
from tools.experts.backbones.resnet18 import (
    ResNet18Patches,
    load_resnet18,
    tensor_names,
)

PLANES = {"layer1": (64, 64), "layer2": (64, 128), "layer3": (128, 256)}


def weight_shape(name: str) -> tuple[int, int, int, int]:
    if name == "conv1":
        return (64, 3, 7, 7)
    layer, block, *rest = name.split(".")
    planes_in, planes = PLANES[layer]
    if rest[0] == "downsample":
        return (planes, planes_in, 1, 1)
    first = block == "0" and rest[0] == "conv1"
    return (planes, planes_in if first else planes, 3, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("resnet18")
    rng = np.random.default_rng(0)
    for name in tensor_names():
        shape = weight_shape(name)
        scale = np.sqrt(2 / np.prod(shape[1:]))
        np.save(target / f"{name}.weight.npy", rng.normal(0, scale, shape).astype(np.float32))
        np.save(target / f"{name}.bias.npy", rng.normal(0, 0.1, shape[0]).astype(np.float32))
    return target


class Block(nn.Module):
    def __init__(self, planes_in: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(planes_in, planes, 3, stride, 1)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1)
        downsample = nn.Sequential(nn.Conv2d(planes_in, planes, 1, stride))
        self.downsample: nn.Module = downsample if stride != 1 else nn.Identity()

    def forward(self, flow: Tensor) -> Tensor:
        inner = self.conv2(torch.relu(self.conv1(flow)))
        return torch.relu(inner + self.downsample(flow))


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3)
        self.layer1 = nn.Sequential(Block(64, 64, 1), Block(64, 64, 1))
        self.layer2 = nn.Sequential(Block(64, 128, 2), Block(128, 128, 1))
        self.layer3 = nn.Sequential(Block(128, 256, 2), Block(256, 256, 1))

    def forward(self, flow: Tensor) -> list[Tensor]:
        flow = nn.MaxPool2d(3, 2, 1)(torch.relu(self.conv1(flow)))
        one = self.layer1(flow)
        two = self.layer2(one)
        return [one, two, self.layer3(two)]


def test_feature_maps_equal_those_of_torch_layers_with_the_same_numbers(folder: Path) -> None:
    network = Network()
    state = {
        path.name.removesuffix(".npy"): torch.from_numpy(np.load(path))
        for path in folder.glob("*.npy")
    }
    network.load_state_dict(state, strict=True)
    batch = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    with torch.no_grad():
        expected = network((batch - mean) / std)
    for found, wanted in zip(load_resnet18(folder).layers(batch), expected, strict=True):
        assert found.shape == wanted.shape
        assert torch.allclose(found, wanted, atol=1e-4)


def test_patches_keep_the_pictures_aspect(folder: Path) -> None:
    backbone = ResNet18Patches(load_resnet18(folder), side_px=128)
    assert backbone.input_size(200, 800) == (128, 256)
    image = np.random.default_rng(2).integers(0, 256, (200, 800, 3), dtype=np.uint8)
    features = backbone.features([image, image], device="cpu")
    assert features.shape == (2, 16, 32, 448)
    assert features.dtype == torch.float32
    assert torch.allclose(features[0], features[1], atol=1e-5)


def test_a_missing_tensor_is_named(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.npy"):
        if path.name != "layer2.0.downsample.0.bias.npy":
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(WeightsError, match=r"resnet18 needs layer2\.0\.downsample\.0\.bias\.npy"):
        load_resnet18(tmp_path)


def test_a_file_that_is_no_array_is_named(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.npy"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "conv1.bias.npy").unlink()
    (tmp_path / "conv1.bias.npy").write_bytes(b"not an array")
    with pytest.raises(WeightsError, match=r"conv1\.bias\.npy is not a plain array file"):
        load_resnet18(tmp_path)


@pytest.mark.gpu
def test_cpu_and_gpu_give_the_same_feature_maps(folder: Path) -> None:
    network = load_resnet18(folder)
    batch = torch.rand(1, 3, 64, 64)
    for cpu, gpu in zip(network.layers(batch), network.layers(batch.cuda()), strict=True):
        assert torch.allclose(cpu, gpu.cpu(), atol=1e-2)
