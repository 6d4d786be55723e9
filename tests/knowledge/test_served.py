"""A Chroma server says what a snapshot says, whatever happens to the home and to the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.chroma import database_of
from knowledge.records import Case
from knowledge.served import Served, _connected, address_of, open_served_copy, publish
from knowledge.snapshot import KNOWLEDGE, Snapshot, take_snapshot
from knowledge.store import KnowledgeStore, open_store
from tools.arrays import UInt8Image
from tools.errors import KnowledgeError

Picture = Callable[[int], UInt8Image]


@pytest.fixture
def snapshot(
    home: Path, folder: Path, tmp_path: Path, a_case: Callable[..., Case], bracket_picture: Picture
) -> Snapshot:
    with open_store(home) as store:
        store.add(folder)
        store.add_case(a_case("c1"), image_hwc=bracket_picture(7))
    return take_snapshot(home, tmp_path / "kept")


def said(store: KnowledgeStore, picture: UInt8Image) -> list[object]:
    """What a store answers to all that an inspection asks of it."""
    match = store.recall_product(picture)
    assert match is not None
    return [
        store.products(),
        (match.product, pytest.approx(match.similarity, abs=1e-6)),
        store.look_up("scratch beside the ring light", product="bracket"),
        [one.id for one in store.nearest_references(picture, product="bracket", k=3)],
        [one.tolist() for one in store.reference_pictures("bracket")],
        store.cases(),
    ]


def test_a_home_that_reads_a_server_answers_as_one_that_reads_its_copy(
    chroma_server: str, snapshot: Snapshot, home: Path, tmp_path: Path, bracket_picture: Picture
) -> None:
    served = publish(snapshot, chroma_server)
    open_served_copy(snapshot, tmp_path / "one", served)
    open_served_copy(snapshot, tmp_path / "other", served)
    with open_store(home) as store:
        wanted = said(store, bracket_picture(9))

    with open_store(tmp_path / "one") as one, open_store(tmp_path / "other") as other:
        assert said(one, bracket_picture(9)) == wanted
        assert said(other, bracket_picture(9)) == wanted
    assert sorted(path.name for path in (tmp_path / "one" / KNOWLEDGE).iterdir()) == [
        "pictures",
        "served.json",
        "store.json",
    ]


def test_what_a_home_learns_later_reaches_nobody_who_reads_the_former_snapshot(
    chroma_server: str, snapshot: Snapshot, home: Path, folder: Path, tmp_path: Path
) -> None:
    before = publish(snapshot, chroma_server)
    with open_store(home) as store:
        store.remove("bracket")
    after = publish(take_snapshot(home, tmp_path / "kept"), chroma_server)

    assert before.database == f"loupe-{snapshot.digest}" != after.database
    for served, names in ((before, ["bracket"]), (after, [])):
        copy = tmp_path / served.database
        open_served_copy(snapshot, copy, served)
        with open_store(copy) as store:
            assert [one.name for one in store.products()] == names


def test_a_database_that_was_not_written_whole_is_written_again_and_a_whole_one_is_not(
    chroma_server: str, snapshot: Snapshot
) -> None:
    served = publish(snapshot, chroma_server)
    with _connected(served) as client:
        database = database_of(client, chroma_server)
        passages = database.passages.get()
        lost = passages[0].id
        database.passages.delete([lost])
        assert publish(snapshot, chroma_server) == served
        assert database.passages.get() == passages[1:]

        client.delete_collection("whole")
        publish(snapshot, chroma_server)
        assert database.passages.get() == passages


def test_a_server_that_is_not_there_is_one_line(snapshot: Snapshot, tmp_path: Path) -> None:
    told = r"^http://127\.0\.0\.1:1: the Chroma server cannot be read \(.*\); start it, or name"
    with pytest.raises(KnowledgeError, match=told):
        publish(snapshot, "http://127.0.0.1:1")

    open_served_copy(snapshot, tmp_path / "copy", Served("http://127.0.0.1:1", "loupe-x"))
    with pytest.raises(KnowledgeError, match=told):
        open_store(tmp_path / "copy")


def test_a_database_that_is_not_there_is_one_line(
    chroma_server: str, snapshot: Snapshot, tmp_path: Path
) -> None:
    open_served_copy(snapshot, tmp_path / "copy", Served(chroma_server, "loupe-of-nobody"))

    with pytest.raises(KnowledgeError, match=r"cannot be read \(Database \[loupe-of-nobody\] not"):
        open_store(tmp_path / "copy")


@pytest.mark.parametrize(
    "url", ["10.0.0.1:8000", "http://host", "http://me:secret@host:1", "http://host:99999"]
)
def test_what_is_no_address_is_named(url: str) -> None:
    with pytest.raises(KnowledgeError, match="is no address of a Chroma server; name it as http"):
        address_of(url)


def test_an_address_has_a_host_a_port_and_may_be_encrypted() -> None:
    assert address_of("http://10.0.0.1:8000") == ("10.0.0.1", 8000, False)
    assert address_of("https://chroma.example:443/") == ("chroma.example", 443, True)
