"""How far a sink has been told, on the disc. Knows no sink and no row."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tools.errors import SettingsError

WIDTH = 127
"""Characters of the file: written over as one piece, so that half of it is never there."""


class Cursor:
    """Places in a file of results: what is told up to, and what was last sent."""

    def __init__(self, path: Path) -> None:
        """Open the file; nothing is told where there is none.

        Raises:
            SettingsError: where it holds something else, or cannot be opened.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            text = os.pread(self._handle, WIDTH + 1, 0)
            kept = json.loads(text) if text else {"place": 0, "number": 0, "sent": -1}
            self.place, self.number, self.sent = (int(kept[k]) for k in ("place", "number", "sent"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SettingsError(
                f"{path}: does not tell how far a sink was told ({error}); take it away, and the "
                "sink is told all rows of the run again"
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    @property
    def is_sent(self) -> bool:
        """Whether the row at the place was sent before, and nobody knows whether it arrived."""
        return self.sent == self.place

    def send(self) -> None:
        """Note, before it is sent, that the row at the place is."""
        self.sent = self.place
        self._write()

    def passed(self, n_bytes: int) -> None:
        """Note that the row at the place is told, and how long its line is."""
        self.place, self.number = self.place + n_bytes, self.number + 1
        self._write()

    def _write(self) -> None:
        kept = {"place": self.place, "number": self.number, "sent": self.sent}
        os.pwrite(self._handle, f"{json.dumps(kept):<{WIDTH}}\n".encode(), 0)
        os.fsync(self._handle)
