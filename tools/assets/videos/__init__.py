"""Videos as assets. Knows no product, expert or mind."""

from tools.assets.videos.files import open_video

__all__ = ["open_video"]
