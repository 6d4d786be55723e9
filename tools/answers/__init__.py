"""Reads scores of regions out of what models write. Knows nothing of pictures or masks."""
