"""Point clouds and meshes as assets. Knows no product, expert or mind."""

from tools.assets.clouds.files import open_cloud

__all__ = ["open_cloud"]
