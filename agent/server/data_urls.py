"""Pictures that stand in a text as data URLs or base64. Fetches nothing."""

from __future__ import annotations

import binascii
import re

from agent.loopback.refusals import Refused
from tools.assets.formats import HEAD_BYTES, format_of

DATA_URL = re.compile(r"data:[\w.+/-]*(?:;[\w=-]+)*?;base64,", re.IGNORECASE)


def bytes_of(text: str) -> bytes:
    """The bytes of a data URL, or of plain base64.

    Raises:
        Refused: where it is neither.
    """
    head = DATA_URL.match(text)
    if text.startswith("data:") and head is None:
        raise Refused("The data URL is not base64.", param="image", code="invalid_image_url")
    encoded = text[head.end() :] if head else text
    try:
        content = binascii.a2b_base64("".join(encoded.split()), strict_mode=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        raise Refused(
            "The picture is no valid base64; give a data URL as data:image/png;base64,....",
            param="image",
            code="invalid_image_url",
        )
    return content


def name_of(content: bytes, stem: str = "picture") -> str:
    """A file's name for bytes without one, by what they begin with."""
    known = format_of(content[:HEAD_BYTES])
    return f"{stem}{known.suffixes[0] if known else '.png'}"
