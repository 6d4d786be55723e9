"""Questions with the passage that answers each, from committed files. Knows no retrieval."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from evals.datasets import DataSetError

if TYPE_CHECKING:
    from knowledge.records import Product

_FOLDER = Path(__file__).resolve().parents[1] / "queries"
QUERY_FILES: tuple[Path, ...] = (
    _FOLDER / "control-board.yaml",
    _FOLDER / "deeppcb.yaml",
    _FOLDER / "magnetic_tile.yaml",
)


class Query(BaseModel):
    """One question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["rule", "failure_mode", "note"]
    expected: str
    """Id of the rule or failure mode, or the title of the note's section."""
    text: str


class QuerySet(BaseModel):
    """The questions about one product."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product: str
    queries: tuple[Query, ...]


def load_queries(path: Path) -> QuerySet:
    """Read one file of questions.

    Raises:
        DataSetError: it is no such file.
    """
    try:
        return QuerySet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise DataSetError(f"{path} is no file of questions: {error}") from error


def resolved_id(query: Query, product: "Product") -> str:
    """The id of the passage that answers a question.

    Raises:
        DataSetError: the product has no such passage, or a title names several.
    """
    known = {
        "rule": [rule.id for rule in product.rules],
        "failure_mode": [mode.id for mode in product.failure_modes],
        "note": [
            note.id for note in product.notes if note.title.split(" / ")[-1] == query.expected
        ],
    }[query.kind]
    if query.kind == "note" and len(known) == 1:
        return known[0]
    if query.kind == "note" or query.expected not in known:
        raise DataSetError(
            f"{product.name} has no single {query.kind} {query.expected!r} for {query.text!r}"
        )
    return query.expected
