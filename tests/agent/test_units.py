"""Units of two photographs, through the Inspector: embedded, and with a model over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

from agent.cli import run as run_command_line
from agent.inspector import Inspector
from agent.loopback import loopback_endpoint
from agent.loopback.replies import CalledTool, Reply
from agent.loopback.requests import ChatRequest
from agent.loopback.scripted import Scripted
from agent.settings import Settings
from graphs.records import Inspection
from tools.records import ImageExtent

SPOT = (60, 30, 72, 42)
"""Box of the spot on the back of the bad unit."""


def plate(seed: int, *, spot: bool = False) -> Image.Image:
    """A plate of 96 x 96 px with a fixed pattern and a little noise; dark where it has a spot."""
    rows, columns = np.mgrid[0:96, 0:96]
    pattern = 120 + 40 * np.sin(rows / 5.0) * np.cos(columns / 7.0)
    grey = pattern + np.random.default_rng(seed).normal(0, 2, (96, 96))
    if spot:
        x1, y1, x2, y2 = SPOT
        grey[y1:y2, x1:x2] = 10
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")


def write_unit(folder: Path, name: str, seed: int, *, spot: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    plate(seed).save(folder / f"{name}_front.png")
    plate(seed + 100, spot=spot).rotate(90).save(folder / f"{name}_back.png")
    path = folder / f"{name}.asset.yaml"
    path.write_text(f"parts:\n  front: {name}_front.png\n  back: {name}_back.png\n")
    return path


class Workplace(NamedTuple):
    """A home that knows the units, and two of them."""

    home: Path
    good: Path
    bad: Path


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    root = tmp_path_factory.mktemp("units")
    product = root / "unit"
    for number in range(4):
        write_unit(product / "references", f"golden_{number}", number)
    (product / "product.yaml").write_text("name: unit\ndescriptor: A unit seen from both sides.\n")
    good, bad = (
        write_unit(root / "parts", "good", 50),
        write_unit(root / "parts", "bad", 51, spot=True),
    )
    with Inspector(Settings(home=root / "home")) as inspector:
        report = inspector.add_product(product)
    assert report.unchanged == 0
    return Workplace(root / "home", good, bad)


def test_the_embedded_mind_finds_a_spot_on_the_back_and_says_so(workplace: Workplace) -> None:
    with Inspector(Settings(home=workplace.home)) as inspector:
        good = inspector.inspect(workplace.good, "unit")
        bad = inspector.inspect(workplace.bad, "unit")
        run = inspector.run

    assert [good.verdict.decision, bad.verdict.decision] == ["normal", "anomalous"]
    assert [(view.id, view.picture) for view in bad.views[:2]] == [
        ("V1", "front:"),
        ("V2", "back:"),
    ]
    first = bad.verdict.findings[0]
    region = next(one for one in bad.verdict.regions if one.id == first.region)
    assert "on back" in first.claim
    assert isinstance(region.source, ImageExtent)
    assert (region.source.part, region.view) == ("back", "V2")
    # The back is turned by 90 degrees: (x, y) of the plate lies at (y, 96 - x).
    x1, y1, x2, y2 = region.source.box_xyxy
    assert (x1 <= 34, y1 <= 28, x2 >= 38, y2 >= 32) == (True, True, True, True)
    page = (run.root / "inspections" / bad.id / "report.html").read_text("utf-8")
    assert "V2: back, the whole picture" in page
    assert (run.root / "inspections" / bad.id / "overlay.png").is_file()


class Inspectress:
    """A model that sees the sheet first, asks for the back whole, and points at the spot."""

    def __init__(self) -> None:
        self.requests: list[ChatRequest] = []

    def reply(self, request: ChatRequest) -> Reply:
        self.requests.append(request)
        if not request.tools:
            judged = {"reasoning": "a spot", "anomalous": True, "score": 0.9, "unanswerable": ""}
            if "judgements" in json.dumps(request.body.get("response_format", {})):
                judged = {"judgements": []}
            return Reply(text=json.dumps(judged))
        if not any(one["role"] == "tool" for one in request.messages):
            return Reply(tool_calls=(CalledTool(name="zoom", arguments={"view": "V2"}),))
        return Reply(tool_calls=(CalledTool(name="submit", arguments=self.submission()),))

    def submission(self) -> dict[str, Any]:
        finding = {"claim": "A dark spot.", "view": "V3", "box_xyxy": [150, 120, 220, 190]}
        return {"anomalous": True, "score": 0.95, "findings": [finding]}


def by_model(workplace: Workplace, model: Any, path: Path, **chosen: Any) -> Inspection:
    with loopback_endpoint(model) as endpoint:
        settings = Settings(
            home=workplace.home,
            model=endpoint.model,
            base_url=endpoint.base_url,
            api_key=SecretStr("none"),
            **({"max_rounds": 3} | chosen),
        )
        with Inspector(settings) as inspector:
            return inspector.inspect(path, "unit")


def test_a_model_sees_the_sheet_first_asks_for_a_view_and_points_into_it(
    workplace: Workplace,
) -> None:
    model = Inspectress()

    found = by_model(workplace, model, workplace.bad)

    (opening, *_) = [one for one in model.requests if one.tools]
    captions = [picture.caption for picture in opening.pictures]
    assert any("All 2 views of the part at once, V1 to V2" in caption for caption in captions)
    assert "V2: back, the whole picture" in json.dumps(opening.messages)
    zoomed = found.views[2]
    assert (zoomed.picture, zoomed.size) == ("back:", [672, 672])
    assert found.verdict.status == "decided"
    (claim,) = [one for one in found.verdict.findings if one.claim.startswith("A dark spot")]
    region = next(one for one in found.verdict.regions if one.id == claim.region)
    assert isinstance(region.source, ImageExtent)
    assert region.source.part == "back"


def test_pictures_that_were_sent_are_counted_and_end_the_looking(workplace: Workplace) -> None:
    """A model that would look nearer for ever; every request but the first shows more pictures."""
    model = Restless()

    found = by_model(workplace, model, workplace.bad, max_pictures=8, max_rounds=20)

    sent = sum(len(request.pictures) for request in model.requests)
    assert found.usage.images == sent >= 8
    assert len(found.rounds) < 20
    assert f"the budget of 8 pictures is spent ({sent} used)" in found.verdict.reason
    assert found.verdict.decision == "anomalous"


class Restless:
    """A model that asks for the back again and again."""

    def __init__(self) -> None:
        self.requests: list[ChatRequest] = []

    def reply(self, request: ChatRequest) -> Reply:
        self.requests.append(request)
        if request.tools:
            return Reply(tool_calls=(CalledTool(name="zoom", arguments={"view": "V2"}),))
        judged = {"reasoning": "a spot", "anomalous": True, "score": 0.9, "unanswerable": ""}
        if "judgements" in json.dumps(request.body.get("response_format", {})):
            judged = {"judgements": []}
        return Reply(text=json.dumps(judged))


def test_a_box_without_a_view_is_sent_back_to_a_model_that_sees_several(
    workplace: Workplace,
) -> None:
    wrong = {
        "anomalous": True,
        "score": 0.9,
        "findings": [{"claim": "A spot.", "box_xyxy": [30, 20, 50, 40]}],
    }
    told = Scripted([lambda request: answer(request, wrong)], at_end="repeat")

    found = by_model(workplace, told, workplace.bad)

    assert found.verdict.status == "degraded"
    assert "this part has several pictures; give the view too: V1, V2" in " ".join(found.degraded)


def answer(request: ChatRequest, submission: dict[str, Any]) -> Reply:
    if request.tools:
        return Reply(tool_calls=(CalledTool(name="submit", arguments=submission),))
    judged = {"reasoning": "a spot", "anomalous": True, "score": 0.9, "unanswerable": ""}
    return Reply(text=json.dumps(judged))


def test_a_folder_of_units_is_inspected_unit_by_unit(
    workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workplace.good.parent
    asked = ["inspect", str(folder), "--product", "unit", "--home", str(workplace.home), "--json"]

    assert run_command_line(asked) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(Path(line["asset"]["path"]).name for line in lines) == [
        "bad.asset.yaml",
        "good.asset.yaml",
    ]
    assert {len(line["asset"]["parts"]) for line in lines} == {2}


def test_references_of_two_kinds_are_refused_with_both_names(tmp_path: Path) -> None:
    product = tmp_path / "unit"
    write_unit(product / "references", "golden", 1)
    plate(2).save(product / "references" / "z.png")
    (product / "product.yaml").write_text("name: unit\ndescriptor: A unit.\n")

    with (
        Inspector(Settings(home=tmp_path / "home")) as inspector,
        pytest.raises(
            Exception, match=r"z\.png.*is a image and golden\.asset\.yaml a unit of several files"
        ),
    ):
        inspector.add_product(product)
