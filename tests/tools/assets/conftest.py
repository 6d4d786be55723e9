"""Fixtures of the assets: PNG files written byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest


@pytest.fixture
def png() -> Callable[[bytes, bytes], bytes]:
    """Make the bytes of a PNG file of an IHDR and filtered rows."""

    def make(header: bytes, rows: bytes) -> bytes:
        chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
        body = b"".join(
            struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
            for tag, data in chunks
        )
        return b"\x89PNG\r\n\x1a\n" + body

    return make
