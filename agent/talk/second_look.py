"""Runs an instrument on the part of a kept inspection. Knows no conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.errors import ToolError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydantic import JsonValue

    from agent.run_folder import RunFolder
    from agent.workshop import Workshop
    from graphs.records import Inspection
    from tools.arrays import UInt8Image
    from tools.ports import ArtifactPort, ToolContext, ToolResult


class BothFolders:
    """Pictures of an inspection and of a conversation; new ones go to the conversation's."""

    def __init__(self, own: ArtifactPort, kept: ArtifactPort) -> None:
        """Take the one that is written, then the one that is only read."""
        self._own = own
        self._kept = kept

    def put(self, image_hwc: UInt8Image) -> str:
        """Keep a picture with the conversation."""
        return self._own.put(image_hwc)

    def get(self, digest: str) -> UInt8Image:
        """Of either."""
        try:
            return self._own.get(digest)
        except KeyError:
            return self._kept.get(digest)

    def png(self, digest: str) -> bytes:
        """Of either."""
        try:
            return self._own.png(digest)
        except KeyError:
            return self._kept.png(digest)

    def put_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> str:
        """Keep arrays with the conversation."""
        return self._own.put_arrays(arrays)

    def get_arrays(self, digest: str) -> dict[str, NDArray[Any]]:
        """Of either."""
        try:
            return self._own.get_arrays(digest)
        except KeyError:
            return self._kept.get_arrays(digest)


def look_again(
    workshop: Workshop,
    run: RunFolder,
    inspection: Inspection,
    *,
    tool: str,
    arguments: Mapping[str, JsonValue],
    artifacts: ArtifactPort,
) -> ToolResult:
    """Open the part, and run a tool on it with all that the inspection found.

    Args:
        workshop: of the home.
        run: that the inspection is of.
        inspection: its record.
        tool: of `tools.table`.
        arguments: of the tool.
        artifacts: where new pictures go.

    Raises:
        ToolError: the tool refuses, or the file is not what was inspected any more.
        AssetError: the file cannot be read.
    """
    from agent.failures import digest_of
    from tools.table import TOOLS

    path = inspection.asset.path
    if digest_of(Path(path)) != inspection.asset.sha256:
        raise ToolError(f"{path!r} is not the file that was inspected any more; inspect it anew")
    shown, used = _shown(workshop, run, inspection, artifacts), TOOLS[tool]
    return used.run(shown, used.arguments.model_validate(arguments))


def _shown(
    workshop: Workshop, run: RunFolder, inspection: Inspection, artifacts: ArtifactPort
) -> ToolContext:
    from graphs.inspection.scene import model_of, tool_context
    from graphs.inspection.state import State

    path = inspection.asset.path
    context = workshop.context(run.artifacts)
    state = State(
        path=path,
        asset=inspection.asset,
        recall=inspection.recall,
        views=inspection.views,
        regions=inspection.verdict.regions,
        evidence=inspection.evidence,
    )
    asset = context.pictures.open(path, max_pixels=context.max_pixels)
    shown = tool_context(state, context, model_of(state, context), asset=asset)
    return replace(shown, artifacts=BothFolders(artifacts, context.artifacts))
