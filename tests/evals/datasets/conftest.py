"""Small trees of files in the published layouts."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Tree = Callable[[Mapping[str, str]], Path]

PICTURE_SIZE = (4, 3)
"""Width and height in pixels of every picture that `tree` writes."""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes files below a folder: text as given; pictures where the text is `picture` or `mask`.

    A mask has the first pixel at 255 and all others at 0.
    """

    def write(files: Mapping[str, str]) -> Path:
        root = tmp_path / "set"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content in ("picture", "mask"):
                pixels = np.zeros(PICTURE_SIZE[::-1], dtype=np.uint8)
                pixels[0, 0] = 255
                Image.fromarray(pixels).save(path)
            else:
                path.write_text(content, encoding="utf-8")
        return root

    return write
