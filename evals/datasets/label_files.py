"""Reading the label files of the shared data. Knows nothing of what the columns mean."""

import csv
from pathlib import Path

from evals.datasets.records import DATA_SET_HELP, DataSetError


def read_rows(path: Path, *, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV file with a header.

    Raises:
        DataSetError: the file is absent, has no row, or lacks one of ``columns``.
    """
    if not path.is_file():
        raise DataSetError(f"{path} does not exist; {DATA_SET_HELP}")
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise DataSetError(f"{path} has no column {sorted(missing)[0]!r}")
        rows = list(reader)
    if not rows:
        raise DataSetError(f"{path} has no row")
    return rows
