"""The one Inspector of a process that others load graphs into: a home has one owner."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.inspector import Inspector


@cache
def shared_inspector() -> Inspector:
    """The Inspector with the settings of the environment; opens its home on first use.

    Where the settings want human review, graphs are interrupted and nobody is asked otherwise.
    """
    from agent.inspector import Inspector
    from agent.settings import load_settings

    settings = load_settings()
    return Inspector(settings, reviewer=_nobody if settings.human_review else None)


def _nobody(question: dict[str, object]) -> str:
    from tools.errors import SettingsError

    raise SettingsError("a graph is interrupted where a person must decide; resume it with theirs")
