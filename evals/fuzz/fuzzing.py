"""Fuzzes one target in a process of its own, guided by what it covers. Knows no reader.

atheris (libFuzzer for Python) chooses the inputs. A finding does not end the run: it is noted, once
for each place, and the run goes on. What ends it is a crash of a library in C, or an input that
takes too long; then libFuzzer's own last words are kept.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from evals.fuzz.records import OURS, Target, finding_of
from tools.errors import SettingsError

BESIDES = ("yaml", "PIL.PngImagePlugin", "PIL.TiffImagePlugin", "PIL.JpegImagePlugin")
"""Readers in Python that ours lean on: what they reach guides, too."""
SLOWEST_S = 120
"""An input that takes longer is a finding."""
MAX_MEMORY_MB = 6144
MAX_INPUT_BYTES = 16_384
GRACE_S = 300
FINDINGS = "findings.jsonl"
DONE = re.compile(r"(?:stat::number_of_executed_units:\s*|^#)(\d+)", re.MULTILINE)
"""At its end, or so far where it was stopped."""
COVERED = re.compile(r"cov: (\d+)")


class Fuzzed(NamedTuple):
    """One run."""

    target: str
    seconds: float
    seed: int
    n_inputs: int
    """At least, where the run ended early."""
    covered: int
    """Edges of our code, and of the readers in Python that it leans on, that were reached."""
    findings: list[dict[str, str]]
    ended: str
    """Why it ended early; empty where it did not."""


def fuzz(name: str, target: Target, folder: Path, *, seconds: int, seed: int) -> Fuzzed:
    """Fuzz for some time; inputs of findings are kept in the folder.

    Args:
        name: of the target.
        target: the same.
        folder: made; findings and the corpus are kept there.
        seconds: of the run.
        seed: of libFuzzer's draws.

    Raises:
        SettingsError: where atheris is not installed.
    """
    try:
        import_module("atheris")
    except ImportError as error:
        raise SettingsError("fuzzing needs `pip install loupe[fuzz]`") from error
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    (folder / FINDINGS).write_text("")
    for number, data in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(data)
    words = [sys.executable, "-m", "evals.fuzz", name, "--child", "--out", str(folder)]
    words += ["--seconds", str(seconds), "--seed", str(seed)]
    try:
        done = subprocess.run(
            words, capture_output=True, timeout=seconds + GRACE_S, check=False, cwd=folder
        )
        said, code = done.stderr.decode(errors="replace"), done.returncode
    except subprocess.TimeoutExpired as late:
        said, code = (late.stderr or b"").decode(errors="replace"), -1
    (folder / "said.txt").write_text(said)
    return _read(name, folder, said, code, seconds=seconds, seed=seed)


def _read(name: str, folder: Path, said: str, code: int, *, seconds: int, seed: int) -> Fuzzed:
    units, covered = DONE.findall(said), COVERED.findall(said)
    last = [line for line in said.splitlines() if "ERROR" in line or "Error" in line]
    return Fuzzed(
        target=name,
        seconds=seconds,
        seed=seed,
        n_inputs=int(units[-1]) if units else 0,
        covered=max(map(int, covered), default=0),
        findings=[json.loads(line) for line in (folder / FINDINGS).read_text().splitlines()],
        ended="" if code == 0 else f"exit code {code}: {last[-1] if last else said[-200:]}",
    )


def run_child(target: Callable[[], Target], folder: Path, *, seconds: int, seed: int) -> None:
    """Run libFuzzer in this process, which it ends."""
    # It publishes no types.
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=[*OURS, "yaml", "PIL"]):
        one = target()
        for module in (*one.modules, *BESIDES):
            import_module(module)
    places: set[str] = set()

    def once(data: bytes) -> None:
        found = finding_of(one, data)
        if found is None or found.place in places:
            return
        places.add(found.place)
        kept = folder / f"finding-{len(places)}"
        kept.write_bytes(data)
        line = {"place": found.place, "input": kept.name, "told": found.told}
        with (folder / FINDINGS).open("a") as stream:
            stream.write(f"{json.dumps(line)}\n")

    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SLOWEST_S}",
        f"-rss_limit_mb={MAX_MEMORY_MB}",
        f"-max_len={MAX_INPUT_BYTES}",
        f"-seed={seed + 1}",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], once)
    atheris.Fuzz()
