"""Tool `submit`: a mind's answer, checked against what exists. Decides nothing."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from tools.errors import ToolError
from tools.ports import ToolContext, ToolResult
from tools.targets import find_region


class SubmitArguments(BaseModel):
    """Arguments of `submit`."""

    model_config = ConfigDict(extra="forbid")

    anomalous: bool = Field(description="Whether anything breaks a rule or is a defect.")
    score: float = Field(
        ge=0, le=1, description="How likely the part is anomalous: 0 certainly not, 1 certainly."
    )
    claims: list[str] = Field(
        default_factory=list, max_length=50, description="What is wrong, one defect a claim."
    )
    regions: list[int] = Field(
        default_factory=list,
        max_length=50,
        description="For each claim the number of its region; 0 where it is of the whole part.",
    )


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
            ToolError: where it contradicts itself or names a region that does not exist.
        """
        claims, regions = arguments.claims, arguments.regions
        if arguments.anomalous and not claims:
            raise ToolError("anomalous is true but claims is empty; say what is wrong")
        if claims and not arguments.anomalous:
            raise ToolError(
                "anomalous is false but there are claims; drop them or set anomalous to true"
            )
        if any(not claim.strip() for claim in claims):
            raise ToolError("a claim is blank; say in words what is wrong, or drop it")
        if regions and len(regions) != len(claims):
            raise ToolError(
                f"there are {len(claims)} claims and {len(regions)} regions; "
                "give one region for each claim, 0 for the whole part"
            )
        for number in regions:
            if number != 0:
                find_region(context, number)
        decision = "anomalous" if arguments.anomalous else "normal"
        return ToolResult(
            text=f"Submitted: {decision}, score {arguments.score:.3g}, {len(claims)} claims."
        )


submit = SubmitTool()
