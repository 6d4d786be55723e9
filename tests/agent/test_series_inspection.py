"""A time series through the Inspector: a place that differs, and a rule that is broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.inspector import Inspector
from agent.settings import Settings
from graphs.records import Inspection
from tools.errors import KnowledgeError
from tools.records import IntervalExtent

RULES = """\
- id: R1
  kind: tolerance
  text: The temperature must stay below 80 C.
  quantity: max:temperature
  max: 80
  unit: C
"""
FMEA = """\
id,mode,appearance,cause,effect,remediation,severity,occurrence,detection
FM1,overheating,temperature rises above its level,coolant pump stopped,wear,check the pump,8,3,4
FM2,worn seal,oil on the flange,age,leak,change the seal,3,3,3
"""


def write_series(path: Path, *, seed: int, hot: slice | None = None) -> Path:
    """Two channels over 2000 s: a wave of 50 s around 60 C, and a pressure; 95 C where hot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    time = np.arange(2000)
    temperature = 60 + 5 * np.sin(2 * np.pi * time / 50) + rng.normal(0, 0.3, 2000)
    pressure = 4 + 0.5 * np.cos(2 * np.pi * time / 50) + rng.normal(0, 0.03, 2000)
    if hot is not None:
        temperature[hot] = 95 + rng.normal(0, 0.3, hot.stop - hot.start)
    rows = zip(time, temperature, pressure, strict=True)
    lines = [f"{t},{a:.4f},{b:.4f}" for t, a, b in rows]
    path.write_text("time,temperature,pressure\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Inspection]:
    root = tmp_path_factory.mktemp("series")
    product = root / "press"
    for number in range(3):
        write_series(product / "references" / f"normal_{number}.csv", seed=number)
    (product / "product.yaml").write_text("name: press\ndescriptor: The log of a press.\n")
    (product / "rules.yaml").write_text(RULES)
    (product / "fmea.csv").write_text(FMEA)
    parts = {
        "good": write_series(root / "good.csv", seed=10),
        "bad": write_series(root / "bad.csv", seed=11, hot=slice(900, 960)),
    }
    with Inspector(Settings(home=root / "home")) as inspector:
        inspector.add_product(product)
        return {name: inspector.inspect(path, "press") for name, path in parts.items()}


def test_a_normal_log_is_normal_and_keeps_its_rule(inspected: dict[str, Inspection]) -> None:
    good = inspected["good"]

    assert good.verdict.decision == "normal"
    (rule,) = [one for one in good.evidence if one.values.get("check") == "rule"]
    assert rule.values["within"] is True


def test_a_hot_minute_is_found_where_it_is_with_its_rule_cause_and_remedy(
    inspected: dict[str, Inspection],
) -> None:
    bad = inspected["bad"].verdict

    assert bad.decision == "anomalous"
    broken = next(one for one in bad.findings if one.rule_ids == ["R1"])
    assert "rule R1 allows at most 80: broken" in broken.claim
    region = next(one for one in bad.regions if one.id == broken.region)
    assert isinstance(region.source, IntervalExtent)
    assert region.source.channels == ["temperature"]
    assert (region.source.first_sample, region.source.last_sample) == (900, 960)
    assert (region.source.start, region.source.end) == (900.0, 959.0)
    assert bad.causes[0].text == "coolant pump stopped"
    assert [one.text for one in bad.remediation] == ["check the pump"]


def test_a_rule_on_a_channel_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    product = tmp_path / "press"
    write_series(product / "references" / "a.csv", seed=1)
    (product / "product.yaml").write_text("name: press\ndescriptor: The log of a press.\n")
    (product / "rules.yaml").write_text(RULES.replace("max:temperature", "max:torque"))

    with (
        Inspector(Settings(home=tmp_path / "home")) as inspector,
        pytest.raises(KnowledgeError, match=r"'max:torque' cannot be measured.*max:temperature"),
    ):
        inspector.add_product(product)
