"""Sets of the MVTec family: one folder a product, in it splits, in them one folder a defect type.

Knows nothing of methods or metrics; opens no picture.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evals.datasets.layout import (
    IMAGE_SUFFIXES,
    files_of,
    folders_of,
    layout_error,
    missing_note,
)
from evals.datasets.masks import MaskFiles
from evals.datasets.records import DataSet, DataSetCard, DataSetError, MaskSource, Sample, SplitName
from tools.records import Modality

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


class Place(NamedTuple):
    """Where one asset lies: product folder, split, folder of the defect type, file."""

    product: Path
    split: SplitName
    kind: str
    path: Path


MaskFinder = Callable[[Place], MaskSource]


@dataclass(frozen=True, kw_only=True)
class ClassFolders:
    """An adapter for one such set."""

    card: DataSetCard
    products: tuple[str, ...]
    """As published; folders of other names are read too, absent ones are noted."""
    find_mask: MaskFinder
    """For an anomalous asset."""
    normal: str = "good"
    """The folder of normal assets."""
    inside: str = ""
    """The folder within a defect type's that holds the assets."""
    suffixes: tuple[str, ...] = IMAGE_SUFFIXES
    modality: Modality = "image"
    more_paths: Callable[[Place], tuple[Path, ...]] | None = None

    def load(self, root: Path) -> DataSet:
        """Read the folder names of every product.

        Args:
            root: holds the products' folders, or is one of them.
        """
        folders = [root] if self._is_product(root) else self._product_folders(root)
        samples = tuple(self._sample(root, place) for f in folders for place in self._places(f))
        names = [folder.name for folder in folders]
        notes = missing_note(self.products, names)
        return DataSet(card=self.card, samples=samples, notes=notes)

    def _product_folders(self, root: Path) -> list[Path]:
        looked_for = f"folders of products ({self.products[0]}/, ...) with train/ and test/"
        if not root.is_dir():
            raise layout_error(root, looked_for)
        folders = [folder for folder in folders_of(root) if self._is_product(folder)]
        if not folders:
            raise layout_error(root, looked_for)
        return folders

    def _is_product(self, folder: Path) -> bool:
        return (folder / "train").is_dir() and (folder / "test").is_dir()

    def _places(self, product: Path) -> Iterator[Place]:
        for split in SPLITS:
            if not (product / split).is_dir():
                continue
            for kind in folders_of(product / split):
                folder = kind / self.inside
                if not folder.is_dir():
                    raise layout_error(kind, f"the folder {self.inside}/")
                for path in files_of(folder, *self.suffixes):
                    yield Place(product, split, kind.name, path)

    def _sample(self, root: Path, place: Place) -> Sample:
        gt_label = int(place.kind != self.normal)
        base = root.parent if place.product == root else root
        return Sample(
            path=place.path,
            gt_label=gt_label,
            id=place.path.relative_to(base).as_posix(),
            product=place.product.name,
            defect_type=place.kind if gt_label else None,
            split=place.split,
            gt_mask=self.find_mask(place) if gt_label else None,
            more_paths=self.more_paths(place) if self.more_paths else (),
            modality=self.modality,
        )


def mvtec_mask(place: Place) -> MaskFiles:
    """``ground_truth/<kind>/<stem>_mask.png``."""
    folder = place.product / "ground_truth" / place.kind
    return MaskFiles(paths=(_existing(place, folder / f"{place.path.stem}_mask.png"),))


def loco_mask(place: Place) -> MaskFiles:
    """``ground_truth/<kind>/<stem>/*.png``, one file for each anomaly; their union."""
    folder = place.product / "ground_truth" / place.kind / place.path.stem
    masks = files_of(folder, ".png") if folder.is_dir() else []
    if not masks:
        raise _no_mask(place, folder / "*.png")
    return MaskFiles(paths=tuple(masks))


def mvtec_3d_mask(place: Place) -> MaskFiles:
    """``<split>/<kind>/gt/<stem>.png``, pixels of the organised cloud."""
    return MaskFiles(
        paths=(_existing(place, place.path.parents[1] / "gt" / f"{place.path.stem}.png"),)
    )


def btad_mask(place: Place) -> MaskFiles:
    """``ground_truth/<kind>/<stem>`` with any picture's suffix: products differ in it."""
    folder = place.product / "ground_truth" / place.kind
    found = [folder / f"{place.path.stem}{suffix}" for suffix in IMAGE_SUFFIXES]
    return MaskFiles(paths=(_existing(place, *found),))


def rgb_beside(place: Place) -> tuple[Path, ...]:
    """``<split>/<kind>/rgb/<stem>.png`` beside the cloud."""
    return (place.path.parents[1] / "rgb" / f"{place.path.stem}.png",)


def _existing(place: Place, *candidates: Path) -> Path:
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise _no_mask(place, *candidates)


def _no_mask(place: Place, *candidates: Path) -> DataSetError:
    looked_for = ", ".join(path.relative_to(place.product).as_posix() for path in candidates)
    return layout_error(
        place.product,
        f"{looked_for}, the mask of {place.path.relative_to(place.product).as_posix()}",
    )
