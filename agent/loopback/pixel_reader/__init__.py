"""A model that answers from the pixels it is sent: its eyes, its digits, its policy."""

from __future__ import annotations

from agent.loopback.pixel_reader.eyes import Seen, pixel_reader_eyes
from agent.loopback.pixel_reader.model import PixelReader

__all__ = ["PixelReader", "Seen", "pixel_reader_eyes"]
