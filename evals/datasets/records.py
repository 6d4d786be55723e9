"""What a labelled picture and a labelled set are. Knows nothing of any one data set's files."""

from dataclasses import dataclass, field
from pathlib import Path

from tools.errors import LoupeError

DATA_SET_HELP = "give its folder with --data or LOUPE_SHARED_DATA"


class DataSetError(LoupeError):
    """A data set is absent, or its label file does not have the expected form."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One labelled picture."""

    path: Path
    gt_label: int
    """1 = anomalous, 0 = normal."""
    defect: str | None = None
    """The labelled defect type; None for normal parts and where the set names none."""


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """Labelled pictures of one product, in the order of the label file."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def normal_indices(self) -> list[int]:
        """Indices of the normal samples, ascending."""
        return [i for i, sample in enumerate(self.samples) if sample.gt_label == 0]


@dataclass(frozen=True, kw_only=True)
class TrueBox:
    """A labelled defect."""

    box_xyxy: tuple[float, float, float, float]
    """Original-image pixels, far corner exclusive."""
    defect: str


@dataclass(frozen=True, kw_only=True)
class TemplatePair:
    """A picture with defects and the defect-free picture of the same place."""

    id: str
    test_path: Path
    template_path: Path
    boxes: tuple[TrueBox, ...] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Which normal samples serve as references, and which samples are tested."""

    draw: int
    reference_indices: tuple[int, ...]
    test_indices: tuple[int, ...]
