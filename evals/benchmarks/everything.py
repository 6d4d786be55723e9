"""What an inspection sends, against sending everything each time: ``evals.benchmarks.everything``.

The baseline is the same mind over a chat that shows each picture at high detail and pushes, with
every request of the rounds and of the refutation, numbered regions and a comparison that nobody
asked for. Both see the same parts through the same pixel-reading model. The baseline is the
smaller for lack of the experts' maps. Knows nothing of how decisions are made.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer

from agent.chat_models.around import ChatAround
from agent.loopback import loopback_endpoint
from evals.samples.plate import PRODUCT, case_folder
from evals.tables.provenance import commit_name, utc_now
from graphs.minds.chat import ChatPort, ChatReply, ChatRequest, Message, ShownPicture
from tools.arrays import UInt8Image
from tools.ports import ArtifactPort

if TYPE_CHECKING:
    from agent.settings import Settings
    from graphs.records import Inspection

SIDE_PX = 1024
PUSHED = ("look", "refute")


class SendsEverything(ChatAround):
    """A chat that adds to each request what one might want to see."""

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        """Ask with more pictures."""
        return await self._chat.complete(with_everything(request, artifacts), artifacts=artifacts)


def with_everything(request: ChatRequest, artifacts: ArtifactPort) -> ChatRequest:
    """The request with all pictures at high detail, and with those that nobody asked for."""
    messages = [_near(message) for message in request.messages]
    at = next((k for k, one in enumerate(messages) if one.pictures), None)
    if request.purpose in PUSHED and at is not None:
        shown = messages[at].pictures
        references = [one for one in shown if one.caption.startswith("Reference")]
        part = next((one for one in shown if one.caption.startswith("V1")), None)
        if part is not None:
            more = _pushed(part, references, artifacts)
            messages[at] = messages[at].model_copy(update={"pictures": [*shown, *more]})
    return request.model_copy(update={"messages": messages})


def _near(message: Message) -> Message:
    largest = {"detail": "high", "max_side_px": SIDE_PX}
    shown = [one.model_copy(update=largest) for one in message.pictures]
    return message.model_copy(update={"pictures": shown})


def _pushed(
    part: ShownPicture, references: Sequence[ShownPicture], artifacts: ArtifactPort
) -> list[ShownPicture]:
    from tools.regions import divide_by_superpixels, draw_marks

    image_hwc = artifacts.get(part.artifact)
    marks = draw_marks(image_hwc, divide_by_superpixels(image_hwc))
    pushed = [_shown(marks, "The part divided into numbered regions:", artifacts)]
    for one in references[:1]:
        reference = artifacts.get(one.artifact)
        if reference.shape == image_hwc.shape:
            difference = np.abs(image_hwc.astype(np.int16) - reference).astype(np.uint8)
            beside = np.hstack([image_hwc, reference, difference])
            pushed.append(_shown(beside, "The part, a reference, their difference:", artifacts))
    return pushed


def _shown(image_hwc: UInt8Image, caption: str, artifacts: ArtifactPort) -> ShownPicture:
    return ShownPicture(
        artifact=artifacts.put(image_hwc), caption=caption, detail="high", max_side_px=SIDE_PX
    )


def main() -> None:
    """Print both, part by part."""
    from agent.mind_calibration import calibrate_mind
    from agent.minds import open_model
    from agent.settings import load_settings
    from agent.workshop import Workshop

    with tempfile.TemporaryDirectory() as folder, loopback_endpoint() as endpoint:
        settings = load_settings(
            home=Path(folder), model=endpoint.model, base_url=endpoint.base_url
        )
        with Workshop(settings) as workshop:
            workshop.store.add(case_folder() / PRODUCT)
            calibrate_mind(workshop, PRODUCT)
        chat = open_model(settings)
        if chat is None:
            raise typer.BadParameter("no model is set")
        ours, baseline = inspect_all(settings, chat), inspect_all(settings, SendsEverything(chat))
    typer.echo("\n".join(as_lines(ours, baseline)))
    typer.echo(f"\n`python -m evals.benchmarks.everything`, commit {commit_name()}, {utc_now()}.")


def inspect_all(settings: Settings, chat: ChatPort) -> list[Inspection]:
    """Every part of the case, one after the other."""
    from agent.inspector import Inspector

    parts = sorted((case_folder() / f"{PRODUCT}-parts").glob("*.jpg"))
    with Inspector(settings, chat=chat) as inspector:
        return [inspector.inspect(part, PRODUCT) for part in parts]


def as_lines(ours: Sequence[Inspection], baseline: Sequence[Inspection]) -> list[str]:
    """A Markdown table."""
    lines = [
        "| part | sends | decision | calls | tokens in | of them cached | pictures | bytes |",
        "| --- | --- | --- | --: | --: | --: | --: | --: |",
    ]
    for pair in zip(ours, baseline, strict=True):
        for what, one in zip(("what is asked for", "everything"), pair, strict=True):
            used = one.usage
            lines.append(
                f"| {Path(one.asset.path).name} | {what} | {one.verdict.decision} "
                f"| {used.vlm_calls} | {used.input_tokens} | {used.cached_tokens} "
                f"| {used.images} | {used.picture_bytes} |"
            )
    return lines


if __name__ == "__main__":
    typer.run(main)
