"""Published layouts of picture sets that follow no family: AITEX, ELPV, HeadCT, yes and no folders.

Knows nothing of methods or metrics; opens no picture.
"""

import csv
from collections.abc import Callable
from pathlib import Path

from evals.datasets.label_files import read_rows
from evals.datasets.layout import IMAGE_SUFFIXES, files_of, folders_of, layout_error, require_file
from evals.datasets.masks import MaskFiles
from evals.datasets.records import (
    DataSet,
    DataSetCard,
    DataSetError,
    LeftOut,
    MaskSource,
    Sample,
)

AITEX_DEFECTS: dict[str, str] = {
    "002": "broken_end",
    "006": "broken_yarn",
    "010": "broken_pick",
    "016": "weft_curling",
    "019": "fuzzyball",
    "022": "cut_selvage",
    "023": "crease",
    "025": "warp_ball",
    "027": "knots",
    "029": "contamination",
    "030": "nep",
    "036": "weft_crack",
}
"""AITEX's published list of defect codes."""

ELPV_DATA = Path("src/elpv_dataset/data")
"""Where the repository holds pictures and labels since its version 1."""
ELPV_AMBIGUOUS = (0.0, 1.0)
"""Defect probabilities strictly between are left out."""


def load_aitex(card: DataSetCard, root: Path) -> DataSet:
    """``Defect_images/NNNN_DDD_FF.png`` and ``NODefect_images/``; D is a code, F the fabric.

    Masks are ``Mask_images/NNNN_DDD_FF_mask*.png``, joined where a picture has several. A defect
    picture without a mask file has no mask; the set has a few.
    """
    folders = ("Defect_images", "Mask_images", "NODefect_images")
    absent = [name for name in folders if not (root / name).is_dir()]
    if absent:
        raise layout_error(root, f"the folder {absent[0]}/")
    defects = files_of(root / "Defect_images", ".png")
    # Defect-free pictures lie in one folder for each fabric; some copies have them flat.
    places = [root / "NODefect_images", *folders_of(root / "NODefect_images")]
    normals = [path for place in places for path in files_of(place, ".png")]
    samples = tuple(_aitex_sample(root, path) for path in (*normals, *defects))
    without = sum(1 for s in samples if s.gt_label and s.gt_mask is None)
    notes = (f"{without} defect pictures have no mask file",) if without else ()
    return DataSet(card=card, samples=samples, notes=notes)


def load_elpv(card: DataSetCard, data: Path) -> DataSet:
    """``images/`` and a ``labels.csv`` of three columns without header, separated by blanks.

    The columns are picture, defect probability and cell type. 0 is normal and 1 defective.
    """
    samples, left_out = [], []
    listed_in = data / "labels.csv"
    for line in listed_in.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if len(fields) != 3:
            raise DataSetError(
                f"{listed_in}: looked for picture, probability and cell type, found {line!r}"
            )
        path, probability = data / fields[0], float(fields[1])
        if probability not in ELPV_AMBIGUOUS:
            left_out.append(LeftOut(path=path, reason=f"defect probability {fields[1]}"))
            continue
        samples.append(
            Sample(
                path=require_file(path, listed_in=listed_in),
                gt_label=int(probability),
                id=fields[0],
                product=fields[2],
                metadata={"defect_probability": fields[1]},
            )
        )
    return DataSet(card=card, samples=tuple(samples), left_out=tuple(left_out))


def load_head_ct(card: DataSetCard, root: Path) -> DataSet:
    """``labels.csv`` with id and hemorrhage, and ``head_ct/NNN.png``, in the archive one deeper."""
    listed_in = root / "labels.csv"
    rows = [{k.strip(): v.strip() for k, v in row.items()} for row in _plain_rows(listed_in)]
    if not rows or set(rows[0]) != {"id", "hemorrhage"}:
        found = ", ".join(rows[0]) if rows else "no row"
        raise DataSetError(f"{listed_in}: looked for columns id and hemorrhage; found {found}")
    deeper = root / "head_ct" / "head_ct"
    folder = deeper if deeper.is_dir() else root / "head_ct"
    samples = tuple(
        Sample(
            path=require_file(folder / f"{int(row['id']):03d}.png", listed_in=listed_in),
            gt_label=int(row["hemorrhage"]),
            id=f"{int(row['id']):03d}",
            defect_type="hemorrhage" if int(row["hemorrhage"]) else None,
        )
        for row in rows
    )
    return DataSet(card=card, samples=samples)


def yes_no_loader(
    card: DataSetCard, *, inside: str = "", defect_type: str = "tumor"
) -> Callable[[Path], DataSet]:
    """A loader of ``yes/`` (anomalous) and ``no/`` (normal) folders.

    Args:
        card: of the set.
        inside: folder within the root that holds both.
        defect_type: of everything in ``yes/``.
    """

    def load(root: Path) -> DataSet:
        folder = root / inside
        samples = []
        for name, gt_label in (("no", 0), ("yes", 1)):
            if not (folder / name).is_dir():
                raise layout_error(folder, f"the folder {name}/")
            samples += [
                Sample(
                    path=path,
                    gt_label=gt_label,
                    id=f"{name}/{path.name}",
                    defect_type=defect_type if gt_label else None,
                )
                for path in files_of(folder / name, *IMAGE_SUFFIXES)
            ]
        return DataSet(card=card, samples=tuple(samples))

    return load


def _aitex_sample(root: Path, path: Path) -> Sample:
    parts = path.stem.split("_")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise DataSetError(
            f"{path}: looked for a name such as 0001_002_00.png (number, code, fabric)"
        )
    _, code, fabric = parts
    gt_label = int(int(code) != 0)
    masks = sorted((root / "Mask_images").glob(f"{path.stem}_mask*.png")) if gt_label else []
    mask: MaskSource | None = MaskFiles(paths=tuple(masks), above=127) if masks else None
    return Sample(
        path=path,
        gt_label=gt_label,
        id=path.relative_to(root).as_posix(),
        product=f"fabric_{int(fabric):02d}",
        defect_type=AITEX_DEFECTS.get(code, f"code_{code}") if gt_label else None,
        gt_mask=mask,
    )


def _plain_rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        read_rows(path, columns=())  # raises the line for an absent file
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream, skipinitialspace=True))
