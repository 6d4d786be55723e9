"""Anomaly-OV's expert as an expert of Loupe: pictures in, scores and maps out.

Knows no product: it is zero-shot, so references change nothing. Released weights have never run
here; what is tested is tested with random ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tools.arrays import Float32Array, Float32Map, UInt8Image
from tools.errors import WeightsError
from tools.experts.anomaly_ov.weights import ExpertFile, load_expert
from tools.experts.anyres import Square, map_in_picture, map_in_square
from tools.experts.backbones.tower import Tower
from tools.experts.shared_eyes import (
    PictureFeatures,
    SharedEyes,
    Shown,
    TowerPatches,
    WholePictures,
    shared_eyes,
)
from tools.experts.zero_shot import suspicion_word
from tools.micro_batch import MicroBatcher
from tools.ports import ExpertScore
from tools.records import whole_pixel_box

MAX_PICTURES = 8
MAX_WAIT_S = 0.002
TOWER = "tower"


class AnomalyOV:
    """Xu et al. 2025, stage 1: a frozen tower and a trained expert. Both a memory and an expert.

    A score is the expert's sigmoid in [0, 1]; a map holds, at each pixel, the probability that
    its patch is anomalous. Maps are those of the tiles; the base view's is not shown, for the
    tiles see the same at a higher resolution.
    """

    name = "anomaly_ov"

    def __init__(
        self,
        file: ExpertFile,
        eyes: SharedEyes,
        *,
        max_pictures: int = MAX_PICTURES,
        max_wait_s: float = MAX_WAIT_S,
    ) -> None:
        """Put an expert behind eyes; concurrent calls are judged together.

        Args:
            file: the expert.
            eyes: whose tower it looks through.
            max_pictures: that are judged together.
            max_wait_s: that a picture waits for others.

        Raises:
            WeightsError: where the tower's sizes are not those that the expert was built for.
        """
        check_tower(file, eyes)
        tower = eyes.tower
        self._expert = file.expert.to(tower.device, tower.dtype)
        self._eyes, self._max_pictures = eyes, max_pictures
        parameters = f"{self.name}/1 {file.digest} {tower.digest}"
        self.version = hashlib.sha256(parameters.encode()).hexdigest()[:16]
        self._batcher = MicroBatcher(self._judge, max_items=max_pictures, max_wait_s=max_wait_s)

    def learn(self, references_hwc: Sequence[UInt8Image], *, per_place: bool) -> AnomalyOV:
        """Itself, for it learns nothing from references; see `Expert.learn`."""
        return self

    @property
    def tower(self) -> Tower:
        """That it looks through."""
        return self._eyes.tower

    def judge_together(self, images_hwc: Sequence[UInt8Image]) -> list[ExpertScore]:
        """Judge pictures in one batch, and keep no features of them."""
        return self._judge(self._eyes.look_together([Shown(one) for one in images_hwc]))

    def patches(self) -> TowerPatches:
        """The same eyes as a backbone of a patch memory: a picture is looked at once for both."""
        return TowerPatches(self._eyes)

    def encoder(self) -> WholePictures:
        """The same eyes for pictures as wholes."""
        return WholePictures(self._eyes)

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        """Judge pictures; `exclude` changes nothing. See `Memory.score`."""
        return self._scored([Shown(image_hwc) for image_hwc in images_hwc])

    def score_views(self, images_hwc: Sequence[UInt8Image]) -> list[ExpertScore]:
        """Judge the pictures of one asset; see `ZeroShotMemory.score_views`.

        As LLaVA-OneVision reads several pictures: each is one crop, padded to a square with grey,
        and looks back on itself, for the published code counts each of them as an image of its
        own. Eq. 8 of the paper would join the crops of one asset; nothing published does.
        """
        several = len(images_hwc) > 1
        return self._scored([Shown(image_hwc, several) for image_hwc in images_hwc])

    def score_window(self, image_hwc: UInt8Image, box_xyxy: Sequence[float]) -> ExpertScore:
        """Judge a window alone; see `ZeroShotMemory.score_window`.

        Raises:
            ValueError: where no pixel of the picture lies in the box.
        """
        x1, y1, x2, y2 = whole_pixel_box(list(box_xyxy))
        window = image_hwc[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
        if not window.size:
            raise ValueError(f"box_xyxy must lie in the picture, got {list(box_xyxy)}")
        return self.score([np.ascontiguousarray(window)])[0]

    def suspicion(self, raw_score: float) -> str:
        """See `ZeroShotMemory.suspicion`."""
        return suspicion_word(raw_score)

    def _scored(self, pictures: Sequence[Shown]) -> list[ExpertScore]:
        """A bounded number at a time, for the features of all might not fit into memory."""
        found: list[ExpertScore] = []
        for start in range(0, len(pictures), self._max_pictures):
            few = pictures[start : start + self._max_pictures]
            found += self._batcher.call_all(self._eyes.look_all(few))
        return found

    def _judge(self, pictures: Sequence[PictureFeatures]) -> list[ExpertScore]:
        import torch

        with torch.inference_mode():
            out = self._expert(
                torch.cat([picture.crops.final_bnd for picture in pictures]),
                [torch.cat(level) for level in zip(*(p.crops.taps for p in pictures), strict=True)],
                split_sizes=[picture.n_crops for picture in pictures],
            )
            # Scores near one would be one and the same in float32.
            scores = out.logit.double().sigmoid().tolist()
            maps = out.maps.float().cpu().numpy()
        found, start = [], 0
        for picture, score in zip(pictures, scores, strict=True):
            end = start + picture.n_crops
            found.append(ExpertScore(score, self._laid(picture, maps[start:end])))
            start = end
        return found

    def _laid(self, picture: PictureFeatures, maps_bhw: Float32Array) -> Float32Map:
        """(H, W) of the picture, from the maps of its crops."""
        patch_px = self._eyes.tower.patch_px
        if isinstance(picture.cut, Square):
            return map_in_square(maps_bhw[0], picture.cut, patch_px=patch_px)
        tiles = maps_bhw[1:] if self._eyes.tiles else maps_bhw
        return map_in_picture(list(tiles), picture.cut, patch_px=patch_px)


def check_tower(file: ExpertFile, eyes: SharedEyes) -> None:
    """Refuse a tower that an expert was not built for.

    Raises:
        WeightsError: where widths or tokens differ, or the file names another tower.
    """
    expert, tower = file.expert, eyes.tower
    wanted = (expert.hidden, expert.tokens, expert.tap_widths)
    given = (tower.hidden, tower.grid_side**2, tower.tap_widths)
    if wanted != given:
        raise WeightsError(
            f"the expert was built for features of {wanted[0]} x {wanted[1]} tokens and taps "
            f"{wanted[2]}; the tower gives {given[0]} x {given[1]} and {given[2]}"
        )
    if file.tower and file.tower != tower.digest:
        raise WeightsError(
            f"the expert was trained with the tower {file.tower}, and this one is {tower.digest}"
        )


def load_anomaly_ov(
    folder: Path, *, name: str | None = None, tower: str | None = None, device: str = "cpu"
) -> AnomalyOV:
    """Load expert and tower.

    Args:
        folder: holds the expert's file and, where `tower` is None, a folder `tower`.
        name: of the expert's file, where there are several.
        tower: as `source` of `shared_eyes`.
        device: torch's name of the device that computes.

    Raises:
        WeightsError: where weights are missing, cannot be read or do not fit each other.
    """
    file = load_expert(folder / name if name else folder)
    if tower is None and not (folder / TOWER).is_dir():
        raise WeightsError(
            f"anomaly_ov has an expert in {folder} and no tower to look through; put the "
            f"checkpoint of a LLaVA-OneVision or SigLIP into {folder / TOWER}, "
            "or name one with the setting tower"
        )
    source = tower or str(folder / TOWER)
    eyes = shared_eyes(source, file.taps, file.final, device=device, tiles=file.tiles)
    return AnomalyOV(file, eyes)
