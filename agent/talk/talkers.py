"""Builds the mind of a conversation: the VLM of the settings, or the embedded one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.workshop import Workshop
    from graphs.conversation.contract import Talker
    from graphs.journal import Journal
    from tools.ports import ArtifactPort


def build_talker(workshop: Workshop, *, artifacts: ArtifactPort, journal: Journal) -> Talker:
    """Who answers in one turn.

    Args:
        workshop: has the model and the settings.
        artifacts: where the thread's pictures are.
        journal: is told of each call of the model.
    """
    chat = workshop.chat
    if chat is None:
        from graphs.conversation.minds.embedded import EmbeddedTalker

        return EmbeddedTalker()
    from graphs.conversation.minds.vlm import VlmTalker
    from graphs.minds.vlm.options import MindOptions

    settings = workshop.settings
    options = MindOptions(
        protocol=settings.protocol,
        max_attempts=settings.vlm_attempts,
        temperature=settings.temperature,
        max_output_tokens=settings.max_output_tokens,
    )
    return VlmTalker(chat, artifacts=artifacts, journal=journal, options=options)
