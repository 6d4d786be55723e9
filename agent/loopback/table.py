"""The models by name. Knows nothing of how they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from agent.loopback.faults import FAULTS
from agent.loopback.pixel_reader import PixelReader
from agent.loopback.replies import Model
from agent.loopback.scripted import Scripted
from tools.errors import SettingsError


def _always(fault: str) -> Model:
    return Scripted([fault], at_end="repeat")


MODELS: dict[str, Callable[[], Model]] = {
    "pixel-reader": PixelReader,
    **{f"fault-{name}": partial(_always, name) for name in FAULTS},
}
"""Each fault is also a model of its own, that has nothing else to say."""


def find_models(model: str | Model | Mapping[str, Model]) -> dict[str, Model]:
    """Models by the name under which they are served.

    Raises:
        SettingsError: no model of this name.
    """
    if isinstance(model, Mapping):
        return dict(model)
    if not isinstance(model, str):
        return {"loopback": model}
    if model not in MODELS:
        raise SettingsError(f"no loopback model {model!r}; there are {', '.join(MODELS)}")
    return {model: MODELS[model]()}
