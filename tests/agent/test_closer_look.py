"""A part that is judged wrongly at first look and rightly after a zoom, over HTTP, from outside."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from agent.cli import run as run_command_line
from agent.commands.demo import CLOSER_LOOK, find_samples
from agent.loopback import Loopback, PixelReader, loopback_endpoint
from graphs.records import Inspection

NORMAL, WRONG_DIGIT = "part_1.jpg", "part_2.jpg"
MODELS = {
    "pixel-reader": PixelReader(),
    "elsewhere": PixelReader(window="wrong"),
}


def loupe(*words: object) -> tuple[int, str]:
    """The exit code and stdout of a command."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = run_command_line([str(word) for word in words])
    return code, out.getvalue()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Loopback]:
    with loopback_endpoint(MODELS) as running:
        yield running


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory, endpoint: Loopback) -> Path:
    """A home that knows the name plate, and what the pixel reader says of its references."""
    home = tmp_path_factory.mktemp("plates") / "home"
    home.mkdir()
    settings = f'base_url = "{endpoint.base_url}"\nexperts = "registered_difference"\n'
    (home / "loupe.toml").write_text(settings, encoding="utf-8")
    product = find_samples(CLOSER_LOOK).product
    assert loupe("knowledge", "add", product, "--home", home)[0] == 0
    code, _ = loupe(
        "knowledge", "calibrate", product.name, "--model", "pixel-reader", "--home", home
    )
    assert code == 0
    return home


def inspected(home: Path, model: str, *names: str) -> list[Inspection]:
    folder = find_samples(CLOSER_LOOK).parts[0].parent
    given = ["--product", "name-plate", "--model", model, "--json", "--home", home]
    code, out = loupe("inspect", *(folder / name for name in names), *given)
    assert code == 0
    found = [Inspection.model_validate_json(line) for line in out.splitlines()]
    return sorted(found, key=lambda one: one.asset.path)


def calls_of(one: Inspection) -> list[list[str]]:
    return [[call.tool for call in done.tool_calls] for done in one.rounds]


@pytest.fixture(scope="module")
def after_the_zoom(plates: Path) -> list[Inspection]:
    return inspected(plates, "pixel-reader", NORMAL, WRONG_DIGIT)


def test_the_wrong_digit_is_missed_at_first_look_and_found_after_the_zoom(
    after_the_zoom: list[Inspection],
) -> None:
    wrong = after_the_zoom[1]
    (at_sight,) = [one for one in wrong.evidence if one.tool == "direct"]
    (zoomed,) = [one for one in wrong.evidence if one.tool == "zoom"]
    (finding,) = wrong.verdict.findings

    assert at_sight.values["score"] == 0.2
    assert calls_of(wrong) == [["zoom"], []]
    assert (wrong.verdict.decision, wrong.verdict.status) == ("anomalous", "decided")
    assert finding.claim.startswith("the printed digit is 3, it must be 7")
    assert finding.rule_ids == ["R1"]
    assert finding.evidence_ids == [zoomed.id]


def test_the_finding_lies_on_the_digit_and_has_a_cause_from_the_failure_modes(
    after_the_zoom: list[Inspection],
) -> None:
    verdict = after_the_zoom[1].verdict
    (finding,) = verdict.findings
    (region,) = [one for one in verdict.regions if one.id == finding.region]
    x1, y1, x2, y2 = region.box_xyxy

    # The digit is printed about (561, 452), 9.5 px high, within the tolerance of the pose.
    assert 545 < x1 < x2 < 577
    assert 435 < y1 < y2 < 470
    assert finding.failure_mode == "wrong-lot-digit"
    assert "printing pad of another lot" in verdict.causes[0].text


def test_a_plate_with_the_right_digit_is_normal_after_the_same_zoom(
    after_the_zoom: list[Inspection],
) -> None:
    normal = after_the_zoom[0]

    assert calls_of(normal) == [["zoom"], []]
    assert (normal.verdict.decision, normal.verdict.findings) == ("normal", [])


def test_without_the_zoom_the_wrong_digit_is_not_found(
    plates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOUPE_TOOLS", "mark,compare,score,measure,look_up")

    (wrong,) = inspected(plates, "pixel-reader", WRONG_DIGIT)

    assert calls_of(wrong) == [[]]
    assert (wrong.verdict.decision, wrong.verdict.findings) == ("normal", [])


def test_with_the_wrong_window_the_wrong_digit_is_not_found(plates: Path) -> None:
    (wrong,) = inspected(plates, "elsewhere", WRONG_DIGIT)

    assert calls_of(wrong)[:1] == [["zoom"]]
    assert (wrong.verdict.decision, wrong.verdict.findings) == ("normal", [])
