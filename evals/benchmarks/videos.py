"""What a long video costs to read: ``python -m evals.benchmarks.videos``.

A video is generated, and a process of its own opens it, draws its sheets and looks closer; its
largest resident set stands beside that of a short video of the same frames. With ``--score-s``
the motion expert scores as many seconds too. Figures of one machine at one moment; tests assert
none of them.
"""

import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer

from evals.benchmarks.processes import peak_megabytes
from evals.tables.provenance import commit_name, machine_name, utc_now

WIDTH_PX, HEIGHT_PX, RATE = 160, 96, 25
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
    seconds: float
    peak_mib: float

    def line(self) -> str:
        """As Markdown."""
        rate = self.n_frames / self.seconds
        return (
            f"| {self.what} | {self.n_frames} | {self.seconds:.1f} | {rate:.0f} "
            f"| {self.peak_mib:.0f} |"
        )


def main(
    long_s: Annotated[int, typer.Option(min=1, help="Seconds of the long video.")] = 3600,
    short_s: Annotated[int, typer.Option(min=1, help="Seconds of the short one.")] = 10,
    score_s: Annotated[
        int, typer.Option(min=0, help="Seconds that the expert scores; 0 leaves it out.")
    ] = 0,
) -> None:
    """Measure reading, and the expert where it is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        costs = [_import_cost()]
        for seconds in (short_s, long_s):
            path = generate(Path(folder) / f"{seconds}.mp4", seconds)
            costs.append(_measured(f"read {seconds} s", seconds, READ, str(path)))
        for seconds in (short_s, score_s) if score_s else ():
            path = generate(Path(folder) / f"scored-{seconds}.mp4", seconds)
            reference = generate(Path(folder) / "reference.mp4", 20)
            costs.append(_measured(f"score {seconds} s", seconds, SCORE, str(reference), str(path)))
    lines = [
        f"| {WIDTH_PX} x {HEIGHT_PX} px, {RATE} a second "
        "| frames | wall, s | frames a s | peak, MiB |",
        "| --- | --: | --: | --: | --: |",
        *(cost.line() for cost in costs),
        "",
        f"`python -m evals.benchmarks.videos --long-s {long_s} --short-s {short_s} "
        f"--score-s {score_s}`, commit {commit_name()}, {machine_name()}, {utc_now()}.",
    ]
    typer.echo("\n".join(lines))


def generate(path: Path, seconds: int) -> Path:
    """Write a video of a square that crosses a noisy ground, mpeg4, a key frame each second."""
    import av

    rng = np.random.default_rng(0)
    ground = rng.integers(80, 120, (HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.gop_size = RATE
        for number in range(seconds * RATE):
            image = ground.copy()
            x = number % (WIDTH_PX - 20)
            image[40:60, x : x + 20] = (220, 40, 40)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def _import_cost() -> Cost:
    command = [sys.executable, "-c", "import av, tools.assets.videos"]
    started = perf_counter()
    peak = peak_megabytes(command)
    return Cost("nothing: imports only", 0, perf_counter() - started, peak)


def _measured(what: str, seconds: int, program: str, *paths: str) -> Cost:
    started = perf_counter()
    peak = peak_megabytes([sys.executable, "-c", program, *paths])
    return Cost(what, seconds * RATE, perf_counter() - started, peak)


if __name__ == "__main__":
    typer.run(main)
