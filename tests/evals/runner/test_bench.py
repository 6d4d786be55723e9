"""Settings of a group: the person's, the run's, the condition's, and tools that are off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.answers import AnswerStore
from agent.purse import Purse
from agent.settings import TOOL_NAMES, load_settings
from evals.runner.bench import Bench
from evals.runner.plan import Group, Material
from evals.suites.records import Condition, Suite
from tools.errors import SettingsError


def _settings(tmp_path: Path, condition: dict[str, Any], **more: Any) -> Any:
    given = {
        "name": "mine",
        "version": 1,
        "title": "t",
        "source": "s",
        "data": ["casting"],
        "conditions": [{"name": "c", **condition}],
        "measures": [],
    }
    with AnswerStore(tmp_path / "a.sqlite") as answers:
        bench = Bench(
            out=tmp_path,
            suite=Suite.model_validate({**given, "measures": ["auroc"], **more.pop("suite", {})}),
            settings=load_settings(home=tmp_path / "home", **more.pop("settings", {})),
            seed=5,
            concurrency=3,
            purse=Purse(),
            answers=answers,
            **more,
        )
        material = Material("casting", "", 0, (), (), ())
        group = Group(Condition(name="c", **condition), material, 2, ())
        return bench.settings_for(group, home=tmp_path / "of-product")


def test_a_condition_counts_more_than_a_person_and_the_run_decides_its_folders(
    tmp_path: Path,
) -> None:
    found = _settings(
        tmp_path,
        {"settings": {"strategy": "expert", "max_rounds": 2}},
        settings={"max_rounds": 4, "max_pixels": 1000},
    )
    assert (found.strategy, found.max_rounds, found.max_pixels) == ("expert", 2, 1000)
    assert (found.home, found.weights) == (tmp_path / "of-product", tmp_path / "home" / "models")
    assert (found.seed, found.concurrency, found.keep_cases) == (5, 3, "none")


def test_each_repeat_has_a_seed_of_its_own_where_the_suite_says_so(tmp_path: Path) -> None:
    assert _settings(tmp_path, {}, suite={"reseed": True}).seed == 5 + 2


def test_tools_are_left_out_by_condition_and_by_product(tmp_path: Path) -> None:
    assert _settings(tmp_path, {}).tools == ()
    without = _settings(tmp_path, {"without_tool": "zoom"})
    assert set(without.tools) == set(TOOL_NAMES) - {"zoom"}
    off = {"casting": ("measure",), "leather": ("mark",)}
    both = _settings(tmp_path, {"without_tool": "zoom"}, tools_off=off)
    assert set(both.tools) == set(TOOL_NAMES) - {"zoom", "measure"}


def test_a_setting_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no setting 'speed'"):
        _settings(tmp_path, {"settings": {"speed": 1}})
