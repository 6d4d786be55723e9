"""Inspects planted boards, holds the conversation with both minds, and checks its numbers.

Inspections are made once and kept in the home; run again, only the conversations are held anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evals.talks import engineer
from evals.talks.planted import Board, photograph, plan_boards
from graphs.conversation.documents import refs_of
from graphs.conversation.queries import QueryResult
from graphs.conversation.records import Source

if TYPE_CHECKING:
    from agent.inspector import Inspector
    from graphs.conversation.events import DoneEvent

EMBEDDED_SAID = (
    "why did yield drop on Tuesday?",
    "five whys",
    "is / is not",
    "ishikawa",
    "H1 is confirmed: the feeder's empty sensor was bypassed on Monday night",
    "corrective action",
    "write the 8D report",
)
"""What the person says to the mind that understands commands alone."""
COUNTED = re.compile(r"\b(\d+) of (\d+)\b")


class Held(NamedTuple):
    """One conversation."""

    mind: str
    turns: list[tuple[str, DoneEvent]]
    """What was said, and the end of its turn."""

    @property
    def report(self) -> str:
        """The 8D report's text."""
        paths = [one.path for _, done in self.turns for one in done.documents]
        named = [path for path in paths if Path(path).name.startswith("8d-report")]
        found = [path for path in named if path.endswith(".md")]
        return Path(found[-1]).read_text("utf-8") if found else ""


@dataclass(frozen=True, kw_only=True)
class TalkRun:
    """Where, how many and which seed."""

    out: Path
    per_group: int = 4
    seed: int = 7000
    tell: Callable[[str], None] = lambda line: None

    @property
    def home(self) -> Path:
        """Of Loupe."""
        return self.out / "home"


def hold(run: TalkRun) -> list[Held]:
    """Inspect what is not inspected, talk with the embedded mind and with the scripted VLM."""
    import asyncio

    from agent.loopback import loopback_endpoint

    boards = plan_boards(run.per_group)
    paths = photograph(boards, run.out / "boards", seed=run.seed)
    _inspect(run, boards, paths)
    held = [asyncio.run(talk(run.home, EMBEDDED_SAID))]
    with loopback_endpoint(engineer.scripted_engineer()) as endpoint:
        model, url = endpoint.model, endpoint.base_url
        held.append(asyncio.run(talk(run.home, engineer.SAID, model=model, base_url=url)))
    (run.out / "talk.md").write_text(told(held, boards), "utf-8")
    return held


def _inspect(run: TalkRun, boards: Sequence[Board], paths: Sequence[Path]) -> None:
    import asyncio

    if (run.home / "runs" / "planted" / "done").is_file():
        return
    from agent.inspector import Inspector
    from agent.run_folder import RunFolder
    from agent.settings import Settings
    from evals.samples import sample_folder

    folder = RunFolder(run.home / "runs" / "planted")
    with Inspector(Settings(home=run.home), run=folder) as inspector:
        inspector.add_product(sample_folder() / "control-board")
        asyncio.run(_inspect_each(inspector, boards, paths, run.tell))
    (folder.root / "done").write_text("", "utf-8")


async def _inspect_each(
    inspector: Inspector,
    boards: Sequence[Board],
    paths: Sequence[Path],
    tell: Callable[[str], None],
) -> None:
    for number, (board, path) in enumerate(zip(boards, paths, strict=True), start=1):
        found = await inspector.ainspect(path, "control-board", labels=board.labels)
        tell(f"{number} of {len(boards)}: {board.name} {board.defect}: {found.verdict.decision}")


async def talk(home: Path, said: Sequence[str], *, model: str = "", base_url: str = "") -> Held:
    """One conversation in a thread of its own.

    Args:
        home: with the inspections.
        said: what the person says, turn by turn.
        model: the VLM; the embedded mind where empty.
        base_url: of its server.
    """
    from uuid import uuid4

    from agent.conversations import Conversations
    from agent.inspector import Inspector
    from agent.settings import Settings
    from graphs.conversation.events import DoneEvent

    settings = Settings(home=home)
    if model:
        settings = Settings(home=home, model=model, base_url=base_url)
    turns = []
    thread = f"talk-{uuid4().hex[:8]}"
    with Inspector(settings) as inspector:
        talks = Conversations(inspector)
        for text in said:
            async for event in talks.say(thread, text):
                if isinstance(event, DoneEvent):
                    turns.append((text, event))
    return Held(turns[0][1].mind, turns)


def untraced(held: Held, home: Path) -> list[str]:
    """Counts `k of n` in answers and the report that no cited result has, or whose units are gone.

    Each must be a row of a result that the conversation cites, or all its other rows together;
    and every inspection behind a cited result must be kept.
    """
    sources = {one.id: one for _, done in held.turns for one in done.citations}
    known = {pair for one in sources.values() for pair in _counts(one)}
    texts = [*(done.answer for _, done in held.turns), held.report.partition("## Sources")[0]]
    wrong = [
        f"{k} of {n}"
        for text in texts
        for k, n in COUNTED.findall(text)
        if (int(k), int(n)) not in known
    ]
    for one in sources.values():
        for ref in refs_of(one):
            run, asset = ref.split("/")
            if not (home / "runs" / run / "inspections" / asset / "inspection.json").is_file():
                wrong.append(f"{one.id}: {ref}")
    return wrong


def _counts(source: Source) -> set[tuple[int, int]]:
    """Anomalous and all units of each row of a result, of all rows but one, and of all."""
    if source.kind != "query" or "query" not in source.data:
        return set()
    rows = QueryResult.model_validate(source.data).rows
    bad, units = sum(row.anomalous for row in rows), sum(row.units for row in rows)
    alone = {(row.anomalous, row.units) for row in rows}
    return alone | {(bad - k, units - n) for k, n in alone} | {(bad, units)}


def told(held: Sequence[Held], boards: Sequence[Board]) -> str:
    """The conversations as markdown."""
    lines = [f"# A root-cause conversation over {len(boards)} boards", ""]
    for one in held:
        lines += [f"## With the mind {one.mind}", ""]
        for said, done in one.turns:
            lines += [f"**{said}**", "", done.answer, ""]
            lines += [f"`{document.path}`" for document in done.documents]
    return "\n".join(lines) + "\n"
