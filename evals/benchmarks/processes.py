"""Wall time and peak memory of whole processes. Knows nothing of what they do."""

import os
import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter

from tools.errors import LoupeError

_MB = 1024 * 1024


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
    """Largest resident set of a process (Linux's and macOS's ``ru_maxrss``), in MiB.

    Raises:
        LoupeError: the command fails.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise LoupeError(f"`{' '.join(command)}` failed with {process.returncode}")
    # Linux counts in KiB, macOS in bytes.
    return usage.ru_maxrss / (_MB if sys.platform == "darwin" else 1024)
