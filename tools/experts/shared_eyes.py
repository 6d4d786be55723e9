"""One look of a tower at a picture, for everyone who asks. Knows no expert and no memory."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tools.arrays import Float32Array, UInt8Image
from tools.experts.anyres import (
    AnyRes,
    Square,
    base_cut_of,
    crops_of,
    cut_of,
    square_crop,
    square_of,
)
from tools.experts.backbones.contract import InputSize
from tools.experts.backbones.resnet18_tower import load_resnet18_tower
from tools.experts.backbones.siglip_tower import load_siglip_tower
from tools.experts.backbones.tower import Tower, TowerFeatures
from tools.micro_batch import MicroBatcher

if TYPE_CHECKING:
    from torch import Tensor

RESNET_FILE = "conv1.weight.npy"
MAX_BYTES = 1 << 30
"""Features that are kept: of 6 pictures of 1024 x 1024 at SigLIP's size, in float32."""
MAX_PICTURES = 8
MAX_WAIT_S = 0.005


class Shown(NamedTuple):
    """A picture that a tower is to look at."""

    image_hwc: UInt8Image
    one_of_several: bool = False
    """Whether it is one picture of an asset that has several: then it is one crop, padded to a
    square. Alone it is cut by AnyRes."""


class PictureFeatures(NamedTuple):
    """What a tower sees of one picture."""

    cut: AnyRes | Square
    crops: TowerFeatures
    """The base view first, then the tiles row by row; the base view or the square alone."""

    @property
    def n_crops(self) -> int:
        """With the base view."""
        return len(self.crops.final_bnd)


class SharedEyes:
    """Looks once at each picture, in batches with others', and keeps what it saw. Thread-safe."""

    def __init__(
        self,
        tower: Tower,
        *,
        tiles: bool = True,
        max_bytes: int = MAX_BYTES,
        max_pictures: int = MAX_PICTURES,
        max_wait_s: float = MAX_WAIT_S,
    ) -> None:
        """Set up; looks at nothing yet.

        Args:
            tower: that looks.
            tiles: False for experts that were trained on base views alone.
            max_bytes: of features that are kept; the longest unused go first.
            max_pictures: that are looked at together.
            max_wait_s: that a picture waits for others.
        """
        self.tower = tower
        self.tiles = tiles
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Future[PictureFeatures]] = OrderedDict()
        self._batcher = MicroBatcher(
            self.look_together, max_items=max_pictures, max_wait_s=max_wait_s
        )

    def look(self, image_hwc: UInt8Image) -> PictureFeatures:
        """Features of the crops of a picture that is alone."""
        return self.look_all([Shown(image_hwc)])[0]

    def look_all(self, pictures: Sequence[Shown]) -> list[PictureFeatures]:
        """Features of the crops of pictures; those that nobody looks at yet share passes."""
        futures, mine = [], {}
        for shown in pictures:
            key = f"{self.tower.digest} {shown.one_of_several} {picture_digest(shown.image_hwc)}"
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                else:
                    self._kept[key] = Future()
                    mine[key] = shown
                futures.append(self._kept[key])
        self._look_first(mine)
        return [future.result() for future in futures]

    def embedding(self, image_hwc: UInt8Image) -> Tensor:
        """(D,) float32 of unit length on the CPU: the mean of the base view's final features."""
        from torch.nn import functional

        final = self.look(image_hwc).crops.final_bnd[0].float()
        return functional.normalize(final.mean(dim=0), dim=0).cpu()

    def _look_first(self, mine: Mapping[str, Shown]) -> None:
        """Look at what was not kept, and give it to everyone who waits for it."""
        if not mine:
            return
        try:
            seen = self._batcher.call_all(list(mine.values()))
        except BaseException as error:
            with self._lock:
                futures = [self._kept.pop(key) for key in mine]
            for future in futures:
                future.set_exception(error)
            raise
        with self._lock:
            for key, found in zip(mine, seen, strict=True):
                self._kept[key].set_result(found)
        self._forget()

    def look_together(self, pictures: Sequence[Shown]) -> list[PictureFeatures]:
        """Features of several pictures from one pass; none is kept."""
        cut = [self._cut(shown) for shown in pictures]
        seen = self.tower.features(list(chain.from_iterable(crops for _, crops in cut)))
        found, start = [], 0
        for how, own_crops in cut:
            rows = slice(start, start + len(own_crops))
            # Cloned, for a part of a batch would keep the whole batch in memory.
            own = TowerFeatures(
                seen.final_bnd[rows].clone(), tuple(tap[rows].clone() for tap in seen.taps)
            )
            found.append(PictureFeatures(how, own))
            start += len(own_crops)
        return found

    def _cut(self, shown: Shown) -> tuple[AnyRes | Square, list[UInt8Image]]:
        image_hwc, side = shown.image_hwc, self.tower.side_px
        height, width = image_hwc.shape[:2]
        if shown.one_of_several:
            square = square_of(width, height, side_px=side)
            return square, [square_crop(image_hwc, side_px=side)]
        cut = (cut_of if self.tiles else base_cut_of)(width, height, side_px=side)
        crops = crops_of(image_hwc, cut)
        return cut, crops if self.tiles else crops[:1]

    def _forget(self) -> None:
        with self._lock:
            done = {key: n_bytes(f.result()) for key, f in self._kept.items() if f.done()}
            excess = sum(done.values()) - self._max_bytes
            for key, size in done.items():
                if excess <= 0:
                    break
                del self._kept[key]
                excess -= size


