"""Inspects against a server that is not ours: ``python -m evals.benchmarks.second_server``.

`transformers serve` with a tiny random model: the wire must work, and nonsense must end as
`degraded`. Needs fastapi and uvicorn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import typer

from evals.benchmarks.inspections import PRODUCT, sample_parts
from evals.benchmarks.ports import free_port
from evals.benchmarks.tiny_vlm import save_tiny_vlm
from evals.samples import sample_folder
from evals.tables.command_line import CommandLine
from evals.tables.provenance import commit_name, machine_name, package_versions, utc_now
from graphs.records import Inspection

PATIENCE_S = 180.0
MAX_OUTPUT_TOKENS = 48
"""Of one answer: the model never ends by itself."""


def main() -> None:
    """Inspect one part with each protocol and print what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        model, home = Path(folder) / "tiny", Path(folder) / "home"
        save_tiny_vlm(model)
        CommandLine(home).add_product(sample_folder() / PRODUCT)
        with _served(model) as base_url:
            found = {
                protocol: _inspect(home, model=str(model), base_url=base_url, protocol=protocol)
                for protocol in ("native", "text")
            }
    typer.echo("\n".join([*table(found), "", _made_with()]))


def table(found: dict[str, Inspection]) -> list[str]:
    """A Markdown table, a line for each protocol."""
    lines = [
        "| protocol | status | decision | calls | input tokens | pictures | why |",
        "| --- | --- | --- | --: | --: | --: | --- |",
    ]
    for protocol, one in found.items():
        verdict, usage = one.verdict, one.usage
        cells = (
            protocol,
            verdict.status,
            str(verdict.decision),
            str(usage.vlm_calls),
            str(usage.input_tokens),
            str(usage.images),
            "; ".join(reason.split(": ", 1)[-1] for reason in one.degraded),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _inspect(home: Path, *, model: str, base_url: str, protocol: str) -> Inspection:
    from agent.inspector import Inspector
    from agent.settings import load_settings

    settings = load_settings(
        home=home,
        model=model,
        base_url=base_url,
        protocol=protocol,
        max_output_tokens=MAX_OUTPUT_TOKENS,
    )
    with Inspector(settings) as inspector:
        return inspector.inspect(sample_parts()[0], PRODUCT)


@contextmanager
def _served(model: Path) -> Iterator[str]:
    """The base URL of `transformers serve` with one model, until it is no longer needed."""
    port = free_port()
    program = str(Path(sys.executable).with_name("transformers"))
    command = [program, "serve", str(model), "--device", "cpu", "--port", str(port)]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=offline)
        try:
            _await_health(server, f"http://127.0.0.1:{port}/health")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait()


def _await_health(server: subprocess.Popen[bytes], url: str) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while server.poll() is None and time.monotonic() < until_s:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError(f"transformers serve did not come up at {url}; are fastapi, uvicorn there?")


def _made_with() -> str:
    versions = ", ".join(f"{name} {version}" for name, version in package_versions().items())
    return (
        f"`python -m evals.benchmarks.second_server`, commit {commit_name()}, {machine_name()}, "
        f"{utc_now()}. {versions}."
    )


if __name__ == "__main__":
    typer.run(main)
