"""Past units that look like one, by place descriptors of their first views. Decides nothing.

Descriptors are computed once for each file's bytes and kept in the home's cache.
"""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agent.run_folder import write_atomically
from graphs.conversation.contract import LikeUnit
from tools.arrays import Float32Array, UInt8Image
from tools.errors import LoupeError, ToolError

if TYPE_CHECKING:
    from agent.units.reading import MaySeeUnit

CHOSEN = """
    SELECT ref, sha256, decision, product, defects, labels, created FROM units
    WHERE decision IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY sha256 ORDER BY created DESC, ref) = 1
"""


class _Unit(NamedTuple):
    ref: str
    sha256: str
    decision: str
    product: str | None
    defects: list[str] | None
    labels: str
    created: str


def like_units(
    home: Path, ref: str, *, k: int, may_see: MaySeeUnit | None = None
) -> list[LikeUnit]:
    """The k units of other files whose pictures are nearest, of the same product.

    Args:
        home: with the runs and the cache.
        ref: `<run>/<asset>`.
        k: at most so many.
        may_see: given `<run>/<asset>`, whether whoever asks may see that unit; all where None.

    Raises:
        ToolError: the unit is not kept, or has no picture any more.
    """
    from agent.units.reading import open_units

    with closing(open_units(home / "runs", may_see=may_see)) as connection:
        asked = "SELECT sha256, product FROM units WHERE ref = ?"
        own = connection.execute(asked, [ref]).fetchall()
        found = [_Unit(*row) for row in connection.execute(CHOSEN).fetchall()]
    if not own:
        raise ToolError(f"no inspection {ref!r} is kept")
    sha256, product = own[0]
    query = _descriptor(home, ref, sha256)
    if query is None:
        raise ToolError(f"the picture of {ref} is no longer there; inspect the file anew")
    scored = []
    for one in found:
        if one.sha256 != sha256 and one.product == product:
            vector = _descriptor(home, one.ref, one.sha256)
            if vector is not None:
                scored.append((float(query @ vector), one))
    scored.sort(key=lambda pair: (-pair[0], pair[1].ref))
    return [_like(one, similarity) for similarity, one in scored[:k]]


def _descriptor(home: Path, ref: str, sha256: str) -> Float32Array | None:
    """Unit vector of a unit's picture; None where the picture is gone."""
    from knowledge.reference_rows import searchable_place

    kept = home / "cache" / "likeness" / f"{sha256}.npy"
    if kept.is_file():
        vector: Float32Array = np.load(kept, allow_pickle=False)
        return vector
    image_hwc = _picture(home, ref)
    if image_hwc is None:
        return None
    vector = searchable_place(image_hwc)
    vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    buffer = io.BytesIO()
    np.save(buffer, vector, allow_pickle=False)
    write_atomically(kept, buffer.getvalue())
    return vector


def _picture(home: Path, ref: str) -> UInt8Image | None:
    from agent.kept_runs import read_inspection
    from tools.artifacts import ArtifactFolder

    run, _, asset = ref.rpartition("/")
    root = home / "runs" / run
    try:
        inspection = read_inspection(root / "inspections" / asset / "inspection.json")
        return ArtifactFolder(root / "artifacts").get(inspection.views[0].artifact)
    except (LoupeError, KeyError, IndexError):
        # A run may have been thinned out since; its figures count all the same.
        return None


def _like(one: _Unit, similarity: float) -> LikeUnit:
    return LikeUnit(
        ref=one.ref,
        similarity=similarity,
        decision=one.decision,
        product=one.product,
        defects=tuple(one.defects or ()),
        labels={name: str(value) for name, value in json.loads(one.labels or "{}").items()},
        created=one.created,
    )
