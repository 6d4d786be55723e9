"""What the experts say of one view, and which areas stand out. Knows no state and no mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.experts.zero_shot import ZeroShotMemory
from tools.ports import ArtifactPort, Draft, ExpertScore, Memory, NotApplicable
from tools.records import ImageExtent, MaskRecord, Region, Scalar, View
from tools.regions_from_map import regions_from_map

MAX_SUSPECTS = 20
MAX_WORST = 3
"""Areas of a map that is worse as a whole and rises above its level nowhere."""
MERGE_OVERLAP = 0.5
"""Share of the smaller of two areas from which on they are one suspect."""
MAP_SIDE_PX = 384
TINY = 1e-9


class Opinion(NamedTuple):
    """What one expert says of one picture, or why it says nothing."""

    expert: str
    score: ExpertScore | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Standard:
    """What an expert says of a picture as a whole, and what it says of normal parts."""

    pixel_level: float
    """That pixels of normal parts do not exceed in its map."""
    raw_score: float
    """Of the picture."""
    raw_level: float
    """That raw scores of normal parts do not exceed."""
    doubted: bool = False
    """Whether all scores together put the part into review, though this one may be normal."""

    @property
    def severity(self) -> float:
        """The raw score in units of its level; 1 where normal parts score nought."""
        return self.raw_score / self.raw_level if self.raw_level > 0 else 1.0


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """An area where at least one expert's map rises above the level of normal parts."""

    box_xyxy: tuple[int, int, int, int]
    """In the frame of the map, far corner exclusive."""
    mask: BoolMask
    """(H, W) of the whole map."""
    peaks: dict[str, float] = field(default_factory=dict)
    """By expert: the highest value of its map inside."""
    severity: float
    """The highest peak in units of its level, above 1; where no pixel is beyond its level, the
    raw score of the whole picture in units of its own."""


def ask_expert(name: str, memory: Memory, image_hwc: UInt8Image) -> Opinion:
    """Score one picture; an expert that has nothing to say of it gives its reason."""
    try:
        return Opinion(name, memory.score([image_hwc])[0])
    except NotApplicable as reason:
        return Opinion(name, None, f"expert {name} dropped out: {reason}")


def region_level(anomaly_map: Float32Map, standard: Standard) -> float:
    """The map value from which on an area stands out; nought where none can.

    That is the level which no pixel of a normal part exceeds. Where a picture is worse than normal
    ones as a whole, or in doubt, and that level shows nothing, it lies half way from the map's
    floor to its maximum, so that the areas which carry the score are shown. Raw scores are means
    over the worst pixels of the same quantity (`patch_memory`) or of it before the map's floor is
    taken away
    (`registered_difference`), so their level is none for the map.

    Args:
        anomaly_map: (H, W), of one expert.
        standard: of the same expert and picture.
    """
    if not _worse_as_a_whole(anomaly_map, standard):
        return standard.pixel_level
    highest = float(anomaly_map.max())
    return max((highest + float(np.median(anomaly_map))) / 2.0, TINY)


def _worse_as_a_whole(anomaly_map: Float32Map, standard: Standard) -> bool:
    """Whether the part is in doubt though no pixel is beyond normal, or pixels have no level."""
    highest = float(anomaly_map.max())
    shows_nothing = highest <= standard.pixel_level or standard.pixel_level <= 0
    beyond = standard.raw_score > standard.raw_level or standard.doubted
    return beyond and shows_nothing and highest > 0


def find_suspects(
    maps: Mapping[str, Float32Map], standards: Mapping[str, Standard]
) -> list[Suspect]:
    """Areas that stand out, merged across experts by overlap, worst first.

    Args:
        maps: by expert, (H, W), all of one picture.
        standards: by expert.
    """
    found = [
        suspect
        for name, anomaly_map in maps.items()
        if name in standards
        for suspect in _suspects_of(name, anomaly_map, standard=standards[name])
    ]
    return merge_suspects(found)[:MAX_SUSPECTS]


def merge_suspects(suspects: Sequence[Suspect]) -> list[Suspect]:
    """Areas that overlap become one, with the peaks of all; worst first."""
    merged: list[Suspect] = []
    for suspect in sorted(suspects, key=lambda one: -one.severity):
        twin = next((n for n, one in enumerate(merged) if _overlap(one, suspect)), None)
        if twin is None:
            merged.append(suspect)
        else:
            merged[twin] = _with_peaks(merged[twin], suspect.peaks)
    return merged


def _suspects_of(name: str, anomaly_map: Float32Map, *, standard: Standard) -> list[Suspect]:
    """Areas of one map above its level, grown by what rises above the map's own floor.

    Distances of features are above nought on normal parts too; without taking the floor away an
    area would grow into what is normal.
    """
    level = region_level(anomaly_map, standard)
    if level <= 0:
        return []
    as_a_whole = _worse_as_a_whole(anomaly_map, standard)
    floor = float(np.median(anomaly_map))
    floor = floor if floor < level else 0.0
    regions = regions_from_map(
        anomaly_map - np.float32(floor),
        level=level - floor,
        max_regions=MAX_WORST if as_a_whole else MAX_SUSPECTS,
    )
    return [
        Suspect(
            box_xyxy=region.box_xyxy,
            mask=region.mask,
            peaks={name: region.score + floor},
            severity=standard.severity if as_a_whole else (region.score + floor) / level,
        )
        for region in regions
    ]


