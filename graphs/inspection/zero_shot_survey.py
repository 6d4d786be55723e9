"""What experts without references say of a part whose product is unknown. Knows no calibration."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from graphs.inspection.context import Context
from graphs.inspection.expert_survey import Standard, Suspect, find_suspects, keep_map
from graphs.inspection.numbering import Ledger
from graphs.inspection.state import State
from graphs.records import Usage
from tools.asset_ports import AssetPort, PicturePort
from tools.experts.zero_shot import HIGHLY, ZeroShotMemory
from tools.ports import ArtifactPort, Draft, ExpertScore
from tools.records import MaskRecord, Modality, Region, View

SEEN: tuple[Modality, ...] = ("image", "point_cloud")
"""Of which such experts have been trained: photographs, and rendered views."""
MIDDLE = 0.5
"""Of a map of probabilities: shown half way to white."""


class Judged(NamedTuple):
    """What one expert says of the pictures of one asset."""

    expert: str
    scores: list[ExpertScore]
    """Of each picture."""
    words: list[str]
    """How suspicious each is."""
    seconds: float


async def survey_unknown(
    asset: AssetPort, state: State, context: Context, ledger: Ledger
) -> dict[str, Any]:
    """Judge every whole view, and number what is taken for anomalous; the worst view counts.

    Args:
        asset: of an unknown product.
        state: with its views.
        context: with the experts.
        ledger: takes evidence and regions.
    """
    if not context.zero_shot or asset.asset.modality not in SEEN:
        return {"detail": "no product, so no expert has references to compare with"}
    views = [view for view in state.views if view.parent is None]
    pictures = [asset.picture(view.picture) for view in views]
    judged = await asyncio.gather(
        *(
            asyncio.to_thread(_judge, name, memory, pictures)
            for name, memory in context.zero_shot.items()
        )
    )
    for position, (view, picture) in enumerate(zip(views, pictures, strict=True)):
        of_view = {one.expert: one.scores[position] for one in judged}
        words = {one.expert: one.words[position] for one in judged}
        await asyncio.to_thread(
            _note_view,
            view,
            picture,
            of_view,
            words=words,
            artifacts=context.artifacts,
            ledger=ledger,
        )
    return {
        "evidence": ledger.evidence,
        "regions": ledger.regions,
        "raw_scores": {one.expert: max(s.raw_score for s in one.scores) for one in judged},
        "usage": Usage(tool_seconds={one.expert: one.seconds for one in judged}),
        "detail": f"no product; {len(ledger.regions)} regions are taken for anomalous",
    }


def _judge(name: str, memory: ZeroShotMemory, pictures: Sequence[PicturePort]) -> Judged:
    started = perf_counter()
    scores = memory.score_views([one.read(one.window_xyxy) for one in pictures])
    words = [memory.suspicion(one.raw_score) for one in scores]
    return Judged(name, scores, words, perf_counter() - started)


def _note_view(
    view: View,
    picture: PicturePort,
    scores: Mapping[str, ExpertScore],
    *,
    words: Mapping[str, str],
    artifacts: ArtifactPort,
    ledger: Ledger,
) -> None:
    for name, score in scores.items():
        artifact = keep_map(score.anomaly_map, level=MIDDLE, artifacts=artifacts)
        ledger.add(_picture_draft(name, score.raw_score, words[name], view, artifact=artifact))
    # Raw scores have no level that would call a picture worse as a whole.
    standards = {
        name: Standard(pixel_level=HIGHLY, raw_score=score.raw_score, raw_level=1.0)
        for name, score in scores.items()
    }
    maps = {name: score.anomaly_map for name, score in scores.items()}
    for suspect in find_suspects(maps, standards):
        region = _region(suspect, view, picture, number=ledger.next_region)
        if region is not None:
            ledger.add_region(region)
            ledger.add_all(_place_draft(name, peak, region) for name, peak in suspect.peaks.items())


def _region(suspect: Suspect, view: View, picture: PicturePort, *, number: int) -> Region | None:
    """The region of a suspect; None where it shows nothing of the asset, as a background does."""
    x1, y1, x2, y2 = suspect.box_xyxy
    box = [float(edge) for edge in suspect.box_xyxy]
    mask = suspect.mask[y1:y2, x1:x2]
    try:
        source = picture.extent(box, mask)
    except ValueError:
        return None
    return Region(
        id=number,
        view=view.id,
        box_xyxy=box,
        mask=MaskRecord.of(mask),
        score=suspect.severity,
        source=source,
    )


def _picture_draft(name: str, raw: float, word: str, view: View, *, artifact: str) -> Draft:
    return Draft(
        tool="score",
        view=view.id,
        values={"expert": name, "raw_score": raw, "suspicion": word},
        text=(
            f"{name} scores {view.id} {raw:.3g} of 1, {word} suspicious. The product is unknown, "
            "so there is no level of normal parts."
        ),
        artifact=artifact,
    )


def _place_draft(name: str, peak: float, region: Region) -> Draft:
    return Draft(
        tool="score",
        view=region.view,
        region=region,
        values={"expert": name, "probability": peak, "highly_from": HIGHLY},
        text=(
            f"{name} takes region {region.id} for anomalous, with a probability of up to "
            f"{peak:.2f}; it compares with no reference."
        ),
    )
