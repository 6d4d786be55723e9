"""One file and one batch of the endpoint, as the API tells of them. Knows no state's meaning."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.loopback.batch_lines import Line

CHAT = "/v1/chat/completions"
DAY_S = 24 * 3600
BatchState = Literal["validating", "failed", "in_progress", "completed", "expired", "cancelled"]
OVER = frozenset({"failed", "completed", "expired", "cancelled"})


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One file."""

    id: str
    name: str
    purpose: str
    data: bytes
    created_at: int

    def card(self) -> dict[str, Any]:
        """As the API tells of it."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.data),
            "created_at": self.created_at,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
            "expires_at": None,
            "status_details": None,
        }


@dataclass(kw_only=True)
class StoredBatch:
    """One batch."""

    id: str
    input_file: str
    metadata: dict[str, str] | None
    created_at: int
    state: BatchState = "validating"
    times: dict[str, int] = field(default_factory=dict)
    """When it came into a state."""
    errors: list[dict[str, Any]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    output_file: str | None = None
    error_file: str | None = None

    def enter(self, state: BatchState) -> None:
        """Come into a state."""
        self.state = state
        self.times[f"{state}_at"] = int(time.time())

    def card(self) -> dict[str, Any]:
        """As the API tells of it."""
        over = {f"{name}_at": None for name in ("in_progress", "finalizing", "cancelling", *OVER)}
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": CHAT,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "input_file_id": self.input_file,
            "completion_window": "24h",
            "status": self.state,
            "output_file_id": self.output_file,
            "error_file_id": self.error_file,
            "created_at": self.created_at,
            "expires_at": self.created_at + DAY_S,
            **over,
            **self.times,
            "request_counts": {
                "total": len(self.lines),
                "completed": len(self.answers),
                "failed": len(self.failures),
            },
            "metadata": self.metadata,
        }
