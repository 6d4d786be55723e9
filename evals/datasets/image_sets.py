"""The six shared sets with image-level labels. Knows nothing of methods or metrics."""

from pathlib import Path

from evals.datasets.catalogue import DATA_SETS
from evals.datasets.records import DataSetError, ImageSet

_PLACES: dict[str, tuple[str, str | None]] = {
    "elpv_mono": ("elpv", "mono"),
    "elpv_poly": ("elpv", "poly"),
    "magnetic_tile": ("magnetic_tile", None),
    "casting": ("casting", None),
    "kolektorsdd": ("kolektorsdd", None),
    "leather": ("leather", None),
}
"""Data set and product of each name."""

IMAGE_SETS: tuple[str, ...] = tuple(_PLACES)
"""Names that ``load_image_set`` knows, in the order of the table."""


def load_image_set(data_dir: Path, name: str) -> ImageSet:
    """Read a set's label file; pictures labelled ambiguous are left out.

    Args:
        data_dir: folder that holds one folder per data set.
        name: one of ``IMAGE_SETS``.

    Raises:
        DataSetError: unknown name, folder or picture absent, or an unknown label.
    """
    if name not in _PLACES:
        raise DataSetError(f"unknown set {name!r}; known: {', '.join(IMAGE_SETS)}")
    data_set, product = _PLACES[name]
    loaded = DATA_SETS[data_set].load(data_dir / data_set)
    samples = loaded.samples if product is None else loaded.only(product=product).samples
    return ImageSet(name=name, samples=samples)
