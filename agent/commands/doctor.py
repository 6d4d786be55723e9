"""`loupe doctor`: what is here, what is missing, what to do. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import typer

from agent.commands.options import Home, Json, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.settings import Settings


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True
    """Whether Loupe cannot work without it."""


def run_doctor(ctx: typer.Context, json: Json = False, home: Home = None) -> None:
    """Check versions, packages, device, weights and the home; exit 1 where one is broken."""
    from json import dumps

    settings = settings_of(ctx, home=home)
    checks = list(examine(settings))
    if json:
        typer.echo(dumps([check._asdict() for check in checks]))
    else:
        for check in checks:
            mark = "ok" if check.ok else ("BROKEN" if check.needed else "absent")
            remedy = f"; {check.remedy}" if check.remedy and not check.ok else ""
            typer.echo(f"{mark:7} {check.name:22} {check.found}{remedy}")
    if any(check.needed and not check.ok for check in checks):
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Check]:
    """Look at everything, the quick things first."""
    from agent.versions import versions

    for name, found in versions().items():
        yield Check(name, found != "missing", found, f"pip install {name}")
    yield from _readers()
    yield _device(settings)
    yield from _weights(settings)
    yield _writable(settings.home)
    yield _owned(settings)
    yield _samples()
    yield _environment()


READERS = {
    "point clouds": ("pointcloud", ("open3d", "libusb_package")),
    "time series": ("series", ("pyarrow", "stumpy")),
    "videos": ("video", ("av",)),
}
"""By what they read: the extra that brings them, and its modules."""


def _readers() -> Iterator[Check]:
    from importlib.util import find_spec

    for name, (extra, modules) in READERS.items():
        absent = [module for module in modules if find_spec(module) is None]
        found = f"without {', '.join(absent)}" if absent else ", ".join(modules)
        remedy = f"pip install -c constraints.txt -e '.[{extra}]'"
        yield Check(name, not absent, found, remedy, needed=False)


def _device(settings: Settings) -> Check:
    from agent.workshop import device_of
    from tools.errors import SettingsError

    try:
        return Check("device", True, device_of(settings))
    except SettingsError as error:
        return Check("device", False, str(error))


def _weights(settings: Settings) -> Iterator[Check]:
    from agent.checkpoints import CHECKPOINTS
    from agent.weights import state_of

    for name in CHECKPOINTS:
        state = state_of(settings.weights_folder, name)
        needed = name in (settings.backbone, settings.sam)
        remedy = f"`loupe models pull {name}` brings it"
        yield Check(f"weights of {name}", state == "present", state, remedy, needed=needed)


def _writable(home: Path) -> Check:
    import os

    place = home
    while not place.exists():
        place = place.parent
    ok = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    found = f"{home} {'can be written' if ok else f'cannot be written: see {place}'}"
    return Check("home", ok, found, "name another with --home or LOUPE_HOME")


def _owned(settings: Settings) -> Check:
    from agent.home import open_home
    from tools.errors import LoupeError

    if not settings.home.is_dir():
        return Check("knowledge", True, "no home yet; the first `knowledge add` makes it")
    try:
        with open_home(settings) as store:
            names = [product.name for product in store.products()]
    except LoupeError as error:
        return Check("knowledge", False, str(error))
    return Check("knowledge", True, f"products: {', '.join(names) or 'none yet'}")


def _samples() -> Check:
    from importlib.metadata import entry_points

    found = ", ".join(entry.module for entry in entry_points(group="loupe.samples"))
    remedy = "reinstall Loupe whole"
    return Check("sample product", bool(found), found or "none", remedy, needed=False)


def _environment() -> Check:
    from agent.settings import unknown_variables

    unknown = unknown_variables()
    found = f"not known: {', '.join(unknown)}" if unknown else "no unknown LOUPE_ variable"
    return Check("environment", not unknown, found, "check their spelling", needed=False)
