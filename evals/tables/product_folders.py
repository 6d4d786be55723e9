"""Writes product folders for the shared sets, as a person would lay them out.

Knows nothing of methods or metrics.
"""

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

PRODUCTS = Path(__file__).resolve().parents[1] / "products"
"""Committed rules and failure modes of the sets whose defect types are labelled."""

_DESCRIPTORS = {
    "elpv_mono": "An electroluminescence picture of a monocrystalline solar cell, 300 x 300.",
    "elpv_poly": "An electroluminescence picture of a polycrystalline solar cell, 300 x 300.",
    "magnetic_tile": "The ground surface of a magnetic tile, grey, lit from the side.",
    "casting": "The front of a cast pump impeller, grey, seen from above.",
    "kolektorsdd": "The plastic-embedded surface of an electrical commutator, grey.",
    "leather": "A flat piece of tanned leather, seen from above.",
}


def write_product(
    folder: Path, name: str, *, references: Sequence[Path], omit_modes: Sequence[str] = ()
) -> Path:
    """Make ``folder/name``: the committed product files where there are some, and references.

    References are copied as ``00_<file name>``, ``01_...`` so that their order is the given one.

    Args:
        folder: where product folders are made; an older folder of that name is replaced.
        name: of the set, and of the product.
        references: pictures.
        omit_modes: ids of failure modes that are left out of the FMEA.

    Returns:
        The product's folder.
    """
    product = folder / name
    if product.exists():
        shutil.rmtree(product)
    committed = PRODUCTS / name
    if committed.is_dir():
        shutil.copytree(committed, product)
        if omit_modes:
            _omit(product / "fmea.csv", omit_modes)
    else:
        product.mkdir(parents=True)
        (product / "product.yaml").write_text(_product_yaml(name), encoding="utf-8")
    pictures = product / "references"
    pictures.mkdir(exist_ok=True)
    for number, path in enumerate(references):
        shutil.copyfile(path, pictures / f"{number:02d}_{path.name}")
    return product


def _omit(path: Path, ids: Sequence[str]) -> None:
    with path.open(newline="", encoding="utf-8") as stream:
        header, *rows = csv.reader(stream)
    kept = [row for row in rows if row[header.index("id")] not in ids]
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *kept])


def _product_yaml(name: str) -> str:
    return f"name: {name}\ndescriptor: >-\n  {_DESCRIPTORS[name]}\nreference: any\n"
