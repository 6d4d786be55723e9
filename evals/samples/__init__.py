"""The sample product: rendered control boards with planted defects, and their generator."""

from importlib.resources import files
from pathlib import Path

__all__ = ["sample_folder"]


def sample_folder() -> Path:
    """The folder that holds `control-board/` (the product) and `control-board-parts/`."""
    return Path(str(files(__name__)))
