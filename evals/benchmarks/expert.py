"""Anomaly-OV's expert and its tower, images per second: ``python -m evals.benchmarks.expert``.

Weights are random at the released sizes, which costs the same time. float32 on the CPU, bfloat16
on a GPU; a device that is absent leaves its rows empty. Against the tower, the CPU's rows count
seconds of the processor, which other work on the machine does not lengthen. Figures of one machine
at one moment; tests assert none of them.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import typer

from evals.tables.provenance import commit_name, machine_name, package_versions, utc_now
from tools.arrays import UInt8Image

if TYPE_CHECKING:
    from tools.experts.anomaly_ov.scorer import AnomalyOV
    from tools.experts.backbones.siglip_tower import SiglipTower

N_LEVELS = 4
N_CONCURRENT = 8


class Rate(NamedTuple):
    """One row: what looked at how many pictures, and how long it took."""

    what: str
    n_pictures: int
    seconds: tuple[float, ...]  # of each repetition; empty where the device is absent
    bare_seconds: tuple[float, ...]  # of what it is compared with

    def line(self) -> str:
        """The row as Markdown."""
        if not self.seconds:
            return f"| {self.what} | {self.n_pictures} | | | |"
        ours, bare = float(np.median(self.seconds)), float(np.median(self.bare_seconds))
        return (
            f"| {self.what} | {self.n_pictures} | {self.n_pictures / ours:.3g} "
            f"| {self.n_pictures / bare:.3g} | {100 * (ours / bare - 1):+.1f} % |"
        )


def main(
    n: Annotated[int, typer.Option(min=1, help="Repetitions that are measured.")] = 3,
    batch: Annotated[list[int] | None, typer.Option(help="Pictures; 1 and 32 if unset.")] = None,
    layers: Annotated[int, typer.Option(min=N_LEVELS + 1, help="Layers of the tower.")] = 26,
) -> None:
    """Measure expert and tower against the bare tower, and concurrent against single pictures."""
    rates = []
    for device in ("cpu", "cuda"):
        expert = random_expert(device, layers=layers) if is_present(device) else None
        for n_pictures in batch or (1, 32):
            rates.append(_against_tower(expert, device, n_pictures=n_pictures, n=n))
        rates.append(_concurrent(expert, device, n=n))
    lines = [
        "| what | pictures | pictures a second | compared with | time |",
        "| --- | --: | --: | --: | --: |",
        *(rate.line() for rate in rates),
        "",
        f"{layers} layers, n = {n}. {commit_name()}, {machine_name()}, {utc_now()}. {_versions()}.",
    ]
    typer.echo("\n".join(lines))


def _versions() -> str:
    return ", ".join(f"{name} {version}" for name, version in package_versions().items())


def is_present(device: str) -> bool:
    """Whether torch can compute there."""
    import torch

    return device == "cpu" or torch.cuda.is_available()


def random_expert(device: str, *, layers: int, side_px: int = 384) -> "AnomalyOV":
    """The released sizes with random weights; one crop a picture.

    Args:
        device: torch's name.
        layers: of the tower; taps are spread over them.
        side_px: of a crop.
    """
    import torch

    from tools.experts.anomaly_ov import AnomalyExpert
    from tools.experts.anomaly_ov.scorer import AnomalyOV
    from tools.experts.anomaly_ov.weights import ExpertFile
    from tools.experts.shared_eyes import SharedEyes

    torch.manual_seed(0)
    tower = _random_tower(device, layers=layers, side_px=side_px)
    expert = AnomalyExpert(tower.hidden, tower.grid_side**2).requires_grad_(False).eval()
    file = ExpertFile(expert, tower.taps, tower.final, "", "random", tiles=False)
    # Nothing is kept, so that every repetition looks anew.
    eyes = SharedEyes(tower, tiles=False, max_bytes=0, max_pictures=N_CONCURRENT)
    return AnomalyOV(file, eyes)


def _random_tower(device: str, *, layers: int, side_px: int) -> "SiglipTower":
    from transformers import SiglipVisionConfig, SiglipVisionModel

    from tools.experts.backbones.siglip_tower import SiglipTower
    from tools.experts.backbones.siglip_weights import SO400M, TowerWeights

    config = {**SO400M, "image_size": side_px}
    model = SiglipVisionModel(
        SiglipVisionConfig(**config, num_hidden_layers=layers, vision_use_head=False)
    )
    state = {k: v for k, v in model.state_dict().items() if not k.startswith("post_layernorm")}
    taps = tuple(round(1 + level * (layers - 2) / (N_LEVELS - 1)) for level in range(N_LEVELS))
    return SiglipTower(
        TowerWeights(config, state, "random"), taps=taps, final=layers, device=device
    )


def _pictures(n: int, side_px: int) -> list[UInt8Image]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (side_px, side_px, 3), dtype=np.uint8) for _ in range(n)]


def _against_tower(expert: "AnomalyOV | None", device: str, *, n_pictures: int, n: int) -> Rate:
    """The expert on top of features, against the tower that made them."""
    what = f"expert and tower against tower, {'GPU' if device == 'cuda' else 'CPU'}"
    if expert is None:
        return Rate(what, n_pictures, (), ())
    tower = expert.tower
    shown = _pictures(n_pictures, tower.side_px)

    def bare() -> None:
        tower.features(shown)
        _wait(device)

    def both() -> None:
        expert.judge_together(shown)
        _wait(device)

    clock = process_time if device == "cpu" else perf_counter
    return Rate(what, n_pictures, _timed(both, n, clock), _timed(bare, n, clock))


def _concurrent(expert: "AnomalyOV | None", device: str, *, n: int) -> Rate:
    """Pictures of concurrent inspections, against one after the other."""
    where = "GPU" if device == "cuda" else "CPU"
    what = f"{N_CONCURRENT} at once, micro-batched, against one by one, {where}"
    if expert is None:
        return Rate(what, N_CONCURRENT, (), ())
    shown = _pictures(N_CONCURRENT, expert.tower.side_px)

    def at_once() -> None:
        with ThreadPoolExecutor(N_CONCURRENT) as pool:
            list(pool.map(lambda picture: expert.score([picture]), shown))

    def one_by_one() -> None:
        for picture in shown:
            expert.score([picture])

    return Rate(
        what, N_CONCURRENT, _timed(at_once, n, perf_counter), _timed(one_by_one, n, perf_counter)
    )


def _wait(device: str) -> None:
    import torch

    if device == "cuda":
        torch.cuda.synchronize()


def _timed(run: Callable[[], None], n: int, clock: Callable[[], float]) -> tuple[float, ...]:
    run()
    seconds = []
    for _ in range(n):
        started = clock()
        run()
        seconds.append(clock() - started)
    return tuple(seconds)


if __name__ == "__main__":
    typer.run(main)
