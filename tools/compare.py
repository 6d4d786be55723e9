"""Tool `compare`: a place beside the same place of the nearest reference, registered.

Knows nothing of experts' memories, rules or decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from tools.arrays import BoolMask, UInt8Image
from tools.attributes import describe_region
from tools.colour_map import colour_over
from tools.compare_asset import compare_asset
from tools.errors import ToolError
from tools.experts.registered_difference_map import Difference, difference_map, moved_reference
from tools.ports import Draft, ReferencePicture, ToolContext, ToolResult
from tools.records import Scalar, whole_pixel_box
from tools.registration import NotRegistered, Registration, register
from tools.targets import Target, TargetArguments, find_target, target_mask

N_CANDIDATES = 3
MARGIN = 0.5
MIN_WINDOW_PX = 48
PANEL_PX = 512
GAP_PX = 8
MIN_COVERED = 0.5


class Comparison(NamedTuple):
    """A picture laid on one of several references."""

    position: int
    """Of the reference, among those given."""
    registration: Registration
    difference: Difference
    moved_hwc: UInt8Image
    """The reference in the picture's frame, (H, W, 3)."""


def compare_pictures(image_hwc: UInt8Image, references_hwc: Sequence[UInt8Image]) -> Comparison:
    """Lay a picture on the reference that it registers on best, and take the difference.

    Args:
        image_hwc: (H, W, 3) RGB.
        references_hwc: each (H, W, 3) RGB, nearest first.

    Raises:
        NotRegistered: the picture registers on none of them.
    """
    found: list[tuple[int, Registration]] = []
    refusals: list[NotRegistered] = []
    for position, reference in enumerate(references_hwc):
        try:
            found.append((position, register(image_hwc, reference)))
        except NotRegistered as refusal:
            refusals.append(refusal)
    if not found:
        raise refusals[0] if refusals else NotRegistered("there is no reference to register on")
    position, registration = max(found, key=lambda pair: pair[1].quality)
    reference = references_hwc[position]
    return Comparison(
        position,
        registration,
        difference_map(image_hwc, reference, registration),
        moved_reference(image_hwc, reference, registration),
    )


class CompareTool:
    """The same place of a normal part."""

    name = "compare"
    description = (
        "Compare a region, a box or the whole view with the same place of the nearest reference: "
        "shows both side by side with their difference, and says what was added or is missing. "
        "Use it where you suspect that something changed, not on every place."
    )
    arguments = TargetArguments
    cost_s = 0.6

    def run(self, context: ToolContext, arguments: TargetArguments) -> ToolResult:
        """Register the picture on a reference and describe the difference at a place.

        Raises:
            ToolError: where the target does not exist, no product is known, or no reference fits.
        """
        target = find_target(context, arguments)
        if context.asset is not None and context.asset.asset.modality != "image":
            return compare_asset(context, context.asset, target)
        image_hwc = context.picture.read(context.picture.window_xyxy)
        references = _references(context, image_hwc)
        compared = compare_pictures(image_hwc, [one.image_hwc for one in references])
        reference = references[compared.position]
        inside = target_mask(target, image_hwc)
        if compared.difference.valid[inside].mean() < MIN_COVERED:
            raise ToolError(f"reference {reference.id} does not cover {target.words}; zoom instead")
        values = _values(compared, reference, inside=inside, image_hwc=image_hwc)
        text = _sentence(target, values)
        draft = Draft(
            tool="compare",
            view=target.view,
            region=target.region,
            values=values,
            text=text,
            artifact=context.artifacts.put(_side_by_side(image_hwc, compared, target)),
            source=reference.path,
        )
        return ToolResult(text=text, evidence=[draft])


def _references(context: ToolContext, image_hwc: UInt8Image) -> list[ReferencePicture]:
    if context.product is None:
        raise ToolError("no product is known, so there is no reference to compare with; zoom")
    references = context.knowledge.nearest_references(
        image_hwc, product=context.product, k=N_CANDIDATES
    )
    if not references:
        raise ToolError(f"product {context.product!r} has no reference picture; zoom instead")
    return references


def _values(
    compared: Comparison, reference: ReferencePicture, *, inside: BoolMask, image_hwc: UInt8Image
) -> dict[str, Scalar | list[Scalar]]:
    matrix = compared.registration.matrix
    centre = np.array([(image_hwc.shape[1] - 1) / 2, (image_hwc.shape[0] - 1) / 2, 1.0])
    shift = matrix @ centre - centre[:2]
    differing = inside & (compared.difference.anomaly_map > 0)
    values: dict[str, Scalar | list[Scalar]] = {
        "reference": reference.id,
        "quality": round(compared.registration.quality, 4),
        "shift_x_px": round(float(shift[0]), 2),
        "shift_y_px": round(float(shift[1]), 2),
        "rotation_deg": round(float(np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0]))), 3),
        "level": round(float(compared.difference.anomaly_map[inside].max()), 2),
        "unexplained_px": int(differing.sum()),
    }
    if differing.any():
        seen = describe_region(image_hwc, differing, reference_hwc=compared.moved_hwc)
        values["contrast"] = round(seen.contrast, 1)
        values["looks"] = list(seen.words)
    return values


def _sentence(target: Target, values: dict[str, Scalar | list[Scalar]]) -> str:
    laid = (
        f"Laid on reference {values['reference']} (correlation of details "
        f"{values['quality']}, turned {values['rotation_deg']} degrees), "
    )
    looks = values.get("looks")
    if not isinstance(looks, list):
        return f"{laid}{target.words} shows nothing that the reference does not explain."
    return (
        f"{laid}{target.words} differs over {values['unexplained_px']} px, by up to "
        f"{values['level']} grey levels beyond what light and edges explain: "
        f"{', '.join(str(word) for word in looks)}."
    )


def _side_by_side(image_hwc: UInt8Image, compared: Comparison, target: Target) -> UInt8Image:
    """Picture, reference and difference of the window around the target, left to right."""
    rows, columns = _window(target, image_hwc)
    part, reference = image_hwc[rows, columns], compared.moved_hwc[rows, columns]
    shown = compared.difference.anomaly_map[rows, columns]
    top = max(1.0, float(compared.difference.anomaly_map.max()))
    panels = [part, reference, colour_over(part, shown, low=0.0, high=top)]
    sized = [_panel(np.ascontiguousarray(panel)) for panel in panels]
    gap = np.full((sized[0].shape[0], GAP_PX, 3), 255, dtype=np.uint8)
    return np.hstack([sized[0], gap, sized[1], gap, sized[2]])


def _window(target: Target, image_hwc: UInt8Image) -> tuple[slice, slice]:
    x1, y1, x2, y2 = whole_pixel_box(target.box_xyxy)
    margin_x = max(round(MARGIN * (x2 - x1)), (MIN_WINDOW_PX - (x2 - x1)) // 2)
    margin_y = max(round(MARGIN * (y2 - y1)), (MIN_WINDOW_PX - (y2 - y1)) // 2)
    height, width = image_hwc.shape[:2]
    return (
        slice(max(0, y1 - margin_y), min(height, y2 + margin_y)),
        slice(max(0, x1 - margin_x), min(width, x2 + margin_x)),
    )


def _panel(image_hwc: UInt8Image) -> UInt8Image:
    height, width = image_hwc.shape[:2]
    factor = PANEL_PX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(image_hwc).resize(size, Image.Resampling.BICUBIC))


compare = CompareTool()
