"""Makes a home with every product and measures each kind of retrieval in it.

Knows nothing of how the store ranks.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from evals.datasets import IMAGE_SETS, first_split, load_deeppcb, load_image_set
from evals.samples import sample_folder
from evals.tables.command_line import CommandLine
from evals.tables.output import write_files
from evals.tables.pcb_pictures import PcbPicture, write_pictures
from evals.tables.product_folders import write_product
from evals.tables.provenance import source_digest
from evals.tables.recall_pictures import measure_products, measure_references
from evals.tables.recall_text import measure_text
from evals.tables.records import Table

SAMPLE = "control-board"

_N_PICTURES = 10
_STRANGERS = ("neu_det", "stitchingnet", "headct")

Report = Callable[[str], None]


def write_recall_table(data_dir: Path, *, out: Path, seed: int, report: Report) -> Table:
    """Measure recall at 1, 3 and 5 and write ``table.json`` and ``table.md``.

    Args:
        data_dir: the shared data.
        out: folder of the table and of the home that is made for it.
        seed: of the perturbations and draws.
        report: told one line before each step.
    """
    from knowledge.store import open_store

    out.mkdir(parents=True, exist_ok=True)
    work = out / f"work-{source_digest()}"
    pairs = load_deeppcb(data_dir)
    pictures = write_pictures(pairs, out / f"deeppcb-{seed}", seed=seed)
    _add_products(data_dir, work, seed=seed, report=report)
    report("asking")
    strangers = [path for name in _STRANGERS for path in _some(data_dir / name / "images")]
    with open_store(work / "home") as store:
        measures = [
            *measure_text(store),
            *measure_references(store, pairs, pictures),
            *measure_products(store, _pictures(data_dir, pictures, seed=seed), strangers),
        ]
    command = "loupe eval recall --data DIR" + (f" --seed {seed}" if seed else "")
    return write_files(measures, command=command, seed=seed, out=out)


def _add_products(data_dir: Path, work: Path, *, seed: int, report: Report) -> None:
    templates = [pair.template_path for pair in load_deeppcb(data_dir)]
    folders = [sample_folder() / SAMPLE, write_product(work, "deeppcb", references=templates)]
    for name in IMAGE_SETS:
        image_set = load_image_set(data_dir, name)
        split = first_split(image_set, seed=seed)
        references = [image_set.samples[i].path for i in split.reference_indices]
        folders.append(write_product(work, name, references=references))
    command_line = CommandLine(work / "home")
    for folder in folders:
        report(f"adding {folder.name}")
        command_line.add_product(folder)


def _pictures(
    data_dir: Path, pictures: Sequence[PcbPicture], *, seed: int
) -> dict[str, list[Path]]:
    by_product = {
        "deeppcb": [p.path for p in pictures if p.gt_label][:_N_PICTURES],
        SAMPLE: sorted((sample_folder() / f"{SAMPLE}-parts").glob("part_*.jpg")),
    }
    for name in IMAGE_SETS:
        image_set = load_image_set(data_dir, name)
        split = first_split(image_set, seed=seed)
        by_product[name] = _spread([image_set.samples[i].path for i in split.test_indices])
    return by_product


def _some(folder: Path) -> list[Path]:
    return _spread(sorted(folder.rglob("*.*")))


def _spread(paths: list[Path]) -> list[Path]:
    return paths[:: max(1, len(paths) // _N_PICTURES)][:_N_PICTURES]
