"""Adapters from data sets in their published layouts to labelled samples.

Knows nothing of methods or metrics.
"""

from evals.datasets.catalogue import DATA_SETS, adapter_of, find_data_set, load_data_set
from evals.datasets.deeppcb import DEFECT_TYPES, load_deeppcb
from evals.datasets.image_sets import IMAGE_SETS, load_image_set
from evals.datasets.records import (
    Adapter,
    DataSet,
    DataSetCard,
    DataSetError,
    ImageSet,
    LeftOut,
    MaskSource,
    Sample,
    Split,
    TemplatePair,
    TrueBox,
)
from evals.datasets.splits import draw_splits, first_split

__all__ = [
    "DATA_SETS",
    "DEFECT_TYPES",
    "IMAGE_SETS",
    "Adapter",
    "DataSet",
    "DataSetCard",
    "DataSetError",
    "ImageSet",
    "LeftOut",
    "MaskSource",
    "Sample",
    "Split",
    "TemplatePair",
    "TrueBox",
    "adapter_of",
    "draw_splits",
    "find_data_set",
    "first_split",
    "load_data_set",
    "load_deeppcb",
    "load_image_set",
]
