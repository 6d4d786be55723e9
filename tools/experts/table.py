"""The experts by name. One expert, one file, one entry. Knows no product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.errors import SettingsError
from tools.experts.backbones.table import load_backbone
from tools.experts.patch_memory import PatchMemory
from tools.experts.registered_difference import RegisteredDifference
from tools.ports import Expert


@dataclass(frozen=True, kw_only=True)
class ExpertChoice:
    """What experts are built with; each takes what it needs."""

    backbone: str = "embedded"
    """A key of `tools.experts.backbones.table.BACKBONES`."""
    weights: Path | None = None
    """Folder of the backbone's files; not needed by `embedded`."""
    device: str = "cpu"
    """torch's name of the device that computes."""
    cache: Path | None = None
    """Folder in which memories are kept by content; None keeps none."""


def _patch_memory(choice: ExpertChoice) -> Expert:
    backbone = load_backbone(choice.backbone, weights=choice.weights)
    return PatchMemory(backbone, device=choice.device, cache=choice.cache)


EXPERTS: dict[str, Callable[[ExpertChoice], Expert]] = {
    "patch_memory": _patch_memory,
    "registered_difference": lambda choice: RegisteredDifference(cache=choice.cache),
}


def build_expert(name: str, choice: ExpertChoice) -> Expert:
    """Build an expert by its name.

    Raises:
        SettingsError: where there is no such expert or backbone.
        WeightsError: where the backbone's files are missing.
    """
    if name not in EXPERTS:
        raise SettingsError(f"no expert {name!r}; there are {', '.join(EXPERTS)}")
    return EXPERTS[name](choice)
