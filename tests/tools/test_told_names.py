"""Names that a disc takes are told without harm to records and terminals."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.told_names import is_utf_8, shown, told_path


def test_bytes_that_are_no_utf_8_are_told_as_hexadecimal() -> None:
    path = Path(os.fsdecode(b"lot/latin-\xfc.png"))

    assert not is_utf_8(path)
    assert told_path(path) == Path("lot/latin-\\xfc.png")
    assert told_path(Path("lot/ü.png")) == Path("lot/ü.png")
    assert is_utf_8(Path("lot/部品\n.png"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Prüfling 部品 🧲\u00a0a\n\tb", "Prüfling 部品 🧲\u00a0a\n\tb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202egnp.live", "\\u202egnp.live"),
        ("a\rb\x07", "a\\rb\\x07"),
    ],
)
def test_what_would_steer_a_terminal_is_written_out(text: str, told: str) -> None:
    assert shown(text) == told
