"""The model that a run asks: a named one, or one of this machine without a key. Knows no suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LOOPBACK = "loopback:"
"""Before the name of a model of `agent.loopback`, or the path of a script of replies."""
SCRIPTS = (".yaml", ".yml", ".json")


class ServedModel(NamedTuple):
    """How a run reaches its model."""

    model: str | None
    base_url: str | None = None
    place: str = ""
    """What stands for the server where its address changes from run to run."""


@contextmanager
def model_of(named: str | None) -> Iterator[ServedModel]:
    """Serve a model on 127.0.0.1 where its name begins with `loopback:`; else take it as named.

    Args:
        named: a model as its server names it; `loopback:pixel-reader`, `loopback:fault-timeout`,
            `loopback:replies.yaml`; None for the embedded mind.

    Raises:
        SettingsError: no such model or script.
    """
    if named is None or not named.startswith(LOOPBACK):
        yield ServedModel(named)
        return
    from agent.loopback import Model, Scripted, load_script, loopback_endpoint, opening_of

    name = named.removeprefix(LOOPBACK)
    model: str | dict[str, Model] = name
    if name.endswith(SCRIPTS):
        # Each conversation has its place in the script, so that the order of samples says nothing.
        script = Scripted(load_script(Path(name)), at_end="repeat", conversation=opening_of)
        model = {Path(name).stem: script}
    with loopback_endpoint(model) as endpoint:
        yield ServedModel(endpoint.model, endpoint.base_url, "loopback")
