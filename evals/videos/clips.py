"""Labelled clips: frames with a label and a box, and parts of a clip as files of their own.

Knows nothing of methods or metrics.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evals.datasets.label_files import read_rows
from evals.datasets.label_parts import LABEL_FILE, LABELS
from evals.datasets.layout import require_file
from evals.datasets.records import DataSetError
from tools.assets.opening import open_asset
from tools.assets.videos.video import Video
from tools.errors import AssetError

COLUMNS = ("clip", "frame", "label", "x1", "y1", "x2", "y2")


class Clip(NamedTuple):
    """A clip of the set."""

    name: str
    path: Path
    gt_labels: npt.NDArray[np.int64]
    """(N,) 1 = anomalous, by frame."""
    boxes: npt.NDArray[np.float64]
    """(N, 4) around what is anomalous, xyxy in pixels; NaN where nothing is labelled."""

    @property
    def n_first_normal(self) -> int:
        """Frames before the first anomalous one."""
        anomalous = np.flatnonzero(self.gt_labels)
        return int(anomalous[0]) if anomalous.size else len(self.gt_labels)


def load_ped2(root: Path) -> list[Clip]:
    """The clips of UCSD Ped2 by name, labels and boxes of every frame.

    Raises:
        DataSetError: the folder, a file or a column is absent.
    """
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_rows(root / LABEL_FILE, columns=COLUMNS):
        rows[row["clip"]].append(row)
    if not rows:
        raise DataSetError(f"{root / LABEL_FILE}: has no clip")
    return [
        Clip(
            f"clip{name}",
            require_file(root / f"clip{name}.mp4", listed_in=root / LABEL_FILE),
            np.array([LABELS[row["label"]] for row in of_clip], dtype=np.int64),
            np.array([_box(row) for row in of_clip]),
        )
        for name, of_clip in rows.items()
    ]


def _box(row: dict[str, str]) -> list[float]:
    edges = [row[name] for name in ("x1", "y1", "x2", "y2")]
    return [float(edge) for edge in edges] if all(edges) else [np.nan] * 4


def cut_out(source: Path, first: int, last: int, target: Path) -> Video:
    """Write frames [first, last) of a video without loss, and open what was written.

    Raises:
        AssetError: the source cannot be read.
    """
    import av

    video = open_asset(source)
    if not isinstance(video, Video):
        raise AssetError(f"{source}: is no video")
    rate = round(video.index.n_frames / video.index.duration_s)
    with av.open(str(target), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=rate)
        stream.width, stream.height = video.frame_size
        stream.pix_fmt = "bgr0"
        for _, image_hwc in video.stream(first, last):
            frame = av.VideoFrame.from_ndarray(image_hwc, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    cut = open_asset(target)
    if not isinstance(cut, Video):
        raise AssetError(f"{target}: is no video")
    return cut
