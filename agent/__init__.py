"""What people touch: the Inspector, settings, run folders, the command line. Knows no scoring."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.conversations import Conversations
    from agent.inspector import Inspector
    from agent.langchain_tool import as_tool
    from agent.settings import Settings, load_settings
    from agent.subgraph import build_loupe_graph

__all__ = [
    "Conversations",
    "Inspector",
    "Settings",
    "as_tool",
    "build_loupe_graph",
    "load_settings",
]

_HOMES = {
    "Conversations": "agent.conversations",
    "Inspector": "agent.inspector",
    "Settings": "agent.settings",
    "as_tool": "agent.langchain_tool",
    "build_loupe_graph": "agent.subgraph",
    "load_settings": "agent.settings",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that `import agent` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
