"""A run inspects with what was known when it began, whatever is edited, and says which."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.batch.engines.preparing import prepare
from agent.batch.engines.worker import Worker
from agent.batch.records import BatchRow
from agent.batch.setting_up import run_folder, run_orders
from agent.batch.wanted import Wanted
from agent.cli import run as loupe
from agent.home import open_home
from agent.result_log import read_rows
from agent.settings import Settings

PLATE = "plate"


@pytest.fixture
def plate(learned_plate: Any, tmp_path: Path) -> Path:
    """The folder of a product that the home has learned; three spotted plates are to be seen."""
    shutil.copytree(learned_plate.home, tmp_path / "home")
    (tmp_path / "parts").mkdir()
    for number in range(3):
        # Other bytes behind the picture: equal files would share an inspection.
        data = learned_plate.spotted.read_bytes() + bytes([number])
        (tmp_path / "parts" / f"{number}.png").write_bytes(data)
    return Path(shutil.copytree(learned_plate.product, tmp_path / PLATE))


def edit(product: Path) -> None:
    """Another rule in the place of the only one, as a person writes it."""
    rules = "- id: R9\n  kind: must\n  text: The plate has no dark spot anywhere.\n"
    (product / "rules.yaml").write_text(rules, "utf-8")


def add(product: Path) -> list[str]:
    return ["knowledge", "add", str(product), "--home", "home"]


def wanted() -> Wanted:
    settings = Settings(home=Path("home"), concurrency=1)
    return Wanted(named=("parts",), settings=settings, product=PLATE, out=Path("run"))


def known_of(run: Path) -> list[dict[str, str]]:
    """The products that `run.json` names, oldest first."""
    return [one["products"] for one in json.loads((run / "run.json").read_text())["knowledge"]]


def digest() -> str:
    with open_home(wanted().settings) as store:
        return store.product(PLATE).digest


def rules_of(run: Path) -> set[str]:
    """Of the product as the run kept it for its pages."""
    (kept,) = (run / "products").glob("*.json")
    return {one["id"] for one in json.loads(kept.read_text())["rules"]}


def test_a_run_in_one_process_holds_its_home_and_an_edit_waits_until_it_ends(
    plate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, codes = digest(), list[int]()

    def edit_meanwhile(row: BatchRow) -> None:
        edit(plate)
        codes.append(loupe(add(plate)))

    run = run_folder(wanted())
    ended = asyncio.run(run_orders(wanted(), wanted().orders(), run, tell_row=edit_meanwhile))

    assert codes == [1, 1, 1]
    assert "has it open already" in capsys.readouterr().err
    assert [row.decision for row in ended.rows] == ["anomalous"] * 3
    assert known_of(run.root) == [{PLATE: before}]
    assert rules_of(run.root) == {"R1"}
    assert loupe(add(plate)) == 0
    assert digest() != before


def test_workers_have_a_snapshot_that_an_edit_does_not_reach(plate: Path) -> None:
    run = run_folder(wanted())
    job = prepare(wanted(), wanted().orders(), run, n_workers=1, anew=frozenset(), keeper=None)
    before = digest()

    async def inspected() -> list[BatchRow | None]:
        worker = Worker(job, 0, 1)
        await worker.ready()
        first = await worker.inspect(wanted().orders()[0])
        edit(plate)
        assert await asyncio.to_thread(loupe, add(plate)) == 0
        others = [await worker.inspect(order) for order in wanted().orders()[1:]]
        await worker.close()
        return [one.row for one in (first, *others)]

    rows = asyncio.run(inspected())

    assert [row and (row.decision, row.score) for row in rows] == [
        ("anomalous", rows[0] and rows[0].score)
    ] * 3
    assert digest() != before
    assert known_of(run.root) == [{PLATE: before}]
    assert rules_of(run.root) == {"R1"}
    assert json.loads((run.root / "run.json").read_text())["engines"][0]["snapshot"] == (
        job.snapshot.digest
    )


def test_a_watch_goes_on_with_what_it_began_with_and_the_next_start_says_what_changed(
    plate: Path, capsys: pytest.CaptureFixture[str], watched: Callable[..., int]
) -> None:
    before = digest()

    def edit_and_drop() -> None:
        edit(plate)
        assert loupe(add(plate)) == 1
        shutil.copyfile("parts/1.png", "in/1.png")

    shutil.copyfile("parts/0.png", "in/0.png")
    assert watched(2, meanwhile=edit_and_drop) == 0
    assert loupe(add(plate)) == 0
    capsys.readouterr()
    assert watched(3, meanwhile=lambda: shutil.copyfile("parts/2.png", "in/2.png")) == 0

    assert "since this run began plate changed" in capsys.readouterr().err
    assert known_of(Path("run")) == [{PLATE: before}, {PLATE: digest()}]
    rows = read_rows(Path("run/results.jsonl"), BatchRow)
    assert [(Path(row.asset).name, row.decision) for row in rows] == [
        ("0.png", "anomalous"),
        ("1.png", "anomalous"),
        ("2.png", "anomalous"),
    ]


@pytest.fixture
def watched(tmp_path: Path, until_done: Callable[..., int]) -> Callable[..., int]:
    """Watches the folder `in` until there are so many rows; does something after the first one."""
    (tmp_path / "in").mkdir()
    log = Path("run/results.jsonl")

    def wait_for(n_rows: int) -> None:
        end = time.monotonic() + 60
        while not log.exists() or log.read_bytes().count(b"\n") < n_rows:
            assert time.monotonic() < end
            time.sleep(0.02)

    def watch(n_rows: int, *, meanwhile: Callable[[], object]) -> int:
        def act() -> None:
            # A second start has its rows from the first one; what lands early is taken, too.
            wait_for(1)
            meanwhile()
            wait_for(n_rows)

        given = f"watch in --home home --out run --product {PLATE} --existing --quiet 0"
        return until_done(lambda: loupe(given.split()), act)

    return watch
