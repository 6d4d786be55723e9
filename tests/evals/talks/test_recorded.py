"""The recorded conversation over real boards: every count has a source with its inspections."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import evals.talks

RECORDED = Path(evals.talks.__path__[0]) / "recorded.md"
COUNTED = re.compile(r"\b(\d+) of (\d+)\b")


def parts() -> list[str]:
    """What was said with each mind, with its report."""
    return RECORDED.read_text("utf-8").split("\n## With the mind ")[1:]


def pairs_of(source: str) -> set[tuple[int, int]]:
    """Anomalous and all units of each group of a result, of all but one, and of all."""
    rows = [(int(k), int(n)) for k, n in re.findall(r"- \S+: (\d+) of (\d+) \(", source)]
    bad, units = sum(k for k, _ in rows), sum(n for _, n in rows)
    return {*rows, (bad, units), *((bad - k, units - n) for k, n in rows)}


def results(part: str) -> list[str]:
    """The lines of the report's sources that are results of queries."""
    return re.findall(r"^- (\[Q\d+\] .*)$", part.partition("#### Sources")[2], re.MULTILINE)


@pytest.mark.parametrize("number", [0, 1])
def test_each_count_is_of_a_result_and_each_result_names_its_inspections(number: int) -> None:
    part = parts()[number]
    known = {pair for one in results(part) for pair in pairs_of(one)}
    said = {(int(k), int(n)) for k, n in COUNTED.findall(part.partition("#### Sources")[0])}

    assert said
    assert said <= known
    for one in results(part):
        refs = re.findall(r"planted/[\w-]+", one.partition("Inspections: ")[2])
        counted = [int(n) for _, n in re.findall(r"- \S+: (\d+) of (\d+) \(", one)]
        named = [int(n) for n in re.findall(r"- \S+: (\d+) units", one)]
        assert len(set(refs)) == sum(counted or named)


def test_both_minds_find_the_planted_station_and_come_to_a_report() -> None:
    for part in parts():
        assert re.search(r"[Ss]tation S3.{0,20} 3 of 4", part)
        assert all(f"#### D{number} " in part for number in range(1, 9))
