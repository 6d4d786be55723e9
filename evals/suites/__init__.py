"""Protocols as named suites in YAML files. Knows no data set and runs nothing."""

from evals.suites.load import SUITE_FOLDER, SuiteError, list_suites, load_suite
from evals.suites.records import Asking, Condition, Suite

__all__ = [
    "SUITE_FOLDER",
    "Asking",
    "Condition",
    "Suite",
    "SuiteError",
    "list_suites",
    "load_suite",
]
