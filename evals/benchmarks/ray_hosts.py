"""A batch on a Ray cluster of two hosts, its driver killed, and a host lost.

``python -m evals.benchmarks.ray_hosts`` needs root, `ip` and Ray: the hosts are two network
namespaces of this machine with a cable between them, each with its own addresses and a Ray node
that `ray start` began; the disc is one, as the README asks for. Knows nothing of seeing.
"""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from agent.batch.records import BatchRow
from agent.result_log import FILE, read_rows
from evals.benchmarks.batch_kills import write_parts
from evals.benchmarks.tiny_product import PRODUCT, write_tiny_product
from evals.tables.provenance import commit_name, machine_name, utc_now
from tools.errors import SettingsError

PORT = 6379
STORE_BYTES = 80 * 2**20
PATIENCE_S = 600.0
COMES_UP_S = 600.0
STARTED = b"Ray runtime started"
TOKEN = secrets.token_hex(16)
SAME = {"task", "asset", "product", "status", "decision", "score", "findings", "sha256"}
"""Fields of a row in which all runs must be equal."""


class Host(NamedTuple):
    """A network namespace."""

    name: str
    address: str

    def command(self, words: Sequence[str]) -> list[str]:
        """What runs a command there."""
        return ["ip", "netns", "exec", self.name, *words]

    def pids(self) -> list[int]:
        """Processes that are there."""
        found = subprocess.run(
            ["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False
        )
        return [int(one) for one in found.stdout.split()]

    def lose(self) -> None:
        """Kill everything there at once, as a loss of power does."""
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                # It ended with another.
                continue


class Ran(NamedTuple):
    """One run, and how it compares with that of one process."""

    what: str
    n_rows: int
    n_lines: int
    """Of the file of results: one for each row where none is doubled."""
    differing: int
    at: int
    """Rows that were there when somebody died; 0 where nobody did."""
    seconds: float

    def line(self) -> str:
        """As a row of a Markdown table."""
        doubled = self.n_lines - self.n_rows
        return (
            f"| {self.what} | {self.n_rows} | {doubled} | {self.differing} | {self.at} "
            f"| {self.seconds:.0f} |"
        )


@contextmanager
def cabled() -> Iterator[tuple[Host, Host]]:
    """Two hosts with a cable between them; both are gone afterwards, with all that runs there.

    Raises:
        SettingsError: where namespaces cannot be made.
    """
    tag = f"{os.getpid() % 10_000}"
    hosts = (Host(f"loupe-a{tag}", "10.77.0.1"), Host(f"loupe-b{tag}", "10.77.0.2"))
    with ExitStack() as stack:
        for host in hosts:
            _ip("netns", "add", host.name)
            stack.callback(_ip, "netns", "del", host.name)
            stack.callback(host.lose)
        ends = [f"va{tag}", f"vb{tag}"]
        _ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for host, end in zip(hosts, ends, strict=True):
            _ip("link", "set", end, "netns", host.name)
            _ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", end)
            for device in (end, "lo"):
                _ip("-n", host.name, "link", "set", device, "up")
            # Without any way out, processes ask what their own address is for long.
            other = next(one.address for one in hosts if one != host)
            _ip("-n", host.name, "route", "add", "default", "via", other)
        yield hosts


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SettingsError(f"`ip {' '.join(words)}`: {done.stderr.strip()}; run as root")


@contextmanager
def node(host: Host, *, head: Host) -> Iterator[None]:
    """A Ray node of one processor; the one of `head` begins the cluster.

    A node gives itself half a minute to start, which a busy machine may need more than once.
    """
    begins = ["--head", "--port", str(PORT), "--include-dashboard", "false"]
    where = begins if host == head else ["--address", at(head)]
    words = [
        *(str(Path(sys.executable).with_name("ray")), "start", *where),
        *("--node-ip-address", host.address, "--num-cpus", "1"),
        *("--object-store-memory", str(STORE_BYTES), "--block"),
    ]
    tried = f"for _ in {' '.join('12345')}; do {shlex.join(words)}; sleep 1; done"
    log = log_of("node", host)
    log.unlink(missing_ok=True)
    with _started(host, ["sh", "-c", tried], name="node") as process:
        try:
            await_started(log, process)
            yield
        finally:
            process.kill()
            host.lose()


def at(head: Host) -> str:
    """Address of the cluster."""
    return f"{head.address}:{PORT}"


@contextmanager
def _started(host: Host, words: Sequence[str], *, name: str) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log_of(name, host).open("ab") as stream,
        subprocess.Popen(
            host.command(words), stdout=stream, stderr=stream, env=environment()
        ) as process,
    ):
        yield process


def log_of(name: str, host: Host) -> Path:
    """Of what runs at a host."""
    return Path(f"{name}-{host.address}.log")


def environment() -> dict[str, str]:
    """Of all that has to do with the cluster: Ray's own token, and the sources of this process."""
    sources = os.pathsep.join(path for path in sys.path if path)
    return {
        **os.environ,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": TOKEN,
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYTHONPATH": sources,
    }


