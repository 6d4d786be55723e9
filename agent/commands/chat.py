"""`loupe chat`: the conversation in a terminal. Knows the command line and no graph."""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import BaseUrl, Home, Json, Model, Protocol, settings_of

if TYPE_CHECKING:
    from agent.conversations import Conversations
    from agent.settings import Settings

BYE = ("quit", "exit", "bye", ":q")
GREETING = "Give files or ask; `help` tells what can be said, `quit` ends. Thread: {}"


def chat(
    ctx: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files to begin with.", exists=True)
    ] = None,
    say: Annotated[
        list[str] | None,
        typer.Option("--say", metavar="TEXT", help="Say this and end; may be repeated."),
    ] = None,
    thread: Annotated[
        str | None, typer.Option(metavar="NAME", help="Go on with a thread, or name a new one.")
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="Go on with the last thread.")] = False,
    threads: Annotated[bool, typer.Option("--list", help="List the threads and end.")] = False,
    delete: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Delete a thread and what was sent to it; then end."),
    ] = None,
    who: Annotated[
        str, typer.Option(envvar="USER", help="The person, as corrections name who said it.")
    ] = "",
    model: Model = None,
    base_url: BaseUrl = None,
    protocol: Protocol = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Talk about parts: inspect, ask why, look again, count, find the cause, write it down."""
    import asyncio

    from agent.conversations import Conversations
    from agent.home import require_home
    from agent.inspector import Inspector

    settings = settings_of(ctx, home=home, model=model, base_url=base_url, protocol=protocol)
    require_home(settings, known=False)
    reviewer = _asked_in_chat if settings.human_review else None
    with Inspector(settings, reviewer=reviewer) as inspector:
        talks = Conversations(inspector, person=who)
        if threads:
            _list(talks, as_json=json)
            return
        if delete is not None:
            asyncio.run(_delete(talks, settings, delete, as_json=json))
            return
        name = thread or (_last(talks) if last else _new_name())
        said = _given(say, paths) if say or not sys.stdin.isatty() else _typed(settings, name)
        first = [path.resolve() for path in paths or []]
        asyncio.run(_talk(talks, name, said, first, as_json=json))


async def _talk(
    talks: Conversations,
    thread: str,
    said: AsyncIterator[str],
    files: Sequence[Path],
    *,
    as_json: bool,
) -> None:
    from agent.talk.terminal import ChatPrinter, inline_of_terminal

    printer = ChatPrinter(sys.stdout, sys.stderr, inline=inline_of_terminal())
    waiting = list(files)
    if not as_json:
        for turn in (await talks.turns(thread))[-2:]:
            sys.stdout.write(f"> {turn.said}\n{turn.answer}\n")
    async for text in said:
        words, named = split_files(text)
        async for event in talks.say(thread, words, [*waiting, *named]):
            if as_json:
                sys.stdout.write(event.model_dump_json() + "\n")
                sys.stdout.flush()
            else:
                printer.show(event)
        waiting = []


def split_files(text: str) -> tuple[str, list[Path]]:
    """The words of a line, and the files that it names; a file that is not there is a word."""
    try:
        parts = shlex.split(text)
    except ValueError:
        return text, []
    files = [Path(one) for one in parts if _is_file(one)]
    if not files:
        return text, []
    return " ".join(one for one in parts if not _is_file(one)), files


def _is_file(word: str) -> bool:
    try:
        return ("/" in word or "." in word) and Path(word).is_file()
    except OSError:
        return False


async def _given(say: Sequence[str] | None, paths: Sequence[Path] | None) -> AsyncIterator[str]:
    """What the command line says, else the lines of stdin; with files alone, their inspection."""
    lines = list(say or (line.strip() for line in sys.stdin))
    if not any(lines) and paths:
        lines = ["inspect"]
    for line in lines:
        if line.lower() in BYE:
            return
        if line:
            yield line


async def _typed(settings: Settings, thread: str) -> AsyncIterator[str]:
    """Lines that a person types, with their history."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory

    folder = settings.home / "conversations"
    folder.mkdir(parents=True, exist_ok=True)
    session: PromptSession[str] = PromptSession(history=FileHistory(str(folder / "history")))
    sys.stderr.write(f"{GREETING.format(thread)}\n")
    while True:
        try:
            line = (await session.prompt_async("loupe> ")).strip()
        except (EOFError, KeyboardInterrupt):
            return
        if line.lower() in BYE:
            return
        if line:
            yield line


def _asked_in_chat(question: dict[str, object]) -> str:
    """Never called: a conversation lets inspections wait, and asks in its own words."""
    raise AssertionError(question)


def _new_name() -> str:
    from datetime import UTC, datetime

    return f"chat-{datetime.now(UTC):%Y%m%dT%H%M%S}"


def _last(talks: Conversations) -> str:
    from tools.errors import SettingsError

    rows = talks.threads()
    if not rows:
        raise SettingsError("there is no thread to go on with; leave --last out to begin one")
    return rows[0].thread


async def _delete(talks: Conversations, settings: Settings, thread: str, *, as_json: bool) -> None:
    from agent.server.forgetting import forget
    from agent.server.tickets import Tickets
    from agent.server.uploads import Uploads

    home = settings.home.resolve()
    uploads = Uploads(
        home / "uploads", max_bytes=settings.max_upload_bytes, max_pixels=settings.max_pixels
    )
    tickets = Tickets(home / "runs", uploads)
    gone = await forget(talks, thread, owner="", uploads=uploads, tickets=tickets)
    told = f"Thread {thread} is deleted, with {len(gone.uploads)} files that were sent to it."
    if gone.inspections:
        told += f" Inspections of others stay: {', '.join(gone.inspections)}."
    typer.echo(gone.model_dump_json() if as_json else told)


def _list(talks: Conversations, *, as_json: bool) -> None:
    from agent.report.page import printable

    for row in talks.threads():
        told = f"{row.thread}  {row.said or row.created}  {row.turns} turns  {row.title}"
        typer.echo(row.model_dump_json() if as_json else str(printable(told)))
