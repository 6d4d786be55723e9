"""`loupe batch` and `loupe inspect` over two servers: each result says who answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.batch.records import BatchRow
from agent.cli import run as loupe
from agent.loopback import PixelReader, Scripted, loopback_endpoint

Batch = Callable[..., int]
Rows = Callable[[], list[BatchRow]]
KEY = "sk-of-the-second-server"


def test_each_row_says_who_answered_and_no_record_holds_a_key(
    batch: Batch, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_B", KEY)
    with (
        loopback_endpoint({"eyes": PixelReader()}) as a,
        loopback_endpoint({"other": PixelReader()}, api_key=KEY) as b,
    ):
        second = f"{b.base_url} api_key_env=KEY_B model=other"
        asked = ["--model", "eyes", "--endpoint", a.base_url, "--endpoint", second]
        assert batch(*asked) == 0

        host_a, host_b = (one.base_url.split("/")[2] for one in (a, b))
        hosts = {host_a: a, f"{host_b} KEY_B": b}
    # Ports differ from run to run, and with them who gets which part.
    answered = {label: one.record.n_answered for label, one in hosts.items()}
    told = [label for one in rows() for label in one.endpoints]
    assert len(told) == len(rows()) == 6
    assert {label: told.count(label) > 0 for label in hosts} == {
        label: n > 0 for label, n in answered.items()
    }
    noted = json.loads(Path("run/run.json").read_text("utf-8"))
    assert noted["vlm_calls"]["answered_by"] == {one: n for one, n in answered.items() if n}
    written = [path.read_bytes() for path in Path().rglob("*") if path.is_file()]
    assert not any(KEY.encode() in one for one in written)


def test_inspections_go_on_at_the_server_that_answers(pictures: Path) -> None:
    down = Scripted(["server_error"], at_end="repeat")
    with (
        loopback_endpoint({"eyes": down}) as a,
        loopback_endpoint({"eyes": PixelReader()}) as b,
    ):
        Path("home").mkdir()
        Path("home/loupe.toml").write_text(
            f'model = "eyes"\n[[endpoints]]\nbase_url = "{a.base_url}"\nweight = 1000000\n'
            f'[[endpoints]]\nbase_url = "{b.base_url}"\n'
        )
        asked = ["inspect", str(pictures), "--home", "home", "--out", "run"]
        assert loupe([*asked, "--strategy", "direct"]) == 0
        only = b.base_url.split("/")[2]

    records = [json.loads(one.read_text()) for one in Path("run/inspections").glob("*/*.json")]
    assert [one["verdict"]["status"] for one in records] == ["decided"] * 6
    assert [one["endpoints"] for one in records] == [[only]] * 6
    assert (a.record.n_requests, b.record.n_answered) == (6, 6)
