"""A coloured scan through the Inspector: geometry and views find what each alone can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agent.inspector import Inspector
from agent.settings import Settings
from agent.workshop import load_experts
from graphs.records import Finding, Inspection
from tools.asset_ports import AssetExpert
from tools.experts.backbones.embedded import EmbeddedPatches
from tools.experts.cloud_geometry import CloudGeometry
from tools.experts.cloud_views import CloudViews
from tools.experts.patch_memory import PatchMemory
from tools.records import PointExtent

FMEA = """\
id,mode,appearance,cause,effect,remediation,severity,occurrence,detection
FM1,blister,a bump on a tread,moisture in the pellets,poor seat,dry them,6,3,4
FM2,stain,a dark stain on a tread,oil from the gripper,poor paint,wipe it,6,3,4
"""
CAMERA = "az045el+35"
GREY, DARK = 180, 20
STAIN_XY, BUMP_XY = (2.9, 0.8), (0.5, 2.2)
"""The stain is on the lower tread, the bump on the upper one."""


def stairs(seed: int) -> NDArray[np.float64]:
    """(2400, 6) of two treads, 1 and 3 wide, one high; grey."""
    rng = np.random.default_rng(seed)
    treads = rng.random((2_000, 3)) * [4, 3, 0]
    treads[:, 2] = np.where(treads[:, 0] > 1, 0.0, 1.0)
    riser = rng.random((400, 3)) * [0, 3, 1] + [1, 0, 0]
    points = np.concatenate([treads, riser])
    points += rng.normal(0, 0.003, points.shape)
    return np.concatenate([points, np.full((len(points), 3), GREY)], axis=1)


def write(path: Path, points: NDArray[np.float64]) -> Path:
    np.savetxt(path, points, fmt="%.5f " * 3 + "%d " * 3)
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    """Of a part with a stain and a bump, by both experts, from one camera."""
    root = tmp_path_factory.mktemp("coloured")
    product = root / "stairs"
    (product / "references").mkdir(parents=True)
    write(product / "references" / "golden.xyz", stairs(1))
    (product / "product.yaml").write_text("name: stairs\ndescriptor: A stair of two treads.\n")
    (product / "fmea.csv").write_text(FMEA)
    part = stairs(3)
    from_stain = np.linalg.norm(part[:, :2] - STAIN_XY, axis=1)
    part[(from_stain < 0.35) & (part[:, 2] < 0.5), 3:] = DARK
    from_bump = np.linalg.norm(part[:, :2] - BUMP_XY, axis=1)
    part[:, 2] += np.where(part[:, 2] > 0.9, 0.15 * np.exp(-((from_bump / 0.2) ** 2)), 0)

    settings = Settings(home=root / "home", experts=("geometry", "views"), cameras=(CAMERA,))
    # A quarter of the usual number of patches.
    eyes = PatchMemory(EmbeddedPatches(side_px=128))
    experts: dict[str, AssetExpert] = {
        "geometry": CloudGeometry(),
        "views": CloudViews(eyes, cameras=settings.cameras),
    }
    with Inspector(settings, experts=experts) as inspector:
        inspector.add_product(product)
        return inspector.inspect(write(root / "part.xyz", part), "stairs")


def finding_near(found: Inspection, xy: tuple[float, float]) -> tuple[Finding, str]:
    """The only one whose centre lies within half a unit, and the experts that it cites."""
    places = {region.id: region.source for region in found.verdict.regions}
    (near,) = [
        one
        for one in found.verdict.findings
        if one.region is not None
        and isinstance(place := places[one.region], PointExtent)
        and np.linalg.norm(np.array(place.centre_xyz[:2]) - xy) < 0.5
    ]
    cited = [one for one in found.evidence if one.id in near.evidence_ids]
    return near, " ".join(sorted(str(one.values["expert"]) for one in cited))


def test_a_stain_is_found_by_views_alone_where_it_is(found: Inspection) -> None:
    stain, experts = finding_near(found, STAIN_XY)

    assert experts == "views"
    assert "(views)" in stain.claim


def test_a_bump_beside_it_is_found_by_geometry(found: Inspection) -> None:
    _, experts = finding_near(found, BUMP_XY)

    assert "geometry" in experts


def test_both_experts_find_the_part_beyond_normal_and_are_cited(found: Inspection) -> None:
    cited = {one for finding in found.verdict.findings for one in finding.evidence_ids}
    told = {one.values["expert"] for one in found.evidence if one.id in cited}
    whole = [one.text for one in found.evidence if "raw_score" in one.values]

    assert told == {"geometry", "views"}
    assert [text.split(" scores")[0] for text in whole] == ["geometry", "views"]
    assert all("above the normal level" in text for text in whole)
    assert found.verdict.decision != "normal"


def test_the_views_that_are_shown_are_those_of_the_cameras_that_are_set(found: Inspection) -> None:
    assert [view.picture for view in found.views if view.parent is None] == [CAMERA]


def test_the_expert_on_views_looks_from_the_cameras_that_are_set(tmp_path: Path) -> None:
    def version(**given: Any) -> str:
        settings = Settings(home=tmp_path, experts=("geometry", "views"), **given)
        return load_experts(settings)["views"].version

    given = CloudViews(PatchMemory(EmbeddedPatches()), cameras=(CAMERA,))

    # A calibration is kept by the versions of the experts.
    assert version(cameras=(CAMERA,)) == given.version
    assert version() == CloudViews(PatchMemory(EmbeddedPatches())).version != given.version
