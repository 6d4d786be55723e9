"""What somebody says of parts that are to be inspected, and many at once. Knows no graph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from tools.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from graphs.records import Inspection

T = TypeVar("T")
Labels: TypeAlias = Mapping[str, str]
InspectRow: TypeAlias = (
    "Callable[[Path, str | None, Labels | None], Coroutine[Any, Any, Inspection]]"
)
"""Inspects a file as a product, with labels."""


def labelled(inspection: Inspection, labels: Labels) -> Inspection:
    """The inspection with labels, over those that it has."""
    if not labels:
        return inspection
    return inspection.model_copy(update={"labels": {**inspection.labels, **labels}})


def read_labels(given: list[str] | None) -> dict[str, str]:
    """Labels as a command line has them, `station=S3`.

    Raises:
        SettingsError: where one is not NAME=VALUE.
    """
    labels = {}
    for one in given or []:
        name, equals, value = one.partition("=")
        if not (equals and name.strip().replace("_", "").isalnum() and value.strip()):
            raise SettingsError(f"a label must be NAME=VALUE, got {one!r}; as in station=S3")
        labels[name.strip().lower()] = value.strip()
    return labels


async def as_done(
    waiting: Iterator[Coroutine[Any, Any, T]], *, at_once: int
) -> AsyncGenerator[T, None]:
    """Results as they come, of so many at once; those under way are cancelled with the iterator."""
    running: set[asyncio.Task[T]] = set()
    done: set[asyncio.Task[T]] = set()
    try:
        while True:
            while len(running) < at_once and (one := next(waiting, None)) is not None:
                running.add(asyncio.create_task(one))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        # Of several that went wrong together only the first was told.
        await asyncio.gather(*running, *done, return_exceptions=True)
