"""Tells LangSmith of calls that go past LangChain's own way. Sends nothing where tracing is off.

Graphs and nodes are LangChain's and told by it; what is here stands below the node that asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

    Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[AIMessage]]

NAME = "ChatOpenAI"


async def told_to_langsmith(
    send: Callable[[Mapping[str, Any]], Awaitable[AIMessage]],
    body: Mapping[str, Any],
    *,
    model: str,
) -> AIMessage:
    """Send a body, as a run of kind `llm` where LangSmith's own variables turn tracing on.

    Args:
        send: sends it.
        body: all of it but the model's name; it holds no key.
        model: as its server names it.
    """
    from langsmith.utils import tracing_is_enabled

    if not tracing_is_enabled():
        return await send(body)

    from langsmith import traceable

    async def call(**given: Any) -> AIMessage:
        return await send(given)

    metadata = {"ls_provider": "openai", "ls_model_name": model, "ls_model_type": "chat"}
    run = traceable(run_type="llm", name=NAME, metadata=metadata)(call)
    return await run(**body)
