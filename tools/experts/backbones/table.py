"""The backbones a patch memory can look through. Knows which exist; loads the one asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tools.errors import SettingsError, WeightsError
from tools.experts.backbones.contract import Backbone
from tools.experts.backbones.embedded import EmbeddedPatches
from tools.experts.backbones.hub import DINOV2, SIGLIP, load_vision_transformer
from tools.experts.backbones.resnet18 import ResNet18Patches, load_resnet18


class BackboneEntry(NamedTuple):
    """How one backbone comes to be."""

    load: Callable[[Path], Backbone]
    """From the folder of its weights; not looked at where it needs none."""
    needs_weights: bool


BACKBONES: dict[str, BackboneEntry] = {
    "embedded": BackboneEntry(lambda _: EmbeddedPatches(), needs_weights=False),
    "resnet18": BackboneEntry(
        lambda folder: ResNet18Patches(load_resnet18(folder)), needs_weights=True
    ),
    "dinov2-small": BackboneEntry(
        lambda folder: load_vision_transformer("dinov2-small", DINOV2, folder), needs_weights=True
    ),
    "siglip": BackboneEntry(
        lambda folder: load_vision_transformer("siglip", SIGLIP, folder), needs_weights=True
    ),
}


def load_backbone(name: str, *, weights: Path | None = None) -> Backbone:
    """Load a backbone by its name.

    Args:
        name: a key of `BACKBONES`.
        weights: folder that holds its files; not needed by `embedded`.

    Raises:
        SettingsError: where there is no such backbone.
        WeightsError: where its files are missing or cannot be read.
    """
    if name not in BACKBONES:
        raise SettingsError(f"no backbone {name!r}; there are {', '.join(BACKBONES)}")
    entry = BACKBONES[name]
    if entry.needs_weights and (weights is None or not weights.is_dir()):
        raise WeightsError(
            f"{name}: its weights are not in {weights or 'any folder given'}; "
            f"run `loupe models pull {name}`"
        )
    return entry.load(weights or Path())
