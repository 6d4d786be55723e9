"""The conversation as a graph over messages, as Agent Chat UI and Studio speak it.

Pictures in a message become files of the thread. Knows no server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from agent.conversations import Conversations
from agent.run_folder import write_atomically
from tools.errors import AssetError

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

DATA_URL = re.compile(r"data:image/(png|jpeg|webp|bmp|tiff);base64,(.*)", re.DOTALL)
MAX_PICTURE_BYTES = 50_000_000


class Messages(TypedDict):
    """The state that chat clients know."""

    messages: Annotated[list[AnyMessage], add_messages]


def build_chat_graph(talks: Conversations, *, owner: str = "") -> CompiledStateGraph[Any, Any, Any]:
    """Build a graph of one node: what the person said last, answered.

    Args:
        talks: keeps the threads; a thread of the client is one of Loupe's.
        owner: of all its threads.
    """
    from langgraph.graph import END, START, StateGraph

    async def loupe(state: Messages, config: RunnableConfig) -> dict[str, Any]:
        thread = thread_of(config)
        last = state["messages"][-1]
        if not isinstance(last, HumanMessage):
            return {"messages": []}
        pictures = pictures_of(last.content, talks.folder(thread, owner) / "given")
        done = None
        async for event in talks.say(thread, str(last.text), pictures, owner=owner, live=False):
            done = event
        artifact = done.model_dump(mode="json") if done is not None else {}
        said = AIMessage(str(artifact.get("answer", "")), additional_kwargs={"loupe": artifact})
        return {"messages": [said]}

    graph = StateGraph(Messages)
    graph.add_node("loupe", loupe)
    graph.add_edge(START, "loupe")
    graph.add_edge("loupe", END)
    return graph.compile(name="conversation")


def thread_of(config: RunnableConfig) -> str:
    """The client's thread, as Loupe names threads."""
    given = str(config.get("configurable", {}).get("thread_id") or "studio")
    return re.sub(r"[^A-Za-z0-9._-]", "-", given)[:100].lstrip("._-") or "studio"


def pictures_of(content: str | Sequence[str | dict[Any, Any]], folder: Path) -> list[Path]:
    """The pictures of a message, as files of their digests.

    Args:
        content: of a message of LangChain; pictures in OpenAI's form or as v1 blocks.
        folder: where they go.

    Raises:
        AssetError: a picture is too large, no base64, or lies elsewhere: nothing is fetched.
    """
    blocks = [] if isinstance(content, str) else [one for one in content if isinstance(one, dict)]
    files = []
    for block in blocks:
        url = _url(block)
        if not url:
            continue
        found = DATA_URL.fullmatch(url)
        if found is None:
            raise AssetError("a picture must be sent as a data URL of base64; none is fetched")
        files.append(_kept(found[2], found[1], folder))
    return files


def _url(block: dict[Any, Any]) -> str:
    if block.get("type") == "image_url":
        told = block.get("image_url")
        return str(told.get("url", "") if isinstance(told, dict) else told)
    if block.get("type") == "image":
        data, mime = block.get("base64") or block.get("data"), block.get("mime_type")
        return f"data:{mime or 'image/png'};base64,{data}" if data else str(block.get("url", ""))
    return ""


def _kept(data: str, suffix: str, folder: Path) -> Path:
    try:
        decoded = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise AssetError(f"a picture is no base64 ({error}); send it again") from error
    if len(decoded) > MAX_PICTURE_BYTES:
        raise AssetError(
            f"a picture may have {MAX_PICTURE_BYTES} bytes, got {len(decoded)}; send a smaller one"
        )
    path = folder / f"{hashlib.sha256(decoded).hexdigest()[:32]}.{suffix}"
    if not path.is_file():
        write_atomically(path, decoded)
    return path
