"""Pixel metrics against peers, and a stream's memory: ``python -m evals.benchmarks.metrics``.

Peers (adeval, anomalib) take part where they can be imported; they are no dependency. Every method
runs in a process of its own on the same made maps. Figures of one machine at one moment; tests
assert none of them.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from time import perf_counter, process_time
from typing import Annotated, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import typer

from evals.tables.provenance import commit_name, machine_name, utc_now

SIDE = 768
STREAM_MAPS = 1725
"""MVTec AD's test set."""
N_SCIKIT = 20
"""Maps for scikit-learn, whose memory grows by 40 bytes a pixel."""

Pair = tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]
Figures = dict[str, float]


class Cost(NamedTuple):
    """What a method gave and took; figures are empty where it is not installed."""

    figures: Figures
    cpu_s: float
    wall_s: float
    peak_mib: float
    missing: str = ""


def made_pairs(n: int, *, seed: int) -> Iterator[Pair]:
    """Noise with discs that stand out by chance; one picture in three is normal."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for index in range(n):
        mask = np.zeros((SIDE, SIDE), dtype=np.bool_)
        scores = rng.standard_normal((SIDE, SIDE), dtype=np.float32)
        for _ in range(int(rng.integers(1, 4)) if index % 3 else 0):
            y, x = rng.integers(50, SIDE - 50, 2)
            mask |= (rows - y) ** 2 + (columns - x) ** 2 < rng.integers(5, 60) ** 2
        scores += mask * np.float32(rng.uniform(0, 3))
        yield mask, scores


def ours_aupro(pairs: list[Pair]) -> Figures:
    """Exact, in memory."""
    from evals.metrics import aupro

    return {"AU-PRO": aupro([mask for mask, _ in pairs], [scores for _, scores in pairs])}


def ours_all(pairs: list[Pair]) -> Figures:
    """All four metrics exactly, in memory."""
    from evals.metrics import pixel_scores

    found = pixel_scores([mask for mask, _ in pairs], [scores for _, scores in pairs])
    return _named(found.auroc, found.average_precision, found.f1_max, found.aupro)


def ours_quantised(pairs: list[Pair]) -> Figures:
    """All four metrics after rounding to 16 bits, with the error that this can have caused."""
    from evals.metrics import quantised_pixel_scores

    found, bounds = quantised_pixel_scores(lambda: iter(pairs))
    widest = max(high - low for low, high in bounds)
    named = _named(found.auroc, found.average_precision, found.f1_max, found.aupro)
    return {**named, "widest bound": widest}


def anomalib_aupro(pairs: list[Pair]) -> Figures:
    """Anomalib's AUPRO, which sorts all pixels: exact but for float32 sums."""
    import torch

    # Here and for adeval: of an environment that the benchmark is given, not one of ours.
    from anomalib.metrics.aupro import _AUPRO  # type: ignore[import-not-found]

    metric = _AUPRO(fpr_limit=0.3)
    masks = torch.from_numpy(np.stack([mask for mask, _ in pairs]).astype(np.uint8))
    metric.update(torch.from_numpy(np.stack([scores for _, scores in pairs])), masks)
    return {"AU-PRO": float(metric.compute())}


def adeval_strips(pairs: list[Pair]) -> Figures:
    """Adeval's accumulator with its default of 1,000 strips: all but F1, approximate."""
    _numpy_of_old()
    from adeval import EvalAccumulator  # type: ignore[import-not-found]

    low = min(float(scores.min()) for _, scores in pairs)
    high = max(float(scores.max()) for _, scores in pairs)
    accumulator = EvalAccumulator(low, high)
    for mask, scores in pairs:
        accumulator.add_anomap(scores, mask.astype(np.uint8))
    found = accumulator.summary()
    return {"AU-PRO": found["p_aupro"], "AUROC": found["p_auroc"], "AP": found["p_aupr"]}


def adeval_reference(pairs: list[Pair]) -> Figures:
    """The reference that adeval ships: MVTec's evaluation code at 1,000 thresholds."""
    from adeval.au_pro import calculate_au_pro  # type: ignore[import-not-found]

    masks = [mask.astype(np.int64) for mask, _ in pairs]
    value, _ = calculate_au_pro(masks, [scores for _, scores in pairs], num_thresholds=1000)
    return {"AU-PRO": float(value)}


