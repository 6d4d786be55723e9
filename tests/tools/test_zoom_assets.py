"""Zoom, measure and compare on a series, which is no image: plots are made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.artifacts import ArtifactFolder
from tools.assets import render_view
from tools.assets.opening import open_asset
from tools.compare import compare
from tools.errors import ToolError
from tools.measure import MeasureArguments, measure
from tools.ports import ToolContext
from tools.records import IntervalExtent
from tools.targets import TargetArguments
from tools.zoom import ZoomArguments, zoom


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    """A ramp from 0 to 999 over 1000 s, shown whole as V1."""
    path = tmp_path / "ramp.csv"
    path.write_text("time,level\n" + "\n".join(f"{n},{n}" for n in range(1000)) + "\n")
    asset = open_asset(path)
    artifacts = ArtifactFolder(tmp_path / "artifacts")
    picture = asset.picture(asset.names[0])
    view = render_view(picture, picture.window_xyxy, view_id="V1", artifacts=artifacts)
    return ToolContext(
        picture=picture,
        asset=asset,
        views={"V1": view},
        product=None,
        mm_per_px=None,
        knowledge=None,  # type: ignore[arg-type]  # nothing here asks it
        artifacts=artifacts,
        memories={},
    )


def half(context: ToolContext) -> list[float]:
    """The box of the second half of the ramp."""
    extent = IntervalExtent(
        start=500.0, end=999.0, channels=["level"], first_sample=500, last_sample=1000
    )
    box = context.picture.box_of(extent)
    assert box is not None
    return box


def test_a_zoom_on_half_a_series_is_a_new_plot_of_that_half(context: ToolContext) -> None:
    result = zoom.run(context, ZoomArguments(view="V1", box_xyxy=half(context)))

    (view,) = result.views
    assert view.picture != context.picture.name
    assert view.parent == "V1"
    assert "made anew from the source" in result.text
    assert context.asset is not None
    closer = context.asset.picture(view.picture)
    shown = closer.extent(closer.window_xyxy)
    assert isinstance(shown, IntervalExtent)
    # A pixel of the whole plot is about a sample and a half.
    assert abs(shown.first_sample - 500) <= 3
    assert shown.last_sample == 1000


def test_half_a_ramp_is_measured_over_its_own_samples(context: ToolContext) -> None:
    result = measure.run(context, MeasureArguments(view="V1", box_xyxy=half(context)))

    values = result.evidence[0].values
    assert values["max:level"] == 999.0
    assert abs(float(str(values["min:level"])) - 500) <= 3


def test_a_whole_series_is_measured_without_a_target(context: ToolContext) -> None:
    values = measure.run(context, MeasureArguments()).evidence[0].values

    assert (values["min:level"], values["max:level"], values["mean:level"]) == (0.0, 999.0, 499.5)


def test_a_margin_of_a_plot_shows_nothing_to_zoom_on(context: ToolContext) -> None:
    with pytest.raises(ToolError, match="shows nothing of the part"):
        zoom.run(context, ZoomArguments(view="V1", box_xyxy=[0, 0, 12, 12]))


def test_without_a_product_a_series_has_nothing_to_be_compared_with(context: ToolContext) -> None:
    with pytest.raises(ToolError, match="no product is known"):
        compare.run(context, TargetArguments(view="V1"))
