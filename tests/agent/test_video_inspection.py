"""Videos through the Inspector: what moves wrongly or was never seen, with its cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from agent.inspector import Inspector
from agent.run_folder import RunFolder
from agent.settings import Settings
from graphs.records import Inspection
from tools.records import FrameExtent

FMEA = """\
id,mode,appearance,cause,effect,remediation,severity,occurrence,detection
FM1,reversed belt,the belt runs backwards,two phases of the motor exchanged,jam,swap them,8,2,3
FM2,foreign part,an unseen object lies beside the belt,tool left behind,damage,take it away,7,3,4
FM3,slipping belt,the belt runs slower than usual or stands still,worn drive,delay,tighten,4,4,4
"""
HEIGHT, WIDTH, N_FRAMES = 96, 144, 24
BELT = slice(32, 64)
TOOL = (slice(4, 20), slice(100, 124))
"""Rows and columns of what lies on the ground."""


def textured(seed: int, height: int) -> np.ndarray:
    noise = gaussian_filter(np.random.default_rng(seed).random((height, WIDTH)), 1.5, mode="wrap")
    return np.asarray(60 + 120 * (noise - noise.min()) / np.ptp(noise), dtype=np.uint8)


def write_belt(path: Path, *, start: int, px: int = 2, tool: bool = False) -> Path:
    """A belt that runs to the right over a still ground, ten frames a second, without loss."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    ground, belt = textured(0, HEIGHT), textured(1, BELT.stop - BELT.start)
    if tool:
        ground[TOOL] = (np.indices((16, 24)).sum(axis=0) // 3 % 2 * 250).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgr0"
        for number in range(N_FRAMES):
            image = ground.copy()
            image[BELT] = np.roll(belt, start + px * number, axis=1)
            frame = np.repeat(image[:, :, None], 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="module")
def inspected(root: Path) -> dict[str, Inspection]:
    product = root / "belt"
    for number in range(2):
        write_belt(product / "references" / f"normal_{number}.avi", start=40 * number)
    (product / "product.yaml").write_text("name: belt\ndescriptor: A belt that runs.\n")
    (product / "fmea.csv").write_text(FMEA)
    parts = {
        "good": write_belt(root / "good.avi", start=17),
        "reversed": write_belt(root / "reversed.avi", start=17, px=-2),
        "tool": write_belt(root / "tool.avi", start=17, tool=True),
    }
    with Inspector(Settings(home=root / "home")) as inspector:
        inspector.add_product(product)
        return {name: inspector.inspect(path, "belt") for name, path in parts.items()}


def test_a_belt_that_runs_as_the_references_do_is_not_anomalous(
    inspected: dict[str, Inspection],
) -> None:
    assert inspected["good"].verdict.decision in ("normal", "review")
    assert inspected["good"].verdict.raw_score is not None
    assert inspected["reversed"].verdict.raw_score is not None
    assert inspected["reversed"].verdict.raw_score > inspected["good"].verdict.raw_score


@pytest.mark.parametrize(
    ("name", "mode", "cause", "rows"),
    [
        ("reversed", "FM1", "two phases of the motor exchanged", BELT),
        ("tool", "FM2", "tool left behind", TOOL[0]),
    ],
)
def test_what_is_wrong_is_found_where_it_is_with_its_cause_and_remedy(
    inspected: dict[str, Inspection], name: str, mode: str, cause: str, rows: slice
) -> None:
    verdict = inspected[name].verdict

    assert verdict.decision == "anomalous"
    first = verdict.findings[0]
    assert first.failure_mode == mode
    assert verdict.causes[0].text == cause
    source = next(one.source for one in verdict.regions if one.id == first.region)
    assert isinstance(source, FrameExtent)
    assert source.box_xyxy[1] < rows.stop
    assert rows.start < source.box_xyxy[3]


def test_the_page_shows_what_the_expert_says_over_time(
    root: Path, inspected: dict[str, Inspection]
) -> None:
    (run,) = (root / "home" / "runs").iterdir()
    page = RunFolder(run).report_path(inspected["tool"].id).read_text()

    assert '<path d="M0.0,' in page
