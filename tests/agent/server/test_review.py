"""An inspection in review waits, and a person's answer over HTTP resumes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.server.threaded import served
from agent.settings import Settings

Send = Callable[..., httpx.Response]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home without any product: whatever is sent goes to review."""
    return Settings(home=tmp_path / "new", serve_port=0, human_review=True)


def test_it_waits_and_goes_on_from_its_checkpoint_after_a_restart_of_the_server(
    settings: Settings, strange: Path, send: Send
) -> None:
    with served(settings) as before, before.client() as client:
        waiting: dict[str, Any] = send(client, strange).json()
        there = f"/api/inspections/{waiting['id']}"
        assert (waiting["state"], waiting["decision"]) == ("waiting", None)
        assert waiting["question"]["choices"] == ["normal", "anomalous", "review"]
        assert "path" not in waiting["question"]
        assert client.get(f"{there}/record").status_code == 409
        assert client.post(f"{there}/decision", json={"decision": "fine"}).status_code == 422

    with served(settings) as after, after.client() as client:
        (listed,) = client.get("/api/inspections", params={"state": "waiting"}).json()[
            "inspections"
        ]
        assert listed["id"] == waiting["id"]
        decided = client.post(f"{there}/decision", json={"decision": "anomalous"}).json()
        assert (decided["state"], decided["decision"]) == ("done", "anomalous")
        assert decided["decided_by"] == "a person on this machine"
        record = client.get(f"{there}/record").json()
        again = client.post(f"{there}/decision", json={"decision": "normal"})
        with client.stream("GET", f"{there}/events") as events:
            told = events.read().decode()

    assert record["verdict"]["reason"].endswith("A person reviewed it and decided anomalous.")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_waiting")
    # Nothing before the question ran twice.
    nodes = ("load", "recall", "survey", "look", "judge", "ask")
    assert [told.count(f'"node":"{node}"') for node in nodes] == [1, 1, 1, 1, 1, 1]
