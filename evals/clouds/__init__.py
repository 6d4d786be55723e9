"""Planted defects on real scans, and how well they are found. Knows nothing of the graph."""
