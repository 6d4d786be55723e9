"""YAML whose every value remembers its line. Knows nothing of what the values mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from knowledge.folder.problems import Problems
from tools.yaml_faults import yaml_faults

Location = tuple[int | str, ...]
"""Keys and positions from the root, as pydantic tells them."""


class LocatedYaml(NamedTuple):
    """Plain values and the line that each stands in."""

    value: Any
    lines: dict[Location, int]

    def line(self, location: Location) -> int:
        """Line of a place, or of the nearest place around it that exists."""
        while location not in self.lines and location:
            location = location[:-1]
        return self.lines.get(location, 1)


def load_yaml(text: str, *, path: Path, problems: Problems) -> LocatedYaml | None:
    """Read one YAML document; None where a problem was noted."""
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.add(
            path, f"has a character that YAML does not allow: {text[error.position]!a}", line=line
        )
        return None
    try:
        node = loader.get_single_node()
        if node is None:
            return LocatedYaml(None, {})
        if node_with_anchor := _reused(node, set()):
            line = node_with_anchor.start_mark.line + 1
            problems.add(path, "an alias (*name) refers to this; write the value out", line=line)
            return None
        lines = _lines(node, (), path=path, problems=problems)
        return LocatedYaml(loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problems.add(path, f"is not valid YAML: {error.problem}", line=mark.line + 1 if mark else 1)
    except yaml_faults() as error:
        problems.add(path, f"is not valid YAML: {' '.join(str(error).split())}")
    finally:
        loader.dispose()
    return None


def _reused(node: yaml.Node, seen: set[int]) -> yaml.Node | None:
    """A node met twice: aliases make one, and nested they grow without bound."""
    if id(node) in seen:
        return node
    seen.add(id(node))
    children: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        children = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        children = node.value
    return next((found for child in children if (found := _reused(child, seen))), None)


def _lines(
    node: yaml.Node, location: Location, *, path: Path, problems: Problems
) -> dict[Location, int]:
    lines = {location: node.start_mark.line + 1}
    if isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            lines |= _lines(child, (*location, position), path=path, problems=problems)
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            place = (*location, str(key.value))
            line = key.start_mark.line + 1
            if place in lines:
                text = f"is given twice, first in line {lines[place]}"
                problems.add(path, text, line=line, field=str(key.value))
            lines |= _lines(child, place, path=path, problems=problems)
            lines[place] = line
    return lines
