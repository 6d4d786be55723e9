"""Readers of what others write, fed with what nobody would: `python -m evals.fuzz TARGET`."""
