"""Chat models behind the chat port: OpenAI, servers that speak its API, any of LangChain.

Imports no client before one is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.chat_models.calling import ChatSettings
from agent.chat_models.clients import Gate, OneModel, OpenAIModels
from agent.chat_models.langchain_chat import LangChainChat
from agent.prices import Price, price_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from pydantic import SecretStr

__all__ = ["ChatSettings", "LangChainChat", "chat_around", "known_price", "open_chat"]

OPENAI_HOST = "api.openai.com"


def open_chat(
    model: str,
    *,
    base_url: str,
    api_key: SecretStr | None = None,
    timeout_s: float = 120.0,
    max_concurrent: int = 64,
    calls_tools: bool = True,
    price: Price | None = None,
    tell: Callable[[str], None] = lambda line: None,
    gate: Gate | None = None,
) -> LangChainChat:
    """A model of a server that speaks OpenAI's API. Connects to nothing yet.

    Args:
        model: as the server names it.
        base_url: up to and with `/v1`.
        api_key: sent as a bearer token; None sends none.
        timeout_s: for one answer.
        max_concurrent: calls under way at once, over all inspections of a loop.
        calls_tools: False where it is known that the model takes no native tool calls; a server
            that refuses them is found out by itself.
        price: where it is known better than by the table, which speaks of OpenAI's own server.
        tell: is told in one line of what the server does not take.
        gate: of calls that are limited together with others; max_concurrent counts where None.
    """
    is_openai = urlsplit(base_url).hostname == OPENAI_HOST
    source = OpenAIModels(
        model,
        base_url=base_url,
        api_key=api_key,
        timeout_s=timeout_s,
    )
    settings = ChatSettings(
        timeout_s=timeout_s,
        max_concurrent=max_concurrent,
        calls_tools=calls_tools,
        dialect="openai" if is_openai else "compatible",
        price=price or known_price(model, base_url=base_url),
    )
    return LangChainChat(source, name=model, settings=settings, tell=tell, gate=gate)


def known_price(model: str, *, base_url: str) -> Price | None:
    """What the table says; it speaks of OpenAI's own server, another one's price is not known."""
    return price_of(model) if urlsplit(base_url).hostname == OPENAI_HOST else None


def chat_around(
    chat_model: BaseChatModel, *, name: str, settings: ChatSettings | None = None
) -> LangChainChat:
    """Any LangChain chat model, configured by whoever made it.

    Args:
        chat_model: of any provider; must take `bind_tools` where it is to call tools.
        name: as it is to stand in verdicts.
        settings: how it is called.
    """
    return LangChainChat(OneModel(chat_model), name=name, settings=settings or ChatSettings())
