"""A watch that is killed at random times while files land, its webhook followed to the end.

``python -m evals.benchmarks.watch_kills`` drops plates into a folder, one after the other, kills
`loupe watch` over it again and again, and has the receiver fail in between. Counted is what was
lost, doubled or out of order: of the rows, and of what the receiver was told. Knows nothing of
seeing.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer

from agent.batch.records import BatchRow
from agent.result_log import FILE, read_rows
from evals.benchmarks.batch_kills import PRELOADED
from evals.benchmarks.killing import Target, finish, forks, kill_at_random
from evals.benchmarks.tiny_product import PRODUCT, tiny_plate, write_tiny_product
from evals.tables.provenance import commit_name, machine_name, utc_now

IDLE_S = 3.0
"""After which the last process ends."""
FAILS_EACH = 7
"""Of so many posts one is refused, and one is taken but never answered."""


class Job(NamedTuple):
    """What one process watches."""

    folder: Path
    out: Path
    """Of the run; the home lies beside it."""
    url: str
    """Of the receiver."""
    product: str | None
    idle_s: float
    """0: it watches until it is killed."""


class Post(NamedTuple):
    """What a receiver took."""

    key: str
    number: int
    again: bool
    asset: str


class Outcome(NamedTuple):
    """What became of the files."""

    n_files: int
    rows_at_kills: list[int]
    n_rows: int
    n_lines: int
    """Of the file of results: one for each row where nothing is doubled."""
    out_of_order: int
    """Rows before which a file has its row that landed later."""
    n_posts: int
    """That the receiver took, rows that came again counted."""
    n_keys: int
    unmarked: int
    """Posts of a key that was taken before, without the mark that says so."""
    told_out_of_order: int
    """Keys that were taken for the first time before one of an earlier row."""
    unlike: int
    """Files without exactly one key, or whose key tells of another row."""

    def line(self) -> str:
        """As a row of a Markdown table."""
        at = ", ".join(map(str, self.rows_at_kills))
        return (
            f"| {self.n_files} | {len(self.rows_at_kills)} | {at} | {self.n_rows} "
            f"| {self.n_lines - self.n_rows} | {self.out_of_order} | {self.n_posts} "
            f"| {self.n_keys} | {self.unmarked} | {self.told_out_of_order} | {self.unlike} |"
        )


HEAD = (
    "| files | kills | rows at each | rows | doubled | out of order | posts taken | keys "
    "| again, unmarked | told out of order | files not told once |\n"
    "| --: | --: | --- | --: | --: | --: | --: | --: | --: | --: | --: |"
)


class Receiver(ThreadingHTTPServer):
    """Takes posts; refuses one of `FAILS_EACH`, and leaves another without an answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: list[Post] = []
        self.n_asked = 0
        self.url = f"http://127.0.0.1:{self.server_port}/line"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A process that was killed leaves its connection open or half told."""


class _Conversation(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.n_asked += 1
        turn = self.server.n_asked % FAILS_EACH
        if turn == 1:
            self.send_response(503)
            self.end_headers()
            return
        post = Post(told["key"], told["number"], told["again"], told["row"]["asset"])
        self.server.taken.append(post)
        if turn == 2:
            self.connection.close()
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is told of each post."""


