"""A time series through the Inspector: a place that differs, and a rule that is broken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from agent.inspector import Inspector
from agent.report.series_panel import LEFT_PX, N_COLUMNS
from agent.run_folder import RunFolder
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


HOT_LONGEST = slice(300, 400)


def write_series(path: Path, *, seed: int, hot: Sequence[slice] = ()) -> Path:
    """Two channels over 2000 s: a wave of 50 s around 60 C, and a pressure; 95 C where hot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    time = np.arange(2000)
    temperature = 60 + 5 * np.sin(2 * np.pi * time / 50) + rng.normal(0, 0.3, 2000)
    pressure = 4 + 0.5 * np.cos(2 * np.pi * time / 50) + rng.normal(0, 0.03, 2000)
    for part in hot:
        temperature[part] = 95 + rng.normal(0, 0.3, part.stop - part.start)
    rows = zip(time, temperature, pressure, strict=True)
    lines = [f"{t},{a:.4f},{b:.4f}" for t, a, b in rows]
    path.write_text("time,temperature,pressure\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("series")


@pytest.fixture(scope="module")
def inspected(root: Path) -> dict[str, Inspection]:
    product = root / "press"
    for number in range(3):
        write_series(product / "references" / f"normal_{number}.csv", seed=number)
    (product / "product.yaml").write_text("name: press\ndescriptor: The log of a press.\n")
    (product / "rules.yaml").write_text(RULES)
    (product / "fmea.csv").write_text(FMEA)
    parts = {
        "good": write_series(root / "good.csv", seed=10),
        "bad": write_series(root / "bad.csv", seed=11, hot=[slice(900, 960)]),
        "twice": write_series(root / "twice.csv", seed=12, hot=[slice(1500, 1530), HOT_LONGEST]),
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


def test_a_rule_that_is_broken_twice_is_one_finding_with_both_places_the_longest_first(
    inspected: dict[str, Inspection],
) -> None:
    twice = inspected["twice"].verdict

    (broken,) = [one for one in twice.findings if "R1" in one.rule_ids]
    regions = {one.id: one.source for one in twice.regions}
    places = [regions[number] for number in (broken.region or 0, *broken.other_regions)]
    rows = [
        (one.first_sample, one.last_sample) for one in places if isinstance(one, IntervalExtent)
    ]
    assert rows == [(300, 400), (1500, 1530)]
    assert "At temperature from 300 to 399. Also at temperature from 1500 to 1529." in broken.claim
    cited = [one for one in inspected["twice"].evidence if one.id in broken.evidence_ids]
    assert {one.region.id for one in cited if one.region and "rule" in one.values} == {
        broken.region,
        *broken.other_regions,
    }
    assert {one.values.get("expert") for one in cited} == {None, "discord"}
    assert [one.text for one in twice.causes] == ["coolant pump stopped"]


def test_the_page_shades_all_places_and_shows_what_the_expert_says_over_time(
    root: Path, inspected: dict[str, Inspection]
) -> None:
    twice = inspected["twice"]
    (run,) = (root / "home" / "runs").iterdir()
    page = RunFolder(run).report_path(twice.id).read_text()

    (broken,) = [one for one in twice.verdict.findings if "R1" in one.rule_ids]
    for number in (broken.region, *broken.other_regions):
        assert f'<a href="#region-{number}"><span class="tag">{number}</span></a>' in page or (
            f'<a href="#region-{number}">region <span class="tag">{number}</span></a>' in page
        )
    columns = {round(float(x)) for x in re.findall(r'class="heat" x="([\d.]+)"', page)}
    middle = [LEFT_PX + row * N_COLUMNS // 2000 for row in (350, 1515)]
    assert columns.issuperset(middle)
    assert len(columns) < N_COLUMNS / 2
