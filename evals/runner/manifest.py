"""`suite.json`: what a run was asked, so that it goes on with the same question. Knows no row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from evals.runner.plan import Group
from evals.suites.records import Suite
from tools.errors import LoupeError
from tools.records import Record

FILE = "suite.json"
RUN_FORMAT = "loupe.suite-run/1"
ASKED = ("suite", "data_sets", "mind", "seed", "settings")
"""Fields that must be the same for a run to go on."""


VERDICTS_ANSWER = (
    "The embedded mind reads no prompt: each answer is Loupe's verdict on the part, with the "
    "references and rules that the prompt shows and tells, and what a verdict does not say is "
    "declined, which counts as wrong. Conditions that differ in words alone have the same answers."
)
"""Told wherever a run does not read its prompts."""


class ManifestError(LoupeError):
    """A folder holds another run, or none."""


class Planned(Record):
    """How many samples of one product are judged under one condition."""

    condition: str
    material: str
    n: int


class Manifest(Record):
    """What a run was asked, by whom and with what."""

    format: str = RUN_FORMAT
    suite: Suite
    data_sets: dict[str, str]
    """By name of the set or product: digest of the samples that were dealt."""
    mind: str
    """embedded, or the model with its server."""
    seed: int
    settings: dict[str, Any] = Field(default_factory=dict)
    """That were changed from Loupe's defaults, and decide answers."""
    planned: list[Planned]
    left_out: list[str] = Field(default_factory=list)
    """Conditions that make no sense with this mind, and why."""
    reads_prompts: bool = True
    """False where the embedded mind's verdicts answer what a prompt asks."""
    command: str
    commit: str
    versions: dict[str, str]
    machine: str
    created: str
    continued: list[str] = Field(default_factory=list)
    """When and at which commit the run went on."""

    @property
    def n_planned(self) -> int:
        """Rows that the run has in the end."""
        return sum(one.n for one in self.planned)


def planned_of(groups: Sequence[Group]) -> list[Planned]:
    """Counts of a plan; draws and repeats are added up."""
    counts: Counter[tuple[str, str]] = Counter()
    for group in groups:
        counts[group.condition.name, group.material.name] += len(group.tasks)
    return [Planned(condition=c, material=m, n=n) for (c, m), n in counts.items()]


def read_manifest(folder: Path) -> Manifest:
    """What the run in a folder was asked.

    Raises:
        ManifestError: there is none, or it cannot be read.
    """
    path = folder / FILE
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ManifestError(f"{folder} holds no run of a suite ({FILE} is missing)") from error
    except (OSError, ValidationError) as error:
        said = " ".join(str(error).split())[:200]
        raise ManifestError(f"{path} cannot be read: {said}") from error


def begin(folder: Path, wanted: Manifest) -> Manifest:
    """Write the manifest of a run that begins, or note that one goes on.

    Args:
        folder: of the run.
        wanted: what is asked now. More samples of the same are another plan of the same question.

    Raises:
        ManifestError: the folder holds a run that was asked something else; names what.
    """
    path = folder / FILE
    if not path.is_file():
        _write(path, wanted)
        return wanted
    kept = read_manifest(folder)
    differing = [name for name in ASKED if _asked(kept, name) != _asked(wanted, name)]
    if differing:
        raise ManifestError(
            f"{folder} holds a run that was asked otherwise ({', '.join(differing)} differ); "
            "name another --out, or repeat the command that it was begun with"
        )
    went_on = f"{wanted.created} at {wanted.commit}"
    merged = kept.model_copy(
        update={
            "suite": wanted.suite,
            "planned": wanted.planned,
            "left_out": wanted.left_out,
            "reads_prompts": wanted.reads_prompts,
            "continued": [*kept.continued, went_on],
        }
    )
    _write(path, merged)
    return merged


def _asked(manifest: Manifest, name: str) -> object:
    value = getattr(manifest, name)
    if name == "suite":
        # A larger limit adds samples to the same question.
        return manifest.suite.model_copy(update={"limit": 0})
    return value


def _write(path: Path, manifest: Manifest) -> None:
    from agent.run_folder import write_atomically

    text = json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False)
    write_atomically(path, f"{text}\n".encode())
