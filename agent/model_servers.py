"""Opens the server of a VLM, with its pace and its circuit. Knows no mind and no budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.chat_models.circuit import Circuit
    from agent.chat_models.paced_chat import PacedChat
    from agent.prices import Price
    from agent.settings import Settings


def open_server(
    settings: Settings,
    model: str,
    *,
    price: Price | None,
    circuit: Circuit | None,
    tell: Callable[[str], None],
) -> PacedChat:
    """The server that the settings name. Connects to nothing yet.

    Args:
        settings: address, key, limits.
        model: as the server names it.
        price: where it is known better than by the table.
        circuit: when it is left alone; it is always asked where None.
        tell: is told in a line of what it does not take, of long pauses and of the circuit.
    """
    from agent.chat_models import open_chat
    from agent.chat_models.adaptive_limit import AdaptiveLimit
    from agent.chat_models.circuit import CircuitBreaker
    from agent.chat_models.paced_chat import PacedChat

    chat = open_chat(
        model,
        base_url=settings.base_url,
        api_key=settings.api_key,
        timeout_s=settings.vlm_timeout_s,
        max_concurrent=settings.vlm_concurrency,
        price=price,
        tell=tell,
    )
    # Behind the pace: what waits for its turn when the circuit opens is not sent any more.
    asked = chat if circuit is None else CircuitBreaker(chat, circuit=circuit, tell=tell)
    return PacedChat(asked, limit=AdaptiveLimit(settings.vlm_concurrency), tell=tell)
