"""Asset to views. A file that cannot be inspected ends the run with one clear line."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from graphs.inspection.context import Context
from graphs.inspection.state import State
from tools.assets import render_view
from tools.records import Asset, View


async def load(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Open the asset and render the whole of it.

    Raises:
        AssetError: where the file cannot be inspected.
    """
    asset, views, notes = await asyncio.to_thread(_load, state.path, runtime.context)
    return {"asset": asset, "views": views, "detail": "; ".join(notes)}


def _load(path: str, context: Context) -> tuple[Asset, list[View], list[str]]:
    picture = context.pictures.open(path, max_pixels=context.max_pixels)
    view = render_view(
        picture,
        picture.window_xyxy,
        view_id="V1",
        artifacts=context.artifacts,
        label="the whole picture",
    )
    return picture.asset, [view], list(picture.notes)
