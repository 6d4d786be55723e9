"""Banks on disk: the same answers, for the same references only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.errors import LoupeError
from tools.experts.bank_cache import BankCache, bank_key

BLACK = np.zeros((4, 6, 3), dtype=np.uint8)
TURNED = np.zeros((6, 4, 3), dtype=np.uint8)


def test_what_was_put_comes_back(tmp_path: Path) -> None:
    cache = BankCache(tmp_path / "banks")
    cache.put("a", {"rows": np.arange(6).reshape(2, 3)})
    kept = cache.get("a")
    assert kept is not None
    assert kept["rows"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_nothing_is_kept_under_another_key_and_nothing_is_left_over(tmp_path: Path) -> None:
    cache = BankCache(tmp_path)
    cache.put("a", {"rows": np.zeros(1)})
    assert cache.get("b") is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_the_key_tells_pictures_versions_and_modes_apart() -> None:
    keys = {
        bank_key([BLACK], version="1", per_place=False),
        bank_key([TURNED], version="1", per_place=False),
        bank_key([BLACK, BLACK], version="1", per_place=False),
        bank_key([BLACK], version="2", per_place=False),
        bank_key([BLACK], version="1", per_place=True),
    }
    assert len(keys) == 5


def test_a_broken_file_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK not a bank")
    with pytest.raises(LoupeError, match=r"a\.npz cannot be read .*delete it"):
        BankCache(tmp_path).get("a")
