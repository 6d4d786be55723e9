"""Flaws of public data sets that are known in public, each with its source. Reads nothing.

The table is small on purpose: what is here was published by others, and is reported, never mended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from evals.datasets.records import DataSet
from evals.guards.records import Flag


@dataclass(frozen=True, kw_only=True)
class KnownFlaw:
    """A flaw of some samples, or of a whole set."""

    data_set: str
    ids: tuple[str, ...]
    """Patterns of sample ids, as a shell has them."""
    except_ids: tuple[str, ...] = ()
    detail: str
    source: str


KNOWN_FLAWS: tuple[KnownFlaw, ...] = (
    KnownFlaw(
        data_set="mmad",
        ids=("DS-MVTec/pill/image/good/*",),
        except_ids=tuple(f"DS-MVTec/pill/image/good/{n:03d}.png" for n in (22, 23, 24, 25)),
        detail="may be pictures of metal_nut: 22 were misplaced in Defect Spectrum and taken over; "
        "fixed in later copies",
        source="https://github.com/jam-cc/MMAD/issues/15, "
        "https://github.com/EnVision-Research/Defect_Spectrum/issues/15",
    ),
    KnownFlaw(
        data_set="elpv",
        ids=("images/cell0443.png", "images/cell0446.png"),
        detail="label questioned (no visible defect at probability 1.0); the authors: an expert's "
        "judgement of loss of power, not of what is seen",
        source="https://github.com/zae-bayern/elpv-dataset/issues/1",
    ),
    KnownFlaw(
        data_set="nab",
        ids=("realKnownCause/nyc_taxi.csv",),
        detail="labels are incomplete: further events of the same weight, such as other holidays, "
        "are unlabelled",
        source="Wu and Keogh, arXiv 2009.13807",
    ),
    KnownFlaw(
        data_set="aitex",
        ids=("*0094_027_05.png",),
        detail="does not have the 4096 x 256 pixels of the others; loaders pad it",
        source="public loaders of the set (CreateAitexDataset)",
    ),
    KnownFlaw(
        data_set="customizable_vlm",
        ids=("*",),
        detail="every reference is the test picture test/good/000.png of its class, though the "
        "paper says the first training picture",
        source="https://github.com/Xiaohao-Xu/Customizable-VLM, vlm_for_ad_dataset.json",
    ),
    KnownFlaw(
        data_set="gpt4v_generic_ad",
        ids=("Industrial-AL__Case2/*", "Industrial-AL__Case3/*"),
        detail="upstream swapped the label.json of these two cases: text and picture do not belong "
        "together",
        source="https://github.com/caoyunkang/GPT4V-for-Generic-Anomaly-Detection, Cases/",
    ),
    KnownFlaw(
        data_set="ucf_crime",
        ids=("*",),
        detail="50 of the 1,950 video files of the release are duplicates",
        source="the release's own description (Sultani et al., CVPR 2018)",
    ),
    KnownFlaw(
        data_set="casting",
        ids=("*",),
        detail="many pictures are turned copies of fewer parts, which a hash of looks does not see",
        source="https://www.kaggle.com/datasets/ravirajsinh45/real-life-industrial-dataset-of-"
        "casting-product (augmented copies)",
    ),
)


def known_flaws(data_sets: Sequence[DataSet]) -> Iterator[Flag]:
    """The table's rows that touch a sample of these sets."""
    for data_set in data_sets:
        for flaw in KNOWN_FLAWS:
            touched = [s.id for s in data_set.samples if _touches(flaw, data_set.name, s.id)]
            if touched:
                yield Flag(
                    kind="known",
                    samples=tuple(f"{data_set.name}:{id}" for id in touched),
                    detail=flaw.detail,
                    source=flaw.source,
                )


def _touches(flaw: KnownFlaw, data_set: str, id: str) -> bool:
    if flaw.data_set != data_set or any(fnmatchcase(id, no) for no in flaw.except_ids):
        return False
    return any(fnmatchcase(id, pattern) for pattern in flaw.ids)
