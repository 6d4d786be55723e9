"""The visible table of data sets, and reading one by name. Knows nothing of methods or metrics."""

from pathlib import Path

from evals.datasets import parts_table as parts
from evals.datasets.layout import found_in
from evals.datasets.records import Adapter, DataSet, DataSetError

_ADAPTERS: tuple[Adapter, ...] = (
    parts.CASTING,
    parts.LEATHER,
    parts.MAGNETIC_TILE,
    parts.KOLEKTORSDD,
    parts.ELPV,
    parts.BRAINMRI,
    parts.BR35H,
    parts.HEADCT,
    parts.AITEX_FABRIC,
    parts.DEEPCRACK,
    parts.MVTEC_BOTTLE,
    parts.NEU_DET,
    parts.STITCHINGNET,
    parts.WELDING,
)

DATA_SETS: dict[str, Adapter] = {adapter.card.name: adapter for adapter in _ADAPTERS}
"""By name."""


def adapter_of(name: str) -> Adapter:
    """The entry of ``DATA_SETS``.

    Raises:
        DataSetError: no data set has the name; the line lists the known ones.
    """
    if name not in DATA_SETS:
        raise DataSetError(f"unknown data set {name!r}; known: {', '.join(DATA_SETS)}")
    return DATA_SETS[name]


def find_data_set(data_dir: Path, name: str) -> Path | None:
    """The data set's folder below the data folder; None where there is none.

    Raises:
        DataSetError: as ``adapter_of``.
    """
    folders = (data_dir / folder for folder in adapter_of(name).card.folders)
    return next((folder for folder in folders if folder.is_dir()), None)


def load_data_set(data_dir: Path, name: str) -> DataSet:
    """Read a data set by name; no picture is opened.

    Args:
        data_dir: folder that holds one folder for each data set.
        name: a key of ``DATA_SETS``.

    Raises:
        DataSetError: unknown name, absent folder, or another layout than the published one.
    """
    adapter = adapter_of(name)
    root = find_data_set(data_dir, name)
    if root is None:
        folders = " or ".join(f"{folder}/" for folder in adapter.card.folders)
        raise DataSetError(
            f"{data_dir}: looked for {folders} of {name}; found {found_in(data_dir)}; get it from "
            f"{adapter.card.source}"
        )
    return adapter.load(root)
