"""Readers read what is meant for them, and refuse everything else in their own words."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.fuzz.records import Target, finding_of
from evals.fuzz.table import TARGETS

FEW = {"clouds": 25, "videos": 25, "products": 25, "series": 40}
USUAL = 60


@cache
def seeds(name: str) -> list[bytes]:
    return list(TARGETS[name].seeds())


@st.composite
def changed(draw: st.DrawFn, name: str) -> bytes:
    """A seed with a few pieces cut out, doubled, or written over."""
    data = draw(st.sampled_from(seeds(name)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(start + draw(st.sampled_from([0, 1, 2, 4, 16, 256])), len(data))
        piece = draw(st.sampled_from([b"", data[start:end] * 2]) | st.binary(max_size=8))
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_is_meant_for_a_reader_is_read(name: str) -> None:
    read = [data for data in seeds(name) if finding_of(TARGETS[name], data) is None]

    assert read == seeds(name)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_reader_reads_or_refuses_and_never_breaks_down(name: str) -> None:
    @settings(
        max_examples=FEW.get(name, USUAL),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(changed(name) | st.binary(max_size=64))
    def read(data: bytes) -> None:
        found = finding_of(TARGETS[name], data)
        assert found is None, found and found.told

    read()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("names", b"channels_" + b"9" * 5000 + b"-1"),
        ("replies", b"[" * 100_000),
        ("masks", b"\x07\x00\x05\x000" + b"ooo0" * 99),
    ],
)
def test_what_readers_once_broke_down_at_is_refused(name: str, data: bytes) -> None:
    assert finding_of(TARGETS[name], data) is None


def test_a_reader_that_breaks_down_is_a_finding_and_told_with_its_place() -> None:
    def broken(data: bytes) -> None:
        raise KeyError(data)

    target = Target(broken, list, ())
    found = finding_of(target, b"x")

    assert found is not None
    assert found.place.startswith("KeyError at ")
    assert "KeyError: b'x'" in found.told
    assert finding_of(target._replace(allowed=(KeyError,)), b"x") is None
