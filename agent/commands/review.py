"""Asks the person at the terminal about an inspection that is unclear. Knows no graph."""

from __future__ import annotations

import json
from typing import Any

import typer

ANSWERS = ("normal", "anomalous", "review")


def ask_on_terminal(shown: dict[str, Any]) -> str:
    """Show what the inspection found and take a decision; both on stderr."""
    typer.echo(json.dumps(shown, indent=2, ensure_ascii=False, default=str), err=True)
    while True:
        answer: str = typer.prompt(f"decision ({', '.join(ANSWERS)})", err=True)
        if answer in ANSWERS:
            return answer
