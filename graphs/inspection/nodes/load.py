"""Asset to views. A file that cannot be inspected ends the run with one clear line."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from graphs.inspection.context import Context
from graphs.inspection.state import State
from tools.assets import render_view


async def load(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Open the asset and render the whole of it, in as many pictures as it shows itself in.

    Raises:
        AssetError: where the file cannot be inspected.
    """
    return await asyncio.to_thread(_load, state.path, runtime.context)


def _load(path: str, context: Context) -> dict[str, Any]:
    asset = context.pictures.open(path, max_pixels=context.max_pixels)
    pictures = [asset.picture(name) for name in asset.names]
    views = [
        render_view(
            picture,
            picture.window_xyxy,
            view_id=f"V{number}",
            artifacts=context.artifacts,
            label=picture.label,
        )
        for number, picture in enumerate(pictures, start=1)
    ]
    loaded: dict[str, Any] = {
        "asset": asset.asset,
        "views": views,
        "detail": "; ".join(asset.notes),
    }
    if len(views) > 1:
        sheet = context.pictures.overview(path, max_pixels=context.max_pixels)
        loaded["contact_sheet"] = context.artifacts.put(sheet)
    return loaded
