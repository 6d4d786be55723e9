"""Ignore rules with and without a limit of size, on drawn specks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs.inspection.appearance import Cutout, describe
from graphs.inspection.ignored import Limit, find_ignoring, limit_of
from graphs.inspection.refutation import Case, Grounds, sift
from graphs.records import Candidate
from knowledge.records import FailureMode, Rule
from tools.arrays import UInt8Image
from tools.records import Evidence, ImageExtent, Region, View

BOX = [30.0, 30.0, 50.0, 50.0]
REGION = Region(id=1, view="V1", box_xyxy=BOX, source=ImageExtent(box_xyxy=BOX))
VIEW = View(
    id="V1",
    asset_sha256="0" * 64,
    artifact="1" * 64,
    size=[96, 96],
    window_xyxy=[0, 0, 96, 96],
    factor_xy=[1, 1],
)
BEYOND = Evidence(
    id="E1", tool="score", view="V1", region=REGION, values={"peak": 3.0, "normal_level": 2.0}
)
SPLASH = FailureMode(
    id="FM1",
    mode="solder splash",
    appearance="shiny blob",
    severity=8,
    occurrence=3,
    detection=4,
)


def dust(**fields: Any) -> Rule:
    text = fields.pop("text", "Dust specks do not matter.")
    return Rule(id="R8", kind="ignore", text=text, source="rules.yaml:1", **fields)


LIMITED = dust(quantity="diameter_mm", max=0.4, unit="mm")


def speck(side_px: int) -> Cutout:
    reference: UInt8Image = np.full((80, 80, 3), 60, dtype=np.uint8)
    image = reference.copy()
    image[40 : 40 + side_px, 40 : 40 + side_px] = 180
    mask = np.zeros((80, 80), dtype=np.bool_)
    mask[38 : 42 + side_px, 38 : 42 + side_px] = True
    return Cutout(
        image_hwc=image,
        mask=mask,
        reference_hwc=reference,
        overlap=None,
        picture_px=800 * 800,
    )


def sifted(cutout: Cutout, rule: Rule, *, mm_per_px: float | None = 0.1) -> Any:
    candidate = Candidate(claim="a spot", region=1, evidence_ids=["E1"])
    case = Case(
        candidate=candidate,
        cited=[BEYOND],
        region=REGION,
        cutout=cutout,
        attributes=describe(cutout),
    )
    grounds = Grounds(
        views={"V1": VIEW},
        rules=[rule],
        failure_modes=[SPLASH],
        mm_per_px=mm_per_px,
        n_evidence=7,
    )
    return sift([case], grounds)


def test_a_speck_below_the_limit_is_ignored_with_its_measured_size() -> None:
    found = sifted(speck(3), LIMITED)

    # Nine pixels: a circle of 3.385 px.
    assert [one.values for one in found.evidence] == [
        {
            "check": "ignore",
            "rule": "R8",
            "quantity": "diameter_mm",
            "value": pytest.approx(0.33851, abs=1e-5),
            "covered": True,
            "max": 0.4,
        }
    ]
    assert found.refuted[0].evidence_ids == ["E1", "E8"]
    assert found.refuted[0].reason.startswith("rule R8 tells to ignore it: Dust specks")
    assert (found.undecided, found.n_ignored) == ([], 1)


def test_a_speck_above_the_limit_stays_with_its_measured_size() -> None:
    only_dust = LIMITED.model_copy(update={"text": "Fine bright compact dust specks."})

    found = sifted(speck(6), only_dust)

    assert (found.refuted, found.n_ignored) == ([], 0)
    assert found.undecided[0].cited[-1].values["covered"] is False


def test_a_limit_in_millimetres_says_nothing_where_the_scale_is_unknown() -> None:
    found = sifted(speck(3), LIMITED, mm_per_px=None)

    assert len(found.undecided) == 1
    assert found.evidence == []


def test_a_limit_in_the_text_is_one_of_the_longest_extent() -> None:
    text = "Dust specks below 0.5 mm do not matter."

    assert limit_of(dust(text=text)) == Limit("length_mm", -np.inf, 0.5)
    # A square of 3 px is 4.24 px long, one of 4 px 5.66 px.
    assert len(sifted(speck(3), dust(text=text)).refuted) == 1
    assert len(sifted(speck(4), dust(text=text)).refuted) == 0


def test_a_limit_alone_ignores_nothing_that_looks_otherwise() -> None:
    dark = dust(text="Dark soft shading does not matter.", quantity="diameter_mm", max=0.4)

    assert len(sifted(speck(3), dark).undecided) == 1


def test_a_rule_without_a_limit_is_matched_by_its_words_alone() -> None:
    cutout = speck(3)
    plain = dust(text="Small bright compact specks with a sharp outline do not matter.")

    found = find_ignoring(describe(cutout), cutout, rules=[plain], failure_modes=[], mm_per_px=None)

    assert found is not None
    assert (found.rule.id, found.sized, found.decides) == ("R8", None, True)
