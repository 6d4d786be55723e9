"""Asks the person at the terminal about an inspection that is unclear. Knows no graph."""

from __future__ import annotations

import json
import sys
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
        try:
            answer = _prompt()
        except (typer.Abort, EOFError):
            typer.echo("nobody can be asked, stdin is closed: it stays review", err=True)
            return "review"
        if answer in ANSWERS:
            return answer


def _prompt() -> str:
    if sys.stdin is None or sys.stdin.closed:
        raise EOFError
    answer: str = typer.prompt(f"decision ({', '.join(ANSWERS)})", err=True)
    return answer
