"""What a labelled asset and a labelled set are. Knows nothing of any one data set's files."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from tools.arrays import BoolMask
from tools.errors import LoupeError
from tools.records import Modality, Scalar

DATA_SET_HELP = "give its folder with --data or LOUPE_SHARED_DATA"

SplitName: TypeAlias = Literal["train", "validation", "test"]
RealData: TypeAlias = Literal["whole", "part", "index", "never"]


class DataSetError(LoupeError):
    """A data set is absent, or its files do not have the expected form."""


class MaskSource(Protocol):
    """Where a ground truth lies; read when asked for, never when a set is loaded."""

    def load(self) -> BoolMask:
        """Read the ground truth.

        Returns:
            True where anomalous. Image (H, W) in the file's pixels; point cloud (N,) by point;
            time series (T,) by row; video (F,) by frame.

        Raises:
            DataSetError: a file is absent or has another form.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class TrueBox:
    """A labelled defect."""

    box_xyxy: tuple[float, float, float, float]
    """Original-image pixels, far corner exclusive."""
    defect: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question that a data set asks about an asset."""

    text: str
    answer: str | None = None
    """The reference answer, or the letter of the right option; None where the set gives none."""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    """By letter; empty for an open question."""
    kind: str = ""
    """The set's own name of the kind of question."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One labelled asset."""

    path: Path
    """The asset's file; the first where it has several."""
    gt_label: int
    """1 = anomalous, 0 = normal, whatever the data set's own files say."""
    id: str = ""
    """Unique within its set and the same on every machine; the path where none is given."""
    product: str = ""
    """The data set's class or category; empty where it has one product only."""
    defect_type: str | None = None
    """The labelled defect type; None for normal assets and where the set names none."""
    split: SplitName | None = None
    """The data set's own split; None where it states none."""
    references: tuple[Path, ...] = ()
    """Normal examples that the data set itself pairs with this asset (a template, a reference)."""
    gt_mask: MaskSource | None = None
    """Read it with ``load_gt_mask``."""
    boxes: tuple[TrueBox, ...] = ()
    """Labelled boxes; empty also where the set labels none."""
    more_paths: tuple[Path, ...] = ()
    """Further files of the same asset: views of a shape, a picture beside a cloud."""
    questions: tuple[Question, ...] = ()
    """In the order in which the set asks them."""
    modality: Modality = "image"
    metadata: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    """What else the set says, by its own names: questions, exposures, expert probabilities."""

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", self.path.as_posix())

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file of the asset."""
        return (self.path, *self.more_paths)

    def load_gt_mask(self) -> BoolMask | None:
        """Read the ground truth: shape as ``MaskSource.load``.

        Returns:
            All False in the picture's size for a normal picture without a mask file; None for
            an anomalous asset whose set has no mask of it.

        Raises:
            DataSetError: a mask file is absent or has another form.
        """
        if self.gt_mask is not None:
            return self.gt_mask.load()
        if self.gt_label == 1 or self.modality != "image":
            return None
        from evals.datasets.masks import empty_mask

        return empty_mask(self.path)


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A file of the set that is no sample, and why: ambiguous, or without a label."""

    path: Path
    reason: str


@dataclass(frozen=True, kw_only=True)
class DataSetCard:
    """What is known of a data set without its files."""

    name: str
    """As ``DATA_SETS`` and the command line call it."""
    title: str
    modality: Modality
    licence: str
    source: str
    """Where to get it: an address, or the words of its authors."""
    folders: tuple[str, ...]
    """Names that its folder may have below --data, the first that exists is taken."""
    metric_notes: str = ""
    """Where the set's own protocol or metric differs from ours."""
    met_real_data: RealData = "never"
    """Whether the adapter has read the real files: all, a part, the index alone, or none so far."""


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """The labelled assets of a data set, in the order of its files."""

    card: DataSetCard
    samples: tuple[Sample, ...]
    left_out: tuple[LeftOut, ...] = ()
    """Files that carry no usable label, each with its reason; never scored."""
    notes: tuple[str, ...] = ()
    """What a reader of the results must know: published products that are absent, and the like."""

    @property
    def name(self) -> str:
        """The card's."""
        return self.card.name

    @property
    def products(self) -> tuple[str, ...]:
        """In the order of first occurrence."""
        return tuple(dict.fromkeys(sample.product for sample in self.samples))

    @property
    def normal_indices(self) -> list[int]:
        """Indices of the normal samples, ascending."""
        return [i for i, sample in enumerate(self.samples) if sample.gt_label == 0]

    def only(self, *, product: str | None = None, split: SplitName | None = None) -> "DataSet":
        """The samples of one product, of one split, or of both.

        Raises:
            DataSetError: no sample is left.
        """
        kept = tuple(
            sample
            for sample in self.samples
            if product in (None, sample.product) and split in (None, sample.split)
        )
        if not kept:
            splits = sorted({str(sample.split) for sample in self.samples})
            raise DataSetError(
                f"{self.name} has no sample of product {product!r} and split {split!r}; its "
                f"products are {', '.join(map(repr, self.products))}, its splits "
                f"{', '.join(splits)}"
            )
        return replace(self, samples=kept)

    def image_set(self, *, product: str | None = None) -> "ImageSet":
        """The samples of one product (or all) as the splitter takes them."""
        chosen = self if product is None else self.only(product=product)
        name = self.name if not product else f"{self.name}/{product}"
        return ImageSet(name=name, samples=chosen.samples)


class Adapter(Protocol):
    """Reads one data set's published layout."""

    @property
    def card(self) -> DataSetCard: ...

    def load(self, root: Path) -> DataSet:
        """Read labels and paths; no picture is opened.

        Args:
            root: the data set's own folder.

        Raises:
            DataSetError: with what was looked for and what was found.
        """
        ...


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