def await_started(log: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a node says that it is there.

    Raises:
        TimeoutError: it does not, in COMES_UP_S, or ends before.
    """
    until_s = time.monotonic() + COMES_UP_S
    while time.monotonic() < until_s and process.poll() is None:
        if log.exists() and STARTED in log.read_bytes():
            return
        time.sleep(0.5)
    raise TimeoutError(f"no Ray node came up; {log} says why")


def batch(out: str, *more: str) -> list[str]:
    """The command of a run over the parts."""
    given = ["parts", "--product", PRODUCT, "--home", "home", "--out", out, "--concurrency", "2"]
    return [sys.executable, "-c", "from agent.cli import main; main()", "batch", *given, *more]


def n_done(out: str) -> int:
    """Rows on the disc, wherever they were made."""
    files = [Path(out) / FILE, *Path(out).glob(f"workers/*/{FILE}")]
    return sum(one.read_bytes().count(b"\n") for one in files if one.exists())


def run_through(
    driver: Host,
    words: Sequence[str],
    out: str,
    *,
    lose: Callable[[subprocess.Popen[bytes]], object],
    after: int,
) -> int:
    """Run; do something to the driver when so many rows are there. Gives how many there were."""
    until_s, found = time.monotonic() + PATIENCE_S, 0
    with _started(driver, words, name=out) as process:
        while process.poll() is None and time.monotonic() < until_s:
            if after and not found and n_done(out) >= after:
                found = n_done(out)
                lose(process)
            time.sleep(0.05)
    return found


def ran(what: str, out: str, alone: Sequence[BatchRow], *, died_at: int, since: float) -> Ran:
    """Compare a run with that of one process."""
    lines = read_rows(Path(out) / FILE, BatchRow)
    found = {row.task: row.model_dump(include=SAME) for row in lines}
    wanted = {row.task: row.model_dump(include=SAME) for row in alone}
    tasks = found.keys() | wanted.keys()
    differing = sum(found.get(task) != wanted.get(task) for task in tasks)
    return Ran(what, len(found), len(lines), differing, died_at, time.monotonic() - since)


def compare(n: int) -> Iterator[Ran]:
    """Run in one process, over both hosts, with the driver killed, and with a host lost."""
    if not Path("parts").exists():
        write_parts(Path("parts"), n=n)
        write_tiny_product(Path("known"))
    product = Path("known") / PRODUCT
    loupe = [sys.executable, "-c", "from agent.cli import main; main()"]
    subprocess.run([*loupe, "knowledge", "add", str(product), "--home", "home"], check=True)
    since = time.monotonic()
    subprocess.run(batch("alone"), check=False, capture_output=True)
    alone = read_rows(Path("alone") / FILE, BatchRow)
    yield ran("one process", "alone", alone, died_at=0, since=since)
    with ExitStack() as stack:
        first, second = stack.enter_context(cabled())
        for host in (first, second):
            stack.enter_context(node(host, head=first))
        over = ("--engine", "ray", "--address", at(first), "--workers", "2")
        yield _driver_dies(first, over, alone, after=n // 3)
        yield _both(first, over, alone)
        yield _host_lost(first, second, over, alone, after=n // 3)


def _both(driver: Host, over: Sequence[str], alone: Sequence[BatchRow]) -> Ran:
    since = time.monotonic()
    run_through(driver, batch("both", *over), "both", lose=lambda process: None, after=0)
    return ran("two hosts", "both", alone, died_at=0, since=since)


def _driver_dies(driver: Host, over: Sequence[str], alone: Sequence[BatchRow], after: int) -> Ran:
    since, words, out = time.monotonic(), batch("driver", *over), "driver"
    died_at = run_through(driver, words, out, lose=lambda process: process.kill(), after=after)
    run_through(driver, words, out, lose=lambda process: None, after=0)
    what = "two hosts, the driver killed, the same command again"
    return ran(what, out, alone, died_at=died_at, since=since)


def _host_lost(
    driver: Host, other: Host, over: Sequence[str], alone: Sequence[BatchRow], *, after: int
) -> Ran:
    since = time.monotonic()
    words = batch("host", *over)
    died_at = run_through(driver, words, "host", lose=lambda process: other.lose(), after=after)
    return ran("two hosts, one of them lost", "host", alone, died_at=died_at, since=since)


def main(
    n: Annotated[int, typer.Option(min=6, help="Parts.")] = 150,
    keep: Annotated[Path | None, typer.Option(help="Folder of runs and logs.")] = None,
) -> None:
    """Print the table."""
    typer.echo("| run | rows | doubled | differing | rows at the death | wall, s |")
    typer.echo("| --- | --: | --: | --: | --: | --: |")
    with tempfile.TemporaryDirectory(prefix="loupe-hosts-") as folder:
        place = keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        os.chdir(place)
        for one in compare(n):
            typer.echo(one.line())
        os.chdir("/")
    made = f"commit {commit_name()}, {machine_name()}, {utc_now()}"
    typer.echo(f"\n{n} parts. `python -m evals.benchmarks.ray_hosts --n {n}`, {made}.")


if __name__ == "__main__":
    typer.run(main)
