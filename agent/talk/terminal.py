"""A conversation in a terminal: events as lines, pictures inline where the terminal can.

Knows no graph. Text of others is printed without control characters.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path
from typing import IO, Literal, TypeAlias

from agent.report.page import printable
from graphs.conversation.events import (
    ChatEvent,
    DoneEvent,
    InspectionEvent,
    NodeEvent,
    PictureEvent,
    TextEvent,
    ToolEvent,
)

Inline: TypeAlias = Literal["", "kitty", "iterm"]
CHUNK = 4096
"""Characters of one of kitty's packets."""
COLUMNS = 48
"""Width of a picture."""


def inline_of_terminal() -> Inline:
    """How the terminal on stdout shows pictures; empty where it is none that is known to."""
    if not sys.stdout.isatty():
        return ""
    if os.environ.get("KITTY_WINDOW_ID") or os.environ.get("TERM") == "xterm-kitty":
        return "kitty"
    if os.environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm"):
        return "iterm"
    return ""


def inline_picture(png: bytes, how: Inline) -> str:
    """The escape sequence that shows a PNG; empty where nothing does.

    Sources: the terminal graphics protocol of kitty; the inline images protocol of iTerm2.
    """
    data = base64.b64encode(png).decode()
    if how == "iterm":
        return f"\x1b]1337;File=inline=1;width={COLUMNS};preserveAspectRatio=1:{data}\x07\n"
    if how == "kitty":
        parts = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        packets = []
        for number, part in enumerate(parts):
            head = f"f=100,a=T,c={COLUMNS}," if number == 0 else ""
            packets.append(f"\x1b_G{head}m={int(number < len(parts) - 1)};{part}\x1b\\")
        return "".join(packets) + "\n"
    return ""


class ChatPrinter:
    """Prints the events of turns."""

    def __init__(self, out: IO[str], err: IO[str], *, inline: Inline = "") -> None:
        """Take where answers go, where progress goes, and how pictures are shown."""
        self._out = out
        self._err = err
        self._inline: Inline = inline
        self._spoke = False
        """Whether the line on `out` is not at its end."""

    def show(self, event: ChatEvent) -> None:
        """Print one event: the answer on `out`, what happens meanwhile on `err`."""
        match event:
            case NodeEvent(inspection=asset) if asset:
                self._note(f"{asset}: {event.node} {event.detail}")
            case ToolEvent(state="begins"):
                given = ", ".join(f"{name}={value}" for name, value in event.arguments.items())
                self._note(f"> {event.tool}({given})")
            case PictureEvent():
                self._picture(event)
            case InspectionEvent():
                self._note(f"{event.id} {event.ref}: {event.decision or 'not decided'}")
            case TextEvent():
                self._say(event.delta)
            case DoneEvent():
                self._done(event)

    def _say(self, text: str) -> None:
        self._spoke = True
        self._out.write(str(printable(text)))
        self._out.flush()

    def _note(self, text: str) -> None:
        if self._spoke:
            # What happens meanwhile stands on lines of its own.
            self._out.write("\n")
            self._out.flush()
            self._spoke = False
        self._err.write(f"{' '.join(str(printable(text)).split())}\n")

    def _picture(self, event: PictureEvent) -> None:
        if self._inline:
            self._out.write(inline_picture(Path(event.path).read_bytes(), self._inline))
        self._note(f"picture {event.path} {event.caption}")

    def _done(self, event: DoneEvent) -> None:
        self._out.write("\n" if self._spoke else f"{printable(event.answer)}\n")
        self._spoke = False
        for one in event.citations:
            if one.inspection:
                self._note(f"  [{one.id}] {one.inspection}")
        for document in event.documents:
            self._note(f"document {document.path}")
        self._out.flush()
