from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.cases import case_id, case_of, keep_case
from agent.cli import run as run_command_line
from agent.home import open_home
from agent.inspector import Inspector
from agent.run_folder import RunFolder
from agent.settings import Settings
from graphs.records import Inspection, Recall, TraceEvent, Usage, Verdict
from tools.arrays import UInt8Image
from tools.records import Asset

FMEA = """\
mode,appearance,cause,effect,remediation,severity,occurrence,detection
oil patch,large dark rough patch inside with a sharp outline,leaking spindle,stain,seal it,5,3,2
"""
EXPERTS = ("registered_difference",)
"""One is enough here, and quick."""


def plate(seed: int, *, spot_xy: tuple[int, int] | None = None) -> UInt8Image:
    """(96, 128, 3): a plate with two holes; with a black spot where one is asked for."""
    rng = np.random.default_rng(seed)
    image = np.full((96, 128, 3), 60.0)
    image[16:80, 12:116] = 170
    rows, columns = np.mgrid[:96, :128]
    for centre in (38, 90):
        image[(rows - 48) ** 2 + (columns - centre) ** 2 < 100] = 90
    if spot_xy is not None:
        image[(rows - spot_xy[1]) ** 2 + (columns - spot_xy[0]) ** 2 < 49] = 5
    image += rng.normal(0, 4, image.shape)
    return np.asarray(np.clip(image, 0, 255), dtype=np.uint8)


@pytest.fixture(scope="module")
def learned_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that knows the product `plate`. Copy it before a change."""
    root = tmp_path_factory.mktemp("cases")
    folder = root / "plate"
    (folder / "references").mkdir(parents=True)
    (folder / "product.yaml").write_text("name: plate\ndescriptor: A plate with two holes.\n")
    (folder / "fmea.csv").write_text(FMEA)
    for seed in range(4):
        Image.fromarray(plate(seed)).save(folder / "references" / f"p{seed}.png")
    with Inspector(Settings(home=root / "home", experts=EXPERTS)) as inspector:
        inspector.add_product(folder)
        inspector.workshop.models.model("plate")
    return root / "home"


@pytest.fixture
def home(learned_home: Path, tmp_path: Path) -> Path:
    shutil.copytree(learned_home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def spotted(tmp_path: Path) -> Callable[[int], Path]:
    def make(seed: int) -> Path:
        path = tmp_path / f"spotted{seed}.png"
        Image.fromarray(plate(seed, spot_xy=(64, 30 + seed % 3))).save(path)
        return path

    return make


def cases_in(inspection: Inspection) -> list[object]:
    return [one.values["id"] for one in inspection.evidence if one.values.get("kind") == "case"]


async def test_a_kept_case_stands_behind_the_cause_of_a_like_part(
    home: Path, spotted: Callable[[int], Path]
) -> None:
    settings = Settings(home=home, experts=EXPERTS, keep_cases="all")
    with Inspector(settings) as inspector:
        first = await inspector.ainspect(spotted(11), "plate")
        inspector.run = RunFolder.new(home / "runs")
        second = await inspector.ainspect(spotted(12), "plate")
        again = await inspector.ainspect(spotted(11), "plate")

    kept = case_id("plate", first.asset.sha256)
    assert first.verdict.decision == "anomalous"
    assert (first.recall.cases, second.recall.cases, again.recall.cases) == ([], [kept], [])
    (told,) = [one for one in second.evidence if one.values.get("kind") == "case"]
    assert [one.failure_mode for one in second.verdict.findings] == ["oil-patch"]
    (cause,) = second.verdict.causes
    assert cause.source == first.verdict.causes[0].source
    assert told.id in cause.evidence_ids
    assert second.verdict.raw_score is not None
    assert cases_in(again) == []


async def test_what_nobody_decided_is_not_kept_unless_it_is_wanted(
    home: Path, spotted: Callable[[int], Path]
) -> None:
    with Inspector(Settings(home=home, experts=EXPERTS)) as inspector:
        await inspector.ainspect(spotted(11), "plate")

    with open_home(Settings(home=home)) as store:
        assert store.cases() == []


async def test_parts_of_one_run_are_no_cases_for_each_other(
    home: Path, spotted: Callable[[int], Path]
) -> None:
    paths = [spotted(seed) for seed in (11, 12, 13)]
    settings = Settings(home=home, experts=EXPERTS, keep_cases="all", concurrency=1)
    async with Inspector(settings) as inspector:
        rows = [one async for one in inspector.inspect_many(paths, "plate")]

    assert [one.recall.cases for one in rows] == [[], [], []]
    with open_home(Settings(home=home)) as store:
        assert {case.id for case in store.cases("plate")} == {
            case_id("plate", one.asset.sha256) for one in rows
        }


def an_inspection(decision: str, *, answered: str | None, seed: str = "a") -> Inspection:
    trace = [] if answered is None else [TraceEvent(node="ask", seconds=1.0, detail=answered)]
    return Inspection(
        id="i",
        asset=Asset(path="p.png", sha256=seed * 64, modality="image", size=[4, 4]),
        product="plate",
        recall=Recall(product="plate", given=True),
        mind="embedded",
        strategy="rounds",
        views=[],
        verdict=Verdict.model_validate(
            {"decision": decision, "reason": "It is so.", "status": "decided"}
        ),
        evidence=[],
        rounds=[],
        usage=Usage(),
        trace=trace,
        created="2026-01-02T03:04:05+00:00",
    )


@pytest.mark.parametrize(
    ("which", "answered", "kept"),
    [
        ("reviewed", "normal", True),
        ("reviewed", "anomalous", True),
        ("reviewed", "review", False),
        ("reviewed", None, False),
        ("all", None, True),
        ("none", "normal", False),
    ],
)
def test_the_setting_says_which_inspections_are_kept(
    home: Path, which: str, answered: str | None, kept: bool
) -> None:
    settings = Settings.model_validate({"home": home, "keep_cases": which})
    with open_home(settings) as store:
        inspection = an_inspection(answered or "anomalous", answered=answered)
        keep_case(inspection, plate(1), store=store, which=settings.keep_cases)

        assert [case.id for case in store.cases("plate")] == ([f"plate:{'a' * 16}"] if kept else [])


def test_a_case_is_kept_once_and_what_a_person_decided_stays(home: Path) -> None:
    with open_home(Settings(home=home)) as store:
        for decision, answered in [("normal", "normal"), ("anomalous", None)]:
            inspection = an_inspection(decision, answered=answered)
            keep_case(inspection, plate(1), store=store, which="all")

        assert store.cases("plate") == [
            case_of(an_inspection("normal", answered="normal"), failure_modes=[])
        ]


def test_cases_are_counted_listed_and_forgotten_on_the_command_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_home(Settings(home=home)) as store:
        for seed, answered in [("a", "normal"), ("b", None)]:
            inspection = an_inspection("normal", answered=answered, seed=seed)
            keep_case(inspection, plate(1), store=store, which="all")

    def loupe(*words: str) -> tuple[int, str]:
        code = run_command_line(["--home", str(home), *words])
        return code, capsys.readouterr().out

    assert "cases: 2, 1 decided by a person" in loupe("knowledge", "show", "plate")[1]
    assert loupe("knowledge", "forget", f"plate:{'a' * 16}")[0] == 0
    code, out = loupe("knowledge", "cases", "plate", "--json")
    assert (code, out.count("plate:bbbb"), out.count("plate:aaaa")) == (0, 1, 0)
    assert loupe("knowledge", "forget", "plate:nothing")[0] == 1
