"""Decoding a labelled picture for the in-process baselines. Knows nothing of labels."""

from pathlib import Path

import numpy as np
import numpy.typing as npt


def load_rgb(path: Path) -> npt.NDArray[np.uint8]:
    """The picture as (H, W, 3) uint8 RGB at its full size.

    Raises:
        OSError: the file is absent or no picture.
    """
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
