"""The shared sets as one pool, for training on some and testing on others.

Knows nothing of methods or metrics.
"""

from collections.abc import Sequence
from pathlib import Path

from evals.datasets.catalogue import DATA_SETS
from evals.datasets.deeppcb import load_deeppcb
from evals.datasets.image_sets import IMAGE_SETS, load_image_set
from evals.datasets.records import DataSetError, ImageSet, Sample

MEDICAL: tuple[str, ...] = ("brainmri", "br35h", "headct")
TESTED: tuple[str, ...] = (*IMAGE_SETS, *MEDICAL)
"""Sets with enough normal pictures to test on."""
ONLY_TRAINED: tuple[str, ...] = ("stitchingnet", "welding", "aitex_fabric", "deeppcb")
FOLDS: dict[str, tuple[str, ...]] = {
    "A": ("casting", "leather", "brainmri", "br35h"),
    "B": ("elpv_mono", "elpv_poly", "headct"),
    "C": ("magnetic_tile", "kolektorsdd"),
}
"""Sets that are held out together: `brainmri` and `br35h` share pictures of one kind."""


def load_cross_set(data_dir: Path, name: str) -> ImageSet:
    """A set of the pool; every label but `normal` is anomalous, ambiguous pictures are left out.

    Args:
        data_dir: folder that holds one folder per data set.
        name: one of ``TESTED`` or ``ONLY_TRAINED``.

    Raises:
        DataSetError: unknown name, or folder or picture absent.
    """
    if name in IMAGE_SETS:
        return load_image_set(data_dir, name)
    if name == "deeppcb":
        pairs = load_deeppcb(data_dir)
        tests = [Sample(path=pair.test_path, gt_label=1) for pair in pairs]
        templates = [Sample(path=pair.template_path, gt_label=0) for pair in pairs]
        return ImageSet(name=name, samples=(*templates, *tests))
    if name not in (*MEDICAL, *ONLY_TRAINED):
        raise DataSetError(f"unknown set {name!r}; known: {', '.join((*TESTED, *ONLY_TRAINED))}")
    adapter = next(a for a in DATA_SETS.values() if name in a.card.folders)
    return ImageSet(name=name, samples=adapter.load(data_dir / name).samples)


def load_pool(data_dir: Path, names: Sequence[str]) -> list[ImageSet]:
    """Several sets."""
    return [load_cross_set(data_dir, name) for name in names]
