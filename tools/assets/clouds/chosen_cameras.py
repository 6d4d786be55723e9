"""From what a person writes to the cameras that show a cloud. Knows no cloud and no settings."""

from __future__ import annotations

from collections.abc import Sequence

from tools.assets.clouds.cameras import AROUND, CPMF, FACING, parse_name

SETS: dict[str, tuple[str, ...]] = {"around": AROUND, "facing": FACING, "cpmf": CPMF}
"""Lists of cameras by name."""


def chosen_cameras(names: Sequence[str]) -> tuple[str, ...]:
    """Cameras by their names, or by the name of a set of them; none where none is named.

    Raises:
        ValueError: says which name is none, and what a name looks like.
    """
    found: list[str] = []
    for name in names:
        if name in SETS:
            found += SETS[name]
            continue
        try:
            parsed = parse_name(name)
        except KeyError:
            parsed = None
        if parsed is None or parsed.window_xyxy is not None:
            raise ValueError(
                f"{name!r} is no camera; name {', '.join(SETS)}, or cameras such as "
                "az045el+35 (azimuth, elevation) and turn+15-15+00 (degrees around x, y, z)"
            )
        found.append(name)
    return tuple(dict.fromkeys(found))
