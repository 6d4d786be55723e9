from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tools.arrays import UInt8Image
from tools.artifacts import ArtifactFolder
from tools.errors import AssetError, LoupeError


def noise(seed: int = 0) -> UInt8Image:
    return np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_a_picture_comes_back_pixel_for_pixel_also_in_another_process(tmp_path: Path) -> None:
    digest = ArtifactFolder(tmp_path).put(noise())

    np.testing.assert_array_equal(ArtifactFolder(tmp_path).get(digest), noise())


def test_the_file_is_named_by_the_digest_of_its_bytes(tmp_path: Path) -> None:
    folder = ArtifactFolder(tmp_path)

    digest = folder.put(noise())

    assert hashlib.sha256(folder.path(digest).read_bytes()).hexdigest() == digest
    assert [path.name for path in tmp_path.iterdir()] == [f"{digest}.png"]


def test_the_same_picture_is_kept_once(tmp_path: Path) -> None:
    folder = ArtifactFolder(tmp_path)

    assert folder.put(noise()) == folder.put(noise())
    assert folder.put(noise(1)) != folder.put(noise(2))
    assert len(list(tmp_path.iterdir())) == 3


def test_threads_that_keep_the_same_picture_do_not_disturb_each_other(tmp_path: Path) -> None:
    folder = ArtifactFolder(tmp_path)

    with ThreadPoolExecutor(8) as threads:
        digests = list(threads.map(lambda _: folder.put(noise()), range(40)))

    assert len(set(digests)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [f"{digests[0]}.png"]


def test_a_borrowed_picture_cannot_change_the_kept_one(tmp_path: Path) -> None:
    folder = ArtifactFolder(tmp_path)
    given = noise()
    digest = folder.put(given)
    given[:] = 0

    folder.get(digest)[:] = 0

    np.testing.assert_array_equal(folder.get(digest), noise())


def test_pictures_that_no_longer_fit_in_memory_are_read_again(tmp_path: Path) -> None:
    folder = ArtifactFolder(tmp_path, cache_bytes=noise().nbytes)
    digests = [folder.put(noise(seed)) for seed in range(4)]

    for seed, digest in enumerate(digests):
        np.testing.assert_array_equal(folder.get(digest), noise(seed))


def test_a_picture_that_comes_again_counts_once_in_what_memory_holds(tmp_path: Path) -> None:
    folder = ArtifactFolder(tmp_path, cache_bytes=2 * noise().nbytes)
    digests = [folder.put(noise(seed)) for seed in (0, 0, 0, 1)]
    for kept in tmp_path.iterdir():
        kept.unlink()

    np.testing.assert_array_equal(folder.get(digests[0]), noise(0))
    np.testing.assert_array_equal(folder.get(digests[-1]), noise(1))


@pytest.mark.parametrize("digest", ["../../etc/passwd", "0" * 63, "G" * 64, "0" * 64 + "\n", ""])
def test_what_is_no_digest_names_no_file(tmp_path: Path, digest: str) -> None:
    with pytest.raises(KeyError, match="64 hexadecimal digits"):
        ArtifactFolder(tmp_path).get(digest)


def test_a_picture_that_was_never_kept_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no picture"):
        ArtifactFolder(tmp_path).get("0" * 64)


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    folder = ArtifactFolder(tmp_path)
    digest = folder.put(noise())
    folder.path(digest).write_bytes(b"something else")

    with pytest.raises(AssetError, match="its content was changed"):
        ArtifactFolder(tmp_path).get(digest)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(LoupeError, match=r"cannot be kept \(Not a directory\)"):
        ArtifactFolder(tmp_path / "file" / "artifacts").put(noise())


def test_arrays_that_are_no_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be"):
        ArtifactFolder(tmp_path).put(np.zeros((4, 4, 3), dtype=np.float32))
