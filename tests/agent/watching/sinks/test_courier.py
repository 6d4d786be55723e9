"""Every row reaches its sink, in order, at least once, and marked where it may be twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent.batch.records import BatchRow
from agent.watching.sinks.courier import Courier
from agent.watching.sinks.cursor import Cursor
from agent.watching.sinks.records import SinkError, Told
from tools.errors import SettingsError


class ScriptedSink:
    """Fails as its script says, one entry a try, and takes everything after it."""

    name = "scripted:"

    def __init__(self, *script: SinkError | None) -> None:
        self._script = list(script)
        self.sent: list[Told] = []
        self.took: list[Told] = []

    async def tell(self, told: Told) -> None:
        self.sent.append(told)
        failing = self._script.pop(0) if self._script else None
        if failing is not None:
            raise failing
        self.took.append(told)

    async def close(self) -> None:
        """Nothing is open."""


class Line:
    """A run's results, and couriers that bring them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []
        self.pauses: list[float] = []

    def write(self, *tasks: str) -> None:
        with (self.folder / "results.jsonl").open("a") as stream:
            for task in tasks:
                row = BatchRow(task=task, asset=f"/line/{task}.png", status="decided")
                stream.write(row.model_dump_json() + "\n")

    def bring(self, sink: ScriptedSink, *, goes_on: bool = False) -> Courier:
        """Bring what there is, as if the run then ended; `goes_on` lets it wait between tries."""

        def pause(most: float) -> float:
            self.pauses.append(most)
            return 0.0

        cursor = Cursor(self.folder / "one.cursor")
        courier = Courier(
            sink=sink,
            results=self.folder / "results.jsonl",
            cursor=cursor,
            run="run",
            refused=self.folder / "refused.jsonl",
            note=self.notes.append,
            pause=pause,
        )

        async def deliver() -> None:
            task = asyncio.create_task(courier.deliver())
            while goes_on and courier.waiting:
                await asyncio.sleep(0)
            courier.end()
            await task

        asyncio.run(deliver())
        cursor.close()
        return courier


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_rows_are_told_in_their_order_and_once(line: Line) -> None:
    line.write("a", "b")
    first, second = ScriptedSink(), ScriptedSink()

    line.bring(first)
    line.write("c")
    line.bring(second)

    assert [(one.key, one.number, one.again) for one in first.took] == [
        ("run-a", 1, False),
        ("run-b", 2, False),
    ]
    assert [(one.key, one.number, one.again) for one in second.took] == [("run-c", 3, False)]


def test_a_row_whose_answer_is_lost_is_told_again_with_its_key_and_a_mark(line: Line) -> None:
    line.write("a", "b")
    sink = ScriptedSink(SinkError("no answer"))

    line.bring(sink, goes_on=True)

    assert [(one.key, one.again) for one in sink.sent] == [
        ("run-a", False),
        ("run-a", True),
        ("run-b", False),
    ]


def test_a_row_that_was_sent_when_the_process_was_killed_is_marked_by_the_next(line: Line) -> None:
    line.write("a")
    cursor = Cursor(line.folder / "one.cursor")
    cursor.send()
    cursor.close()
    sink = ScriptedSink()

    line.bring(sink)

    assert [(one.key, one.again) for one in sink.took] == [("run-a", True)]


def test_a_sink_that_fails_is_told_once_and_asked_less_and_less_often(line: Line) -> None:
    line.write("a", "b")

    courier = line.bring(ScriptedSink(*[SinkError("down")] * 9), goes_on=True)

    assert courier.n_told == 2
    assert line.pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert [note.split(":")[0] for note in line.notes] == ["sink scripted", "sink scripted"]
    assert "fails: down" in line.notes[0]
    assert "is back, 1 rows wait" in line.notes[1]


def test_a_receiver_that_asks_for_time_gets_it_up_to_an_hour(line: Line) -> None:
    courier = line.bring(ScriptedSink())

    asked = [courier._pause_s(SinkError("", retry_after_s=s), 8.0) for s in (None, 90.0, 9e9)]

    assert asked == [0.0, 90.0, 3600.0]


def test_a_sink_that_is_down_at_the_end_loses_nothing(line: Line) -> None:
    line.write("a", "b")

    courier = line.bring(ScriptedSink(SinkError("down")))
    assert courier.waiting == 2
    later = ScriptedSink()
    line.bring(later)

    assert [(one.key, one.again) for one in later.took] == [("run-a", True), ("run-b", False)]


def test_a_row_that_the_receiver_refuses_is_put_aside_for_those_behind_it(line: Line) -> None:
    line.write("a", "b")
    sink = ScriptedSink(*[SinkError("status 422", refused=True)] * 3)

    courier = line.bring(sink, goes_on=True)

    assert [one.key for one in sink.took] == ["run-b"]
    aside = json.loads((line.folder / "refused.jsonl").read_text())
    assert (aside["key"], courier.n_refused) == ("run-a", 1)


def test_a_line_that_is_being_written_is_not_told_yet(line: Line) -> None:
    line.write("a")
    with (line.folder / "results.jsonl").open("a") as stream:
        stream.write('{"task": "b", ')
    sink = ScriptedSink()

    courier = line.bring(sink)

    assert [one.key for one in sink.took] == ["run-a"]
    assert courier.waiting == 0


def test_a_cursor_that_is_no_cursor_is_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "one.cursor"
    path.write_text("[]")

    with pytest.raises(SettingsError, match="told all rows of the run again"):
        Cursor(path)
