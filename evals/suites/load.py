"""Reads suites from YAML files: those that ship, by name, and anybody's, by path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from evals.suites.records import Suite
from tools.errors import LoupeError

SUITE_FOLDER = Path(__file__).parent
"""One file for each suite that ships, called as the suite is."""
SUFFIX = ".suite.yaml"


class SuiteError(LoupeError):
    """A suite is unknown, or its file says something that cannot be."""


def suite_names() -> list[str]:
    """Names of the suites that ship."""
    return sorted(path.name.removesuffix(SUFFIX) for path in SUITE_FOLDER.glob(f"*{SUFFIX}"))


def list_suites() -> list[Suite]:
    """The suites that ship, by name."""
    return [load_suite(name) for name in suite_names()]


def load_suite(named: str) -> Suite:
    """A suite by its name, or from a file.

    Args:
        named: name of one that ships, or a path that ends in `.yaml`.

    Raises:
        SuiteError: there is none of that name, or the file says something that cannot be.
    """
    path = Path(named) if named.endswith((".yaml", ".yml")) else SUITE_FOLDER / f"{named}{SUFFIX}"
    if not path.is_file():
        raise SuiteError(
            f"no suite {named!r}; there are {', '.join(suite_names())}, or name a .yaml file"
        )
    try:
        found: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Suite.model_validate(found)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SuiteError(
            f"{path} cannot be read as YAML: {' '.join(str(error).split())}"
        ) from error
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(map(str, wrong["loc"])) or "the suite"
        raise SuiteError(f"{path}: {place}: {wrong['msg']}") from error
