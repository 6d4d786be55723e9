"""The README's table: the embedded mind through the command line, and baselines beside it.

Knows no figure by itself; the parts do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evals.baselines.pixel_difference import PixelDifference, difference_boxes
from evals.datasets import IMAGE_SETS, ImageSet, TemplatePair, load_deeppcb, load_image_set
from evals.datasets.pictures import load_rgb
from evals.tables import named_modes, pcb_part
from evals.tables.answers import named_regions, raw_score, recalled_index
from evals.tables.loupe_runs import LoupeRuns
from evals.tables.output import write_files
from evals.tables.pcb_part import Said, measure_pcb
from evals.tables.pcb_pictures import PcbPicture, write_pictures
from evals.tables.records import Measure, Table
from evals.tables.set_decisions import measure_pcb_decisions, measure_set_decisions
from evals.tables.sets_part import SetsRun, measure_sets
from graphs.records import Inspection
from tools.errors import SettingsError

Report = Callable[[str], None]

_QUICK_SETS = ("kolektorsdd", "leather")
_QUICK_DRAWS = 2
_QUICK_PAIRS = 12
_QUICK_EVERY = 4
_PCB_SIDE_PX = 640


@dataclass(frozen=True, kw_only=True)
class TableRun:
    """What to measure."""

    data_dir: Path
    out: Path
    n_draws: int = 20
    quick: bool = False
    only: tuple[str, ...] = ()
    """Names of `PARTS`; empty for all."""
    seed: int = 0

    @property
    def set_names(self) -> tuple[str, ...]:
        """The sets of this run."""
        return _QUICK_SETS if self.quick else IMAGE_SETS

    @property
    def every(self) -> int:
        """Each how many-th test picture goes through the command line."""
        return _QUICK_EVERY if self.quick else 1

    @property
    def command(self) -> str:
        """The command line that makes this table, without the folders."""
        words = ["loupe eval table --data DIR"]
        words += ["--quick"] if self.quick else []
        words += [f"--draws {self.n_draws}"] if self.n_draws != 20 else []
        words += [f"--only {name}" for name in self.only]
        words += [f"--seed {self.seed}"] if self.seed else []
        return " ".join(words)


def write_table(run: TableRun, *, report: Report) -> Table:
    """Measure, and write ``table.json`` and ``table.md`` to the run's folder.

    Raises:
        SettingsError: an unknown part, or a data folder that does not exist.
        DataSetError: a data set is absent.
        CommandError: a ``loupe`` command failed.
    """
    unknown = [name for name in run.only if name not in PARTS]
    if unknown:
        raise SettingsError(f"--only {unknown[0]!r}: no such part; parts: {', '.join(PARTS)}")
    if not run.data_dir.is_dir():
        raise SettingsError(f"--data {run.data_dir} is no folder; name the shared data's folder")
    run.out.mkdir(parents=True, exist_ok=True)
    measures: list[Measure] = []
    for name in run.only or tuple(PARTS):
        measures += PARTS[name](run, report)
    return write_files(measures, command=run.command, seed=run.seed, out=run.out, notes=_NOTES)


def measure_deeppcb(run: TableRun, report: Report) -> Iterator[Measure]:
    """DeepPCB through the command line, and the pixel difference on the same pictures."""
    pairs, pictures = pcb_material(run)
    inspections = loupe_runs(run, report).inspect_pcb(pairs, pictures)
    said = [_loupe_said(inspection) for inspection in inspections]
    yield from measure_pcb(pictures, said, method=pcb_part.LOUPE, seed=run.seed)
    report(f"deeppcb: {len(pictures)} pictures by pixel difference")
    baseline = PixelDifference(
        [load_rgb(pair.template_path) for pair in pairs], side_px=_PCB_SIDE_PX
    )
    said = [_difference_said(baseline, picture) for picture in pictures]
    yield from measure_pcb(pictures, said, method=pcb_part.BASELINE, seed=run.seed)


def measure_six_sets(run: TableRun, report: Report) -> list[Measure]:
    """AUROC over the draws of every method, in process."""
    sets_run = SetsRun(
        data_dir=run.data_dir,
        work_dir=run.out / "work",
        names=run.set_names,
        n_draws=min(run.n_draws, _QUICK_DRAWS) if run.quick else run.n_draws,
        seed=run.seed,
    )
    return measure_sets(sets_run, report)


def measure_decisions(run: TableRun, report: Report) -> Iterator[Measure]:
    """Decisions on DeepPCB and on the first draw of every set; how far both ways to score agree."""
    runs = loupe_runs(run, report)
    pairs, pictures = pcb_material(run)
    labels = [picture.gt_label for picture in pictures]
    yield from measure_pcb_decisions(labels, runs.inspect_pcb(pairs, pictures))
    yield from measure_set_decisions(_sets(run), runs, seed=run.seed, every=run.every)


def measure_named_modes(run: TableRun, report: Report) -> Iterator[Measure]:
    """Failure modes on DeepPCB's boxes and on the magnetic tiles."""
    runs = loupe_runs(run, report)
    pairs, pictures = pcb_material(run)
    yield from named_modes.measure_pcb_modes(pictures, runs.inspect_pcb(pairs, pictures))
    yield from named_modes.measure_pcb_none(pairs, pictures, runs)
    tiles = load_image_set(run.data_dir, "magnetic_tile")
    yield from named_modes.measure_tile_modes(tiles, runs, seed=run.seed, every=run.every)


PARTS: dict[str, Callable[[TableRun, Report], Iterator[Measure] | list[Measure]]] = {
    "deeppcb": measure_deeppcb,
    "sets": measure_six_sets,
    "decisions": measure_decisions,
    "causes": measure_named_modes,
}

_NOTES = (
    "DeepPCB, decisions and failure modes: every picture through `loupe inspect --json`. "
    "The draws of the six sets: the same expert objects in process; the first draw also "
    "through the command line (rows `same score`).",
    "Pictures of one set are independent only as far as its selection makes them so; "
    "casting holds augmented copies.",
)


def pcb_material(run: TableRun) -> tuple[list[TemplatePair], tuple[PcbPicture, ...]]:
    """All pairs, and the perturbed pictures of those that this run tests."""
    pairs = list(load_deeppcb(run.data_dir))
    tested = pairs[:_QUICK_PAIRS] if run.quick else pairs
    folder = run.out / "work" / f"deeppcb-{run.seed}"
    return pairs, write_pictures(tested, folder, seed=run.seed)


def loupe_runs(run: TableRun, report: Report) -> LoupeRuns:
    """Where this run's inspections are kept."""
    return LoupeRuns(work_dir=run.out / "work", seed=run.seed, report=report)


def _sets(run: TableRun) -> list[ImageSet]:
    return [load_image_set(run.data_dir, name) for name in run.set_names]


def _loupe_said(inspection: Inspection) -> Said:
    boxes = [region.box_xyxy for region in named_regions(inspection)]
    return Said(raw_score(inspection), boxes, recalled_index(inspection))


def _difference_said(baseline: PixelDifference, picture: PcbPicture) -> Said:
    found = baseline.score(load_rgb(picture.path))
    return Said(found.raw_score, difference_boxes(found.anomaly_map), found.reference_index)
