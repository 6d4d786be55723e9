"""`loupe schema`: the JSON Schema of an inspection. Knows no inspection."""

from __future__ import annotations

import typer


def print_schema() -> None:
    """Print the JSON Schema of inspection.json."""
    import json

    from graphs.schema import inspection_schema

    typer.echo(json.dumps(inspection_schema(), indent=2))
