"""Homes that the tests of agent share: one with the sample product known, one inspected."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import threading
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from agent.cli import run as run_command_line
from agent.commands.demo import Samples, find_samples
from agent.home import open_home
from agent.run_folder import RunFolder
from agent.settings import Settings
from agent.workshop import Workshop
from evals.benchmarks.tiny_product import PRODUCT as PLATE
from evals.benchmarks.tiny_product import write_tiny_product
from graphs.records import Inspection


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs in an empty folder, without variables of Loupe's."""
    for name in [n for n in os.environ if n.startswith("LOUPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def samples() -> Samples:
    return find_samples()


@pytest.fixture(scope="session")
def known_home(once: Any, samples: Samples) -> Path:
    """A home that knows the sample product; nothing is learned. Copy it before a change."""

    def add(folder: Path) -> None:
        with open_home(Settings(home=folder / "home")) as store:
            store.add(samples.product)

    return Path(once("known", add)) / "home"


@pytest.fixture
def home(known_home: Path, tmp_path: Path) -> Path:
    """A home of the test's own that knows the sample product; nothing is learned."""
    shutil.copytree(known_home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A picture of no known product: every mind must leave it to a person."""
    path = tmp_path / "strange.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (96, 128, 3), dtype=np.uint8)).save(path)
    return path


@pytest.fixture
def until_done() -> Callable[[Callable[[], int], Callable[[], object]], int]:
    """Runs a command without an end, does something beside it, then ends it by SIGTERM.

    No clock decides when it has done enough.
    """

    def run(command: Callable[[], int], act: Callable[[], object]) -> int:
        ended = threading.Event()

        def beside() -> None:
            try:
                act()
            finally:
                # Without the command nobody would hear the signal but this process.
                if not ended.is_set():
                    os.kill(os.getpid(), signal.SIGTERM)

        thread = threading.Thread(target=beside)
        thread.start()
        try:
            return command()
        finally:
            ended.set()
            thread.join()

    return run


class TinyPlate(NamedTuple):
    """The tiny product, learned."""

    home: Path
    product: Path
    normal: Path
    spotted: Path


class Shown(NamedTuple):
    """What `loupe demo` made and printed."""

    code: int
    out: str
    err: str
    home: Path
    run: RunFolder


@pytest.fixture(scope="session")
def shown(once: Any) -> Shown:
    """`loupe demo` from nothing: all sample parts, inspected once for all tests.

    Copy the home before it is opened: other processes read it.
    """

    def demonstrate(folder: Path) -> None:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run_command_line(["demo", "--home", str(folder / "home")])
        said = {"code": code, "out": out.getvalue(), "err": err.getvalue()}
        (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")

    folder = Path(once("demo", demonstrate))
    (run,) = (folder / "home" / "runs").iterdir()
    said = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    return Shown(**said, home=folder / "home", run=RunFolder(run))


@pytest.fixture(scope="session")
def learned_plate(once: Any) -> TinyPlate:
    """A home that has learned the tiny product, and its parts. Copy it before it is opened."""

    def learn(folder: Path) -> None:
        tiny = write_tiny_product(folder)
        with Workshop(Settings(home=folder / "home")) as workshop:
            workshop.store.add(tiny.product)
            workshop.models.model(PLATE)

    folder = Path(once("plate", learn))
    return TinyPlate(folder / "home", folder / PLATE, folder / "normal.png", folder / "spotted.png")


@pytest.fixture(scope="session")
def inspections(shown: Shown) -> dict[str, Inspection]:
    """By file name."""
    paths = sorted((shown.run.root / "inspections").glob("*/inspection.json"))
    records = [Inspection.model_validate_json(path.read_bytes()) for path in paths]
    return {Path(one.asset.path).name: one for one in records}
