"""Product folders for one condition, as a person would lay them out. Knows no method.

A folder is named by its content, so that conditions that tell the same share one home.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from evals.runner.committed import PRODUCTS, committed_product, sentences_of
from evals.runner.pictures import perturbed_file
from evals.runner.plan import Material
from evals.suites.records import Condition

FILES = {"rules": "rules.yaml", "failure_modes": "fmea.csv"}


class ProductFolder(NamedTuple):
    """A product on disk."""

    name: str
    folder: Path
    home: Path
    """Where Loupe may keep what it learns of it."""


def write_product(
    material: Material, condition: Condition, *, n_references: int, work: Path
) -> ProductFolder:
    """Make the product folder of a condition; an equal one is taken as it is.

    Args:
        material: names the references.
        condition: says what is told and how references are changed.
        n_references: how many are taken; all templates where each has its own place.
        work: where product folders, homes and changed pictures are kept.

    Raises:
        AssetError: a reference cannot be read.
    """
    references = reference_files(material, condition, n_references=n_references, work=work)
    name = material.name.replace("/", "-")
    texts = _texts(material, condition, name=name)
    digest = _digest(texts, references)
    product = work / "products" / digest / name
    if not product.is_dir():
        partial = product.with_name(f".{name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        (partial / "references").mkdir(parents=True)
        for file, text in texts.items():
            (partial / file).write_text(text, encoding="utf-8")
        for number, path in enumerate(references):
            shutil.copyfile(path, partial / "references" / f"{number:03d}_{path.name}")
        partial.rename(product)
    return ProductFolder(name, product, work / "homes" / digest)


def reference_files(
    material: Material, condition: Condition, *, n_references: int, work: Path
) -> list[Path]:
    """The files of the references of a condition, changed as it says."""
    taken = material.references if material.per_place else material.references[:n_references]
    paths = [one.path for one in taken]
    folder = work / "pictures"
    return [perturbed_file(path, condition.reference, folder=folder) for path in paths]


def _texts(material: Material, condition: Condition, *, name: str) -> dict[str, str]:
    """The product's text files by name."""
    committed = PRODUCTS / name
    texts = {"product.yaml": _product_yaml(material, condition, name=name)}
    for kind, file in FILES.items():
        if kind in condition.knowledge and (committed / file).is_file():
            texts[file] = (committed / file).read_text(encoding="utf-8")
    if "rules" in condition.knowledge and "rules.yaml" not in texts:
        texts |= _rules_of_sentences(material, condition)
    return texts


def _product_yaml(material: Material, condition: Condition, *, name: str) -> str:
    said = dict(committed_product(name) or {})
    said.setdefault("descriptor", sentences_of(material.name).description)
    said |= {"name": name, "reference": "per_place" if material.per_place else "any"}
    if "descriptor" not in condition.knowledge:
        said["descriptor"] = "An industrial part."
    return yaml.safe_dump(said, sort_keys=True, allow_unicode=True)


def _rules_of_sentences(material: Material, condition: Condition) -> dict[str, str]:
    said = sentences_of(material.name)
    ignore = said.ignore_rotated if condition.query == "rotate_90" else said.ignore
    if not ignore:
        return {}
    rules = [{"id": "R1", "kind": "ignore", "text": ignore}]
    return {"rules.yaml": yaml.safe_dump(rules, allow_unicode=True)}


def _digest(texts: dict[str, str], references: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file, text in sorted(texts.items()):
        digest.update(f"{file}\0{text}\0".encode())
    for path in references:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
