"""Runs the ``loupe`` command as a person would and reads what it prints. Knows no data set."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from graphs.records import Inspection
from tools.errors import LoupeError


class CommandError(LoupeError):
    """A ``loupe`` command that a table needs did not succeed."""


class CommandLine:
    """The ``loupe`` of this environment with a home of its own."""

    def __init__(self, home: Path, *, global_options: Sequence[str] = ()) -> None:
        """Name the home; nothing is run.

        Raises:
            CommandError: ``loupe`` is not installed beside this Python.
        """
        self._program = Path(sys.executable).with_name("loupe")
        if not self._program.exists():
            raise CommandError(f"{self._program} does not exist; install with `pip install -e .`")
        self._prefix = [str(self._program), "--home", str(home), *global_options]

    def add_product(self, folder: Path) -> None:
        """``loupe knowledge add FOLDER``.

        Raises:
            CommandError: it failed; the text has its last line.
        """
        command = [*self._prefix, "knowledge", "add", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CommandError(f"`{_shown(command)}` failed: {_last_line(done.stderr)}")

    def inspect(
        self, paths: Sequence[Path], *, product: str, options: Sequence[str], out: Path
    ) -> dict[Path, Inspection]:
        """``loupe inspect PATHS --product NAME --json``, one process for all paths.

        Lines are appended to ``out`` as they come; what an earlier run left there is not
        inspected again.

        Args:
            paths: pictures, resolved.
            product: name of a product that was added.
            options: further options of ``inspect``.
            out: file of one inspection a line.

        Returns:
            One record a picture; a part that could not be inspected has the status ``failed``.

        Raises:
            CommandError: a picture is missing from what it printed.
        """
        found = load_inspections(out)
        missing = [path for path in paths if path not in found]
        if missing:
            complaint = self._run_inspect(missing, product=product, options=options, out=out)
            found = load_inspections(out)
            absent = [path for path in paths if path not in found]
            if absent:
                raise CommandError(f"`loupe inspect` gave no record of {absent[0]}: {complaint}")
        return {path: found[path] for path in paths}

    def _run_inspect(
        self, paths: Sequence[Path], *, product: str, options: Sequence[str], out: Path
    ) -> str:
        """Append what is printed to ``out``; returns the last line of what it complained."""
        command = [*self._prefix, "inspect", "--json", "--product", product, *options]
        log = out.with_suffix(".log")
        with out.open("ab") as stream, log.open("wb") as errors:
            subprocess.run([*command, *map(str, paths)], stdout=stream, stderr=errors, check=False)
        return _last_line(log.read_text(encoding="utf-8", errors="replace"))


def load_inspections(path: Path) -> dict[Path, Inspection]:
    """Inspections of a file of JSON lines by picture; an absent file has none.

    The last line may be cut short by an interruption; it is removed from the file, so that what
    is appended later starts on a line of its own.

    Raises:
        CommandError: another line is not an inspection.
    """
    if not path.exists():
        return {}
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        path.write_bytes(whole)
    try:
        records = [Inspection.model_validate_json(line) for line in whole.splitlines()]
    except ValidationError as error:
        raise CommandError(f"{path} has a line that is no inspection: {error}") from error
    return {Path(record.asset.path).resolve(): record for record in records}


def _shown(command: Sequence[str]) -> str:
    return " ".join(["loupe", *command[1:]])


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
