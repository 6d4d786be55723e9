from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.errors import ToolError
from tools.ports import ExpertScore, NotApplicable, ToolContext
from tools.records import ImageExtent, MaskRecord, Region
from tools.score import ScoreArguments, score

MakeContext = Callable[..., ToolContext]


class Brightness:
    """Scores each pixel by its red channel."""

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        maps = [image_hwc[..., 0].astype(np.float32) for image_hwc in images_hwc]
        return [ExpertScore(float(each.max()), each) for each in maps]


class Silent:
    """Has nothing to say."""

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        raise NotApplicable("the part does not align")


def spotted() -> UInt8Image:
    image_hwc = np.full((40, 60, 3), 10, dtype=np.uint8)
    image_hwc[5:10, 5:10] = 200
    image_hwc[30, 50] = 90
    return image_hwc


def test_a_box_has_the_level_inside_it_and_that_of_the_rest(make_context: MakeContext) -> None:
    context = make_context(image_hwc=spotted(), memories={"brightness": Brightness()})

    result = score.run(context, ScoreArguments(box_xyxy=[50, 30, 52, 32]))

    [draft] = result.evidence
    assert (draft.tool, draft.view) == ("score", "V1")
    assert draft.values == {
        "expert": "brightness",
        "raw_score": 200.0,
        "level": 90.0,
        "mean_level": 30.0,
        "rest_level": 200.0,
        "map_min": 10.0,
        "map_max": 200.0,
    }
    assert result.text == (
        "brightness: box [50, 30, 52, 32] reaches 90 (mean 30), the rest of the picture up to "
        "200; raw score of the picture 200. Higher is worse."
    )


def test_the_whole_picture_has_no_rest(make_context: MakeContext) -> None:
    context = make_context(image_hwc=spotted(), memories={"brightness": Brightness()})

    [draft] = score.run(context, ScoreArguments()).evidence

    assert draft.values["level"] == 200.0
    assert "rest_level" not in draft.values


def test_a_region_is_read_within_its_mask(make_context: MakeContext) -> None:
    mask = np.zeros((5, 6), dtype=np.bool_)
    mask[:, 5] = True
    box = [5.0, 5.0, 11.0, 10.0]
    beside = Region(
        id=1, view="V1", box_xyxy=box, mask=MaskRecord.of(mask), source=ImageExtent(box_xyxy=box)
    )
    context = make_context(
        image_hwc=spotted(), memories={"brightness": Brightness()}, regions={1: beside}
    )

    [draft] = score.run(context, ScoreArguments(region=1)).evidence

    assert draft.values["level"] == 10.0
    assert draft.region == beside


def test_the_map_is_drawn_lightest_where_it_is_worst(make_context: MakeContext) -> None:
    context = make_context(image_hwc=spotted(), memories={"brightness": Brightness()})

    [draft] = score.run(context, ScoreArguments()).evidence

    assert draft.artifact is not None
    lightness = context.artifacts.get(draft.artifact).sum(axis=2)
    assert lightness.shape == (40, 60)
    assert lightness[7, 7] == lightness.max()
    assert lightness[7, 7] > lightness[30, 50] > lightness[20, 20]


def test_an_expert_that_does_not_apply_says_why_and_the_others_answer(
    make_context: MakeContext,
) -> None:
    memories = {"brightness": Brightness(), "silent": Silent()}
    context = make_context(image_hwc=spotted(), memories=memories)

    result = score.run(context, ScoreArguments())

    assert [draft.values["expert"] for draft in result.evidence] == ["brightness"]
    assert "silent has nothing to say of this picture: the part does not align" in result.text
    with pytest.raises(ToolError, match="does not align; zoom or compare instead"):
        score.run(context, ScoreArguments(expert="silent"))


def test_an_unknown_expert_is_refused_with_those_that_exist(make_context: MakeContext) -> None:
    context = make_context(memories={"brightness": Brightness()})

    with pytest.raises(ToolError, match="the experts are: brightness"):
        score.run(context, ScoreArguments(expert="oracle"))


def test_without_experts_something_else_is_suggested(make_context: MakeContext) -> None:
    with pytest.raises(ToolError, match="no expert learnt this product"):
        score.run(make_context(), ScoreArguments())


class Alarmed(Brightness):
    """Judges windows by their brightest pixel, and has words."""

    version = "alarmed"

    def score_window(self, image_hwc: UInt8Image, box_xyxy: Sequence[float]) -> ExpertScore:
        x1, y1, x2, y2 = (int(value) for value in box_xyxy)
        return self.score([image_hwc[y1:y2, x1:x2]])[0]

    def score_views(self, images_hwc: Sequence[UInt8Image]) -> list[ExpertScore]:
        return self.score(images_hwc)

    def suspicion(self, raw_score: float) -> str:
        return "highly" if raw_score > 100 else "slightly"


def test_an_expert_that_needs_no_references_also_judges_the_place_alone(
    make_context: MakeContext,
) -> None:
    context = make_context(image_hwc=spotted(), memories={"alarmed": Alarmed()})

    result = score.run(context, ScoreArguments(box_xyxy=[50, 30, 52, 32]))

    [draft] = result.evidence
    assert (draft.values["suspicion"], draft.values["window_suspicion"]) == ("highly", "slightly")
    assert draft.values["window_score"] == 90.0
    assert result.text.endswith(
        "Higher is worse. The picture is highly suspicious; the place alone scores 90 and is "
        "slightly suspicious."
    )


def test_the_whole_picture_is_judged_once(make_context: MakeContext) -> None:
    context = make_context(image_hwc=spotted(), memories={"alarmed": Alarmed()})

    [draft] = score.run(context, ScoreArguments()).evidence

    assert draft.values["suspicion"] == "highly"
    assert "window_score" not in draft.values
    assert draft.text.endswith("Higher is worse. The picture is highly suspicious.")
