"""A product's folder as a person writes it, read and validated whole. Knows nothing of the store.

A folder holds product.yaml and references/; rules.yaml, fmea.csv and notes/ where there are any.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from knowledge.folder import fmea_csv, notes, product_yaml, references, rules_yaml
from knowledge.folder.problems import Problems, nearest_word
from knowledge.folder.references import ReferenceFile
from knowledge.records import Product
from tools.errors import KnowledgeError

ENTRIES = (
    product_yaml.FILE,
    rules_yaml.FILE,
    fmea_csv.FILE,
    references.FOLDER,
    notes.FOLDER,
)


class ProductFolder(NamedTuple):
    """What a folder says."""

    product: Product
    """With its digest."""
    reference_files: list[ReferenceFile]
    """In the order of `product.references`."""


def read_product_folder(folder: Path) -> ProductFolder:
    """Read a product's folder.

    Raises:
        KnowledgeError: all that is wrong with the folder, one line a problem, each with file,
            line and field.
    """
    _check_folder(folder)
    problems = Problems(folder)
    _check_entries(folder, problems)
    product = product_yaml.read_product_yaml(folder, problems)
    pictures = references.read_references(folder, problems)
    measurable = pictures[0].quantities if pictures else []
    rules = rules_yaml.read_rules_yaml(folder, problems, measurable=measurable)
    failure_modes = fmea_csv.read_fmea_csv(folder, problems)
    passages = notes.read_notes(folder, problems)
    problems.raise_if_any()
    if product is None:
        raise KnowledgeError(f"{folder / product_yaml.FILE}: cannot be read")
    whole = product.model_copy(
        update={
            "rules": rules,
            "failure_modes": failure_modes,
            "notes": passages,
            "references": [entry.reference for entry in pictures],
            "quantities": measurable,
        }
    )
    return ProductFolder(whole.model_copy(update={"digest": digest_of(whole)}), pictures)


def digest_of(product: Product) -> str:
    """Digest of what the folder says: lines that moved and the digest itself do not count."""
    parts = {name: {"__all__": {"source"}} for name in ("rules", "failure_modes", "notes")}
    text = product.model_dump_json(exclude={"digest": True, **parts})
    return hashlib.sha256(text.encode()).hexdigest()


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise KnowledgeError(f"{folder}: there is no such folder")
    if not folder.is_dir():
        hint = "; give the folder that holds it" if folder.name in ENTRIES else ""
        raise KnowledgeError(f"{folder}: is a file, not a product's folder{hint}")
    if not (folder / product_yaml.FILE).exists():
        inner = sorted(path.parent.name for path in folder.glob(f"*/{product_yaml.FILE}"))
        if inner:
            names = ", ".join(inner)
            raise KnowledgeError(f"{folder}: holds products, is none itself; add one of {names}")


def _check_entries(folder: Path, problems: Problems) -> None:
    for path in sorted(folder.iterdir()):
        hint = nearest_word(path.name, ENTRIES)
        if path.name not in ENTRIES and hint and not (folder / _meant(hint)).exists():
            problems.add(path, f"is not a name that is read{hint}")


def _meant(hint: str) -> str:
    return hint.split("'")[1]
