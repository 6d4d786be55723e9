"""Whether the record that a row tells of is there whole: after a power loss it may not be."""

from __future__ import annotations

import os

from agent.batch.records import BatchRow
from agent.run_folder import RunFolder

END = b"}\n"
"""Of every record."""


def is_recorded(row: BatchRow, run: RunFolder) -> bool:
    """Whether a row that has a decision has its record; one that failed may have none."""
    if row.status == "failed":
        return True
    try:
        with run.inspection_path(row.inspection).open("rb") as stream:
            stream.seek(-len(END), os.SEEK_END)
            return stream.read() == END
    except OSError:
        return False
