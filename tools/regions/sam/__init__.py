"""SAM: masks of everything in a picture, or of what a point or box asks for. Knows no view.

Kirillov et al. 2023, "Segment Anything" (arXiv 2304.02643).
"""

from tools.regions.sam.contract import (
    EverythingSettings,
    Prompt,
    SegmentedMask,
    Segmenter,
)
from tools.regions.sam.load import load_segmenter

__all__ = [
    "EverythingSettings",
    "Prompt",
    "SegmentedMask",
    "Segmenter",
    "load_segmenter",
]
