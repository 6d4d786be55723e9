"""Seconds of each tool, a call and an inspection: ``python -m evals.benchmarks.tools``.

A scripted mind asks each tool in a round of its own about a part of the sample; the embedded mind
inspects the same parts as it pleases. Beside them stands what each tool states as its cost. Figures
of one machine at one moment; tests assert none of them.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from evals.benchmarks.clocks import conditions
from evals.benchmarks.inspections import PRODUCT, sample_parts
from evals.benchmarks.superpixels import versions_line
from evals.samples import sample_folder
from evals.tables.provenance import commit_name, machine_name, utc_now

if TYPE_CHECKING:
    from agent.inspector import Inspector
    from graphs.minds.chat import ChatReply, ChatRequest

BOX = [300, 300, 460, 460]
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("mark", {"method": "superpixel"}),
    ("mark", {"method": "grid"}),
    ("zoom", {"box_xyxy": BOX}),
    ("compare", {}),
    ("compare", {"box_xyxy": BOX}),
    ("score", {}),
    ("score", {"box_xyxy": BOX}),
    ("measure", {"box_xyxy": BOX}),
    ("measure", {"part": "all"}),
    ("look_up", {"query": "scratch"}),
)
"""Each is asked in a round of its own, so that none waits for another."""
SEGMENT = ("segment", {"points_xy": [[380, 380]]})
NORMAL = {"anomalous": False, "score": 0.1, "reasoning": "as the references", "findings": []}
SIGHT = {"reasoning": "even", "anomalous": False, "score": 0.1}


class ToolSeconds(NamedTuple):
    """One row."""

    tool: str
    arguments: str
    seconds: tuple[float, ...]
    """Of each call."""
    stated_s: float

    def line(self) -> str:
        """The row as Markdown."""
        cells = [f"{statistics.median(self.seconds):.3f}", f"{max(self.seconds):.3f}"]
        return (
            f"| {self.tool} | {self.arguments} | {len(self.seconds)} | {' | '.join(cells)} "
            f"| {self.stated_s:g} |"
        )


class AsksEachTool:
    """A mind that asks one call after the other, then hands in that the part is normal."""

    name = "asks each tool"
    calls_tools = True

    def __init__(self, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        self._calls = calls

    async def complete(self, request: ChatRequest, *, artifacts: Any) -> ChatReply:
        """The next call, by how many were answered; no judgement but the same one at sight."""
        from graphs.minds.chat import CalledTool, ChatReply

        if request.purpose != "look":
            return ChatReply(text=json.dumps(SIGHT))
        answered = sum(message.role == "tool" for message in request.messages)
        name, arguments = ("submit", NORMAL)
        if answered < len(self._calls):
            name, arguments = self._calls[answered][0], dict(self._calls[answered][1])
        called = CalledTool(id=f"c{answered}", name=name, arguments=json.dumps(arguments))
        return ChatReply(text="I look.", tool_calls=[called])


def main(
    n: Annotated[int, typer.Option(min=1, help="Inspections of each mind.")] = 3,
    sam: Annotated[
        bool, typer.Option("--sam", help="Also an outline by a SAM of random weights (ViT-B).")
    ] = False,
) -> None:
    """Measure every tool that an inspection has."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        calls = (*CALLS, SEGMENT) if sam else CALLS
        if sam:
            write_random_sam(home / "models" / "sam-vit-b")
        rows = asyncio.run(asked(home, calls, n=n, sam="sam-vit-b" if sam else ""))
        own = asyncio.run(embedded(home, n=n))
    lines = [
        "| tool | arguments | calls | median, s | largest, s | stated, s |",
        "| --- | --- | --: | --: | --: | --: |",
        *(row.line() for row in rows),
        "",
        f"| embedded mind, of {n} inspections | median s an inspection |",
        "| --- | --: |",
        *(f"| {tool} | {seconds:.3f} |" for tool, seconds in own.items()),
        "",
        f"{conditions('wall')}. {commit_name()}, {machine_name()}, {utc_now()}. {versions_line()}.",
    ]
    typer.echo("\n".join(lines))


async def asked(
    home: Path,
    calls: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    n: int,
    sam: str = "",
    product: Path | None = None,
    parts: Sequence[Path] = (),
) -> list[ToolSeconds]:
    """Seconds of each call, over n inspections after one that warms up.

    Args:
        home: of the product; learned where it is not.
        calls: what is asked, in this order.
        n: inspections.
        sam: name of SAM's weights in the home; none where empty.
        product: folder of the product; the sample's where None.
        parts: of the product; the sample's where empty.

    Raises:
        RuntimeError: where a tool refused.
    """
    from agent.inspector import Inspector
    from agent.settings import load_settings
    from agent.trace import read_trace
    from graphs.journal import ToolLine
    from tools.mark import COST_S
    from tools.table import TOOLS

    product, parts = product or sample_folder() / PRODUCT, parts or sample_parts()
    settings = load_settings(home=home, model="script", concurrency=1, max_rounds=0, sam=sam)
    seconds: dict[int, list[float]] = defaultdict(list)
    async with Inspector(settings, chat=AsksEachTool(calls)) as inspector:
        inspector.add_product(product)
        for number in range(n + 1):
            found = await _inspected(inspector, parts[number % len(parts)], product.name)
            lines = read_trace(inspector.run.trace_path(found)).lines
            answered = [line for line in lines if isinstance(line, ToolLine)]
            for position, line in enumerate(answered):
                if line.seconds == 0:
                    raise RuntimeError(line.answer)
                seconds[position] += [line.seconds] if number else []
    return [
        ToolSeconds(
            tool,
            ", ".join(str(value) for value in arguments.values()),
            tuple(seconds[position]),
            COST_S[arguments["method"]] if tool == "mark" else TOOLS[tool].cost_s,
        )
        for position, (tool, arguments) in enumerate(calls)
    ]


async def embedded(home: Path, *, n: int) -> dict[str, float]:
    """Median seconds an inspection of the sample's parts, by tool, of the mind that needs no VLM.

    Args:
        home: knows the sample product.
        n: inspections, after one that warms up.
    """
    from agent.inspector import Inspector
    from agent.settings import load_settings

    parts = sample_parts()
    rows = []
    async with Inspector(load_settings(home=home, concurrency=1)) as inspector:
        inspector.add_product(sample_folder() / PRODUCT)
        for number in range(n + 1):
            found = await inspector.ainspect(parts[number % len(parts)], PRODUCT)
            rows.append(found.usage.tool_seconds)
    names = dict.fromkeys(name for row in rows[1:] for name in row)
    return {name: statistics.median(row.get(name, 0.0) for row in rows[1:]) for name in names}


async def _inspected(inspector: Inspector, part: Path, product: str) -> str:
    """The id of an inspection in a run of its own, so that nothing is kept from before."""
    from agent.run_folder import RunFolder

    inspector.run = RunFolder.new(inspector.settings.home / "runs")
    return (await inspector.ainspect(part, product)).id


def write_random_sam(folder: Path) -> None:
    """ViT-B of random weights where the home looks for the released one."""
    from safetensors.torch import save_file

    from agent.checkpoints import checkpoint
    from evals.benchmarks.random_sam import VIT_B, random_sam

    folder.mkdir(parents=True)
    released = checkpoint("sam-vit-b").files[-1].name
    save_file(random_sam(VIT_B), (folder / released).with_suffix(".safetensors"))


if __name__ == "__main__":
    typer.run(main)
