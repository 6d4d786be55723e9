"""Opens the servers of a VLM, with their pace and their circuits. Knows no mind and no budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from agent.chat_models import LangChainChat
    from agent.chat_models.circuit import Circuit
    from agent.chat_models.clients import Gate
    from agent.chat_models.endpoint_pool import Endpoint
    from agent.chat_models.paced_chat import CallLedger
    from agent.endpoint_settings import EndpointSetting
    from agent.prices import Price
    from agent.settings import Settings
    from graphs.minds.chat import ChatPort


def open_server(
    settings: Settings,
    model: str,
    *,
    price: Price | None,
    circuit: Circuit | None,
    tell: Callable[[str], None],
) -> ChatPort:
    """The server that the settings name, or all of them. Connects to nothing yet.

    Args:
        settings: addresses, keys, limits.
        model: as the server names it.
        price: where it is known better than by the table.
        circuit: when one is left alone; it is always asked where None and there is no other.
        tell: is told in a line of what it does not take, of long pauses and of the circuit.

    Raises:
        SettingsError: the variable that is to hold a key is not set.
    """
    from agent.chat_models.adaptive_limit import AdaptiveLimit
    from agent.chat_models.circuit import CircuitBreaker
    from agent.chat_models.paced_chat import PacedChat

    opening = _Opening(settings, model, price, tell)
    if settings.endpoints:
        return opening.pool(circuit)
    chat = opening.chat(model, settings.base_url, settings.api_key)
    # Behind the pace: what waits for its turn when the circuit opens is not sent any more.
    limit = AdaptiveLimit(settings.vlm_concurrency)
    if circuit is None:
        return PacedChat(chat, limit=limit, tell=tell)
    breaker = CircuitBreaker(chat, circuit=circuit, tell=tell)
    return PacedChat(breaker, limit=limit, tell=tell, is_away=lambda: breaker.is_open)


@dataclass(frozen=True)
class _Opening:
    settings: Settings
    model: str
    price: Price | None
    tell: Callable[[str], None]

    def chat(
        self, model: str, base_url: str, key: SecretStr | None, *, gate: Gate | None = None
    ) -> LangChainChat:
        from agent.chat_models import open_chat

        return open_chat(
            model,
            base_url=base_url,
            api_key=key,
            timeout_s=self.settings.vlm_timeout_s,
            max_concurrent=self.settings.vlm_concurrency,
            price=self.price,
            tell=self.tell,
            gate=gate,
        )

    def pool(self, circuit: Circuit | None) -> ChatPort:
        from agent.chat_models.circuit import Circuit
        from agent.chat_models.clients import Gate
        from agent.chat_models.endpoint_pool import EndpointPool
        from agent.chat_models.paced_chat import CallLedger

        ledger, most = CallLedger(), self.settings.vlm_concurrency
        # One for all: together they have no more calls under way than one would.
        gate = Gate(most)
        endpoints = [
            self._endpoint(one, circuit or Circuit(), gate, ledger)
            for one in self.settings.endpoints
        ]
        return EndpointPool(
            self.model, endpoints, ledger=ledger, most=most, seed=self.settings.seed
        )

    def _endpoint(
        self, setting: EndpointSetting, circuit: Circuit, gate: Gate, ledger: CallLedger
    ) -> Endpoint:
        from agent.chat_models.adaptive_limit import AdaptiveLimit
        from agent.chat_models.circuit import CircuitBreaker
        from agent.chat_models.endpoint_pool import Endpoint
        from agent.chat_models.paced_chat import PacedChat

        own = self.settings.api_key if setting.base_url == self.settings.base_url else None
        chat = self.chat(
            setting.model or self.model, setting.base_url, setting.key() or own, gate=gate
        )
        called = f"{self.model} at {setting.label}"
        breaker = CircuitBreaker(chat, circuit=circuit, tell=self.tell, called=called)
        paced = PacedChat(
            breaker,
            limit=AdaptiveLimit(self.settings.vlm_concurrency),
            tell=self.tell,
            ledger=ledger,
            called=called,
            is_away=lambda: breaker.is_open,
        )
        return Endpoint(label=setting.label, weight=setting.weight, breaker=breaker, chat=paced)
