"""Figures of the named failure modes, against chance. Knows no method and no data set."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evals.metrics import (
    Interval,
    chance_at_k,
    failure_mode_quality,
    most_frequent_at_k,
    wilson_interval,
)
from evals.tables.records import Measure

PART = "causes"
CHANCE = "chance"
CONSTANT = "most frequent mode"


class Named(NamedTuple):
    """The true failure mode of one defect or normal place, and those that were named for it."""

    expected: str | None  # None where no mode fits
    ranked: Sequence[str]  # best first, empty for "none"


def measure_causes(
    subject: str, named: Sequence[Named], *, n_modes: int, method: str
) -> Iterator[Measure]:
    """Failure mode right at 1 and at 3, none said rightly and wrongly; chance and constant beside.

    Args:
        subject: what was inspected.
        named: one entry per case.
        n_modes: how many modes the FMEA lists.
        method: whose answers these are.
    """
    expected = [case.expected for case in named]
    quality = failure_mode_quality(expected, [case.ranked for case in named])
    known = [mode for mode in expected if mode is not None]
    n_unknown = len(expected) - len(known)
    for k, right in ((1, quality.right_at_1), (3, quality.right_at_3)):
        if right is None:
            continue
        metric = f"failure mode right at {k}"
        yield _measure(subject, right, metric, n=len(known), method=method)
        for baseline, value in (
            (CHANCE, chance_at_k(n_modes, k=k)),
            (CONSTANT, most_frequent_at_k(known, k=k)),
        ):
            yield _value(subject, value, metric, n=len(known), method=baseline)
    if quality.rightly_none is not None:
        yield _measure(
            subject, quality.rightly_none, "rightly says none", n=n_unknown, method=method
        )
    if quality.wrongly_none is not None:
        yield _measure(
            subject, quality.wrongly_none, "wrongly says none", n=len(known), method=method
        )


def measure_found(subject: str, *, n_found: int, n_all: int, method: str) -> Measure:
    """Share of the labelled defects that a finding hit, so that a mode could be named at all."""
    found = wilson_interval(n_found, n_all)
    return _measure(subject, found, "labelled defects with a finding", n=n_all, method=method)


def _measure(subject: str, interval: Interval, metric: str, *, n: int, method: str) -> Measure:
    return Measure.of(interval, part=PART, subject=subject, metric=metric, method=method, n=n)


def _value(subject: str, value: float, metric: str, *, n: int, method: str) -> Measure:
    return Measure(part=PART, subject=subject, metric=metric, method=method, n=n, value=value)
