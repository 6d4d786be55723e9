"""Many chat requests at once through `/v1/chat/completions`: ``python -m evals.benchmarks.chats``.

`loupe serve` is a process of its own, and so is the VLM behind it: the loopback endpoint with a
latency. Each request is a new conversation with a picture, streamed. Told are the requests that got
no answer, the seconds to the first event of the graph (a node, no ping), and the server's memory
after each wave: it must stop growing. Figures of one machine at one moment; tests assert none.
"""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import typer

from evals.benchmarks.served import Wanted, served
from evals.benchmarks.tiny_product import PRODUCT, tiny_plate, write_tiny_product
from evals.tables.provenance import commit_name, machine_name, utc_now

COMMAND = "from agent.cli import main; main()"
MODEL = "calls-zoom"
N_ROUNDS = 3
KIB_IN_MIB = 1024
WANTED_S = 0.3
"""To the first event of the graph."""


class Answered(NamedTuple):
    """One request."""

    first_s: float
    """To the first step that the stream told; the whole time where none came."""
    seconds: float
    steps: str
    """Nodes and tools, as the stream told them."""
    text: str

    @property
    def is_lost(self) -> bool:
        """Whether no inspection was told, or none was made."""
        return "[I1]" not in self.text or "judge" not in self.steps


class Wave(NamedTuple):
    """Requests that were sent at once."""

    number: int
    answered: list[Answered]
    wall_s: float
    rss_mib: float
    """Of the server's process, afterwards."""
    cpu_s: float
    """Of the server's process, in the wave."""

    def line(self) -> str:
        """The row as Markdown."""
        firsts = sorted(one.first_s for one in self.answered)
        middle, last = firsts[len(firsts) // 2], firsts[-1]
        lost = sum(one.is_lost for one in self.answered)
        return (
            f"| {self.number} | {len(self.answered)} | {lost} | {middle:.3f} | {last:.3f} "
            f"| {self.wall_s:.1f} | {self.cpu_s:.1f} | {self.rss_mib:.0f} |"
        )


def main(
    n: Annotated[int, typer.Option(min=1, help="Requests at once.")] = 50,
    waves: Annotated[int, typer.Option(min=1, help="Times that all are sent.")] = 4,
    latency: Annotated[float, typer.Option(min=0, help="Seconds of an answer of the VLM.")] = 1.0,
) -> None:
    """Send the waves and print a row for each."""
    with tempfile.TemporaryDirectory() as folder:
        parts = write_tiny_product(Path(folder))
        home = Path(folder) / "home"
        _run("knowledge", "add", str(parts.product), "--home", str(home))
        model = Wanted(MODEL, "zoom", {"view": "V1", "box_xyxy": [10, 10, 60, 60]}, N_ROUNDS)
        with (
            served([model], latency_s=latency) as vlm,
            serving(home, vlm.base_url, concurrency=n) as (url, process),
        ):
            # What is learnt of the product and imported belongs to no request.
            asyncio.run(_wave(0, url, process, n=1))
            rows = [asyncio.run(_wave(k + 1, url, process, n=n)).line() for k in range(waves)]
    typer.echo("\n".join([*HEAD, *rows, "", _made_with(n, waves, latency)]))


HEAD = (
    "| wave | requests | lost | first event, median s | last, s | all answered, s "
    "| server CPU, s | server RSS, MiB |",
    "| --: | --: | --: | --: | --: | --: | --: | --: |",
)


async def _wave(number: int, url: str, process: subprocess.Popen[str], *, n: int) -> Wave:
    from openai import AsyncOpenAI

    seeds = range(1000 * number, 1000 * number + n)
    began_s, cpu_s = perf_counter(), _cpu_s(process.pid)
    async with AsyncOpenAI(
        base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=600
    ) as client:
        answered = await asyncio.gather(*(_ask(client, _picture(seed)) for seed in seeds))
    wall_s = perf_counter() - began_s
    return Wave(number, list(answered), wall_s, _rss_mib(process.pid), _cpu_s(process.pid) - cpu_s)


async def _ask(client: object, picture: str) -> Answered:
    from openai import AsyncOpenAI, OpenAIError

    if not isinstance(client, AsyncOpenAI):
        raise TypeError(type(client).__name__)
    began_s, first_s, steps, text = perf_counter(), 0.0, "", ""
    image = {"type": "image_url", "image_url": {"url": picture}}
    content = [{"type": "text", "text": "inspect"}, image]
    messages: Any = [{"role": "user", "content": content}]
    try:
        stream = await client.chat.completions.create(model="loupe", messages=messages, stream=True)
        async for chunk in stream:
            delta = chunk.choices[0].delta if chunk.choices else None
            if delta is None:
                continue
            step = (delta.model_extra or {}).get("reasoning_content") or ""
            if step and not first_s:
                first_s = perf_counter() - began_s
            steps += step
            text += delta.content or ""
    except OpenAIError:
        # Counted as lost: it has no answer.
        text = ""
    seconds = perf_counter() - began_s
    return Answered(first_s or seconds, seconds, steps, text)


def _picture(seed: int) -> str:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(tiny_plate(seed)).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


@contextmanager
def serving(
    home: Path, base_url: str, *, concurrency: int
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`loupe serve` of a home in a process of its own: its address, and the process."""
    arguments = ["serve", "--home", str(home), "--port", "0"]
    arguments += ["--model", MODEL, "--base-url", base_url]
    extra = {
        "LOUPE_CONCURRENCY": str(concurrency),
        "LOUPE_REQUESTS_PER_MINUTE": "0",
        "LOUPE_EXPERTS": "registered_difference",
    }
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **extra},
    ) as process:
        try:
            yield _address(process), process
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stderr or ():
        if line.startswith("Loupe at "):
            return line.split()[2].rstrip(";")
    raise RuntimeError("loupe serve ended before it listened; run it by hand to see why")


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, "-c", COMMAND, *arguments], check=True, capture_output=True)


def _rss_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    (line,) = (one for one in status.splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) / KIB_IN_MIB


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _made_with(n: int, waves: int, latency: float) -> str:
    return (
        f"`python -m evals.benchmarks.chats --n {n} --waves {waves} --latency {latency:g}`, "
        f"product {PRODUCT}, {N_ROUNDS} rounds, commit {commit_name()}, {machine_name()}, "
        f"{utc_now()}. First event: wanted within {WANTED_S} s."
    )


if __name__ == "__main__":
    typer.run(main)
