"""Time series as assets. Knows no product, expert or mind."""

from tools.assets.series.files import open_series

__all__ = ["open_series"]
