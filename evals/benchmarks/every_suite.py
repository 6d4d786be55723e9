"""Every suite with every kind of mind, on a handful of our own plates: does it run to its end?

Says nothing of how good a mind is. `python -m evals.benchmarks.every_suite [--only SUITE]`.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
import yaml

from evals.benchmarks.spots import write_spots
from evals.datasets.records import DataSet
from evals.suites import Suite, list_suites
from tools.errors import SettingsError

N_NORMAL, N_SPOTTED = 30, 2
LIMIT, MAX_REFERENCES = 2, 2
EXPERTS = ("registered_difference",)
"""The quickest: this is about running."""
EMBEDDED, SCRIPTED, SEEING = "embedded", "script", "pixel-reader"
MINDS = (EMBEDDED, SCRIPTED, SEEING)
SAID = {
    "yes_no": "Yes, there is a dark spot.",
    "contains_yes": "Yes, there is a dark spot.",
    "correctness": json.dumps({"reasoning": "a dark spot", "correctness": 0}),
    "judgement": json.dumps({"reasoning": "a dark spot", "anomalous": True, "score": 0.9}),
    "region_scores": "image anomaly score: 0.9; region 1: 0.9.",
    "choice": "A",
    "text": "A dark spot, where the surface was touched.",
}
"""A script's reply, by how the suite reads answers."""
SUBMISSION = {
    "text": json.dumps({"reasoning": "an even plate", "anomalous": False, "score": 0.1}),
    "tool_calls": [{"name": "submit", "arguments": {"anomalous": False, "score": 0.1}}],
}
"""To Loupe's own questions: as a judgement at first sight, and as the end of the rounds."""
ASKING_SETS = ("visa_dr", "mmad")
"""Sets whose suites ask the set's own questions."""


class Line(NamedTuple):
    """How one suite ended with one mind."""

    suite: str
    mind: str
    n_planned: int
    statuses: Mapping[str, int]
    n_calls: int
    told: str
    """What was left out, or why the suite refused."""


def own_data(folder: Path) -> Path:
    """Plates as a table, as VisA-D&R and as MMAD: each by the layout that its adapter reads."""
    plates = write_spots(folder / "csv", n_normal=N_NORMAL, n_spotted=N_SPOTTED)
    lines = [_line(one.path.name, one.gt_label) for one in plates.samples]
    (folder / "csv" / "samples.csv").write_text("\n".join(["path,label,mask", *lines]))
    _write_visa_dr(folder / "visa_dr", plates)
    _write_mmad(folder / "mmad", plates)
    return folder


def _line(name: str, gt_label: int) -> str:
    return f"{name},{gt_label},{'spot.png' if gt_label else ''}"


def _write_visa_dr(root: Path, plates: DataSet) -> None:
    tested, reasons = [], []
    for plate in plates.samples[N_NORMAL - 2 :]:
        kind = "Anomaly" if plate.gt_label else "Normal"
        name = f"VisA/pcb1/Data/Images/{kind}/{plate.path.stem}.JPG"
        _copy(plate.path, root / name)
        tested.append({"image": name, "anomaly": bool(plate.gt_label)})
        if plate.gt_label:
            asked = ["What is wrong?", "What may follow?"]
            told = ["A dark spot on the plate.", "The coating comes off there."]
            reasons.append({"image": name, "questions": asked, "references": told})
    (root / "VisA" / "test_data.json").write_text(json.dumps(tested))
    (root / "VisA" / "visa_dr.json").write_text(json.dumps(reasons))


