"""Who may open a home, and what of a home cannot be opened."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from knowledge.embeddings.hashing import HashingEmbedding
from knowledge.store import KnowledgeStore, open_store
from tools.errors import KnowledgeError

ROOT = Path(__file__).resolve().parents[2]


def run_python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_second_process_is_refused_with_the_owners_pid(store: KnowledgeStore, home: Path) -> None:
    program = f"""
from pathlib import Path
from typing import Any
from knowledge.store import open_store
from tools.errors import KnowledgeError
try:
    open_store(Path({str(home)!r}))
except KnowledgeError as error:
    print(error)
"""
    told = run_python(program).stdout.strip()
    assert told == (
        f"{home}: process {os.getpid()} owns it; wait until it ends, or name another home "
        "with --home"
    )


def test_a_second_store_in_the_same_process_is_refused(store: KnowledgeStore, home: Path) -> None:
    with pytest.raises(KnowledgeError, match="has it open already; use that store"):
        open_store(home)


def test_the_lock_of_a_process_that_was_killed_does_not_stay(home: Path, folder: Path) -> None:
    program = f"""
import os
from pathlib import Path
from typing import Any
from knowledge.store import open_store
store = open_store(Path({str(home)!r}))
store.add(Path({str(folder)!r}))
os._exit(9)
"""
    assert run_python(program).returncode == 9
    with open_store(home) as store:
        assert [product.name for product in store.products()] == ["bracket"]


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(KnowledgeError, match="cannot be written as a home"):
        open_store(tmp_path / "home")


def test_a_database_of_other_bytes_is_told_and_the_home_let_go(home: Path, folder: Path) -> None:
    with open_store(home) as store:
        store.add(folder)
    (home / "knowledge" / "chroma" / "chroma.sqlite3").write_bytes(b"other bytes" * 1000)
    for _ in range(2):
        with pytest.raises(KnowledgeError, match="the store cannot be read"):
            open_store(home)


def test_a_database_that_another_program_holds_is_told(home: Path) -> None:
    open_store(home).close()
    file = home / "knowledge" / "chroma" / "chroma.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(KnowledgeError, match=r"database is locked.*another program holds it"):
            open_store(home)
    open_store(home).close()


def test_a_database_that_a_newer_chroma_has_opened_is_told(home: Path) -> None:
    open_store(home).close()
    note = home / "knowledge" / "store.json"
    here = version("chromadb")
    note.write_text(note.read_text().replace(here, "99.1.0"))
    with pytest.raises(KnowledgeError, match=rf"last opened by Chroma 99.1.0, here is {here}"):
        open_store(home)


def test_a_store_that_tells_no_chroma_is_opened_and_tells_it_then(home: Path) -> None:
    open_store(home).close()
    note = home / "knowledge" / "store.json"
    told = json.loads(note.read_text())
    note.write_text(json.dumps({key: value for key, value in told.items() if key != "chroma"}))
    open_store(home).close()
    assert json.loads(note.read_text()) == told


def test_a_store_of_another_version_is_told(home: Path) -> None:
    open_store(home).close()
    note = home / "knowledge" / "store.json"
    note.write_text(note.read_text().replace("loupe.knowledge/1", "loupe.knowledge/0"))
    with pytest.raises(KnowledgeError, match=r"made by another version \(loupe.knowledge/0, this"):
        open_store(home)


def test_a_store_of_another_embedding_says_what_to_do(home: Path) -> None:
    class Other(HashingEmbedding):
        name = "other/1"

    open_store(home).close()
    with pytest.raises(KnowledgeError) as caught:
        open_store(home, embedding=Other())
    assert str(caught.value) == (
        f"{home}/knowledge: was built with embedding 'hashing/1024/1', asked for is 'other/1'; "
        "choose embedding 'hashing/1024/1', or move it away and add the products again"
    )
