"""Takes in what a person said and the files that came with it."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from graphs.conversation.contract import TalkContext
from graphs.conversation.events import NodeEvent, PictureEvent
from graphs.conversation.records import GivenAsset
from graphs.conversation.state import TalkState
from graphs.records import Usage
from tools.errors import AssetError


async def listen(state: TalkState, runtime: Runtime[TalkContext]) -> dict[str, Any]:
    """Number the files, keep a glance at each, and forget what the last turn left."""
    # Before anything is read, so that whoever waits sees at once that somebody listens.
    runtime.stream_writer(NodeEvent(node="listen"))
    assets = []
    for number, path in enumerate(state.given, start=len(state.assets) + 1):
        asset = await asyncio.to_thread(_glance, path, f"A{number}", runtime.context)
        assets.append(asset)
        if asset.artifact:
            caption = f"{asset.id}: {path.rsplit('/', 1)[-1]}"
            runtime.stream_writer(PictureEvent(artifact=asset.artifact, caption=caption))
    return {
        "assets": assets,
        "steps": [],
        "documents": [],
        "draft": "",
        "told": "",
        "n_told": 0,
        "asks": False,
        "refusals": [],
        "over": False,
        "usage": Usage(),
    }


def _glance(path: str, asset_id: str, context: TalkContext) -> GivenAsset:
    try:
        artifact = context.artifacts.put(context.desk.glance(path))
    except AssetError as error:
        return GivenAsset(id=asset_id, path=path, problem=str(error))
    return GivenAsset(id=asset_id, path=path, artifact=artifact)
