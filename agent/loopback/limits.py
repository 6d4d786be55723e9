"""How much the endpoint takes. Knows nothing of how it is counted."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """As the real API states them; tests lower them. Above one, a request is refused."""

    max_body_bytes: int = 50 * MIB
    """Of a whole request; above, status 413."""
    max_picture_bytes: int = 20 * MIB
    """Of one decoded picture file."""
    max_pictures: int = 500
    """In one request."""
    max_picture_px: int = 100_000_000
    """Width times height of one picture."""
    max_tools: int = 128
    max_context_tokens: int = 128_000
    """Of prompt and answer together."""
    max_batch_requests: int = 50_000
    """Lines of a batch's input file."""
    max_batch_bytes: int = 200 * 10**6
    """Of such a file."""
    max_kept_bytes: int = 256 * MIB
    """Request bodies that the record keeps; older ones go first."""
