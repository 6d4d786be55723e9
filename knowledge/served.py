"""What a home knew, on a Chroma server, where many processes read it. Knows no run.

A snapshot's rows are put into a database of their own, named by its digest: whoever reads that
reads what was known then, whatever happens to the home. Pictures stay in the snapshot's folder.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from knowledge.chroma import Database, database_of, open_database, told_as_ours, unreadable
from knowledge.layout import Layout, read_json, write_json
from knowledge.snapshot import KNOWLEDGE, Snapshot, open_copy
from tools.errors import KnowledgeError

URL = re.compile(r"(?P<scheme>https?)://(?P<host>[\w.-]+):(?P<port>\d{1,5})/?")
MAX_PORT = 65535
PATIENCE_S = 60.0
"""For one answer of the server; Chroma's own client would wait for ever."""
_WHOLE = "whole"
"""A collection that is made when all others are there."""


class Served(NamedTuple):
    """Where rows are read."""

    url: str
    database: str


class Address(NamedTuple):
    """Of a server."""

    host: str
    port: int
    is_tls: bool


def address_of(url: str) -> Address:
    """What a URL such as http://10.0.0.1:8000 says.

    Raises:
        KnowledgeError: it says something else.
    """
    found = URL.fullmatch(url)
    if found is None or int(found["port"]) > MAX_PORT:
        raise KnowledgeError(
            f"{url!r} is no address of a Chroma server; name it as http://HOST:PORT, without a "
            "path, a user or a password"
        )
    return Address(found["host"], int(found["port"]), found["scheme"] == "https")


def publish(snapshot: Snapshot, url: str) -> Served:
    """Put a snapshot's rows on a server, where they are not there yet.

    Args:
        snapshot: of a home.
        url: of the server.

    Returns:
        The database there; a further snapshot of the same knowledge is the same one.

    Raises:
        KnowledgeError: the server cannot be reached or refuses, or the snapshot cannot be read.
    """
    served = Served(url, f"loupe-{snapshot.digest}")
    with _connected(served, make=True) as client, told_as_ours(url):
        if _WHOLE not in {str(one.name) for one in client.list_collections()}:
            with tempfile.TemporaryDirectory(prefix="loupe-") as name:
                open_copy(snapshot, Path(name) / "home")
                source = Layout(Path(name) / "home" / KNOWLEDGE).database
                with closing(open_database(source)) as kept:
                    _copy(kept, database_of(client, url))
            client.get_or_create_collection(_WHOLE, embedding_function=None)
    return served


def open_served_copy(snapshot: Snapshot, home: Path, served: Served) -> None:
    """Make a home that reads what a snapshot knows from a server.

    What is reckoned from it, calibrations and vectors of encoders, is written there for all who
    read it: it is the same whoever reckons it.

    Args:
        snapshot: its pictures are read where it lies.
        home: a folder that is not there yet.
        served: its rows.

    Raises:
        KnowledgeError: where the snapshot cannot be read, or the home not written.
    """
    open_copy(snapshot, home, with_rows=False)
    write_json(Layout(home / KNOWLEDGE).served, served._asdict())


def open_rows(layout: Layout) -> Database:
    """The rows of a home: in its folder, or on the server that it names.

    Raises:
        KnowledgeError: where they cannot be read.
    """
    if not layout.served.exists():
        return open_database(layout.database)
    told = read_json(layout.served)
    served = Served(str(told.get("url")), str(told.get("database")))
    client = _connect(served)
    try:
        with told_as_ours(served.url):
            return database_of(client, served.url, close=_let_go)
    except BaseException:
        _let_go(client)
        raise


def _copy(source: Database, target: Database) -> None:
    for one in source.client.list_collections():
        name = str(one.name)
        target.open_rows(name).put(source.open_rows(name).get(vectors=True))


@contextmanager
def _connected(served: Served, *, make: bool = False) -> Iterator[Any]:
    client = _connect(served, make=make)
    try:
        yield client
    finally:
        _let_go(client)


def _connect(served: Served, *, make: bool = False) -> Any:
    """A client of the database, which is made where `make` says so and there is none."""
    import chromadb
    from chromadb.config import Settings

    address = address_of(served.url)
    settings = Settings(anonymized_telemetry=False)
    try:
        client: Any = chromadb.HttpClient(
            address.host, address.port, ssl=address.is_tls, settings=settings
        )
    except ValueError as error:
        # So Chroma tells that it could not connect.
        raise unreadable(served.url, error) from error
    for session in _sessions(client):
        session.timeout = PATIENCE_S
    try:
        with told_as_ours(served.url):
            if make:
                _make_database(client, served.database)
            client.set_database(served.database)
    except BaseException:
        _let_go(client)
        raise
    return client


def _make_database(client: Any, name: str) -> None:
    from chromadb.errors import ChromaError

    with suppress(ChromaError):
        # Mostly because it is there; where it is for another reason, opening it fails, too.
        client._admin_client.create_database(name)


def _let_go(client: Any) -> None:
    """Chroma's client leaves its connections open."""
    client.close()
    for session in _sessions(client):
        session.close()


def _sessions(client: Any) -> list[Any]:
    """What a client of Chroma speaks HTTP by, once for rows and once for databases."""
    return [one._server._session for one in (client, client._admin_client)]
