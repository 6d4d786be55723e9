"""Adapters from the shared data sets to labelled samples. Knows nothing of methods or metrics."""

from evals.datasets.deeppcb import DEFECT_TYPES, load_deeppcb
from evals.datasets.image_sets import IMAGE_SETS, load_image_set
from evals.datasets.records import (
    DataSetError,
    ImageSet,
    Sample,
    Split,
    TemplatePair,
    TrueBox,
)
from evals.datasets.splits import draw_splits, first_split

__all__ = [
    "DEFECT_TYPES",
    "IMAGE_SETS",
    "DataSetError",
    "ImageSet",
    "Sample",
    "Split",
    "TemplatePair",
    "TrueBox",
    "draw_splits",
    "first_split",
    "load_deeppcb",
    "load_image_set",
]
