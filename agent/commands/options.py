"""Options that several commands share. Knows no command."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.settings import Settings

Home = Annotated[Path | None, typer.Option("--home", help="Folder of everything that is kept.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
Product = Annotated[
    str | None, typer.Option("--product", help="Name of the product; found by likeness if unset.")
]
Experts = Annotated[
    list[str] | None,
    typer.Option(
        "--expert", help="patch_memory, registered_difference or anomaly_ov; may be repeated."
    ),
]
Backbone = Annotated[
    str | None, typer.Option(help="embedded, resnet18, dinov2-small, siglip or anomaly_ov.")
]
Strategy = Annotated[str | None, typer.Option(help="rounds, direct or expert.")]
Model = Annotated[
    str | None, typer.Option(help="VLM, as its server names it; the embedded mind if unset.")
]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", help="OpenAI-compatible server of the VLM.")
]
Endpoint = Annotated[
    list[str] | None,
    typer.Option(
        "--endpoint",
        metavar="URL [weight=N] [api_key_env=VARIABLE] [model=NAME]",
        help="One of several servers or keys of the VLM, in quotes; may be repeated.",
    ),
]
Protocol = Annotated[str | None, typer.Option(help="How a VLM calls tools: auto, native or text.")]
Question = Annotated[str | None, typer.Option(help="What to find out besides the verdict.")]
Stability = Annotated[
    bool | None,
    typer.Option("--stability/--no-stability", help="Ask a VLM again in other ways."),
]
MaxRounds = Annotated[
    int | None, typer.Option("--max-rounds", help="Turns of the mind for each part; 0: no limit.")
]
MaxUsd = Annotated[
    float | None, typer.Option("--max-usd", help="US dollars for each part; 0: no limit.")
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Seed = Annotated[int | None, typer.Option(help="Decides every random draw.")]


def settings_of(ctx: typer.Context, *, home: Path | None = None, **flags: Any) -> Settings:
    """The settings of a command: `--home` counts before and after the command's name.

    Raises:
        typer.BadParameter: where the settings cannot be with these flags, and can without them.
        SettingsError: where a setting of the environment or a file cannot be.
    """
    from agent.settings import load_settings
    from tools.errors import SettingsError

    home = home or (ctx.find_root().obj or {}).get("home")
    try:
        return load_settings(home=home, **flags)
    except SettingsError as error:
        load_settings(home=home)
        raise typer.BadParameter(f"{'; '.join(str(error).splitlines())}.") from error


@contextmanager
def told_to_a_person() -> Iterator[None]:
    """What a tool would refuse a mind is refused a person.

    Raises:
        SettingsError: in place of a ToolError.
    """
    from tools.errors import SettingsError, ToolError

    try:
        yield
    except ToolError as error:
        raise SettingsError(str(error)) from error
