"""The graphs that `langgraph.json` names, for `langgraph dev`, Studio and Agent Chat UI.

Both stand on one Inspector of the process, with the settings of the environment. Nothing is
opened before the first run. Traces and rows of threads are short writes in the loop, which
`langgraph dev` takes for a mistake unless it is started with `--allow-blocking`.
"""

from __future__ import annotations

from typing import Any

from agent.shared_inspector import shared_inspector


def inspection() -> Any:
    """A graph of one part: `path`, `product` and `labels` in, `inspection` out."""
    from agent.subgraph import build_loupe_graph

    return build_loupe_graph(shared_inspector())


def conversation() -> Any:
    """A graph over messages: ask about parts, send pictures."""
    from agent.chat_graph import build_chat_graph
    from agent.conversations import Conversations

    return build_chat_graph(Conversations(shared_inspector()))
