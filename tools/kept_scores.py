"""Scores of an asset's elements as an inspection keeps them for its page. Knows no panel.

In units of what normal assets do not exceed, at half precision; of long assets the worst of each
stretch of time.
"""

from __future__ import annotations

import numpy as np

from tools.asset_ports import AssetPort, ElementScores
from tools.ports import ArtifactPort

MAX_VALUES = 500_000
"""Of a series or video: longer ones are kept as stretches of equal length. A megabyte at most."""
IN_TIME = ("time_series", "video")
KEPT = (*IN_TIME, "point_cloud")
"""Modalities whose pages show scores in the asset's own coordinates; images have maps."""
LARGEST = 6e4
"""Units of the level; half precision ends soon after."""


def keep_scores(
    scores: ElementScores, asset: AssetPort, *, level: float, artifacts: ArtifactPort
) -> str | None:
    """Keep the scores of an asset's elements; None where no page would show them.

    Args:
        scores: of its elements, NaN where nothing is said.
        asset: that was scored.
        level: that elements of normal assets do not exceed; 1 serves where there is none.
        artifacts: takes them.
    """
    if asset.asset.modality not in KEPT or not scores.size:
        return None
    step = 1
    if asset.asset.modality in IN_TIME:
        step = -(-scores.size // MAX_VALUES)
    units = np.minimum(scores / np.float32(level if level > 0 else 1.0), np.float32(LARGEST))
    with np.errstate(invalid="ignore"):
        worst = np.fmax.reduceat(units, np.arange(0, len(units), step), axis=0)
    return artifacts.put_arrays(
        {
            "scores": worst.astype(np.float16),
            "step": np.array(step),
            "n": np.array(len(scores)),
        }
    )


def kept_scores(digest: str, artifacts: ArtifactPort) -> ElementScores:
    """The scores again, float32, an entry for each element.

    Raises:
        KeyError: where they are not kept.
        AssetError: where the kept file was changed.
    """
    arrays = artifacts.get_arrays(digest)
    repeated = np.repeat(arrays["scores"], int(arrays["step"]), axis=0)
    return np.asarray(repeated[: int(arrays["n"])], dtype=np.float32)
