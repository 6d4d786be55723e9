"""What a place of an asset looks like, in words of a small vocabulary. Knows no failure mode."""

from tools.place_looks.table import DETAILS, LOOKS, looks_of

__all__ = ["DETAILS", "LOOKS", "looks_of"]
