"""A file is whole when it has been quiet; a unit, when all its parts have."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.watching.settling import Settling
from agent.watching.units import Units


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settled(clock: Clock) -> Callable[..., list[str]]:
    """Moves the clock on and gives the names of what is whole by then."""
    settling = Settling(2.0, Units().whole, clock)

    def after(seconds: float, *seen: Path) -> list[str]:
        for path in seen:
            settling.see(path)
        clock.now_s += seconds
        return [found.path.name for found in settling.settled()]

    return after


def test_a_file_that_grows_is_waited_for(tmp_path: Path, settled: Callable[..., list[str]]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"half")

    assert settled(1.9, path) == []
    path.write_bytes(b"half and half")
    assert settled(1.9) == []
    assert settled(1.9) == []
    assert settled(0.1) == ["a.png"]
    assert settled(9.0) == []


def test_files_come_in_the_order_in_which_they_were_first_seen(
    tmp_path: Path, settled: Callable[..., list[str]]
) -> None:
    paths = [tmp_path / name for name in ("z.png", "a.png", "m.png")]
    for path in paths:
        path.write_bytes(b"x")

    assert settled(2.0, *paths, paths[0]) == ["z.png", "a.png", "m.png"]


@pytest.mark.parametrize("year_s", [315532800, 4102444800], ids=["1980", "2100"])
def test_a_camera_whose_clock_is_decades_off_is_waited_for_as_any_other(
    tmp_path: Path, settled: Callable[..., list[str]], year_s: int
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"half")
    os.utime(path, (year_s, year_s))

    assert settled(1.9, path) == []
    path.write_bytes(b"half and half")
    os.utime(path, (year_s, year_s))
    assert settled(1.9) == []
    assert settled(2.0) == ["a.png"]


def test_what_vanishes_is_waited_for_no_more(
    tmp_path: Path, settled: Callable[..., list[str]]
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"x")

    assert settled(0.0, path, tmp_path / "never") == []
    path.unlink()
    assert settled(5.0) == []


def test_a_unit_is_waited_for_until_its_last_part_is_quiet(
    tmp_path: Path, settled: Callable[..., list[str]]
) -> None:
    unit, scan = tmp_path / "u.asset.yaml", tmp_path / "scan.ply"
    unit.write_text("parts:\n  front: front.png\n  scan: scan.ply\n")
    (tmp_path / "front.png").write_bytes(b"x")

    assert settled(9.0, unit) == []
    scan.write_bytes(b"half")
    assert settled(1.0) == []
    assert settled(1.0) == []
    scan.write_bytes(b"half and half")
    assert settled(1.5) == []
    assert settled(1.0) == []
    assert settled(1.0) == ["u.asset.yaml"]


def test_without_a_time_to_be_quiet_a_file_is_whole_as_it_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"x")
    settling = Settling(0.0, Units().whole, Clock())

    settling.see(path)
    path.write_bytes(b"xy")

    assert [found.signature.size for found in settling.settled()] == [2]


def test_a_unit_claims_its_parts_and_tells_which_are_missing(tmp_path: Path) -> None:
    unit, units = tmp_path / "u.asset.yaml", Units()
    unit.write_text("parts: {front: front.png, back: lot/back.png}\n")
    (tmp_path / "front.png").write_bytes(b"x")

    whole = units.whole(unit)

    assert whole.missing == ("back.png",)
    assert units.owner(tmp_path / "front.png") == unit
    assert units.owner(tmp_path / "lot" / "back.png") == unit
    assert units.owner(tmp_path / "other.png") is None


def test_a_unit_that_is_half_written_claims_nothing_yet(tmp_path: Path) -> None:
    unit, units = tmp_path / "u.asset.yaml", Units()
    unit.write_text("parts: {front: fro")

    assert units.whole(unit).missing == ()
    unit.write_text("parts: {front: front.png}")
    assert units.whole(unit).missing == ("front.png",)
