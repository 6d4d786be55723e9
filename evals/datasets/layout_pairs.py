"""Picture sets that stand in their published layout or as a labelled part. Reads nothing."""

from functools import partial
from pathlib import Path

from evals.datasets import parts_table as parts
from evals.datasets.label_parts import LABEL_FILE, LabelledPart
from evals.datasets.published_images import (
    ELPV_DATA,
    load_aitex,
    load_elpv,
    load_head_ct,
    yes_no_loader,
)
from evals.datasets.records import DataSet
from evals.datasets.several_layouts import Layout, SeveralLayouts

PART = "a part with labels.csv"
REPOSITORY = "the repository"


def _load_elpv_repository(root: Path) -> DataSet:
    return load_elpv(parts.ELPV.card, root / ELPV_DATA)


def _part(part: LabelledPart, marker: str) -> Layout:
    return Layout(PART, marker, part.load)


ELPV = SeveralLayouts(
    card=parts.ELPV.card,
    layouts=(
        Layout(REPOSITORY, (ELPV_DATA / LABEL_FILE).as_posix(), _load_elpv_repository),
        _part(parts.ELPV, LABEL_FILE),
    ),
)
AITEX = SeveralLayouts(
    card=parts.AITEX_FABRIC.card,
    layouts=(
        Layout("as published", "Defect_images", partial(load_aitex, parts.AITEX_FABRIC.card)),
        _part(parts.AITEX_FABRIC, LABEL_FILE),
    ),
)
HEADCT = SeveralLayouts(
    card=parts.HEADCT.card,
    layouts=(
        Layout("as published", "head_ct", partial(load_head_ct, parts.HEADCT.card)),
        _part(parts.HEADCT, LABEL_FILE),
    ),
)
BRAINMRI = SeveralLayouts(
    card=parts.BRAINMRI.card,
    layouts=(
        _part(parts.BRAINMRI, LABEL_FILE),
        Layout("as published", "yes", yes_no_loader(parts.BRAINMRI.card)),
        Layout(
            "as published",
            "brain_tumor_dataset",
            yes_no_loader(parts.BRAINMRI.card, inside="brain_tumor_dataset"),
        ),
    ),
)
BR35H = SeveralLayouts(
    card=parts.BR35H.card,
    layouts=(
        _part(parts.BR35H, LABEL_FILE),
        Layout("as published", "yes", yes_no_loader(parts.BR35H.card)),
    ),
)
