"""Reading the json files of data sets. Knows nothing of what they mean."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.datasets.layout import layout_error
from evals.datasets.records import DataSetError

_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


def read_json(root: Path, name: str) -> Any:
    """The content of a json file; commas before a closing bracket are overlooked.

    Raises:
        DataSetError: absent, with what the folder holds, or not json.
    """
    path = root / name
    if not path.is_file():
        raise layout_error(root, name)
    text = path.read_text(encoding="utf-8-sig")
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        # Public label files have such commas; a string that holds one is left as it is above.
        pass
    try:
        return json.loads(_TRAILING_COMMA.sub("", text))
    except json.JSONDecodeError as error:
        raise DataSetError(f"{path}: not json ({error})") from error


def read_objects(root: Path, name: str, *, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """A json file that is a list of objects, each with at least these keys.

    Raises:
        DataSetError: as ``read_json``, or another form; the line names the first bad entry.
    """
    content = read_json(root, name)
    if not isinstance(content, list) or not content:
        raise DataSetError(f"{root / name}: looked for a list of objects, found {kind_of(content)}")
    for index, entry in enumerate(content):
        absent = [key for key in keys if not isinstance(entry, dict) or key not in entry]
        if absent:
            raise DataSetError(
                f"{root / name}: entry {index} has no {absent[0]!r}; found {kind_of(entry)}"
            )
    return content


def kind_of(value: Any) -> str:
    """What a json value is, in words."""
    if isinstance(value, Mapping):
        return f"an object of {', '.join(map(repr, list(value)[:8])) or 'nothing'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return repr(value)
