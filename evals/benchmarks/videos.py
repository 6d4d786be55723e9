"""What a long video costs to read: ``python -m evals.benchmarks.videos``.

A video is generated, and a process of its own opens it, draws its sheets and looks closer; its
largest resident set stands beside that of a short video of the same frames. With ``--score-s``
the motion expert scores as many seconds too. Figures of one machine at one moment; tests assert
none of them.
"""

import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer

from evals.benchmarks.processes import peak_megabytes
from evals.tables.provenance import commit_name, machine_name, utc_now

WIDTH_PX, HEIGHT_PX, RATE = 160, 96, 25
REFERENCE_S = 20
READ = """
import sys
from pathlib import Path
from tools.assets.opening import open_asset
video = open_asset(Path(sys.argv[1]))
for name in video.names:
    sheet = video.picture(name)
    sheet.read(sheet.window_xyxy)
    closer = sheet.closer(sheet.tiles[-1].box)
    closer.read(closer.window_xyxy)
"""
SCORE = """
import sys
from pathlib import Path
from tools.assets.opening import open_asset
from tools.experts.video_motion import VideoMotion
reference, tested = (open_asset(Path(one)) for one in sys.argv[1:3])
VideoMotion().learn_assets([reference]).score_asset(tested)
"""


class Cost(NamedTuple):
    """One row."""

    what: str
    n_frames: int
    wall_s: float
    cpu_s: float
    """Of the processor, which other work on the machine does not lengthen."""
    peak_mib: float

    def line(self) -> str:
        """As Markdown."""
        rate = self.n_frames / self.cpu_s
        return (
            f"| {self.what} | {self.n_frames} | {self.wall_s:.1f} | {self.cpu_s:.1f} | {rate:.0f} "
            f"| {self.peak_mib:.0f} |"
        )


def main(
    long_s: Annotated[int, typer.Option(min=1, help="Seconds of the long video.")] = 3600,
    short_s: Annotated[int, typer.Option(min=1, help="Seconds of the short one.")] = 10,
    score_s: Annotated[
        int, typer.Option(min=0, help="Seconds that the expert scores; 0 leaves it out.")
    ] = 0,
    rate: Annotated[int, typer.Option(min=1, help="Frames a second.")] = RATE,
) -> None:
    """Measure reading, and the expert where it is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        costs = [_import_cost()]
        for seconds in (short_s, long_s):
            path = generate(Path(folder) / f"{seconds}.mp4", seconds, rate=rate)
            costs.append(_measured(f"read {seconds} s", seconds * rate, READ, str(path)))
        for seconds in (short_s, score_s) if score_s else ():
            path = generate(Path(folder) / f"scored-{seconds}.mp4", seconds, rate=rate)
            reference = generate(Path(folder) / "reference.mp4", REFERENCE_S, rate=rate)
            what = f"learn {REFERENCE_S} s, score {seconds} s"
            n_frames = (REFERENCE_S + seconds) * rate
            costs.append(_measured(what, n_frames, SCORE, str(reference), str(path)))
    lines = [
        f"| {WIDTH_PX} x {HEIGHT_PX} px, {rate} a second "
        "| frames | wall, s | processor, s | frames a processor's s | peak, MiB |",
        "| --- | --: | --: | --: | --: | --: |",
        *(cost.line() for cost in costs),
        "",
        f"`python -m evals.benchmarks.videos --long-s {long_s} --short-s {short_s} "
        f"--score-s {score_s} --rate {rate}`, commit {commit_name()}, {machine_name()}, "
        f"{utc_now()}.",
    ]
    typer.echo("\n".join(lines))


def generate(path: Path, seconds: int, *, rate: int = RATE) -> Path:
    """Write a video of a square that crosses a noisy ground, mpeg4, a key frame each second."""
    import av

    rng = np.random.default_rng(0)
    ground = rng.integers(80, 120, (HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.gop_size = rate
        for number in range(seconds * rate):
            image = ground.copy()
            x = number % (WIDTH_PX - 20)
            image[40:60, x : x + 20] = (220, 40, 40)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def _import_cost() -> Cost:
    command = [sys.executable, "-c", "import av, tools.assets.videos"]
    return _cost("nothing: imports only", 0, command)


def _measured(what: str, n_frames: int, program: str, *paths: str) -> Cost:
    return _cost(what, n_frames, [sys.executable, "-c", program, *paths])


def _cost(what: str, n_frames: int, command: Sequence[str]) -> Cost:
    wall, cpu = perf_counter(), _children_s()
    peak = peak_megabytes(command)
    return Cost(what, n_frames, perf_counter() - wall, _children_s() - cpu, peak)


def _children_s() -> float:
    """Processor seconds of the processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    typer.run(main)
