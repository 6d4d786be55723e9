"""The series on a page: its regions shaded where they are, and nothing that is not escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.report.asset_panels import PANELS
from agent.report.series_panel import LEFT_PX, N_COLUMNS, series_panel
from tools.assets.picture import Picture
from tools.assets.series import open_series
from tools.assets.series.series import Series
from tools.records import Asset, IntervalExtent, Region

NAME = "<script>alert(1)</script>"


@pytest.fixture
def series(tmp_path: Path) -> Series:
    rows = "".join(f"2020-01-01 00:{i // 60:02d}:{i % 60:02d},{i},{i % 7}\n" for i in range(1000))
    path = tmp_path / "run.csv"
    path.write_text(f"when,{NAME},b\n{rows}", "utf-8")
    return open_series(path)


def region(number: int, rows: tuple[int, int], channels: list[str]) -> Region:
    source = IntervalExtent(
        start="2020-01-01 00:01:40",
        end="2020-01-01 00:03:19",
        channels=channels,
        first_sample=rows[0],
        last_sample=rows[1],
    )
    return Region(id=number, view="V1", box_xyxy=[0, 0, 1, 1], source=source)


def test_a_region_is_shaded_over_its_channels_with_its_number_and_times(
    series: Series, page_of: Any
) -> None:
    """Rows 100 to 199 of 1000 lie a tenth of the way along, and are a tenth of the width."""
    html = series_panel(series, [region(3, (100, 200), ["b"])])

    page = page_of(html)
    shades = [value for tag, name, value in page.attributes if (tag, name) == ("rect", "class")]
    assert shades.count("shade") == 1
    first = html.index('class="shade" x="') + len('class="shade" x="')
    assert float(html[first:].split('"')[0]) == pytest.approx(LEFT_PX + 0.1 * N_COLUMNS, abs=1)
    assert 'href="#region-3"' in html
    assert "b: 2020-01-01 00:01:40 to 2020-01-01 00:03:19" in page.text


def test_names_of_channels_are_escaped_and_nothing_runs(series: Series, page_of: Any) -> None:
    page = page_of(series_panel(series, [region(1, (0, 5), [NAME])]))

    assert NAME in page.text
    assert "script" not in page.tags
    assert page.links == ["#region-1"]


def test_scores_are_shown_where_they_are_high(series: Series) -> None:
    scores = np.zeros((1000, 2), dtype=np.float32)
    scores[500, 1] = 4.0

    assert series_panel(series, [], scores).count('class="heat"') == 1
    assert "No interval stands out." in series_panel(series, [])


def test_only_a_series_has_this_panel() -> None:
    image = Asset(path="x.png", sha256="0" * 64, modality="image", size=[2, 2])

    with pytest.raises(ValueError, match="is image, no series"):
        series_panel(Picture(image, np.zeros((2, 2, 3), dtype=np.uint8)), [])


def test_pages_of_series_have_the_panel(series: Series) -> None:
    assert "<svg" in PANELS["time_series"](series, [], "").html
