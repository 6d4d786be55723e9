"""The few figures that quality people count with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

Z_95 = 1.959963984540054


class Limits(NamedTuple):
    """Between which a share is expected."""

    low: float
    high: float


class Chart(NamedTuple):
    """A p-chart."""

    centre: float
    limits: list[Limits]
    """Of each sample; they differ where the samples' sizes do."""


def control_limits(defective: Sequence[int], sizes: Sequence[int]) -> Chart:
    """Centre and three-sigma limits of a p-chart, within [0, 1].

    p = sum(defective) / sum(sizes); p +- 3 sqrt(p (1 - p) / n) for a sample of n
    (Montgomery, Introduction to Statistical Quality Control, section 7.2).

    Args:
        defective: units of each sample that are defective.
        sizes: units of each sample, at least one each.

    Raises:
        ValueError: no samples, or an empty one.
    """
    if not sizes or min(sizes) < 1:
        raise ValueError(f"a p-chart needs samples of at least one unit, got sizes {list(sizes)}")
    centre = sum(defective) / sum(sizes)
    limits = []
    for size in sizes:
        width = 3 * sqrt(centre * (1 - centre) / size)
        limits.append(Limits(max(0.0, centre - width), min(1.0, centre + width)))
    return Chart(centre, limits)


def wilson(hits: int, n: int) -> Limits:
    """The 95 % interval of a rate (Wilson, 1927). For n = 0: [0, 1]."""
    if n == 0:
        return Limits(0.0, 1.0)
    share, square = hits / n, Z_95**2
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return Limits(max(0.0, centre - half), min(1.0, centre + half))


def fisher(hits: int, n: int, other_hits: int, other_n: int) -> float:
    """p-value of Fisher's exact test, two-sided: whether two groups have one rate."""
    from scipy.stats import fisher_exact

    table = [[hits, n - hits], [other_hits, other_n - other_hits]]
    return float(fisher_exact(table)[1])


def explained(hits: int, n: int, other_hits: int, other_n: int) -> float:
    """Share of all hits beyond the other group's rate that one group holds, in [0, 1].

    With the rate r of the others, the group holds hits - r n more than it should.
    """
    rate = other_hits / other_n if other_n else 0.0
    total = hits + other_hits
    return 0.0 if total == 0 else max(0.0, min(1.0, (hits - rate * n) / total))
