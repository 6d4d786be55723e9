"""Lines of a file that is whole whatever happened to it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.batch.records import BatchRow
from agent.watching.sinks.jsonl import JsonLines
from agent.watching.sinks.records import SinkError, Told


def told(number: int) -> Told:
    row = BatchRow(task=f"t{number}", asset="a.png", status="decided")
    return Told(key=f"run-t{number}", run="run", number=number, again=False, row=row)


def test_rows_are_lines_and_a_torn_one_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "told.jsonl"

    asyncio.run(JsonLines(path).tell(told(1)))
    with path.open("a") as stream:
        stream.write('{"torn')
    sink = JsonLines(path)
    asyncio.run(sink.tell(told(2)))
    path.rename(path.with_name("yesterday.jsonl"))
    asyncio.run(sink.tell(told(3)))

    lines = path.with_name("yesterday.jsonl").read_text().splitlines()
    assert [Told.model_validate_json(line) for line in lines] == [told(1), told(2)]
    assert Told.model_validate_json(path.read_text()) == told(3)


def test_a_file_that_cannot_be_written_is_a_failure_of_the_sink(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SinkError, match=r"Not a directory|File exists"):
        asyncio.run(JsonLines(tmp_path / "file" / "told.jsonl").tell(told(1)))
