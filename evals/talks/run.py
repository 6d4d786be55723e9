"""Inspects planted boards, holds the conversation with both minds, and checks its numbers.

Inspections are made once and kept in the home; run again, only the conversations are held anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evals.samples import sample_folder
from evals.tables.product_folders import write_product
from evals.talks import engineer
from evals.talks.etched import etched, photograph_etched, places_of
from evals.talks.planted import Board, photograph, plan_boards
from evals.talks.stories import ETCHED, SCREWS
from graphs.conversation.documents import refs_of
from graphs.conversation.queries import QueryResult
from graphs.conversation.records import Source

if TYPE_CHECKING:
    from agent.inspector import Inspector
    from graphs.conversation.events import DoneEvent

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
    data: Path | None = None
    """Folder of the data sets: boards of DeepPCB. None: the sample board."""
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
    if run.data is not None:
        boards = etched(boards)
    story = SCREWS if run.data is None else ETCHED
    paths = _photographed(run, boards)
    _inspect(run, boards, paths, product=_product(run))
    held = [asyncio.run(talk(run.home, story.commanded))]
    with loopback_endpoint(engineer.scripted_engineer(story)) as endpoint:
        model, url = endpoint.model, endpoint.base_url
        held.append(asyncio.run(talk(run.home, story.said, model=model, base_url=url)))
    (run.out / "talk.md").write_text(told(held, boards), "utf-8")
    return held


def _photographed(run: TalkRun, boards: list[Board]) -> list[Path]:
    folder = run.out / "boards"
    if run.data is None:
        return photograph(boards, folder, seed=run.seed)
    return photograph_etched(boards, folder, data=run.data, seed=run.seed)


def _product(run: TalkRun) -> Path:
    """The folder of the boards' product."""
    if run.data is None:
        return sample_folder() / "control-board"
    references = [one.template_path for one in places_of(run.data)]
    return write_product(run.out / "products", ETCHED.product, references=references)


def _inspect(
    run: TalkRun, boards: Sequence[Board], paths: Sequence[Path], *, product: Path
) -> None:
    import asyncio

    if (run.home / "runs" / "planted" / "done").is_file():
        return
    from agent.inspector import Inspector
    from agent.run_folder import RunFolder
    from agent.settings import Settings

    folder = RunFolder(run.home / "runs" / "planted")
    with Inspector(Settings(home=run.home), run=folder) as inspector:
        inspector.add_product(product)
        asyncio.run(_inspect_each(inspector, boards, paths, product.name, run.tell))
    (folder.root / "done").write_text("", "utf-8")


async def _inspect_each(
    inspector: Inspector,
    boards: Sequence[Board],
    paths: Sequence[Path],
    product: str,
    tell: Callable[[str], None],
) -> None:
    for number, (board, path) in enumerate(zip(boards, paths, strict=True), start=1):
        found = await inspector.ainspect(path, product, labels=board.labels)
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
        lines += [one.report.replace("\n#", "\n###").replace("# 8D", "### 8D", 1), ""]
    return "\n".join(lines) + "\n"
