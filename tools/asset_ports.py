"""What an opened asset of any modality is, and what an expert on its own coordinates is.

An asset shows itself in pictures: 2D renderings, each with a pixel frame of its own and the way
back from its pixels to the asset. Everything that works on pictures so works on every modality.
Knows no implementation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tools.arrays import BoolMask, Float32Map, UInt8Image
from tools.records import Asset, Box, Extent

ElementScores: TypeAlias = NDArray[np.float32]
"""Higher is worse, NaN where nothing is said. Image: (H, W). Point cloud: (n_points,), a mesh's
vertices. Time series: (n_samples, n_channels). Video: (n_frames, rows, columns), a grid of equal
cells over each frame."""


class PicturePort(Protocol):
    """One picture of an asset, rendered from the source window by window.

    Its pixel frame is fixed: x to the right, y down, origin in the corner. For an image it is the
    original's pixels.
    """

    @property
    def asset(self) -> Asset:
        """What it is a picture of."""
        ...

    @property
    def name(self) -> str:
        """Under which the asset gives it again, also in another process; "" for an image's own.

        It tells how the picture is made (camera, interval, frames), so that it needs no store.
        """
        ...

    @property
    def label(self) -> str:
        """What it shows, for a person and a mind: `seen from above`, `temperature, 0 to 60 s`."""
        ...

    @property
    def size(self) -> list[int]:
        """[width_px, height_px] of its pixel frame."""
        ...

    @property
    def window_xyxy(self) -> list[float]:
        """The whole picture as a window."""
        ...

    def read(self, window_xyxy: Sequence[float]) -> UInt8Image:
        """(H, W, 3) RGB of a window, a pixel for each pixel of the frame, clipped to the picture.

        Raises:
            ValueError: where nothing of the window lies in the picture.
        """
        ...

    def closer(self, window_xyxy: Sequence[float]) -> PicturePort | None:
        """A picture of what a window shows, made anew from the source: nearer, denser, sharper.

        Its frame is its own. None where the frame has the source's full resolution already (an
        image): then the window is read and resampled.

        Raises:
            ValueError: where the window shows nothing of the asset.
        """
        ...

    def extent(self, box_xyxy: Box, mask: BoolMask | None = None) -> Extent:
        """Where a box of this picture's pixels lies in the asset's own coordinates.

        Args:
            box_xyxy: within the picture, with area.
            mask: of the box rounded outwards to whole pixels; all of it where None.

        Raises:
            ValueError: where it shows nothing of the asset (background, margins of a plot).
        """
        ...

    def box_of(self, extent: Extent) -> Box | None:
        """The box around what this picture shows of an extent; None where it shows nothing."""
        ...

    def paint(self, scores: ElementScores) -> Float32Map:
        """Scores of the asset's elements as a map in this picture's frame.

        A pixel takes the worst element that it shows; 0 where it shows none.
        """
        ...


class Quantity(NamedTuple):
    """Something about an asset that can be measured and limited by a rule."""

    unit: str
    description: str


class Measured(NamedTuple):
    """The value of a quantity."""

    value: float
    unit: str
    where: Extent | None = None
    """The place that decides it (for a maximum: where it is reached); None for the whole."""


class ScoredExtent(NamedTuple):
    """A place of an asset and the highest score there."""

    extent: Extent
    score: float


class AssetPort(Protocol):
    """An opened asset. Safe for threads; decoded once."""

    @property
    def asset(self) -> Asset: ...

    @property
    def notes(self) -> Sequence[str]:
        """What was done to the file's content to read it, one sentence each."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """Of the pictures that show the whole of it, in the order of showing; at least one."""
        ...

    def picture(self, name: str) -> PicturePort:
        """The picture of a name, also of one that `closer` made.

        Raises:
            KeyError: where no such picture can be.
        """
        ...

    def moved_like(self, other: AssetPort) -> AssetPort:
        """This asset laid over another of its kind and shown as that one is shown.

        A cloud is registered on the other and seen by its cameras; a series takes its axes. The
        elements keep their order. Itself where there is nothing to move.

        Raises:
            NotApplicable: where it cannot be laid over the other; says why.
        """
        ...

    def quantities(self) -> Mapping[str, Quantity]:
        """What `measure` can tell, by name."""
        ...

    def measure(self, quantity: str, extent: Extent | None = None) -> Measured:
        """The value of a quantity, of the whole or within an extent.

        Raises:
            ToolError: where there is no such quantity, or not of this extent; says what there is.
        """
        ...

    def beyond(self, quantity: str, *, low: float, high: float) -> Sequence[Extent]:
        """The places where a quantity that varies over the asset leaves [low, high].

        Empty where it stays within, and for a quantity that has no places. Largest first.

        Raises:
            ToolError: where there is no such quantity; says what there is.
        """
        ...

    def places(self, scores: ElementScores, *, level: float) -> Sequence[ScoredExtent]:
        """Connected elements whose scores are above a level, as extents, worst first.

        What the experts point at: neighbouring points; a run of samples with the channels that
        take part; frames and the box in them. Specks that noise explains may be left out.

        Args:
            scores: of this asset's elements; NaN is not above.
            level: what elements of normal assets do not exceed.
        """
        ...


class SeveralPort(AssetPort, Protocol):
    """An asset of several files, each a part with a name."""

    @property
    def parts(self) -> Mapping[str, AssetPort]: ...


class AssetScore(NamedTuple):
    """What an expert says of one asset."""

    raw_score: float
    """Higher is worse, unbounded."""
    element_scores: ElementScores
    """Of the given asset's elements."""


class NormalScore(NamedTuple):
    """What an expert says of a normal asset that it did not learn from."""

    raw_score: float
    largest: float
    """Of its element scores."""


class AssetMemory(Protocol):
    """What an expert learnt of the references of one product. Scores assets; changes nothing."""

    def score_asset(self, asset: AssetPort) -> AssetScore:
        """Score an asset against the references.

        Raises:
            NotApplicable: where this expert has nothing to say of this asset.
        """
        ...

    def normal_scores(self) -> Sequence[Sequence[NormalScore]]:
        """By reference: scores of it, and of parts or copies of it, without what it taught.

        Leave-one-out where there are several references; where there is one, its parts are scored
        by the rest of it. Equally many for each. They calibrate this expert, so they must be what
        an unseen normal asset would score.

        Raises:
            NotApplicable: where the references allow none; says why.
        """
        ...


@runtime_checkable
class DescribingMemory(Protocol):
    """A memory that can tell what a place looks like, beside the references."""

    def describe(self, asset: AssetPort, extent: Extent) -> Sequence[str]:
        """Words of `tools.place_looks.LOOKS`, the plainest first; empty where it cannot tell."""
        ...


@runtime_checkable
class AssetExpert(Protocol):
    """A model that scores assets of one modality in their own coordinates."""

    @property
    def name(self) -> str:
        """Its entry in the table of experts."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its answers would: digest of weights and parameters."""
        ...

    @property
    def modality(self) -> str:
        """Of the assets that it scores."""
        ...

    def learn_assets(self, references: Sequence[Any]) -> AssetMemory:
        """Learn the normal state of a product.

        Args:
            references: opened assets (`AssetPort`) of this modality, at least one.

        Raises:
            NotApplicable: where it cannot learn from these; says why.
        """
        ...
