"""What a person wants of a watch. Opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.batch.setting_up import run_folder
from agent.batch.wanted import Wanted
from agent.console import print_note
from agent.run_folder import RunFolder
from agent.watching.tree import Tree
from tools.errors import SettingsError

KIND = "watch"
"""Of its run, as `run.json` has it; also the folder in the run for what only a watch keeps."""


@dataclass(frozen=True, kw_only=True)
class WantedWatch:
    """A watch as a person asks for it."""

    batch: Wanted
    """What it has in common with a batch: settings, product, folder of the run, money."""
    folder: Path
    patterns: tuple[str, ...] = ()
    recursive: bool = False
    existing: bool = False
    quiet_s: float = 2.0
    poll_s: float = 0.0
    until_idle_s: float = 0.0
    labels: tuple[tuple[str, str], ...] = ()
    sinks: tuple[str, ...] = ()
    move_to: Path | None = None

    @property
    def root(self) -> Path:
        """Of what is watched."""
        return self.folder.resolve()

    def tree(self, run: RunFolder) -> Tree:
        """What is watched of the folder."""
        own = [run.root, self.batch.settings.home, *([self.move_to] if self.move_to else [])]
        return Tree(
            root=self.root,
            patterns=self.patterns,
            recursive=self.recursive,
            apart=tuple(one.resolve() for one in own),
            note=print_note,
        )

    def run_folder(self) -> RunFolder:
        """The folder of the run: a new one, or that of the watch that goes on.

        Raises:
            SettingsError: where something cannot be as it is wanted; see `run_folder` of a batch.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise SettingsError(f"watch takes a folder, {str(self.folder)!r} is none")
        if self.move_to is not None and self.move_to.resolve() == self.root:
            raise SettingsError(f"--move-to must be another folder than {str(self.folder)!r}")
        run = run_folder(self.batch, kind=KIND)
        if run.resumed:
            before, now = run.read_run()[KIND], self.asked()[KIND]
            differing = sorted(name for name in now if before.get(name) != now[name])
            if differing:
                raise SettingsError(
                    f"{str(run.root)!r} holds a watch that was asked otherwise "
                    f"({', '.join(differing)}); give the same, or name another --out"
                )
        return run

    def asked(self) -> dict[str, Any]:
        """What `run.json` says of the watch."""
        return {
            "product": self.batch.product,
            "paths": [],
            KIND: {
                "folder": str(self.root),
                "patterns": list(self.patterns),
                "recursive": self.recursive,
            },
        }
