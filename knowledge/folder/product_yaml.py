"""product.yaml: what the product is, apart from its rules. Knows no other file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge.folder.located_yaml import LocatedYaml, load_yaml
from knowledge.folder.problems import Problems, field_messages, nearest_word
from knowledge.folder.text_files import read_text
from knowledge.records import Product, Tolerance

FILE = "product.yaml"
_FROM_OTHER_FILES = {"rules", "failure_modes", "notes", "references", "digest"}
KEYS = tuple(name for name in Product.model_fields if name not in _FROM_OTHER_FILES)
_NAME_LIMIT = 100


def read_product_yaml(folder: Path, problems: Problems) -> Product | None:
    """The product without rules, failure modes, notes and references; None where invalid."""
    path = folder / FILE
    if not path.is_file():
        problems.add(path, "is missing; it needs at least a name and a descriptor")
        return None
    text = read_text(path, problems)
    located = None if text is None else load_yaml(text, path=path, problems=problems)
    if located is None:
        return None
    if not isinstance(located.value, dict):
        problems.add(path, f"must hold keys and values: {', '.join(KEYS)}", line=located.line(()))
        return None
    values = _known_keys(located.value, KEYS, located=located, path=path, problems=problems)
    return _validated(values, located=located, path=path, problems=problems)


def _known_keys(
    values: dict[Any, Any],
    known: tuple[str, ...],
    *,
    located: LocatedYaml,
    path: Path,
    problems: Problems,
) -> dict[str, Any]:
    for key in values:
        if key not in known:
            text = f"is no key of {FILE}{nearest_word(str(key), known)}; keys: {', '.join(known)}"
            problems.add(path, text, line=located.line((str(key),)), field=str(key))
    return {key: value for key, value in values.items() if key in known and value is not None}


def _validated(
    values: dict[str, Any], *, located: LocatedYaml, path: Path, problems: Problems
) -> Product | None:
    try:
        product = Product.model_validate(values, strict=True)
    except ValidationError as error:
        for location, message in field_messages(error):
            hint = _tolerance_hint(location)
            field = ".".join(str(part) for part in location)
            problems.add(path, message + hint, line=located.line(location), field=field)
        return None
    for field, message in _blanks(product):
        problems.add(path, message, line=located.line((field,)), field=field)
    return product


def _tolerance_hint(location: tuple[int | str, ...]) -> str:
    if len(location) == 2 and location[0] == "tolerance":
        known = tuple(Tolerance.model_fields)
        if location[1] not in known:
            return f"{nearest_word(str(location[1]), known)}; keys: {', '.join(known)}"
    return ""


def _blanks(product: Product) -> list[tuple[str, str]]:
    found = []
    if not product.name.strip() or product.name != product.name.strip():
        found.append(("name", f"must not be blank or start or end with blanks: {product.name!r}"))
    if len(product.name) > _NAME_LIMIT or not product.name.isprintable():
        found.append(("name", f"must be one line of at most {_NAME_LIMIT} characters"))
    if not product.descriptor.strip():
        found.append(("descriptor", "must not be blank; say in one sentence what the product is"))
    if any(not alias.strip() for alias in product.aliases):
        found.append(("aliases", "must not hold a blank"))
    return found