class WholePictures:
    """The tower as an encoder of whole pictures, for whoever looks for like ones."""

    def __init__(self, eyes: SharedEyes) -> None:
        """Look through eyes that others share."""
        self._eyes = eyes
        parameters = f"whole/1 {eyes.tower.digest}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]

    def embed(self, image_hwc: UInt8Image) -> Float32Array:
        """See `PictureEmbedder.embed` and `SharedEyes.embedding`."""
        found: Float32Array = self._eyes.embedding(image_hwc).numpy()
        return found


class TowerPatches:
    """The tower as a backbone of a patch memory: two middle levels of the base view.

    Each level is of unit length for each patch. The same look serves Anomaly-OV's expert.
    """

    name = "anomaly_ov"

    def __init__(self, eyes: SharedEyes) -> None:
        """Look through eyes that others share."""
        self._eyes = eyes
        n_taps = len(eyes.tower.tap_widths)
        self._levels = (n_taps // 2 - 1, n_taps // 2)
        self.version = hashlib.sha256(
            f"{self.name}/1 {self._levels} {eyes.tower.digest}".encode()
        ).hexdigest()[:16]

    def encoder(self) -> WholePictures:
        """The same eyes for pictures as wholes."""
        return WholePictures(self._eyes)

    def input_size(self, height_px: int, width_px: int) -> InputSize:
        """The base view's; no aspect is kept."""
        return InputSize(self._eyes.tower.side_px, self._eyes.tower.side_px)

    def features(self, images_hwc: Sequence[UInt8Image], *, device: str) -> Tensor:
        """(B, h, w, 2 D) float32; see `Backbone.features`."""
        import torch
        from torch.nn import functional

        side = self._eyes.tower.grid_side
        rows = []
        for seen in self._eyes.look_all([Shown(image_hwc) for image_hwc in images_hwc]):
            levels = [seen.crops.taps[level][0].float() for level in self._levels]
            unit = [functional.normalize(patches, dim=-1) for patches in levels]
            rows.append(torch.cat(unit, dim=-1).reshape(side, side, -1))
        return torch.stack(rows).to(device)


@lru_cache(maxsize=2)
def shared_eyes(
    source: str, taps: tuple[int, ...], final: int, *, device: str, tiles: bool = True
) -> SharedEyes:
    """The eyes of a process for one tower: whoever asks gets the same ones.

    Args:
        source: folder of a ResNet-18's plain tensors; folder or hub name of a SigLIP or
            LLaVA-OneVision checkpoint.
        taps: hidden states of a SigLIP.
        final: the last one.
        device: torch's name of the device that computes.
        tiles: see `SharedEyes`.

    Raises:
        WeightsError: where files or tensors are missing or cannot be read.
    """
    if (Path(source) / RESNET_FILE).is_file():
        return SharedEyes(load_resnet18_tower(Path(source), device=device), tiles=tiles)
    tower = load_siglip_tower(source, taps=taps, final=final, device=device)
    return SharedEyes(tower, tiles=tiles)


def picture_digest(image_hwc: UInt8Image) -> str:
    """sha256 of a picture's size and pixels."""
    digest = hashlib.sha256(str(image_hwc.shape).encode())
    digest.update(image_hwc.tobytes())
    return digest.hexdigest()


def n_bytes(features: PictureFeatures) -> int:
    """Memory of one picture's features."""
    tensors = (features.crops.final_bnd, *features.crops.taps)
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
