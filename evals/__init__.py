"""Measures: data sets, perturbations, metrics, suites and their tables; the sample product."""
