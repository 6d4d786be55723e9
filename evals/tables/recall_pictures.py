"""Recall of references and of products by picture. Knows no text."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evals.baselines.pixel_difference import PixelDifference
from evals.datasets import TemplatePair
from evals.datasets.pictures import load_rgb
from evals.metrics import wilson_interval
from evals.tables.answers import place_of
from evals.tables.pcb_pictures import PcbPicture
from evals.tables.recall_figures import KS, LOUPE, PART, Ranking, measure_chance, measure_recall
from evals.tables.records import Measure

if TYPE_CHECKING:
    from knowledge.store import KnowledgeStore

PIXELS = "pixel difference at 64 px"


def measure_references(
    store: "KnowledgeStore", pairs: Sequence[TemplatePair], pictures: Sequence[PcbPicture]
) -> Iterator[Measure]:
    """The template of each perturbed DeepPCB picture, among all templates."""
    baseline = PixelDifference([load_rgb(pair.template_path) for pair in pairs], side_px=256)
    for name, gt_label in (("test pictures", 1), ("templates", 0)):
        asked = [picture for picture in pictures if picture.gt_label == gt_label]
        expected = [str(picture.place) for picture in asked]
        images = [load_rgb(picture.path) for picture in asked]
        found = [store.nearest_references(i, product="deeppcb", k=max(KS)) for i in images]
        ours = [[str(place_of(one.id)) for one in references] for references in found]
        nearest = [[str(i) for i in np.argsort(baseline.distances(image))] for image in images]
        subject = f"references of deeppcb, by picture ({name})"
        yield from measure_recall(subject, Ranking(expected, ours), method=LOUPE)
        yield from measure_recall(subject, Ranking(expected, nearest), method=PIXELS)
        yield from measure_chance(subject, len(pairs), n=len(asked))


def measure_products(
    store: "KnowledgeStore",
    by_product: Mapping[str, Sequence[Path]],
    strangers: Sequence[Path],
) -> Iterator[Measure]:
    """The product of each picture, and "unknown" for pictures of no product in the store.

    Args:
        store: holds every product of ``by_product``.
        by_product: pictures that are no references.
        strangers: pictures of parts that no product describes.
    """
    expected, answers, named = [], [], 0
    for name, paths in by_product.items():
        for path in paths:
            image = load_rgb(path)
            match = store.recall_product(image)
            expected.append(name)
            answers.append([one.product for one in store.rank_products(image)])
            named += match is not None and match.product == name
    subject = "products, by picture"
    yield from measure_recall(subject, Ranking(expected, answers), method=LOUPE)
    yield from measure_chance(subject, len(by_product), n=len(expected))
    yield _share(named, len(expected), subject=subject, metric="named rightly, not unknown")
    unknown = [store.recall_product(load_rgb(path)) is None for path in strangers]
    yield _share(
        sum(unknown), len(unknown), subject="pictures of no product", metric="rightly unknown"
    )


def _share(n_hits: int, n_total: int, *, subject: str, metric: str) -> Measure:
    return Measure.of(
        wilson_interval(n_hits, n_total),
        part=PART,
        subject=subject,
        metric=metric,
        method=LOUPE,
        n=n_total,
    )
