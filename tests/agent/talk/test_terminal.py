from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest

from agent.cli import run as run_command_line
from agent.commands.chat import split_files
from agent.talk.terminal import ChatPrinter, inline_picture
from graphs.conversation.events import DoneEvent, PictureEvent, ToolEvent


def test_files_in_a_line_are_given_and_the_other_words_are_said(tmp_path: Path) -> None:
    picture = tmp_path / "a board.png"
    picture.write_bytes(b"")

    assert split_files(f"inspect '{picture}' please") == ("inspect please", [picture])
    assert split_files("why isn't it ok.") == ("why isn't it ok.", [])
    assert split_files("what about nowhere/b.png") == ("what about nowhere/b.png", [])


def test_a_picture_is_shown_inline_in_packets_that_join_to_it() -> None:
    png = bytes(range(256)) * 20
    packets = inline_picture(png, "kitty").removesuffix("\n").split("\x1b\\")[:-1]

    assert ["m=1" in one for one in packets] == [True, False]
    joined = "".join(one.split(";", 1)[1] for one in packets)
    assert base64.b64decode(joined) == png
    assert inline_picture(png, "iterm").startswith("\x1b]1337;File=inline=1")
    assert inline_picture(png, "") == ""


def test_answers_go_to_one_stream_and_what_happens_to_the_other() -> None:
    out, err = io.StringIO(), io.StringIO()
    printer = ChatPrinter(out, err)
    printer.show(ToolEvent(tool="query", state="begins", arguments={"by": "lot"}))
    printer.show(PictureEvent(artifact="a" * 64, path="/p.png", caption="Q1"))
    printer.show(DoneEvent(turn=1, answer="Four.\x1b[2J", mind="embedded"))

    assert out.getvalue() == "Four.\ufffd[2J\n"
    assert err.getvalue() == "> query(by=lot)\npicture /p.png Q1\n"


def test_a_chat_of_the_command_line_counts_and_goes_on(
    lots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(lots), "--thread", "t"]
    assert run_command_line(["chat", *home, "--say", "how many by station"]) == 0
    assert "- S3: 4 of 15 (26.7%)" in capsys.readouterr().out

    assert run_command_line(["chat", *home, "--say", "pareto", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (events[0]["kind"], events[-1]["kind"]) == ("node", "done")
    assert events[-1]["turn"] == 2

    assert run_command_line(["chat", "--home", str(lots), "--list"]) == 0
    assert "2 turns  how many by station" in capsys.readouterr().out


def test_a_query_of_the_command_line_writes_its_chart(
    lots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = tmp_path / "chart.png"
    asked = ["query", "p-chart", "--home", str(lots), "--figure", str(chart)]

    assert run_command_line(asked) == 0
    told = capsys.readouterr().out
    assert told.startswith("P-chart of anomalous units by day: 6 of 60 units are anomalous")
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_a_query_that_cannot_be_is_one_line(lots: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["query", "--home", str(lots), "--by", "colour"]) == 1
    assert capsys.readouterr().err.startswith("error: units have no 'colour'")
