"""Asks the person at the terminal about an inspection that is unclear. Knows no graph."""

from __future__ import annotations

import json
import os
import sys
from io import UnsupportedOperation
from typing import Any

import typer

ANSWERS = ("normal", "anomalous", "review")


def ask_on_terminal(shown: dict[str, Any]) -> str:
    """Show what the inspection found and take a decision; both on stderr.

    Where nobody can answer, since stdin is closed or ends, the decision stays `review`: what was
    found is kept, and is not called normal.
    """
    typer.echo(json.dumps(shown, indent=2, ensure_ascii=False, default=str), err=True)
    while True:
        typer.echo(f"decision ({', '.join(ANSWERS)}): ", nl=False, err=True)
        line = _read_line()
        if not line:
            typer.echo("nobody can be asked, stdin is closed: it stays review", err=True)
            return "review"
        if (answer := line.strip()) in ANSWERS:
            return answer


def _read_line() -> str:
    """One line of stdin with its end; empty where stdin is closed or ends."""
    if sys.stdin is None or sys.stdin.closed:
        return ""
    try:
        descriptor = sys.stdin.fileno()
    except UnsupportedOperation:
        return sys.stdin.readline()
    # Not through sys.stdin's buffer: a thread that still waits in it when Python ends, as after
    # Ctrl-C, holds its lock and lets the interpreter abort.
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            break
        line += byte
    return line.decode("utf-8", "replace")
