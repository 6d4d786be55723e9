"""Scores as they stand in an answer, and numbers as models write them. Knows no grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NUMBER = r"(?:\d+[.,]\d+|\.\d+|\d+)"
SCORE = rf"{NUMBER}(?:\s*(?:%|percent\b|/\s*\d+(?:\.\d+)?|out\s+of\s+\d+))?"
_PARTS = re.compile(
    rf"(?P<number>{NUMBER})\s*(?:(?P<percent>%|percent)|(?:/|out\s+of)\s*(?P<of>[\d.]+))?",
    re.IGNORECASE,
)


@dataclass(kw_only=True)
class AnswerScores:
    """Scores in [0, 1], higher is worse."""

    regions: dict[int, float] = field(default_factory=dict)
    image: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Whether there is any score."""
        return bool(self.regions) or self.image is not None

    def add_region(self, number: int, written: str | float) -> None:
        """Keep the score of a region; of several the greatest."""
        score = self._read(written, of=f"region {number}")
        if score is None:
            return
        if number in self.regions and self.regions[number] != score:
            self.notes.append(f"region {number} was scored more than once; the greatest is kept")
        self.regions[number] = max(score, self.regions.get(number, 0.0))

    def add_image(self, written: str | float) -> None:
        """Keep the score of the whole image; of several the last, where models conclude."""
        score = self._read(written, of="the image")
        if score is not None:
            self.image = score

    def _read(self, written: str | float, *, of: str) -> float | None:
        value, scaled = _value(written)
        if 0 <= value <= 1:
            return value
        if 1 < value <= 100 and not scaled:
            self.notes.append(f"{written} of {of} is above 1 and read as a percentage")
            return value / 100
        self.notes.append(f"{written} of {of} is no score between 0 and 1 and left out")
        return None


def _value(written: str | float) -> tuple[float, bool]:
    """The number, and whether its scale was written beside it."""
    if not isinstance(written, str):
        return float(written), False
    parts = _PARTS.match(written.strip())
    if parts is None:
        return float("nan"), True
    number = float(parts["number"].replace(",", "."))
    if parts["percent"]:
        return number / 100, True
    if parts["of"]:
        whole = float(parts["of"].rstrip(".") or 0)
        return (number / whole if whole else float("nan")), True
    return number, False
