"""What was under way when a server ended is gone on with by the next one, not for ever."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.loopback import ChatRequest, Loopback, Reply, WireFault, loopback_endpoint
from agent.run_folder import RunFolder, asset_id
from agent.server.threaded import served
from agent.server.tickets import Ticket, Tickets
from agent.server.uploads import Uploads
from agent.server.work import MAX_STOPS
from agent.settings import Settings
from agent.trace import read_trace
from evals.benchmarks.served import CallsTool

Send = Callable[..., httpx.Response]
SERVE = [sys.executable, "-c", "from agent.cli import main; main()", "serve", "--port", "0"]
EXPERT = "registered_difference"
END_S = 120.0
AFTER_THE_FIRST_ZOOM = 5
"""Step of the graph: load, recall, survey, look, act."""


class Holding:
    """Zooms twice and hands in; as long as it holds, the third answer never comes."""

    def __init__(self) -> None:
        self.holds = True
        self.n_asked = 0
        box = {"view": "V1", "box_xyxy": [10, 10, 60, 60]}
        self._model = CallsTool("zoom", box, n_rounds=3)

    def reply(self, request: ChatRequest) -> Reply:
        self.n_asked += 1
        if self.holds and self.n_asked == 3:
            return Reply(text="late", fault=WireFault(kind="hang"))
        return self._model.reply(request)


@contextmanager
def serving(home: Path, vlm: Loopback) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """`loupe serve` in a process of its own."""
    more = {"LOUPE_EXPERTS": EXPERT, "PYTHONPATH": os.pathsep.join(sys.path)}
    asked = [*SERVE, "--home", str(home), "--model", vlm.model, "--base-url", vlm.base_url]
    with subprocess.Popen(
        asked, stderr=subprocess.PIPE, text=True, env={**os.environ, **more}
    ) as process:
        assert process.stderr is not None
        lines: list[str] = []
        while not (lines and lines[-1].startswith("Loupe at ")):
            lines.append(process.stderr.readline())
            assert lines[-1], lines
        url = lines[-1].split()[2].rstrip(";")
        try:
            with httpx.Client(base_url=url, timeout=END_S, trust_env=False) as client:
                yield client, process
        finally:
            process.kill()


def await_state(client: httpx.Client, there: str, state: str) -> dict[str, Any]:
    until_s = time.monotonic() + END_S
    while True:
        found: dict[str, Any] = client.get(there).json()
        if found["state"] == state:
            return found
        assert time.monotonic() < until_s, found
        time.sleep(0.05)


def await_checkpoint(runs: Path, step: int) -> None:
    """Wait for the disc: checkpoints are committed a little later and together."""
    (file,) = runs.glob("*/checkpoints.sqlite")
    until_s, asked = time.monotonic() + END_S, "SELECT metadata FROM checkpoints"
    while True:
        with closing(sqlite3.connect(file)) as database:
            steps = {json.loads(row[0])["step"] for row in database.execute(asked)}
        if step in steps:
            return
        assert time.monotonic() < until_s, steps
        time.sleep(0.02)


def test_an_inspection_goes_on_after_kill_9_and_nothing_is_asked_twice(
    learned_plate: Any, tmp_path: Path
) -> None:
    home, model = tmp_path / "home", Holding()
    shutil.copytree(learned_plate.home, home)
    given = {"home": home, "serve_port": 0, "experts": (EXPERT,)}
    with loopback_endpoint(model) as vlm:
        given |= {"model": vlm.model, "base_url": vlm.base_url}
        with serving(home, vlm) as (client, process):
            files = {"file": ("plate.png", learned_plate.normal.read_bytes())}
            begun = client.post("/api/inspections", files=files, data={"product": "plate"})
            there = begun.headers["location"]
            until_s = time.monotonic() + END_S
            while model.n_asked < 3 and time.monotonic() < until_s:
                time.sleep(0.02)
            await_checkpoint(home / "runs", AFTER_THE_FIRST_ZOOM)
            process.kill()
            process.wait(END_S)
        model.holds = False
        with served(Settings.model_validate(given)) as after, after.client() as client:
            done = await_state(client, there, "done")
            told = client.get(f"{there}/events").text

    assert (done["id"], done["decision"]) == (begun.json()["id"], "normal")
    nodes = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: ")]
    names = [one["data"]["node"] for one in nodes if one["kind"] == "node"]
    # Judgement at sight and the first zoom are kept; what hung is asked once more.
    assert names == ["begin", "load", "recall", "survey", "look", "act", "begin", "look", "act",
                     "look", "judge", "record"]  # fmt: skip
    run, asset = done["id"].split("/")
    calls = read_trace(RunFolder(home / "runs" / run).trace_path(asset)).calls
    assert [one.fault for one in calls] == [None] * len(calls)
    assert model.n_asked == len(calls) + 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home without any product: whatever is sent goes to review."""
    return Settings(home=tmp_path / "new", serve_port=0, human_review=True)


@pytest.fixture
def left(settings: Settings, strange: Path) -> Callable[..., Ticket]:
    """Leaves a ticket as a process does that dies before anything is in the run."""
    uploads = Uploads(settings.home / "uploads", max_bytes=10**6, max_pixels=10**6)
    tickets = Tickets(settings.home / "runs", uploads)

    def leave(name: str, **how: Any) -> Ticket:
        path = Path(shutil.copyfile(strange, strange.with_name(name)))
        ticket = Ticket(
            id=f"20261128T080000/{asset_id(path)}",
            name=name,
            path=str(path),
            created="2026-11-28T08:00:00.000+00:00",
            **how,
        )
        tickets.write(ticket)
        return ticket

    return leave


def test_what_never_began_is_begun_and_what_processes_die_of_is_given_up(
    settings: Settings, left: Callable[..., Ticket]
) -> None:
    fresh = left("fresh.png", state="queued")
    deadly = left("deadly.png", state="running", stops=MAX_STOPS - 1)
    suspects = [left(f"suspect-{n}.png", state="running", stops=1) for n in range(2)]
    begun = [fresh, *suspects]

    with served(settings) as running, running.client() as client:
        given_up = client.get(f"/api/inspections/{deadly.id}").json()
        waiting = [await_state(client, f"/api/inspections/{one.id}", "waiting") for one in begun]
    folder = settings.home / "runs" / "20261128T080000" / "inspections"
    texts = [(folder / one.asset / "ticket.json").read_bytes() for one in begun]

    assert (given_up["state"], given_up["decision"]) == ("failed", None)
    assert given_up["reason"].startswith("the server died 3 times")
    assert [one["question"]["choices"][0] for one in waiting] == ["normal"] * 3
    assert [Ticket.model_validate_json(one).stops for one in texts] == [0, 2, 2]


def test_an_answer_that_a_process_had_taken_when_it_died_is_not_asked_again(
    settings: Settings, strange: Path, send: Send
) -> None:
    with served(settings) as before, before.client() as client:
        waiting: dict[str, Any] = send(client, strange).json()
    run, asset = waiting["id"].split("/")
    path = settings.home / "runs" / run / "inspections" / asset / "ticket.json"
    kept = Ticket.model_validate_json(path.read_bytes())
    died = {"state": "running", "answer": "anomalous", "decided_by": "anna"}
    path.write_text(kept.model_copy(update=died).model_dump_json())

    with served(settings) as after, after.client() as client:
        done = await_state(client, f"/api/inspections/{waiting['id']}", "done")

    assert (done["decision"], done["decided_by"]) == ("anomalous", "anna")
