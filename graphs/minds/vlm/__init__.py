"""The VLM mind: prompts from files, two protocols, bounded retries. Knows no client."""

from __future__ import annotations

from graphs.minds.vlm.mind import VlmMind
from graphs.minds.vlm.options import MindOptions, Pictures, Showing

__all__ = ["MindOptions", "Pictures", "Showing", "VlmMind"]