def suspect_region(suspect: Suspect, *, region_id: int, view: View) -> Region:
    """The region of a suspect that was found at the asset's own resolution.

    Args:
        suspect: in the frame of the view's window at full resolution.
        region_id: the number that the region gets.
        view: shows the window.
    """
    x1, y1, x2, y2 = suspect.box_xyxy
    left, top = view.window_xyxy[:2]
    box = [left + x1, top + y1, left + x2, top + y2]
    return Region(
        id=region_id,
        view=view.id,
        box_xyxy=box,
        mask=MaskRecord.of(suspect.mask[y1:y2, x1:x2]),
        score=suspect.severity,
        source=ImageExtent(box_xyxy=box),
    )


def suspicion_of(memory: Memory, raw_score: float) -> str:
    """A word for a score, of an expert that has words; else none."""
    return memory.suspicion(raw_score) if isinstance(memory, ZeroShotMemory) else ""


def picture_draft(
    opinion: Opinion, *, view: View, level: float, artifact: str, suspicion: str = ""
) -> Draft:
    """Evidence of an expert's score of the whole view."""
    raw = opinion.score.raw_score if opinion.score else float("nan")
    relation = "above" if raw > level else "within"
    return Draft(
        tool="score",
        view=view.id,
        values={
            "expert": opinion.expert,
            "raw_score": raw,
            "normal_level": level,
            **({"suspicion": suspicion} if suspicion else {}),
        },
        text=(
            f"{opinion.expert} scores the part {raw:.3g}, {relation} the normal level "
            f"of {level:.3g}{f', {suspicion} suspicious' if suspicion else ''}."
        ),
        artifact=artifact,
    )


def suspect_drafts(
    peaks: Mapping[str, float], *, region: Region, standards: Mapping[str, Standard]
) -> list[Draft]:
    """Evidence of each expert whose map stands out in a region.

    Args:
        peaks: by expert, the highest value of its map there.
        region: numbered.
        standards: by expert.
    """
    return [
        _suspect_draft(name, peak, region=region, standard=standards[name])
        for name, peak in peaks.items()
    ]


def _suspect_draft(name: str, peak: float, *, region: Region, standard: Standard) -> Draft:
    """The peak where it is beyond its level, else the score that the region carries most of.

    Where neither is beyond normal the region only shows where a part in doubt differs most.
    """
    values: dict[str, Scalar | list[Scalar]] = {"expert": name}
    if peak > standard.pixel_level:
        values |= {"peak": peak, "normal_level": standard.pixel_level}
        text = (
            f"{name} rises to {peak:.3g} in region {region.id}, above the normal level of "
            f"{standard.pixel_level:.3g}."
        )
    elif standard.raw_score <= standard.raw_level:
        values |= {"highest": peak}
        text = (
            f"The scores put the part in doubt; region {region.id} is among the worst areas of "
            f"the map of {name}, where it rises to {peak:.3g}. Neither is beyond normal alone."
        )
    else:
        values |= {"raw_score": standard.raw_score, "normal_level": standard.raw_level}
        text = (
            f"{name} scores the part {standard.raw_score:.3g}, above the normal level of "
            f"{standard.raw_level:.3g}; region {region.id} is among the worst areas of its map, "
            "where no pixel alone is beyond normal."
        )
    return Draft(tool="score", view=region.view, region=region, values=values, text=text)


def keep_map(anomaly_map: Float32Map, *, level: float, artifacts: ArtifactPort) -> str:
    """Keep a map as a picture: black is normal, white is twice the level or more."""
    step = max(1, -(-max(anomaly_map.shape) // MAP_SIDE_PX))
    grey = np.clip(anomaly_map[::step, ::step] / max(2.0 * level, 1e-9), 0.0, 1.0) * 255
    return artifacts.put(np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2))


def _overlap(first: Suspect, second: Suspect) -> bool:
    x1, y1 = (max(first.box_xyxy[k], second.box_xyxy[k]) for k in (0, 1))
    x2, y2 = (min(first.box_xyxy[k], second.box_xyxy[k]) for k in (2, 3))
    if x1 >= x2 or y1 >= y2:
        return False
    both = first.mask[y1:y2, x1:x2] & second.mask[y1:y2, x1:x2]
    smaller = min(int(first.mask.sum()), int(second.mask.sum()))
    return bool(both.sum() >= MERGE_OVERLAP * smaller)


def _with_peaks(suspect: Suspect, peaks: Mapping[str, float]) -> Suspect:
    joined = dict(suspect.peaks)
    for name, peak in peaks.items():
        joined[name] = max(peak, joined.get(name, peak))
    return Suspect(
        box_xyxy=suspect.box_xyxy, mask=suspect.mask, peaks=joined, severity=suspect.severity
    )
