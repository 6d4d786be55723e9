"""Digests of files, and hashes of what pictures look like. Knows nothing of labels or data sets."""

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

SIDE = 16
"""The hash has SIDE * SIDE bits."""
N_BITS = SIDE * SIDE
BLOCK = 2048
"""Pictures compared at a time: 32 MB."""

Words = npt.NDArray[np.uint64]


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def difference_hash(path: Path) -> Words:
    """Whether each cell of a 17 x 16 thumbnail is darker than its right neighbour (dHash).

    It withstands resampling, compression and a change of brightness; not turning, mirroring or
    cutting. Flat pictures have hashes of noise, so they look like nothing.

    Returns:
        (4,), 256 bits.

    Raises:
        OSError: no picture can be read.
    """
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    cells = np.asarray(small, dtype=np.int16)
    return np.packbits(cells[:, :-1] < cells[:, 1:]).view(np.uint64)


def alike(hashes: Words, *, max_bits: int) -> list[tuple[int, int]]:
    """Pairs of hashes that differ in few bits.

    Args:
        hashes: (N, 4).
        max_bits: largest number of differing bits.

    Returns:
        (i, j) with i < j, ascending.
    """
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(hashes), BLOCK):
        block = hashes[start : start + BLOCK]
        for other in range(start, len(hashes), BLOCK):
            distances = np.bitwise_count(block[:, None] ^ hashes[None, other : other + BLOCK])
            rows, columns = np.nonzero(distances.sum(axis=2, dtype=np.int64) <= max_bits)
            found = zip((rows + start).tolist(), (columns + other).tolist(), strict=True)
            pairs += [(i, j) for i, j in found if i < j]
    return sorted(pairs)


def groups_of(pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Indices that pairs join, directly or through others; each group ascending."""
    leader: dict[int, int] = {}

    def find(index: int) -> int:
        while leader.setdefault(index, index) != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for one, other in pairs:
        leader[max(find(one), find(other))] = min(find(one), find(other))
    groups: dict[int, list[int]] = {}
    for index in sorted(leader):
        groups.setdefault(find(index), []).append(index)
    return list(groups.values())
