"""rules.yaml: a list of written criteria. Knows no other file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from knowledge.folder.located_yaml import LocatedYaml, Location, load_yaml
from knowledge.folder.problems import Problems, field_messages, nearest_word
from knowledge.folder.text_files import read_text
from knowledge.records import Rule
from tools.measure import quantity_problem

FILE = "rules.yaml"
KEYS = tuple(name for name in Rule.model_fields if name != "source")
_OF_LIMITS = ("quantity", "min", "max", "unit")


class _Source(NamedTuple):
    path: Path
    located: LocatedYaml
    problems: Problems
    measurable: Collection[str]

    def add(self, position: int, message: str, *, field: str = "") -> None:
        location: Location = (position, *field.split(".")) if field else (position,)
        name = f"rule {position + 1}" + (f", {field}" if field else "")
        self.problems.add(self.path, message, line=self.located.line(location), field=name)


def read_rules_yaml(
    folder: Path, problems: Problems, *, measurable: Collection[str] = ()
) -> list[Rule]:
    """The rules in their order; none where the file is absent.

    Args:
        folder: of the product.
        problems: takes what is wrong.
        measurable: quantities of the references as a whole, where they are no images.
    """
    path = folder / FILE
    if not path.exists():
        return []
    text = read_text(path, problems)
    located = None if text is None else load_yaml(text, path=path, problems=problems)
    if located is None or located.value is None:
        return []
    if not isinstance(located.value, list):
        problems.add(path, "must be a list of rules, each with '- id: ...'", line=1)
        return []
    source = _Source(path, located, problems, measurable)
    rules = [_rule(entry, position, source) for position, entry in enumerate(located.value)]
    _check_ids(rules, source)
    return [rule for rule in rules if rule is not None]


def _rule(entry: Any, position: int, source: _Source) -> Rule | None:
    if not isinstance(entry, dict):
        source.add(position, f"must hold keys and values: {', '.join(KEYS)}; got {entry!r}")
        return None
    for key in entry:
        if key not in KEYS:
            hint = nearest_word(str(key), KEYS)
            source.add(position, f"is no key of a rule{hint}; keys: {', '.join(KEYS)}", field=key)
    values = {key: value for key, value in entry.items() if key in KEYS and value is not None}
    line = source.located.line((position,))
    try:
        rule = Rule.model_validate(values | {"source": f"{FILE}:{line}"}, strict=True)
    except ValidationError as error:
        for location, message in field_messages(error):
            source.add(position, message, field=".".join(str(part) for part in location))
        return None
    return rule if _is_sound(rule, position, source) else None


def _is_sound(rule: Rule, position: int, source: _Source) -> bool:
    for field in ("id", "text"):
        if not getattr(rule, field).strip():
            source.add(position, "must not be blank", field=field)
            return False
    if rule.kind == "must":
        return _has_no_limits(rule, position, source, why="belongs to a tolerance or ignore rule")
    if rule.kind == "ignore" and rule.quantity is None:
        return _has_no_limits(rule, position, source, why="needs a quantity beside it")
    message = _quantity_problem(rule, source.measurable)
    if not message and rule.kind == "ignore" and str(rule.quantity).startswith("count:"):
        message = f"{rule.quantity!r} is of no single region; an ignore rule limits its size"
    if message:
        source.add(position, message, field="quantity")
    return not message


def _quantity_problem(rule: Rule, measurable: Collection[str]) -> str:
    quantity = rule.quantity or ""
    if rule.kind == "tolerance" and quantity in measurable:
        return ""
    problem = quantity_problem(quantity)
    if problem and measurable and rule.kind == "tolerance":
        return (
            f"{quantity!r} cannot be measured on these references; the quantities are "
            f"{', '.join(measurable)}"
        )
    return problem


def _has_no_limits(rule: Rule, position: int, source: _Source, *, why: str) -> bool:
    for field in _OF_LIMITS:
        if getattr(rule, field) is not None:
            source.add(position, f"{why}, and this rule's kind is {rule.kind!r}", field=field)
            return False
    return True


def _check_ids(rules: list[Rule | None], source: _Source) -> None:
    first: dict[str, int] = {}
    for position, rule in enumerate(rules):
        if rule is None:
            continue
        if rule.id in first:
            line = source.located.line((first[rule.id],))
            source.add(position, f"{rule.id!r} is already the id of line {line}", field="id")
        first.setdefault(rule.id, position)
