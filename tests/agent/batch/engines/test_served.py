"""Workers that read a Chroma server decide as those that copy, and the run says what it pins."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.batch.engines.contract import EngineChoice
from agent.batch.engines.preparing import FIELD, prepare
from agent.batch.engines.worker import Job, Worker
from agent.batch.records import BatchRow
from agent.batch.wanted import Wanted
from agent.home import open_home
from agent.result_log import read_rows
from agent.run_folder import RunFolder
from agent.settings import load_settings
from evals.benchmarks.tiny_product import PRODUCT, TinyProduct, write_tiny_product
from knowledge.layout import Layout
from knowledge.snapshot import KNOWLEDGE
from tools.errors import KnowledgeError, StoreGone

SAME = {"asset", "product", "status", "decision", "score", "findings"}


@pytest.fixture
def known(tmp_path: Path) -> TinyProduct:
    return write_tiny_product(tmp_path / "written")


@pytest.fixture
def wanted(known: TinyProduct) -> Wanted:
    settings = load_settings(home=Path("home"), experts="registered_difference", concurrency=2)
    with open_home(settings) as store:
        store.add(known.product)
    named = (str(known.normal), str(known.spotted))
    return Wanted(named=named, settings=settings, product=PRODUCT)


def prepared(wanted: Wanted, chroma: str, run: RunFolder) -> Job:
    engine = EngineChoice("ray", workers=1, chroma=chroma)
    orders = wanted.orders()
    return prepare(
        replace(wanted, engine=engine), orders, run, n_workers=1, anew=frozenset(), keeper=None
    )


async def rows(job: Job) -> list[BatchRow | None]:
    worker = Worker(job, 0, 2)
    await worker.ready()
    read = Layout(worker._scratch / KNOWLEDGE)
    assert (read.served.exists(), read.database.exists()) == (
        job.served is not None,
        job.served is None,
    )
    done = [(await worker.inspect(order)).row for order in job.wanted.orders()]
    await worker.close()
    return done


def test_a_worker_that_reads_a_server_decides_as_one_that_copies(
    wanted: Wanted, chroma_server: str, tmp_path: Path
) -> None:
    copying = prepared(wanted, "", RunFolder(tmp_path / "copying"))
    served = prepared(wanted, chroma_server, RunFolder(tmp_path / "served"))
    with open_home(wanted.settings) as store:
        # Too late for either.
        store.remove(PRODUCT)

    found = [asyncio.run(rows(job)) for job in (copying, served)]

    told = [[one and one.model_dump(include=SAME) for one in several] for several in found]
    assert told[0] == told[1]
    assert [one and one.decision for one in found[1]] == ["normal", "anomalous"]


async def test_a_server_that_dies_ends_the_run_and_makes_no_row(
    wanted: Wanted, start_chroma: Any, tmp_path: Path
) -> None:
    (tmp_path / "chroma").mkdir()
    with start_chroma(tmp_path / "chroma") as (url, server):
        worker = Worker(prepared(wanted, url, RunFolder(tmp_path / "run")), 0, 1)
        await worker.ready()
        normal, spotted = wanted.orders()
        done = await worker.inspect(normal)
        server.kill()
        server.wait()

        with pytest.raises(StoreGone, match=r"the Chroma server cannot be read .*; start it"):
            await worker.inspect(spotted)
        await worker.close()

    assert done.row is not None
    assert [one.task for one in read_rows(done.part, BatchRow)] == [normal.task]


def test_the_run_says_which_database_it_read(
    wanted: Wanted, chroma_server: str, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "run")

    job = prepared(wanted, chroma_server, run)

    (told,) = run.read_run()[FIELD]
    database = f"loupe-{job.snapshot.digest}"
    assert told["snapshot"] == job.snapshot.digest
    assert told["served"] == {"url": chroma_server, "database": database}


def test_without_the_server_the_run_ends_in_one_line(wanted: Wanted, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"http://127\.0\.0\.1:1: the Chroma server cannot be"):
        prepared(wanted, "http://127.0.0.1:1", RunFolder(tmp_path / "run"))
