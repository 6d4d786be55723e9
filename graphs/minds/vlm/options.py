"""How a VLM mind asks: protocol, attempts, pictures. Knows no settings file and no model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from graphs.minds.vlm.direct_prompts import DIRECT_PROMPTS
from tools.errors import SettingsError

ProtocolName = Literal["auto", "native", "text"]


class Showing(NamedTuple):
    """How large a picture is sent, and at which detail it is to be read."""

    max_side_px: int
    detail: Literal["low", "high"]


THUMBNAIL = Showing(512, "low")
PLAIN = Showing(768, "high")
CLOSE = Showing(1024, "high")


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Size and detail by use.

    Views are always sent whole, at most 1024 px: boxes are told in their pixels.
    """

    view: Literal["low", "high"] = "high"
    reference: Showing = THUMBNAIL
    """Beside the part at the start of the rounds; the tool `compare` shows it nearer."""
    direct: Showing = PLAIN
    """Part and references of the direct judgement."""
    comparison: Showing = CLOSE
    expert_map: Showing = THUMBNAIL


@dataclass(frozen=True, kw_only=True)
class MindOptions:
    """Settings of a VLM mind."""

    protocol: ProtocolName = "auto"
    """native: tool calls of the API; text: JSON in the answer; auto: as the model can."""
    max_attempts: int = 3
    """Calls for one answer, faults of the wire and of the content together."""
    direct_prompt: str = "loupe"
    """Entry of DIRECT_PROMPTS."""
    n_references: int | None = None
    """References shown at most; None: all that the scene has. Where each shows a place of its own,
    one."""
    temperature: float = 0.0
    max_output_tokens: int = 2048
    first_pause_s: float = 0.5
    """Before the second attempt after a fault of the wire; doubles with each."""
    max_pause_s: float = 20.0
    """Also of what a server asks with Retry-After."""
    max_refute_pictures: int = 6
    """Closer looks that are shown again where candidates are to be refuted."""
    pictures: Pictures = field(default_factory=Pictures)

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise SettingsError(f"max_attempts must be at least 1, got {self.max_attempts}")
        if self.direct_prompt not in DIRECT_PROMPTS:
            known = ", ".join(DIRECT_PROMPTS)
            raise SettingsError(f"direct_prompt must be one of {known}, got {self.direct_prompt!r}")
