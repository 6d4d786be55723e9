"""Who judges: the visible table of methods. Each takes a group and yields a row for each sample."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeAlias

from evals.runner.bench import Bench
from evals.runner.methods.bare_model import ask_group
from evals.runner.methods.inspecting import inspect_group
from evals.runner.methods.oracle import answer_group
from evals.runner.methods.plain_difference import difference_group
from evals.runner.plan import Group, Task
from evals.runner.rows import Row
from evals.suites.records import Method

RunGroup: TypeAlias = Callable[[Group, Sequence[Task], Bench], AsyncIterator[Row]]
"""Does tasks of a group side by side. A task that the suite's budget does not allow has no row."""

METHODS: dict[Method, RunGroup] = {
    "inspector": inspect_group,
    "bare_model": ask_group,
    "oracle": answer_group,
    "pixel_difference": difference_group,
}
