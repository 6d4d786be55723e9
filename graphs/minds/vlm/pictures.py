"""Which pictures a model is shown, with captions in our own words. Encodes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphs.minds.chat import ShownPicture
from graphs.minds.contract import ReferenceShown, Scene
from graphs.minds.vlm.options import Pictures, Showing
from graphs.records import Round
from tools.assets.views import MAX_SIDE_PX
from tools.records import Evidence, View

COMPARISON = (
    "left the part, in the middle the reference laid on it, right their difference, in colour"
)
EXPERT_MAP = "the expert's map over the part: the redder, the more unusual"


class Pictured(NamedTuple):
    """The pictures of a round, and what is said of those that were shown before."""

    pictures: list[ShownPicture]
    repeated: list[str]


def root_view(scene: Scene) -> View | None:
    """The whole picture; None where nothing was loaded."""
    return next((view for view in scene.views if view.parent is None), None)


def shown_view(view: View, sizes: Pictures, *, marked: bool = False) -> ShownPicture:
    """A view, as large as it is."""
    parts = ", the whole picture" if view.parent is None and not marked else ""
    parts += ", divided into numbered regions" if marked else ""
    return ShownPicture(
        artifact=view.artifact,
        caption=f"{view.id}{parts}: {window_of(view)}",
        detail=sizes.view,
        max_side_px=MAX_SIDE_PX,
    )


def shown_whole(scene: Scene, sizes: Pictures) -> ShownPicture | None:
    """The part at one glance: its picture, or a contact sheet where it has several."""
    view = root_view(scene)
    if view is None or not scene.contact_sheet:
        return None if view is None else shown_view(view, sizes)
    roots = [one.id for one in scene.views if one.parent is None]
    return ShownPicture(
        artifact=scene.contact_sheet,
        caption=(
            f"All {len(roots)} views of the part at once, {roots[0]} to {roots[-1]}, reduced; "
            "zoom with a view's id alone shows that view whole."
        ),
        detail=sizes.view,
        max_side_px=MAX_SIDE_PX,
    )


def window_of(view: View) -> str:
    """What of the original a view shows, and how large."""
    if view.picture:
        return f"{view.size[0]} x {view.size[1]} px."
    x1, y1, x2, y2 = (round(edge) for edge in view.window_xyxy)
    factor_x, factor_y = view.factor_xy
    return (
        f"the original's pixels [{x1}, {y1}, {x2}, {y2}] at {view.size[0]} x {view.size[1]} px, "
        f"factor {factor_x:.4g} x {factor_y:.4g}."
    )


def shown_references(
    references: Sequence[ReferenceShown], showing: Showing, *, mirrored: bool = False
) -> list[ShownPicture]:
    """References, numbered; their ids are names of files and are not told."""
    return [
        ShownPicture(
            artifact=one.artifact,
            caption=f"Reference {number}, a normal example:",
            detail=showing.detail,
            max_side_px=showing.max_side_px,
            mirrored=mirrored,
        )
        for number, one in enumerate(references, start=1)
    ]


def pictures_of_round(done: Round, scene: Scene, sizes: Pictures, *, seen: set[str]) -> Pictured:
    """What the tools of a round drew; adds the digests to those that were seen.

    A picture is sent once: the same again is told by its name.
    """
    pictured = Pictured([], [])
    evidence = scene.evidence_of(done)
    marked = {one.view for one in evidence if one.tool == "mark"}
    views = [view for view in scene.views if view.id in done.view_ids] if done.view_ids else []
    for view in views:
        shown = shown_view(view, sizes, marked=view.id in marked)
        _add(pictured, shown, f"{view.id}: {window_of(view)}", seen=seen)
    own = {view.artifact for view in views}
    for one in evidence:
        if one.artifact is not None and one.artifact not in own:
            _add(pictured, shown_evidence(one, one.artifact, sizes), one.id, seen=seen)
    return pictured


def shown_evidence(one: Evidence, artifact: str, sizes: Pictures) -> ShownPicture:
    """The picture of a comparison, an expert's map or another tool."""
    said = {"compare": COMPARISON, "score": EXPERT_MAP}.get(one.tool, f"made by {one.tool}")
    size = sizes.expert_map if one.tool == "score" else sizes.comparison
    return ShownPicture(
        artifact=artifact,
        caption=f"{one.id}, {said}:",
        detail=size.detail,
        max_side_px=size.max_side_px,
    )


def _add(pictured: Pictured, shown: ShownPicture, name: str, *, seen: set[str]) -> None:
    if shown.artifact in seen:
        pictured.repeated.append(f"{name.rstrip('.')}: a picture that you were shown before.")
        return
    seen.add(shown.artifact)
    pictured.pictures.append(shown)
