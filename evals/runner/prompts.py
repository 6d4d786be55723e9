"""The words that a bare model is asked in: a suite's prompt, filled with what the class is told.

Knows no model and no answer.
"""

from __future__ import annotations

from string import Formatter

from evals.datasets.records import Question, Sample
from evals.runner.committed import sentences_of
from evals.runner.plan import Group
from evals.suites.records import Asking
from tools.errors import SettingsError

RULE = "rule"
"""Metadata of a sample that has a rule of its own."""


def prompt_text(
    asking: Asking, group: Group, sample: Sample, *, question: Question | None = None
) -> str:
    """The prompt of one turn.

    Raises:
        SettingsError: the prompt has a field that is none.
    """
    said = sentences_of(group.material.name)
    options = question.options if question else {}
    fields = {
        "cls": said.name,
        "rule": str(sample.metadata.get(RULE) or said.rule),
        "ignore": said.ignore_rotated if group.condition.query == "rotate_90" else said.ignore,
        "description": said.description,
        "question": question.text if question else "",
        "options": "\n".join(f"{letter}: {text}" for letter, text in options.items()),
    }
    named = {name for _, name, _, _ in Formatter().parse(asking.prompt) if name is not None}
    unknown = sorted(named - fields.keys())
    if unknown:
        raise SettingsError(
            f"condition {group.condition.name!r}: the prompt has the field {{{unknown[0]}}}; "
            f"there are {', '.join(fields)}"
        )
    words = asking.prompt.format_map(fields).strip()
    return f"{words}\n{asking.ending.strip()}" if asking.ending else words
