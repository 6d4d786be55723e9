"""A data set as rows of `loupe batch`, through the entry-point group `loupe.datasets`.

The labels say what a set says: they are for whoever reads the results. Knows nothing of batches.
"""

from pathlib import Path

from evals.datasets.catalogue import load_data_set
from evals.datasets.records import DataSetError, Sample


def batch_rows(named: str, data_dir: Path) -> list[dict[str, str]]:
    """Rows of a data set, in its order; no picture is opened.

    An asset of several files is one row, of its first file.

    Args:
        named: NAME, or NAME/PRODUCT for one of its products.
        data_dir: folder that holds one folder for each data set.

    Raises:
        DataSetError: unknown name or product, absent folder, or another layout than published.
    """
    name, slash, product = named.partition("/")
    data_set = load_data_set(data_dir, name)
    if slash:
        data_set = data_set.only(product=product)
    if not data_set.samples:
        raise DataSetError(f"{data_dir}: data set {name} has no labelled asset to inspect")
    return [_row(name, sample) for sample in data_set.samples]


def _row(name: str, sample: Sample) -> dict[str, str]:
    said = {
        "asset": str(sample.path),
        "product": sample.product,
        "set": name,
        "class": sample.product,
        "split": sample.split or "",
        "kind": "anomalous" if sample.gt_label else "normal",
        "defect": sample.defect_type or "",
        "sample": sample.id,
    }
    return {key: value for key, value in said.items() if value}
