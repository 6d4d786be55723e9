"""Rows of a run to figures, tables and pictures. Runs nothing and asks no model."""