def _write_mmad(root: Path, plates: DataSet) -> None:
    index: dict[str, Any] = {}
    template = "MVTec-AD/bottle/train/good/000.png"
    _copy(plates.samples[0].path, root / template)
    for plate in plates.samples[N_NORMAL - 2 :]:
        kind = "broken_large" if plate.gt_label else "good"
        name = f"DS-MVTec/bottle/image/{kind}/{plate.path.name}"
        _copy(plate.path, root / name)
        question = {
            "Question": "Is there any defect in the object?",
            "Answer": "A" if plate.gt_label else "B",
            "Options": {"A": "Yes.", "B": "No."},
            "type": "Anomaly Detection",
            "annotation": True,
        }
        index[name] = {"random_templates": [template], "conversation": [question]}
    (root / "mmad.json").write_text(json.dumps(index))


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.read_bytes())


def tiny(suite: Suite) -> Suite:
    """The suite on our own plates, two of each product, and with few references."""
    asks = set(suite.data) <= set(ASKING_SETS)
    data = suite.data if asks else ["csv"]
    references = min(suite.references, MAX_REFERENCES)
    return suite.replaced(data=data, limit=LIMIT, references=references)


def script_of(suite: Suite) -> list[Any]:
    """The script of a suite's model: one reply, for ever."""
    asking = suite.asking or suite.asked(suite.conditions[0])
    bare = suite.by == "bare_model" and asking is not None
    return [SAID[asking.reads] if bare and asking else SUBMISSION]


def run_one(suite: Suite, mind: str, *, data: Path, work: Path) -> Line:
    """Run a tiny suite with a mind; a suite that refuses is told with its reason."""
    from agent.settings import load_settings
    from evals.datasets.catalogue import load_data_set
    from evals.results.records import load_results
    from evals.results.report import write_results
    from evals.runner.running import RunOptions, run_suite
    from evals.runner.served import LOOPBACK, model_of

    script = work / f"{suite.name}.yaml"
    script.write_text(yaml.safe_dump(script_of(suite)))
    named = {EMBEDDED: None, SCRIPTED: f"{LOOPBACK}{script}", SEEING: f"{LOOPBACK}{SEEING}"}[mind]
    out = work / "runs" / f"{suite.name}-{mind}"
    with model_of(named) as served:
        settings = load_settings(
            home=work / "home",
            experts=EXPERTS,
            **({"model": served.model, "base_url": served.base_url} if served.model else {}),
        )
        options = RunOptions(
            out=out, settings=settings, load_set=partial(load_data_set, data), place=served.place
        )
        try:
            end = asyncio.run(run_suite(tiny(suite), options, teller=lambda _: None))
        except SettingsError as refusal:
            return Line(suite.name, mind, 0, {}, 0, str(refusal))
    write_results(load_results(out))
    statuses: Mapping[str, int] = Counter(str(row.status) for row in end.rows)
    left_out = "; ".join(end.manifest.left_out)
    return Line(suite.name, mind, end.manifest.n_planned, statuses, end.n_asked, left_out)


def run_all(only: Sequence[str], minds: Sequence[str], *, work: Path) -> Iterator[Line]:
    """Every suite with every mind, or those that are named."""
    data = own_data(work / "data")
    for suite in list_suites():
        if not only or suite.name in only:
            for mind in minds or MINDS:
                yield run_one(suite, mind, data=data, work=work)


def main(
    only: Annotated[list[str] | None, typer.Option(help="A suite; may be repeated.")] = None,
    mind: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(MINDS)}; may be repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder that the runs stay in.")] = None,
) -> None:
    """Print a line for each suite and mind."""
    typer.echo("| suite | mind | planned | decided | degraded | failed | calls | told |")
    typer.echo("|---|---|--:|--:|--:|--:|--:|---|")
    with tempfile.TemporaryDirectory() as kept:
        for line in run_all(only or (), mind or (), work=out or Path(kept)):
            counts = [line.statuses.get(one, 0) for one in ("decided", "degraded", "failed")]
            shown = " | ".join(map(str, [line.n_planned, *counts, line.n_calls]))
            typer.echo(f"| {line.suite} | {line.mind} | {shown} | {line.told} |")


if __name__ == "__main__":
    typer.run(main)
