"""`loupe knowledge`: products in and out of the store. Knows no store's inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.commands.options import (
    Backbone,
    BaseUrl,
    Device,
    Experts,
    Home,
    Json,
    Model,
    Seed,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knowledge.records import Calibration
    from knowledge.store import KnowledgeStore

app = typer.Typer(
    help="Add, list, show, search, calibrate and remove products.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="Name or alias of a product.")]


def _store(ctx: typer.Context, home: Path | None, *, make: bool = False) -> KnowledgeStore:
    from agent.home import open_home, require_home

    settings = settings_of(ctx, home=home)
    if not make:
        require_home(settings)
    return open_home(settings)


def _print_json(value: Any) -> None:
    from json import dumps

    typer.echo(dumps(value, ensure_ascii=False))


@app.command()
def add(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A product folder: product.yaml and the rest.")],
    json: Json = False,
    home: Home = None,
) -> None:
    """Add a product folder; again after a change, only what changed is taken in."""
    from dataclasses import asdict

    with _store(ctx, home, make=True) as store:
        report = store.add(folder)
    if json:
        _print_json(asdict(report))
    else:
        typer.echo(str(report))


@app.command("list")
def list_products(ctx: typer.Context, json: Json = False, home: Home = None) -> None:
    """List the products that are known."""
    with _store(ctx, home) as store:
        products = store.products()
    if json:
        _print_json([one.model_dump(mode="json") for one in products])
        return
    if not products:
        typer.echo("no product is known; `loupe knowledge add FOLDER` adds one")
        return
    header = ("product", "references", "rules", "failure modes", "notes", "descriptor")
    rows = [
        (
            one.name,
            f"{len(one.references)} ({one.reference})",
            str(len(one.rules)),
            str(len(one.failure_modes)),
            str(len(one.notes)),
            one.descriptor,
        )
        for one in products
    ]
    _print_table(header, rows)


@app.command()
def show(ctx: typer.Context, product: Name, json: Json = False, home: Home = None) -> None:
    """Show what is known of a product."""
    with _store(ctx, home) as store:
        found = store.product(product)
        kept = store.cases(found.name)
    n_by_person = sum(case.by_person for case in kept)
    if json:
        counts = {"cases": len(kept), "cases_by_person": n_by_person}
        _print_json({**found.model_dump(mode="json"), **counts})
        return
    typer.echo(f"{found.name}: {found.descriptor}")
    typer.echo(f"aliases: {', '.join(found.aliases) or '-'}")
    typer.echo(f"references: {len(found.references)}, {found.reference}")
    typer.echo(f"cases: {len(kept)}, {n_by_person} decided by a person")
    within = ", ".join(f"{name} {value:g}" for name, value in found.tolerance)
    typer.echo(f"tolerance: {within}")
    _print_table(("rule", "kind", "text"), [(r.id, r.kind, r.text) for r in found.rules])
    _print_table(
        ("failure mode", "mode", "appearance", "cause", "remediation"),
        [(m.id, m.mode, m.appearance, m.cause, m.remediation) for m in found.failure_modes],
    )


@app.command()
def remove(ctx: typer.Context, product: Name, json: Json = False, home: Home = None) -> None:
    """Remove a product and all that is kept of it."""
    with _store(ctx, home) as store:
        removed = store.remove(product)
    if json:
        _print_json({"removed": removed.name})
    else:
        typer.echo(f"removed {removed.name}")


@app.command("cases")
def list_cases(
    ctx: typer.Context,
    product: Annotated[str | None, typer.Argument(help="Only of this product.")] = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """List past inspections that are kept; the setting keep_cases says which are."""
    with _store(ctx, home) as store:
        kept = store.cases(product)
    if json:
        _print_json([case.model_dump(mode="json") for case in kept])
        return
    if not kept:
        typer.echo("no case is kept; inspections that a person decides are, see keep_cases")
        return
    _print_table(
        ("case", "decision", "by", "created", "summary"),
        [
            (c.id, c.decision, "a person" if c.by_person else "Loupe", c.created, c.summary)
            for c in kept
        ],
    )


@app.command()
def forget(
    ctx: typer.Context,
    case: Annotated[str, typer.Argument(help="Id of a case; `knowledge cases` lists them.")],
    json: Json = False,
    home: Home = None,
) -> None:
    """Forget a past inspection."""
    with _store(ctx, home) as store:
        removed = store.remove_case(case)
    if json:
        _print_json({"removed": removed.id})
    else:
        typer.echo(f"removed {removed.id}")


@app.command()
def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="What to look for.")],
    product: Annotated[str | None, typer.Option(help="Only of this product.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="rule, failure_mode, note or case; may be repeated.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many at most.")] = 5,
    json: Json = False,
    home: Home = None,
) -> None:
    """Find rules, failure modes, notes and cases by text."""
    with _store(ctx, home) as store:
        passages = store.search(query, product=product, kinds=tuple(kind or ()), k=k)
    if json:
        _print_json([passage._asdict() for passage in passages])
        return
    if not passages:
        typer.echo("nothing found; `loupe knowledge list` shows what is known")
        return
    _print_table(
        ("kind", "id", "relevance", "text", "source"),
        [(p.kind, p.id, f"{p.relevance:.2f}", p.text, p.source) for p in passages],
    )


@app.command()
def calibrate(
    ctx: typer.Context,
    product: Name,
    expert: Experts = None,
    backbone: Backbone = None,
    device: Device = None,
    seed: Seed = None,
    model: Model = None,
    base_url: BaseUrl = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Calibrate a product anew: from its references and perturbed copies of them.

    With a VLM also what it says of every reference, which costs its calls.
    """
    from agent.console import progress_on_stderr
    from agent.home import require_home
    from agent.mind_calibration import calibrate_mind
    from agent.workshop import Workshop

    settings = settings_of(
        ctx,
        home=home,
        experts=tuple(expert) if expert else None,
        backbone=backbone,
        device=device,
        seed=seed,
        model=model,
        base_url=base_url,
    )
    require_home(settings)
    with progress_on_stderr() as progress, Workshop(settings, progress=progress) as workshop:
        calibration = workshop.models.calibrate_anew(product)
        if settings.model is not None:
            calibration = calibrate_mind(workshop, product, progress=progress)
    if json:
        _print_json(calibration.model_dump(mode="json"))
        return
    _print_calibration(calibration)


def _print_calibration(calibration: Calibration) -> None:
    state = "calibrated" if calibration.calibrated else "uncalibrated (too few references)"
    typer.echo(
        f"{calibration.product}: {state} on {calibration.n_references} references for an overkill "
        f"rate of {calibration.target_overkill:g}; review from {calibration.low:.2f}, anomalous "
        f"from {calibration.high:.2f}"
    )
    _print_table(
        ("expert", "normal scores", "median", "largest", "pixel level"),
        [
            (
                name,
                str(len(scores)),
                f"{scores[len(scores) // 2]:.4g}",
                f"{scores[-1]:.4g}",
                f"{calibration.pixel_levels[name]:.4g}" if name in calibration.pixel_levels else "",
            )
            for name, scores in calibration.normal_scores.items()
        ],
    )


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from agent.console import terminal

    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    terminal().print(table)
