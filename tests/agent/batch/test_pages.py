"""A run that writes pages only of what is to be told; the rest comes when it is asked for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from agent.cli import run as loupe
from agent.inspector import Inspector
from agent.run_folder import RunFolder
from agent.settings import Settings
from agent.talk.desk import HomeDesk
from evals.benchmarks.tiny_product import PRODUCT

WRITTEN = ("overlay.png", "report.html")


def written(run: RunFolder) -> dict[str, list[str]]:
    """Which of both files a part has, by the stem of its file."""
    folders = sorted((run.root / "inspections").iterdir())
    return {
        folder.name.rsplit("-", 1)[0]: [name for name in WRITTEN if (folder / name).is_file()]
        for folder in folders
    }


def test_normal_parts_have_pages_when_somebody_wants_them(learned_plate: Any) -> None:
    shutil.copytree(learned_plate.home, "home")
    shutil.copy(learned_plate.normal, "normal.png")
    shutil.copy(learned_plate.spotted, "spotted.png")
    Path("parts.csv").write_text("asset\nnormal.png\nspotted.png\n", "utf-8")
    run = RunFolder(Path("home/runs/one"))
    asked = ["--home", "home", "--out", str(run.root), "--product", PRODUCT]

    assert loupe(["batch", "parts.csv", *asked, "--pages", "told"]) == 0

    assert written(run) == {"normal": [], "spotted": list(WRITTEN)}
    index = run.report_path().read_text("utf-8")
    assert index.count('<a href="inspections/spotted-') == 1
    assert '<a href="inspections/normal-' not in index
    assert "normal.png" in index

    with Inspector(Settings(home=Path("home"))) as inspector:
        name = next(one.name for one in (run.root / "inspections").glob("normal-*"))
        image_hwc = HomeDesk(inspector, Path("talk")).picture(f"one/{name}", "overlay")
    assert image_hwc.shape[2] == 3

    assert loupe(["report", "one", "--home", "home"]) == 0
    assert written(run) == {"normal": ["report.html"], "spotted": list(WRITTEN)}
    assert '<a href="inspections/normal-' in run.report_path().read_text("utf-8")
