"""The settings of a replay: those of the run, save what was changed on purpose. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.replay.comparison import Difference
from agent.settings import Settings, load_settings
from tools.errors import SettingsError

PINNED = frozenset(
    {"home", "model", "base_url", "api_key", "embedding_api_key", "concurrency", "human_review"}
)
"""Never taken from what is set now: they say who was asked, not how."""
NOT_COMPARED = frozenset(
    {"home", "keep_cases", "keep_checkpoints", "pages", "concurrency", "device"}
)
"""A replay keeps no cases; the others change no answer."""


def replay_settings(
    document: Mapping[str, Any], now: Settings, *, given: Mapping[str, Any]
) -> Settings:
    """Put the settings together.

    A flag of the replay counts most. What the environment or `loupe.toml` says now counts more than
    the record, unless the run had a flag for it: so a file that was changed since shows. A run that
    did not come from the command line names no flags, and all of its settings stay.

    Args:
        document: what `run.json` of the recorded run says.
        now: as the environment and the files say now; its home is the one to work in.
        given: flags of the replay, by name of the setting.

    Raises:
        SettingsError: where they cannot be together.
    """
    known = Settings.model_fields
    recorded = {name: value for name, value in document["settings"].items() if name in known}
    fixed = set(recorded) if "flags" not in document else {*document["flags"], *PINNED}
    changed = {name: getattr(now, name) for name in now.model_fields_set if name not in fixed}
    own = {"home": now.home, "keep_cases": "none"}
    return load_settings(**{**recorded, **changed, **given, **own})


def changed_settings(document: Mapping[str, Any], settings: Settings) -> list[Difference]:
    """What is set otherwise than in the recorded run."""
    before, after = document["settings"], settings.public()
    return [
        Difference(what=f"settings.{name}", before=before[name], after=after[name])
        for name in after
        if name in before and name not in NOT_COMPARED and before[name] != after[name]
    ]


def setting_of(text: str) -> tuple[str, Any]:
    """A setting as it is given by hand, `NAME=VALUE`.

    Raises:
        SettingsError: where it has no such form, or nothing is called so.
    """
    name, equals, value = text.partition("=")
    if not equals or name not in Settings.model_fields or name in PINNED:
        known = ", ".join(sorted(set(Settings.model_fields) - PINNED))
        raise SettingsError(f"--set must be NAME=VALUE, got {text!r}; the names are: {known}")
    return name, value
