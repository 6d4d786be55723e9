"""Tool `submit`: a mind's answer, checked against what exists. Decides nothing."""

from __future__ import annotations

from tools.errors import ToolError
from tools.ports import ToolContext, ToolResult
from tools.submission import Known, SubmitArguments, find_problem

__all__ = ["SubmitArguments", "SubmitTool", "submit"]


class SubmitTool:
    """The end of looking."""

    name = "submit"
    description = (
        "Hand in your answer: whether the part is anomalous, how likely, and what is wrong where. "
        "Use it once you have looked closely enough."
    )
    arguments = SubmitArguments
    cost_s = 0.0

    def run(self, context: ToolContext, arguments: SubmitArguments) -> ToolResult:
        """Check an answer.

        Raises:
            ToolError: where it contradicts itself or names a place that does not exist.
        """
        known = Known(regions=context.regions, views=context.views)
        problem = find_problem(arguments, known)
        if problem is not None:
            raise ToolError(problem.text)
        decision = "anomalous" if arguments.anomalous else "normal"
        if arguments.unanswerable.strip():
            decision = "no answer is possible"
        return ToolResult(
            text=f"Submitted: {decision}, score {arguments.score:.3g}, "
            f"{len(arguments.findings)} findings."
        )


submit = SubmitTool()
