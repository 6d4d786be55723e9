"""A scan through the Inspector: a bump is found where it is, in the scan's own coordinates."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import SecretStr

from agent.inspector import Inspector
from agent.loopback import loopback_endpoint
from agent.loopback.replies import CalledTool, Reply
from agent.loopback.requests import ChatRequest
from agent.settings import Settings
from tools.assets.opening import open_asset
from tools.records import PointExtent

FMEA = """\
id,mode,appearance,cause,effect,remediation,severity,occurrence,detection
FM1,sink mark,a dent in the upper face,too little packing pressure,poor seat,raise it,5,4,4
FM2,blister,a small bump on a face,moisture in the pellets,poor seat,dry them,6,3,4
"""
BUMP_XYZ = np.array([20.0, 10.0, 8.0])
"""On the upper face of the low step."""


def steps(seed: int, *, bump: bool = False) -> NDArray[np.float64]:
    """1200 points on the faces of two steps, 60 x 30 mm, 8 and 20 mm high, seen from all sides."""
    rng = np.random.default_rng(seed)
    n = 1200
    u, v, w = rng.random((3, n))
    faces = [
        np.stack([40 * u, 30 * v, np.full(n, 8.0)], axis=1),
        np.stack([40 + 20 * u, 30 * v, np.full(n, 20.0)], axis=1),
        np.stack([np.full(n, 40.0), 30 * v, 8 + 12 * w], axis=1),
        np.stack([np.full(n, 60.0), 30 * v, 20 * w], axis=1),
        np.stack([np.zeros(n), 30 * v, 8 * w], axis=1),
        np.stack([60 * u, 30 * v, np.zeros(n)], axis=1),
    ]
    areas = np.array([1200, 600, 360, 600, 240, 1800])
    chosen = rng.choice(len(faces), size=n, p=areas / areas.sum())
    points = np.stack(faces)[chosen, np.arange(n)] + rng.normal(0, 0.05, (n, 3))
    if bump:
        away = np.linalg.norm(points[:, :2] - BUMP_XYZ[:2], axis=1)
        on_top = np.abs(points[:, 2] - 8) < 1
        points[:, 2] += np.where(on_top, 5 * np.exp(-((away / 4) ** 2)), 0)
    return points


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("steps")
    product = root / "steps"
    (product / "references").mkdir(parents=True)
    for seed in (0, 1):
        np.savetxt(product / "references" / f"golden_{seed}.xyz", steps(seed))
    (product / "product.yaml").write_text("name: steps\ndescriptor: A block with two steps.\n")
    (product / "fmea.csv").write_text(FMEA)
    with Inspector(Settings(home=root / "home")) as inspector:
        inspector.add_product(product)
    return root / "home"


def test_a_bump_is_found_at_its_place_though_the_scan_is_turned(home: Path, tmp_path: Path) -> None:
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    path = tmp_path / "part.xyz"
    np.savetxt(path, steps(5, bump=True) @ turn.T)

    with Inspector(Settings(home=home)) as inspector:
        found = inspector.inspect(path, "steps")
        page = inspector.run.root / "inspections" / found.id / "report.html"

    assert found.verdict.decision == "anomalous"
    assert len([view for view in found.views if view.parent is None]) == 9
    worst = max(found.verdict.regions, key=lambda region: region.score or 0.0)
    assert isinstance(worst.source, PointExtent)
    # The scan is turned by 90 degrees: (x, y, z) lies at (-y, x, z).
    away = np.linalg.norm(np.array(worst.source.centre_xyz[:2]) - [-10.0, 20.0])
    assert away < 3
    assert found.verdict.causes[0].text == "moisture in the pellets"
    assert [one.text for one in found.verdict.remediation] == ["dry them"]
    assert "cloud.html" in page.read_text("utf-8")
    assert page.with_name("cloud.html").is_file()


class Twice:
    """A model that sees all views on one sheet first, and claims one bump in two of them."""

    def __init__(self, boxes: dict[str, list[float]]) -> None:
        self.requests: list[ChatRequest] = []
        self._boxes = boxes

    def reply(self, request: ChatRequest) -> Reply:
        self.requests.append(request)
        if request.tools:
            findings = [
                {"claim": "A bump.", "view": view, "box_xyxy": box}
                for view, box in self._boxes.items()
            ]
            answer = {"anomalous": True, "score": 0.95, "findings": findings}
            return Reply(tool_calls=(CalledTool(name="submit", arguments=answer),))
        judged = {"reasoning": "a bump", "anomalous": True, "score": 0.9, "unanswerable": ""}
        if "judgements" in json.dumps(request.body.get("response_format", {})):
            judged = {"judgements": []}
        return Reply(text=json.dumps(judged))


def test_a_bump_that_a_model_claims_in_two_views_is_one_finding(home: Path, tmp_path: Path) -> None:
    points = steps(6, bump=True)
    path = tmp_path / "part.xyz"
    np.savetxt(path, points)
    cloud = open_asset(path)
    risen = np.flatnonzero((points[:, 0] < 39) & (points[:, 2] > 9))
    place = PointExtent(
        point_indices=risen.tolist(),
        centre_xyz=points[risen].mean(axis=0).tolist(),
        extent_xyz=np.ptp(points[risen], axis=0).tolist(),
    )
    boxes = {
        f"V{number}": box
        for number, name in enumerate(cloud.names, start=1)
        if (box := cloud.picture(name).box_of(place)) is not None
    }
    model = Twice({view: [round(edge, 1) for edge in boxes[view]] for view in ("V1", "V9")})

    with loopback_endpoint(model) as endpoint:
        settings = Settings(
            home=home,
            model=endpoint.model,
            base_url=endpoint.base_url,
            api_key=SecretStr("none"),
            max_rounds=2,
        )
        with Inspector(settings) as inspector:
            found = inspector.inspect(path, "steps")

    opening = next(one for one in model.requests if one.tools)
    captions = " ".join(picture.caption for picture in opening.pictures)
    assert "All 9 views of the part at once, V1 to V9" in captions
    (bump,) = [one for one in found.verdict.findings if one.claim.startswith("A bump")]
    assert "also seen in" in bump.claim
    assert found.usage.images == sum(len(one.pictures) for one in model.requests)


def test_the_27_views_of_cpmf_are_shown_where_they_are_asked_for(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "part.xyz"
    np.savetxt(path, steps(7))

    with Inspector(Settings(home=home, cameras=("cpmf",), strategy="expert")) as inspector:
        found = inspector.inspect(path, "steps")

    assert len(found.views) == 27
    assert found.views[1].picture == "turn+00+00-15"
