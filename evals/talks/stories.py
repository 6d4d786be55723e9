"""What the people of two plants say: words alone, every number is the tools'. Knows no picture."""

from __future__ import annotations

from typing import NamedTuple


class Story(NamedTuple):
    """A planted cause in the words of whoever talks about it."""

    product: str
    mode: str
    """Id of the failure mode."""
    defect: str
    """As `boards lack a screw` ends: what the boards have."""
    cause: str
    """Of the FMEA, as a hypothesis about a station tells it."""
    found: str
    """What the plant found out, as the person says it."""
    why: str
    """The same as the last why that is known."""
    open_why: str
    """What nobody has said yet."""
    containment: str
    correction: str
    prevention: str
    causes: tuple[str, ...]
    """Of the fishbone: CATEGORY: cause, the mode's citation put in for {mode}."""

    @property
    def mode_id(self) -> str:
        """As it is cited."""
        return f"mode:{self.product}/{self.mode}"

    @property
    def said(self) -> tuple[str, ...]:
        """What the person says to a model."""
        return (
            "why did yield drop on Tuesday?",
            f"the operator of S3 says {self.found}",
            "draw the fishbone and write the 8D report",
        )

    @property
    def commanded(self) -> tuple[str, ...]:
        """What the person says to the mind that understands commands alone."""
        return (
            "why did yield drop on Tuesday?",
            "five whys",
            "is / is not",
            "ishikawa",
            f"H1 is confirmed: {self.found}",
            "corrective action",
            "write the 8D report",
        )


SCREWS = Story(
    product="control-board",
    mode="missing-screw",
    defect="a missing screw",
    cause="The screw feeder ran empty",
    found="the feeder's empty sensor was bypassed on Monday night",
    why="the empty sensor was bypassed",
    open_why="nobody has to release a bypass",
    containment="fit the screws",
    correction="Restore and test the empty sensor; fit the screws",
    prevention="A bypass of a sensor needs a release by quality",
    causes=(
        "Machine: screw feeder ran empty [{mode}]",
        "Measurement: empty sensor bypassed [H1]",
        "Man: a screw was left out [{mode}]",
        "Method: a bypass needs no release",
    ),
)
"""The sample board."""
ETCHED = Story(
    product="deeppcb",
    mode="FM1",
    defect="open circuits",
    cause="The resist was scratched before etching",
    found="the transport rollers were changed on Monday night and one of them has a burr",
    why="a roller that was changed on Monday night has a burr",
    open_why="new rollers are not checked before they are built in",
    containment="test them electrically",
    correction="Replace the roller with the burr; check the resist of the next panels",
    prevention="New rollers are checked before they are built in",
    causes=(
        "Machine: a roller with a burr scratches the resist [H1]",
        "Material: resist was lifted [{mode}]",
        "Man: the panel was handled without gloves",
        "Method: new rollers are not checked",
    ),
)
"""Real etched boards of DeepPCB."""
