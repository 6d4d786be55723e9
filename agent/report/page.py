"""Fills the templates of the pages. Everything that is filled in is escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from agent.report import figures

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FOLDER = "templates"
UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""What a page or a terminal must not be sent: control characters, and those that turn the order
of what follows."""


def render(template: str, **values: Any) -> str:
    """Fill a template.

    Args:
        template: its file in the folder `templates`.
        **values: every variable that it names.

    Raises:
        jinja2.UndefinedError: where a variable is missing.
    """
    return _environment().get_template(template).render(**values)


def run_facts(settings: Mapping[str, Any], versions: Mapping[str, str]) -> Markup:
    """Settings and versions of a run as HTML; made once for all its pages, of which they are half.

    Args:
        settings: JSON values, as `run.json` has them.
        versions: by package.
    """
    return _run_facts(json.dumps([dict(settings), dict(versions)]))


@lru_cache(maxsize=16)
def _run_facts(told: str) -> Markup:
    from markupsafe import Markup

    parts: Any = _environment().get_template("parts.jinja").module
    return Markup(parts.run_facts(*json.loads(told)))


def printable(value: object) -> object:
    """A text without characters that no page may hold."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value) if type(value) is str else value


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("agent.report", FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        # Files of the package: to look each time whether they changed costs more than to fill them.
        auto_reload=False,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("seconds", "bytes", "usd", "cost", "value", "count", "time"):
        environment.filters[name] = getattr(figures, f"{name}_words")
    return environment
