"""Scores of elements that are kept for a page and read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.artifacts import ArtifactFolder
from tools.assets.series.columns import NamedUnit
from tools.assets.series.series import Series
from tools.assets.series.stamps import row_stamps
from tools.assets.series.table import SeriesTable
from tools.errors import AssetError
from tools.kept_scores import MAX_VALUES, keep_scores, kept_scores
from tools.records import Asset


def still(n: int) -> Series:
    table = SeriesTable(
        channels=(NamedUnit("level", ""),),
        values_cn=np.zeros((1, n)),
        stamps=row_stamps(n),
        notes=(),
    )
    return Series(Asset(path="x", sha256="0" * 64, modality="time_series", size=[n, 1]), table)


def test_scores_come_back_in_units_of_the_level_with_what_nobody_said(tmp_path: Path) -> None:
    artifacts, series = ArtifactFolder(tmp_path), still(4)
    scores = np.array([[1.0], [np.nan], [4.0], [0.0]], np.float32)

    digest = keep_scores(scores, series, level=2.0, artifacts=artifacts)

    assert digest is not None
    again = kept_scores(digest, artifacts)
    np.testing.assert_array_equal(again, [[0.5], [np.nan], [2.0], [0.0]])
    assert again.dtype == np.float32
    assert keep_scores(scores, series, level=2.0, artifacts=artifacts) == digest


def test_of_a_long_series_the_worst_of_each_stretch_is_kept(tmp_path: Path) -> None:
    """Twice as many samples as are kept, and one: pairs of rows share their worst."""
    artifacts, n = ArtifactFolder(tmp_path), 2 * MAX_VALUES - 1
    scores = np.zeros((n, 1), np.float32)
    scores[7], scores[n - 1] = 3.0, 5.0

    digest = keep_scores(scores, still(n), level=0.0, artifacts=artifacts)

    assert digest is not None
    again = kept_scores(digest, artifacts)
    assert again.shape == (n, 1)
    assert np.flatnonzero(again).tolist() == [6, 7, n - 1]
    assert [float(again[6, 0]), float(again[n - 1, 0])] == [3.0, 5.0]


def test_kept_scores_that_were_changed_or_are_not_there_are_told(tmp_path: Path) -> None:
    artifacts = ArtifactFolder(tmp_path)
    digest = artifacts.put_arrays({"scores": np.zeros(3)})
    (tmp_path / f"{digest}.npz").write_bytes(b"other")

    with pytest.raises(AssetError, match="its content was changed"):
        kept_scores(digest, artifacts)
    with pytest.raises(KeyError, match="no arrays"):
        kept_scores("0" * 64, artifacts)
