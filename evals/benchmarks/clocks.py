"""What benchmarks of heavy tools measure with. Knows nothing of what is measured."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, process_time
from typing import Annotated, Literal

import typer

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": perf_counter, "cpu": process_time}
ClockName = Annotated[
    Literal["wall", "cpu"],
    typer.Option(
        help="wall: seconds of the clock, for an idle machine. cpu: seconds of the processor, of "
        "all threads, where other work runs beside; a GPU is always timed by the clock."
    ),
]
DEVICES = ("cpu", "cuda")


def clock_of(name: str, device: str) -> Clock:
    """The clock of a device."""
    return CLOCKS[name if device == "cpu" else "wall"]


def label_of(device: str) -> str:
    """CPU or GPU."""
    return "CPU" if device == "cpu" else "GPU"


def is_present(device: str) -> bool:
    """Whether torch can compute there."""
    if device == "cpu":
        return True
    import torch

    try:
        torch.empty(1, device=device)
    except (AssertionError, RuntimeError):
        return False
    return True


def wait_for(device: str) -> None:
    """Until a device has done what it was given; a CPU has."""
    if device == "cpu":
        return
    import torch

    torch.cuda.synchronize()


def timed(run: Callable[[], object], *, n: int, device: str, clock: Clock) -> tuple[float, ...]:
    """Seconds of each of n runs, after one that warms up."""
    run()
    seconds = []
    for _ in range(n):
        wait_for(device)
        started = clock()
        run()
        wait_for(device)
        seconds.append(clock() - started)
    return tuple(seconds)


def conditions(clock: str) -> str:
    """The clock, the threads and the load, for the line under a table."""
    import os

    import torch

    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{clock} seconds, {torch.get_num_threads()} threads of torch, load {load}"
