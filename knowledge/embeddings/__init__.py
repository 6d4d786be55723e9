"""Texts to vectors, by any of the ways in `table.EMBEDDINGS`. Knows no store."""
