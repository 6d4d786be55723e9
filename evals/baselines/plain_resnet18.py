"""The second baseline: a plain patch memory over ResNet-18, after PatchCore (Roth et al. 2022).

Knows nothing of the patch memory expert beyond the network that both look through.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.arrays import UInt8Image
from tools.experts.backbones.contract import InputSize
from tools.experts.backbones.pictures import batch_of
from tools.experts.backbones.resnet18 import ResNet18
from tools.experts.memory_bank import nearest

if TYPE_CHECKING:
    from torch import Tensor

_SIDE = InputSize(256, 256)
_N_WORST = 10


class PlainResNet18:
    """Every reference patch is kept; the score is the mean of the ten largest distances.

    The picture is squashed to 256 x 256. Layers 2 and 3 are averaged over 3 x 3 patches, as
    PatchCore does, and concatenated on layer 2's grid: 1024 patches of 384 numbers.
    """

    def __init__(self, network: ResNet18, references_hwc: Sequence[UInt8Image]) -> None:
        """Learn the references.

        Args:
            network: ImageNet's ResNet-18.
            references_hwc: each (H, W, 3) RGB; sizes may differ.

        Raises:
            ValueError: where there is no reference.
        """
        import torch

        if not references_hwc:
            raise ValueError("references_hwc must hold at least one picture, got none")
        self._network = network
        self._bank_nd = torch.cat([plain_features(network, image) for image in references_hwc])

    def score(self, image_hwc: UInt8Image) -> float:
        """Mean of the ten largest nearest-neighbour distances; higher is worse."""
        return plain_score(plain_features(self._network, image_hwc), self._bank_nd)


def plain_features(network: ResNet18, image_hwc: UInt8Image) -> Tensor:
    """(1024, 384) float32 patch features of a picture."""
    import torch
    from torch.nn import functional

    _, *layers = network.layers(batch_of([image_hwc], _SIDE))
    fine, coarse = (functional.avg_pool2d(layer, 3, stride=1, padding=1) for layer in layers)
    coarse = functional.interpolate(coarse, size=fine.shape[-2:], mode="bilinear")
    return torch.cat([fine, coarse], dim=1)[0].flatten(1).T.contiguous()


def plain_score(features_nd: Tensor, bank_nd: Tensor) -> float:
    """Mean of the ten largest distances from a picture's patches to a bank."""
    return mean_of_worst(nearest(features_nd, bank_nd).distances[:, 0])


def mean_of_worst(distances_n: Tensor) -> float:
    """Mean of the ten largest of (N,) distances."""
    return float(distances_n.topk(_N_WORST).values.mean())
