"""Presence, count and position of parts against a template learnt from references.

Arrays in, named records out. Knows nothing of products, experts or verdicts.
"""

from tools.parts_check import ExtraPart, FoundPart, PartsReport, TypeCount, check_parts
from tools.parts_learning import learn_parts
from tools.parts_names import CountOf, count_of, examples_in
from tools.parts_template import Box, NoTemplate, Part, PartsTemplate, resample

__all__ = [
    "Box",
    "CountOf",
    "ExtraPart",
    "FoundPart",
    "NoTemplate",
    "Part",
    "PartsReport",
    "PartsTemplate",
    "TypeCount",
    "check_parts",
    "count_of",
    "examples_in",
    "learn_parts",
    "resample",
]
