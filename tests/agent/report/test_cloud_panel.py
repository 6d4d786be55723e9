from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from agent.report.cloud_panel import cloud_panel
from tools.assets.clouds import open_cloud
from tools.assets.clouds.cloud import Cloud
from tools.records import PointExtent, Region


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """900 points of a sheet."""
    x, y = np.meshgrid(np.arange(30.0), np.arange(30.0))
    path = tmp_path / "sheet.xyz"
    np.savetxt(path, np.stack([x.ravel(), y.ravel(), np.sin(x.ravel())], axis=1))
    return open_cloud(path)


def region(label: str = "dent") -> Region:
    extent = PointExtent(
        point_indices=[4, 5, 34], centre_xyz=[4.3, 0.3, 0], extent_xyz=[1, 1, 0], diameter=1.4
    )
    return Region(id=3, view="V1", box_xyxy=[1, 1, 5, 5], label=label, score=2.5, source=extent)


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert found is not None
    read: dict[str, object] = json.loads(found[1])
    return read


def test_the_page_holds_all_that_it_draws_and_names_nothing_outside(cloud: Cloud) -> None:
    scores = np.linspace(0, 4, 900, dtype=np.float32)
    page = cloud_panel(cloud, [region()], name="sheet.xyz", element_scores=scores, level=2.0)
    data = data_of(page)

    assert data["n"] == 900
    assert len(base64.b64decode(str(data["points"]))) == 900 * 6
    assert list(np.flatnonzero(list(base64.b64decode(str(data["regions"]))))) == [4, 5, 34]
    told = base64.b64decode(str(data["scores"]))
    assert (told[0], told[-1]) == (1, 255)
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_only_the_pages_own_script_may_run(cloud: Cloud) -> None:
    page = cloud_panel(cloud, [], name="sheet.xyz")
    script = page.rsplit("<script>", 1)[1].split("</script>", 1)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"script-src 'sha256-{digest}'" in page


def test_what_others_wrote_is_escaped(cloud: Cloud) -> None:
    page = cloud_panel(cloud, [region("<script>alert(1)</script>")], name='"><img src=x>.xyz')

    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert page.count("<script") == 2


def test_without_scripts_a_picture_shows_the_regions(cloud: Cloud) -> None:
    page = cloud_panel(cloud, [region()], name="sheet.xyz")

    assert '<img src="data:image/jpeg;base64,' in page
    assert "centre 4.3, 0.3, 0" in page
    assert "3 points" in page
