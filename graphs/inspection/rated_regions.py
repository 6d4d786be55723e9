"""Numbered regions that a mind rated, as evidence with an anomaly map. Knows no prompt.

Method: Text2Segmentation of GPT-4V-AD (Zhang et al. 2023, arXiv 2311.02612), section 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphs.inspection.expert_survey import keep_map
from tools.ports import ArtifactPort, Draft
from tools.records import Region, View
from tools.text_to_segmentation import to_anomaly_map

EVEN_ODDS = 0.5


def rated_draft(
    scores: Mapping[int, float],
    regions: Mapping[int, Region],
    *,
    view: View,
    artifacts: ArtifactPort,
) -> Draft | None:
    """Evidence of what a mind says of each region, with the map that its scores paint.

    Args:
        scores: by number of a region, in [0, 1].
        regions: by number, of this picture; those that the scores name must be here.
        view: that the mind rated, of a whole picture.
        artifacts: keeps the map, white where the score is 1.

    Returns:
        None where nothing was rated.
    """
    if not scores:
        return None
    _, _, width_px, height_px = (round(edge) for edge in view.window_xyxy)
    painted = to_anomaly_map(scores, regions, height_px=height_px, width_px=width_px)
    told = "; ".join(f"region {number}: {score:.2g}" for number, score in sorted(scores.items()))
    return Draft(
        tool="rate",
        view=view.id,
        values={"regions": sorted(scores), "scores": [scores[one] for one in sorted(scores)]},
        text=f"The mind rates {told}.",
        artifact=keep_map(painted, level=EVEN_ODDS, artifacts=artifacts),
    )
