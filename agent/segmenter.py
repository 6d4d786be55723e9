"""SAM as the settings name it, loaded when it is first asked. Knows no tool and no view."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.settings import Settings
    from tools.arrays import UInt8Image
    from tools.regions.sam.contract import Prompt, SegmentedMask, Segmenter


class LazySegmenter:
    """A segmenter of the process: its weights are read once, by the first who asks."""

    def __init__(self, checkpoint: Path, *, device: str) -> None:
        """Take what to load.

        Args:
            checkpoint: a file of released weights.
            device: torch's name of the device that computes.
        """
        self._checkpoint = checkpoint
        self._device = device
        self._lock = threading.Lock()
        self._loaded: Segmenter | None = None

    @property
    def route(self) -> str:
        """By which package it runs; see `Segmenter`."""
        return self._segmenter().route

    @property
    def note(self) -> str:
        """Why it is not the released package; see `Segmenter`."""
        return self._segmenter().note

    @property
    def version(self) -> str:
        """Digest of the weights."""
        return self._segmenter().version

    def everything(self, image_hwc: UInt8Image) -> list[SegmentedMask]:
        """Masks of all that is seen; see `Segmenter`."""
        return self._segmenter().everything(image_hwc)

    def prompted(self, image_hwc: UInt8Image, prompt: Prompt) -> SegmentedMask:
        """The surest mask of a prompt; see `Segmenter`."""
        return self._segmenter().prompted(image_hwc, prompt)

    def _segmenter(self) -> Segmenter:
        with self._lock:
            if self._loaded is None:
                from tools.regions.sam import load_segmenter

                self._loaded = load_segmenter(self._checkpoint, device=self._device)
            return self._loaded


def segmenter_of(settings: Settings, *, device: str) -> Segmenter | None:
    """The segmenter that the settings name; None where they name none.

    Raises:
        WeightsError: where its weights are not there.
    """
    if not settings.sam:
        return None
    from agent.weights import weights_file

    return LazySegmenter(weights_file(settings.weights_folder, settings.sam), device=device)


def allowed_tools(segmenter: Segmenter | None, *, wanted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The tools of an inspection: `segment` only where it could work, and what is wanted of them.

    Args:
        segmenter: SAM, or None.
        wanted: names; all where none is given.
    """
    from graphs.inspection.context import DEFAULT_TOOLS

    there = DEFAULT_TOOLS if segmenter is None else (*DEFAULT_TOOLS, "segment")
    return tuple(name for name in there if not wanted or name in wanted)
