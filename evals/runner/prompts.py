"""The words that a bare model is asked in: a suite's prompt, filled with what the class is told.

Knows no model and no answer.
"""

from __future__ import annotations

from string import Formatter

from evals.datasets.records import Sample
from evals.runner.plan import Group
from evals.runner.products import sentences_of
from evals.suites.records import Asking
from tools.errors import SettingsError

QUESTION, OPTIONS = "question", "options"
"""Metadata of a sample: what is asked of it, and between what it is to choose. Several questions
are `question_1`, `question_2`, ..."""


def prompt_text(asking: Asking, group: Group, sample: Sample, *, question: str = "") -> str:
    """The prompt of one turn.

    Raises:
        SettingsError: the prompt has a field that is none.
    """
    said = sentences_of(group.material)
    rotated = group.condition.query == "rotate_90"
    fields = {
        "cls": said.name,
        "rule": said.rule,
        "ignore": said.ignore_rotated if rotated else said.ignore,
        "description": said.description,
        "question": question,
        "options": str(sample.metadata.get(OPTIONS, "")),
    }
    unknown = [name for _, name, _, _ in Formatter().parse(asking.prompt) if name not in fields]
    unknown = [name for name in unknown if name is not None]
    if unknown:
        raise SettingsError(
            f"condition {group.condition.name!r}: the prompt has the field {{{unknown[0]}}}; "
            f"there are {', '.join(fields)}"
        )
    return " ".join(asking.prompt.format_map(fields).split(" ")).strip()


def questions_of(sample: Sample, asking: Asking) -> list[str]:
    """What is asked of a sample, one text for each turn; one empty text where the prompt says all.

    Raises:
        SettingsError: the prompt speaks of a question, and the sample has none.
    """
    if "{question}" not in asking.prompt:
        return [""]
    numbered = [key for key in sample.metadata if key.startswith(f"{QUESTION}_")]
    numbered.sort(key=lambda key: int(key.rpartition("_")[2]))
    found = [
        str(sample.metadata[key]) for key in (numbered or [QUESTION]) if key in sample.metadata
    ]
    if not found:
        raise SettingsError(f"sample {sample.id!r} has no question; choose a data set that asks")
    return found if asking.conversation else found[:1]
