"""The tools by name. One tool, one file, one entry."""

from __future__ import annotations

from tools.compare import compare
from tools.look_up import look_up
from tools.mark import mark
from tools.measure import measure
from tools.ports import Tool
from tools.score import score
from tools.segment import segment
from tools.submit import submit
from tools.zoom import zoom

TOOLS: dict[str, Tool] = {
    "mark": mark,
    "zoom": zoom,
    "compare": compare,
    "score": score,
    "segment": segment,
    "measure": measure,
    "look_up": look_up,
    "submit": submit,
}
