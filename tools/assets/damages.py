"""What readers of pictures raise where a file is damaged. Knows no file."""

from __future__ import annotations

import struct
import zlib

DAMAGES = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    ArithmeticError,
    struct.error,
    zlib.error,
)
"""What Pillow and tifffile raise on damaged files."""
