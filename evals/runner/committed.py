"""Knowledge of data sets' products that is committed: folders and sentences. Knows no sample."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from knowledge.records import FailureMode

PRODUCTS = Path(__file__).resolve().parents[1] / "products"
"""A folder for each product with rules or failure modes, and the sentences of the papers."""
SENTENCES = PRODUCTS / "sentences.yaml"


class Sentences(NamedTuple):
    """What is told of a class in words."""

    name: str
    """Of the class, as a prompt calls it."""
    description: str
    rule: str
    """What a normal one looks like: Customizable-VLM's form."""
    ignore: str
    """One-shot LVLM's sentence; empty for most classes."""
    ignore_rotated: str
    """The same for pictures that are turned."""


@cache
def _all_sentences() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    return found


def sentences_of(name: str) -> Sentences:
    """What the papers and the committed products say of a class.

    Args:
        name: `set` or `set/product`.
    """
    known = _all_sentences()
    said = known["classes"].get(name, {})
    called = said.get("name") or name.rpartition("/")[2].replace("_", " ")
    generic = known["generic"]
    return Sentences(
        name=called,
        description=said.get("description") or generic["description"].format(cls=called),
        rule=said.get("rule") or generic["rule"].format(cls=called),
        ignore=said.get("ignore", ""),
        ignore_rotated=said.get("ignore_rotated", said.get("ignore", "")),
    )


@cache
def committed_product(name: str) -> dict[str, Any] | None:
    """The committed `product.yaml` of a product; None where there is none."""
    path = PRODUCTS / name / "product.yaml"
    if not path.is_file():
        return None
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def is_per_place(name: str) -> bool:
    """Whether each reference of a product shows a place of its own."""
    return (committed_product(name) or {}).get("reference") == "per_place"


@cache
def failure_modes_of(name: str) -> tuple[FailureMode, ...]:
    """The rows of a committed product's FMEA, in its order; none where there is none.

    Args:
        name: `set` or `set/product`.

    Raises:
        KnowledgeError: a row is none.
    """
    from knowledge.folder.fmea_csv import FILE, read_fmea_csv
    from knowledge.folder.problems import Problems

    folder = PRODUCTS / name
    if not (folder / FILE).is_file():
        return ()
    problems = Problems(folder)
    found = tuple(read_fmea_csv(folder, problems))
    problems.raise_if_any()
    return found
