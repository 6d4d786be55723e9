"""A Chroma database, in a folder or on a server, and its collections. Knows no product.

Vectors are always ours: a collection opened without `embedding_function=None` would silently get
Chroma's own and go to the network.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tools.arrays import Float32Array
from tools.errors import KnowledgeError, StoreGone

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_FILE = "chroma.sqlite3"
LOCKED_S = 2.0
"""How long another program may hold the database before that is told."""
_BATCH = 1000
_LOCK = "acquire_write"
"""Chroma's table that every opening writes into."""
_ENCODED = "encoded-"
_NOT_SEARCHED = np.ones((1, 1), dtype=np.float32)
"""Chroma wants a vector for every row; rows with this one are only ever read by id or filter."""


class Row(NamedTuple):
    """One entry of a collection."""

    id: str
    document: str
    metadata: dict[str, str | int | float | bool]
    vector: Float32Array | None = None
    """(D,); None for rows that are never searched by vector."""


class Hit(NamedTuple):
    """A row near to a vector."""

    row: Row
    cosine: float


@dataclass(frozen=True)
class Rows:
    """One collection, its errors told as ours."""

    collection: Collection
    place: Path | str
    """Folder of the database, or the address of its server."""
    lock: threading.Lock
    """Shared by all collections: a Chroma query beside a delete returns rows without content."""

    def put(self, rows: Sequence[Row]) -> None:
        """Write rows, over those of the same id."""
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            vectors = [_NOT_SEARCHED[0] if row.vector is None else row.vector for row in part]
            with self.lock, told_as_ours(self.place):
                self.collection.upsert(
                    ids=[row.id for row in part],
                    documents=[row.document for row in part],
                    metadatas=[row.metadata for row in part],
                    embeddings=np.stack(vectors),
                )

    def ids(self, where: dict[str, Any]) -> set[str]:
        """Ids of the rows that a filter passes."""
        with self.lock, told_as_ours(self.place):
            return set(self.collection.get(where=where, include=[])["ids"])

    def get(self, where: dict[str, Any] | None = None, *, vectors: bool = False) -> list[Row]:
        """Rows that a filter passes, by id."""
        include: Any = ["documents", "metadatas", *(["embeddings"] if vectors else [])]
        with self.lock, told_as_ours(self.place):
            found: Any = self.collection.get(where=where, include=include)
        columns = (found["ids"], found["documents"], found["metadatas"])
        entries = found["embeddings"] if vectors else [None] * len(found["ids"])
        rows = [Row(*cells) for cells in zip(*columns, entries, strict=True)]
        return sorted(rows, key=lambda row: row.id)

    def near(self, vector: Float32Array, *, where: dict[str, Any], k: int) -> list[Hit]:
        """The k rows of greatest cosine among those that a filter passes, nearest first."""
        include: Any = ["documents", "metadatas", "distances"]
        with self.lock, told_as_ours(self.place):
            found: Any = self.collection.query(
                query_embeddings=vector[None], n_results=k, where=where, include=include
            )
        columns = (found["ids"][0], found["documents"][0], found["metadatas"][0])
        cosines = [1.0 - float(distance) for distance in found["distances"][0]]
        hits = [Hit(Row(*cells), cosine) for *cells, cosine in zip(*columns, cosines, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.cosine, hit.row.id))

    def delete(self, ids: Sequence[str]) -> None:
        """Delete rows by id."""
        for start in range(0, len(ids), _BATCH):
            with self.lock, told_as_ours(self.place):
                self.collection.delete(ids=list(ids[start : start + _BATCH]))


@dataclass(frozen=True)
class Database:
    """An open database."""

    client: Any
    """A Chroma client; its published type lacks `close`."""
    open_rows: Callable[[str], Rows]
    """A collection of a name, made where there is none."""
    close_client: Callable[[Any], None]
    products: Rows
    passages: Rows
    places: Rows
    looks: Rows
    calibrations: Rows
    cases: Rows

    def encoded(self, version: str) -> Rows:
        """What the encoder of a version made of references."""
        return self.open_rows(f"{_ENCODED}{version}")

    def all_encoded(self) -> list[Rows]:
        """The same of every encoder that was ever used here."""
        names = [str(one.name) for one in self.client.list_collections()]
        return [self.open_rows(name) for name in names if name.startswith(_ENCODED)]

    def close(self) -> None:
        """Let go of the files, or of the server."""
        self.close_client(self.client)


def open_database(folder: Path) -> Database:
    """Open the database in a folder, making it where there is none; telemetry is off.

    Raises:
        KnowledgeError: where its files cannot be read.
    """
    import chromadb
    from chromadb.config import Settings

    # After one failure to open a folder, Chroma fails in other ways for as long as the process
    # lives; so what is no database never gets there.
    _check_file(folder / _FILE)
    with told_as_ours(folder):
        client = chromadb.PersistentClient(
            path=str(folder), settings=Settings(anonymized_telemetry=False)
        )
        return database_of(client, folder)


def database_of(
    client: Any, place: Path | str, *, close: Callable[[Any], None] = lambda client: client.close()
) -> Database:
    """What a client of Chroma reads and writes, its collections made where there are none.

    Args:
        client: of Chroma.
        place: folder of the database, or the address of its server.
        close: lets go of the client.
    """
    lock = threading.Lock()

    def rows(name: str) -> Rows:
        collection = client.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        return Rows(collection, place, lock)

    names = ("products", "passages", "places", "looks", "calibrations", "cases")
    return Database(client, rows, close, *(rows(name) for name in names))


@contextmanager
def told_as_ours(place: Path | str) -> Iterator[None]:
    """Turn errors of Chroma, and of the way to its server, into one line that says what to do."""
    import httpx
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, httpx.HTTPError) as error:
        raise unreadable(place, error) from error


def rows_digest(folder: Path) -> str:
    """sha256 of all that a closed database says.

    The files of its index are made from that, and differ from one opening to the next.

    Raises:
        KnowledgeError: where it cannot be read.
    """
    told, path = hashlib.sha256(), folder / _FILE
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            for statement in database.iterdump():
                if not statement.startswith(f'INSERT INTO "{_LOCK}"'):
                    told.update(statement.encode())
    except sqlite3.Error as error:
        raise unreadable(folder, error) from error
    return told.hexdigest()


def _check_file(path: Path) -> None:
    if not path.exists():
        return
    try:
        opened = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=LOCKED_S)
        with closing(opened) as database:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise unreadable(path.parent, error) from error


def unreadable(place: Path | str, error: Exception) -> KnowledgeError:
    """One line that says what cannot be read, why, and what to do."""
    import httpx

    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(place, str):
        is_gone = isinstance(error, httpx.TransportError)
        return (StoreGone if is_gone else KnowledgeError)(
            f"{place}: the Chroma server cannot be read ({reason}); start it, or name another"
        )
    if "database is locked" in reason:
        return KnowledgeError(
            f"{place}: the store cannot be read ({reason}): another program holds it; wait until "
            "it lets go, or end it"
        )
    return KnowledgeError(
        f"{place}: the store cannot be read ({reason}); move the folder away and add the "
        "products again"
    )
