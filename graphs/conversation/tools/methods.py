"""Tools `five_whys`, `is_is_not`: root-cause methods with structured results. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.conversation.citations import cited
from graphs.conversation.contract import Outcome
from graphs.conversation.records import Source
from graphs.conversation.room import Room
from graphs.conversation.tools.evidenced import check_cited

ASSUMED = "assumption, not shown by evidence"
ASPECTS = ("what", "where", "when", "how much")


class FiveWhysArguments(BaseModel):
    """Arguments of `five_whys`."""

    model_config = ConfigDict(extra="forbid")

    problem: str = Field(min_length=3, max_length=400)
    answers: list[str] = Field(
        min_length=2,
        max_length=7,
        description="Each answers why the one before is so, and cites evidence in brackets [Q1].",
    )


class FiveWhysTool:
    """Why, until it can be acted on."""

    name = "five_whys"
    description = (
        "The method of 5 whys: a chain from the problem to a cause that can be acted on. Each "
        "answer cites evidence; one that cites none is marked as an assumption."
    )
    arguments = FiveWhysArguments

    async def run(self, room: Room, arguments: FiveWhysArguments) -> Outcome:
        """Write the chain down.

        Raises:
            ToolError: it cites what is not there.
        """
        ids = check_cited(room, [arguments.problem, *arguments.answers])
        chain: list[JsonValue] = [
            {"why": answer, "cites": list(cited(answer)), "assumed": not cited(answer)}
            for answer in arguments.answers
        ]
        lines = [f"Problem: {arguments.problem}"]
        for number, answer in enumerate(arguments.answers, start=1):
            note = "" if cited(answer) else f" ({ASSUMED})"
            lines.append(f"{number}. Why? {answer}{note}")
        data: dict[str, JsonValue] = {
            "method": self.name,
            "problem": arguments.problem,
            "chain": chain,
            "cites": list(ids),
        }
        return kept_method(room, "\n".join(lines), data)


class IsIsNotArguments(BaseModel):
    """Arguments of `is_is_not`."""

    model_config = ConfigDict(extra="forbid")

    problem: str = Field(min_length=3, max_length=400)
    what_is: str = Field(max_length=400, description="Which defect on which part, cited.")
    what_is_not: str = Field(max_length=400, description="What it could be and is not.")
    where_is: str = Field(max_length=400, description="Station, lot, place on the part.")
    where_is_not: str = Field(max_length=400)
    when_is: str = Field(max_length=400)
    when_is_not: str = Field(max_length=400)
    how_much_is: str = Field(max_length=400, description="Units and shares, cited.")
    how_much_is_not: str = Field(max_length=400)


class IsIsNotTool:
    """The contrast that a cause must explain."""

    name = "is_is_not"
    description = (
        "The method is / is-not (Kepner-Tregoe): what, where, when and how much the problem is, "
        "and is not although it could be. A cause must explain every difference."
    )
    arguments = IsIsNotArguments

    async def run(self, room: Room, arguments: IsIsNotArguments) -> Outcome:
        """Write the table down.

        Raises:
            ToolError: it cites what is not there.
        """
        told = arguments.model_dump()
        ids = check_cited(room, told.values())
        rows = []
        for aspect in ASPECTS:
            name = aspect.replace(" ", "_")
            rows.append((aspect, told[f"{name}_is"], told[f"{name}_is_not"]))
        lines = [f"Problem: {arguments.problem}", "| | is | is not |", "|---|---|---|"]
        lines += [f"| {aspect} | {one} | {other} |" for aspect, one, other in rows]
        table: list[JsonValue] = [
            {"aspect": aspect, "is": one, "is_not": other} for aspect, one, other in rows
        ]
        data: dict[str, JsonValue] = {
            "method": self.name,
            "problem": arguments.problem,
            "rows": table,
            "cites": list(ids),
        }
        return kept_method(room, "\n".join(lines), data)


def kept_method(
    room: Room, text: str, data: dict[str, JsonValue], *, artifact: str = ""
) -> Outcome:
    """The result of a method with its number, M1."""
    number = room.next_id("M")
    source = Source(id=number, kind="method", text=text, data=data, artifact=artifact)
    return Outcome(text=f"[{number}] {text}", data={"result": number, **data}, sources=[source])


five_whys = FiveWhysTool()
is_is_not = IsIsNotTool()
