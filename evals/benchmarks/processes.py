"""Wall time and peak memory of whole processes. Knows nothing of what they do."""

import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter

from tools.errors import LoupeError

_MB = 1024 * 1024
_STARTER = """
import resource, subprocess, sys
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
code = subprocess.run(sys.argv[1:], **quiet).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def wall_seconds(command: Sequence[str], *, n: int) -> tuple[float, ...]:
    """Seconds of n runs, after one that fills the file cache.

    Raises:
        LoupeError: the command fails.
    """
    seconds = []
    for _ in range(n + 1):
        started = perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds.append(perf_counter() - started)
        if done.returncode != 0:
            raise LoupeError(f"`{' '.join(command)}` failed: {done.stderr.strip()[-300:]}")
    return tuple(seconds[1:])


def peak_megabytes(command: Sequence[str]) -> float:
    """Largest resident set of a process (``ru_maxrss``), in MiB.

    Raises:
        LoupeError: the command fails.
    """
    # A child counts from its parent's size at the fork, so a small process has to start it.
    shown = subprocess.run(
        [sys.executable, "-S", "-c", _STARTER, *command], capture_output=True, text=True, check=True
    )
    code, peak = map(int, shown.stdout.split())
    if code != 0:
        raise LoupeError(f"`{' '.join(command)}` failed with {code}")
    # Linux counts in KiB, macOS in bytes.
    return peak / (_MB if sys.platform == "darwin" else 1024)