def run_job(job: Job) -> None:
    """One process: begin a watch, or go on with it."""
    from agent.batch.wanted import Wanted
    from agent.settings import load_settings
    from agent.watching.setting_up import watch_wanted
    from agent.watching.wanted import WantedWatch

    settings = load_settings(
        home=job.out.parent / "home", experts=("registered_difference",), concurrency=1
    )
    batch = Wanted(
        named=(str(job.folder),), settings=settings, product=job.product, out=job.out, as_json=True
    )
    wanted = WantedWatch(
        batch=batch,
        folder=job.folder,
        existing=True,
        quiet_s=0.5,
        until_idle_s=job.idle_s,
        sinks=(job.url,),
    )
    watch_wanted(wanted)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at work."""
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.05,))
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


def watched(
    folder: Path, *, n: int, n_kills: int, seed: int, pause_s: float, experts: bool = True
) -> Outcome:
    """Drop files, kill the watch, and count.

    Args:
        folder: an empty one.
        n: files.
        n_kills: how often the watch is killed.
        seed: decides when.
        pause_s: between two files.
        experts: whether the product is known; else every part goes to review.
    """
    landing, out = folder / "in", folder / "watch/run"
    landing.mkdir(parents=True)
    if experts:
        _learn(write_tiny_product(folder / "known").product, home=out.parent / "home")
    names = [f"plate_{number:05}.png" for number in range(n)]
    with receiving() as receiver:
        product = PRODUCT if experts else None
        job = Job(landing, out, receiver.url, product, 0.0)
        start = forks((*PRELOADED, "agent.watching.setting_up"), run_job)
        dropping = threading.Thread(target=_drop, args=(landing, names, pause_s))
        dropping.start()
        target = Target(start(job), out, begun=out / "watch/seen.sqlite")
        at = list(kill_at_random(target, n_kills=n_kills, seed=seed, n_rows=n))
        dropping.join()
        finish(start(job._replace(idle_s=IDLE_S))())
        posts = list(receiver.taken)
    return counted(names, at, read_rows(out / FILE, BatchRow), posts)


def counted(
    names: Sequence[str], at: list[int], lines: Sequence[BatchRow], posts: Sequence[Post]
) -> Outcome:
    """What was lost, doubled and out of order.

    Args:
        names: of the files, in the order of landing.
        at: rows at each kill.
        lines: of the file of results.
        posts: that the receiver took, in their order.
    """
    landed = [Path(line.asset).name for line in lines]
    first: dict[str, Post] = {}
    unmarked = 0
    for post in posts:
        unmarked += post.key in first and not post.again
        first.setdefault(post.key, post)
    told = [Path(post.asset).name for post in first.values()]
    return Outcome(
        n_files=len(names),
        rows_at_kills=at,
        n_rows=len({line.task for line in lines}),
        n_lines=len(lines),
        out_of_order=_falls([names.index(name) for name in landed]),
        n_posts=len(posts),
        n_keys=len(first),
        unmarked=unmarked,
        told_out_of_order=_falls([post.number for post in first.values()]),
        unlike=sum(told.count(name) != 1 or landed.count(name) != 1 for name in names),
    )


def _falls(places: Sequence[int]) -> int:
    return sum(b < a for a, b in pairwise(places))


def _learn(product: Path, *, home: Path) -> None:
    from agent.settings import load_settings
    from agent.workshop import Workshop

    with Workshop(load_settings(home=home, experts=("registered_difference",))) as workshop:
        workshop.store.add(product)
        workshop.models.model(PRODUCT)


def _drop(folder: Path, names: Sequence[str], pause_s: float) -> None:
    """Write each file in two halves, as a camera does."""
    from io import BytesIO

    from PIL import Image

    for number, name in enumerate(names):
        plate = tiny_plate(1000 + number, spot_px=14 if number % 5 == 0 else 0)
        stream = BytesIO()
        Image.fromarray(plate).save(stream, "png")
        data = stream.getvalue()
        with (folder / name).open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            time.sleep(min(pause_s / 4, 0.05))
            file.write(data[len(data) // 2 :])
        time.sleep(pause_s)


def main(
    n: Annotated[int, typer.Option(min=2, help="Files.")] = 200,
    kills: Annotated[int, typer.Option(min=1)] = 10,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    pause: Annotated[float, typer.Option(min=0.01, help="Seconds between two files.")] = 0.3,
) -> None:
    """Print the table."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="loupe-watch-kills-") as folder:
        found = watched(Path(folder), n=n, n_kills=kills, seed=seed, pause_s=pause)
    typer.echo(f"{HEAD}\n{found.line()}")
    made = f"seed {seed}, {np.round(time.monotonic() - began):.0f} s, commit {commit_name()}"
    typer.echo(
        f"\n`python -m evals.benchmarks.watch_kills --n {n} --kills {kills}`, {made}, "
        f"{machine_name()}, {utc_now()}."
    )


if __name__ == "__main__":
    typer.run(main)
