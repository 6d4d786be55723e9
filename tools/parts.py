"""Presence, count and position of parts against what was learnt from references.

Arrays in, named records out. Knows nothing of products, experts or verdicts.
"""

from tools.parts_check import check_parts
from tools.parts_learning import learn_parts
from tools.parts_loose import LooseTemplate, LooseType, NotCounted, Wanted, count_loose, learn_loose
from tools.parts_names import CountOf, count_of, examples_in
from tools.parts_report import ExtraPart, FoundPart, LoosePiece, PartsReport, TypeCount
from tools.parts_template import Box, NoTemplate, Part, PartsTemplate, resample

__all__ = [
    "Box",
    "CountOf",
    "ExtraPart",
    "FoundPart",
    "LoosePiece",
    "LooseTemplate",
    "LooseType",
    "NoTemplate",
    "NotCounted",
    "Part",
    "PartsReport",
    "PartsTemplate",
    "TypeCount",
    "Wanted",
    "check_parts",
    "count_loose",
    "count_of",
    "examples_in",
    "learn_loose",
    "learn_parts",
    "resample",
]
