"""The tools of the conversation by name."""

from __future__ import annotations

from graphs.conversation.contract import TalkTool
from graphs.conversation.tools.ask_knowledge import ask_knowledge
from graphs.conversation.tools.inspect_asset import inspect_asset
from graphs.conversation.tools.list_products import list_products
from graphs.conversation.tools.look_closer import look_closer
from graphs.conversation.tools.open_unit import open_unit
from graphs.conversation.tools.show import show

TALK_TOOLS: dict[str, TalkTool] = {
    one.name: one
    for one in (inspect_asset, open_unit, look_closer, show, ask_knowledge, list_products)
}