def scikit_learn(pairs: list[Pair]) -> Figures:
    """AUROC and average precision of the flattened pixels; no AU-PRO."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    labels = np.concatenate([mask.ravel() for mask, _ in pairs])
    scores = np.concatenate([scores.ravel() for _, scores in pairs])
    auroc, precision = roc_auc_score(labels, scores), average_precision_score(labels, scores)
    return {"AUROC": float(auroc), "AP": float(precision)}


METHODS: dict[str, Callable[[list[Pair]], Figures]] = {
    "ours, AU-PRO": ours_aupro,
    "ours, all four": ours_all,
    "ours, all four at 16 bits": ours_quantised,
    "anomalib, AU-PRO": anomalib_aupro,
    "adeval, 1,000 strips": adeval_strips,
    "adeval's reference, 1,000 thresholds": adeval_reference,
    "scikit-learn": scikit_learn,
}
STREAMS = ("stream at 16 bits", "stream, exact, on disk")


def main(
    maps: Annotated[int, typer.Option(min=2, help="Maps that the methods are compared on.")] = 200,
    stream: Annotated[int, typer.Option(min=0, help="Maps of the stream; 0 for none.")] = (
        STREAM_MAPS
    ),
    seed: Annotated[int, typer.Option(help="Of the made maps.")] = 0,
    only: Annotated[list[str] | None, typer.Option(help="A method; may be repeated.")] = None,
    child: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Compare pixel metrics in value, time and memory."""
    if child:
        typer.echo(json.dumps(_measured(child, maps, seed=seed)))
        return
    rows = [name for name in (*METHODS, *STREAMS) if not only or name in only]
    lines = [
        f"| {SIDE} x {SIDE} | maps | AU-PRO | AUROC | AP | F1-max | CPU, s | wall, s | peak, MiB |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for name in rows:
        n = stream if name in STREAMS else min(maps, N_SCIKIT) if "scikit" in name else maps
        if n:
            lines.append(_line(name, n, _in_its_own_process(name, n, seed=seed)))
    lines += ["", f"Seed {seed}, {commit_name()}, {machine_name()}, {utc_now()}."]
    typer.echo("\n".join(lines))


def _measured(name: str, n: int, *, seed: int) -> dict[str, Any]:
    """Run one method; making the maps is not counted, save for streams, which make them."""
    pairs = [] if name in STREAMS else list(made_pairs(n, seed=seed))
    try:
        if pairs:
            METHODS[name](pairs[:2])  # so that imports are not counted
        started, cpu = perf_counter(), process_time()
        figures = _streamed(name, n, seed=seed) if name in STREAMS else METHODS[name](pairs)
    except ImportError as error:
        return Cost({}, 0, 0, 0, missing=str(error))._asdict()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(figures, process_time() - cpu, perf_counter() - started, peak)._asdict()


def _streamed(name: str, n: int, *, seed: int) -> Figures:
    from evals.metrics import quantised_pixel_scores, stream_pixel_scores

    if name == STREAMS[1]:
        found = stream_pixel_scores(made_pairs(n, seed=seed), max_in_memory=2**26)
        return _named(found.auroc, found.average_precision, found.f1_max, found.aupro)
    rounded, bounds = quantised_pixel_scores(
        lambda: made_pairs(n, seed=seed), score_range=(-10.0, 13.0)
    )
    named = _named(rounded.auroc, rounded.average_precision, rounded.f1_max, rounded.aupro)
    return {**named, "widest bound": max(high - low for low, high in bounds)}


def _in_its_own_process(name: str, n: int, *, seed: int) -> Cost:
    command = [sys.executable, "-W", "ignore", "-m", "evals.benchmarks.metrics"]
    command += ["--child", name, "--maps", str(n), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return Cost({}, 0, 0, 0, missing=done.stderr.strip().splitlines()[-1])
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _line(name: str, n: int, cost: Cost) -> str:
    if cost.missing:
        return f"| {name} | {n} | {cost.missing} |  |  |  |  |  |  |"
    figures = [cost.figures.get(key) for key in ("AU-PRO", "AUROC", "AP", "F1-max")]
    cells = ["" if value is None else f"{value:.6f}" for value in figures]
    bound = cost.figures.get("widest bound")
    told = name if bound is None else f"{name} (widest bound {bound:.1g})"
    times = f"{cost.cpu_s:.2f} | {cost.wall_s:.2f} | {cost.peak_mib:.0f}"
    return f"| {told} | {n} | {' | '.join(cells)} | {times} |"


def _named(auroc: float, precision: float, f1: float, aupro: float) -> Figures:
    return {"AUROC": auroc, "AP": precision, "F1-max": f1, "AU-PRO": aupro}


def _numpy_of_old() -> None:
    """Adeval 1.1.0 calls ``numpy.trapz``, which numpy 2.4 no longer has under that name."""
    if not hasattr(np, "trapz"):
        # numpy's types rightly know no such name.
        np.trapz = np.trapezoid  # type: ignore[attr-defined]


if __name__ == "__main__":
    typer.run(main)
