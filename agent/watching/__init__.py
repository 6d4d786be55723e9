"""A folder that fills: files are inspected as they land, and each row is told to others.

Knows no graph and no terminal.
"""
