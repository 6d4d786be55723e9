"""The visible table of data sets, and reading one by name. Knows nothing of methods or metrics."""

from pathlib import Path

from evals.datasets import class_folder_sets as folders
from evals.datasets import (
    clouds,
    deeppcb,
    generic_ad,
    own_data,
    question_sets,
    series_sets,
    ucf_crime,
    ucsd_ped2,
    unlabelled,
    visa,
)
from evals.datasets import layout_pairs as pairs
from evals.datasets import parts_table as parts
from evals.datasets.customizable_vlm import CUSTOMIZABLE_VLM
from evals.datasets.layout import found_in
from evals.datasets.records import Adapter, DataSet, DataSetError

_ADAPTERS: tuple[Adapter, ...] = (
    folders.MVTEC_AD,
    visa.VISA,
    folders.MVTEC_LOCO,
    folders.MVTEC_3D,
    folders.BTAD,
    folders.MPDD,
    pairs.AITEX,
    pairs.ELPV,
    pairs.BRAINMRI,
    pairs.HEADCT,
    pairs.BR35H,
    clouds.REAL3D_AD,
    clouds.ANOMALY_SHAPENET,
    ucf_crime.UCF_CRIME,
    series_sets.NAB,
    series_sets.UCR,
    series_sets.SKAB,
    question_sets.VISA_DR,
    question_sets.ANOMALY_INSTRUCT,
    question_sets.MMAD,
    CUSTOMIZABLE_VLM,
    parts.CASTING,
    parts.DEEPCRACK,
    deeppcb.DEEPPCB,
    generic_ad.GENERIC_AD,
    parts.KOLEKTORSDD,
    parts.LEATHER,
    parts.MAGNETIC_TILE,
    parts.MVTEC_BOTTLE,
    parts.NEU_DET,
    parts.STITCHINGNET,
    ucsd_ped2.UCSD_PED2,
    ucsd_ped2.UCSD_PED2_FRAMES,
    parts.WELDING,
    unlabelled.POINTCLOUDS,
    unlabelled.SAMPLE_VIDEOS,
    own_data.FOLDER,
    own_data.CSV,
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
