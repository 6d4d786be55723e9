"""Builds the mind that the settings name, and its weights. Knows no single inspection."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.chat_models import LangChainChat
    from agent.chat_models.circuit import Circuit
    from agent.prices import Price
    from agent.settings import Settings
    from graphs.fusion import Weights
    from graphs.journal import Journal
    from graphs.minds.chat import ChatPort
    from graphs.minds.contract import Mind
    from tools.ports import ArtifactPort


def build_mind(
    settings: Settings, chat: ChatPort | None, *, artifacts: ArtifactPort, journal: Journal
) -> Mind:
    """The mind of one inspection: the embedded one, or a VLM behind a chat model.

    Args:
        settings: how it is to look.
        chat: the model; None for the embedded mind.
        artifacts: where its pictures are.
        journal: is told of every call.
    """
    if chat is None:
        from graphs.minds.embedded import EmbeddedMind

        return EmbeddedMind()
    from graphs.minds.vlm import MindOptions, VlmMind

    options = MindOptions(
        protocol=settings.protocol,
        max_attempts=settings.vlm_attempts,
        direct_prompt=settings.direct_prompt,
        temperature=settings.temperature,
        max_output_tokens=settings.max_output_tokens,
    )
    return VlmMind(chat, artifacts=artifacts, journal=journal, options=options)


def open_model(
    settings: Settings,
    *,
    circuit: Circuit | None = None,
    tell: Callable[[str], None] | None = None,
) -> ChatPort | None:
    """The VLM that the settings name; None for the embedded mind. Connects to nothing yet.

    A name that begins with `anomaly-ov:` is a model in this process; any other, one of a server.

    Args:
        settings: that name it.
        circuit: when a server that only fails is left alone; it is always asked where None.
        tell: is told in a line of what a server does not take, and of long pauses; where None,
            the log is.

    Raises:
        SettingsError: where money is limited and nobody knows what the model costs, or an
            assistant of Anomaly-OV is named in another form or asked for native tool calls.
        WeightsError: where such an assistant's files are missing.
    """
    if settings.model is None:
        return None
    from agent.chat_models.anomaly_ov import PREFIX
    from agent.model_servers import open_server

    tell = tell or logging.getLogger("loupe").warning
    price = _stated_price(settings)
    if settings.max_usd > 0 and not knows_prices(settings):
        raise SettingsError(
            f"setting max_usd is {settings.max_usd:g}, and no price of model "
            f"{settings.model!r} is known; set input_usd and output_usd, or no max_usd"
        )
    if settings.model.startswith(PREFIX):
        return _open_assistant(settings, settings.model, price)
    return open_server(settings, settings.model, price=price, circuit=circuit, tell=tell)


def open_wire(settings: Settings, *, tell: Callable[[str], None]) -> LangChainChat:
    """The VLM of the one server that the settings name, without pace and circuit.

    Args:
        settings: that name a model of a server.
        tell: is told in a line of what the server does not take.
    """
    from agent.chat_models import open_chat

    return open_chat(
        str(settings.model),
        base_url=settings.base_url,
        api_key=settings.api_key,
        timeout_s=settings.vlm_timeout_s,
        price=_stated_price(settings),
        tell=tell,
    )


def _open_assistant(settings: Settings, model: str, price: Price | None) -> ChatPort:
    from agent.chat_models.anomaly_ov import open_anomaly_ov
    from agent.workshop import device_of

    if settings.protocol == "native":
        raise SettingsError(
            f"setting protocol is 'native', and model {model!r} takes no native tool calls; "
            "use auto or text"
        )
    return open_anomaly_ov(
        model, device=device_of(settings), timeout_s=settings.vlm_timeout_s, price=price
    )


def knows_prices(settings: Settings) -> bool:
    """Whether the price of the VLM is known wherever it answers.

    Raises:
        SettingsError: one price is stated without the other.
    """
    from agent.chat_models import known_price

    if _stated_price(settings) is not None:
        return True
    return all(known_price(name, base_url=url) is not None for name, url in settings.vlm_places)


def _stated_price(settings: Settings) -> Price | None:
    from agent.prices import Price

    given = (settings.input_usd, settings.output_usd)
    if given == (None, None):
        return None
    if settings.input_usd is None or settings.output_usd is None:
        raise SettingsError(
            f"settings input_usd and output_usd go together, got {given[0]} and {given[1]}; "
            "set both, or neither"
        )
    return Price(settings.input_usd, settings.input_usd, settings.output_usd)


def mind_name(chat: ChatPort | None) -> str:
    """As it stands in every verdict and in calibrations."""
    from graphs.inspection.context import EMBEDDED

    return EMBEDDED if chat is None else f"vlm:{chat.name}"


def mind_key(settings: Settings) -> str:
    """What the scores of a VLM depend on besides its name."""
    named = ("strategy", "protocol", "direct_prompt", "temperature", "shown_references")
    key = " ".join(f"{name}={getattr(settings, name)}" for name in named)
    return f"{key} tools={','.join(sorted(settings.tools))}" if settings.tools else key


def load_weights(path: Path | None) -> Weights:
    """Weights of the fusion from a file; equal ones where none is named.

    Raises:
        SettingsError: where the file is not {"suite": name, "weights": {source: weight}}.
    """
    from graphs.fusion import EQUAL, Weights

    if path is None:
        return EQUAL
    form = '{"suite": name, "weights": {source: weight of 0 or more, not all 0}}'
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"setting fusion_weights: {str(path)!r} cannot be read ({error}); it must hold {form}"
        ) from error
    match document:
        case {"suite": str(suite), "weights": dict(weights)} if suite and weights:
            numbers = [one for one in weights.values() if _is_weight(one)]
            if len(numbers) == len(weights) and sum(numbers) > 0:
                return Weights(suite, {str(name): float(one) for name, one in weights.items()})
    raise SettingsError(f"setting fusion_weights: {str(path)!r} must hold {form}")


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
