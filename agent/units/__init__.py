"""Queries over the units of many runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.units.reading import MaySeeUnit
    from graphs.conversation.queries import Query, QueryResult

__all__ = ["ask_units"]


def ask_units(runs: Path, query: Query, *, may_see: MaySeeUnit | None = None) -> QueryResult:
    """Count the units of all runs.

    Args:
        runs: the folder of all runs.
        query: what is asked.
        may_see: given `<run>/<asset>`, whether whoever asks may see that unit; all where None.

    Raises:
        ToolError: nothing is kept, a record cannot be read, or the query cannot be.
    """
    from contextlib import closing

    from agent.units.counting import count
    from agent.units.reading import open_units

    with closing(open_units(runs, may_see=may_see)) as connection:
        return count(connection, query)
