"""What one benchmark figure is and how it prints. Knows nothing of what was measured."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Repeated measurements of one thing and of its baseline."""

    what: str
    unit: str
    values: tuple[float, ...]
    baseline: str
    baseline_values: tuple[float, ...]
    budget: float | None = None
    """What the design allows; None where it says nothing."""

    @property
    def median(self) -> float:
        """Of the measurements."""
        return statistics.median(self.values)

    @property
    def baseline_median(self) -> float:
        """Of the baseline's measurements."""
        return statistics.median(self.baseline_values)


def as_lines(timings: Sequence[Timing]) -> list[str]:
    """A Markdown table: median, smallest and largest value, baseline, budget."""
    lines = [
        "| what | unit | n | median | smallest | largest | baseline | its median | budget |",
        "| --- | --- | --: | --: | --: | --: | --- | --: | --: |",
    ]
    for one in timings:
        cells = [
            one.what,
            one.unit,
            str(len(one.values)),
            *(f"{v:.3g}" for v in (one.median, min(one.values), max(one.values))),
            one.baseline,
            f"{one.baseline_median:.3g}",
            "" if one.budget is None else f"{one.budget:g}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines
