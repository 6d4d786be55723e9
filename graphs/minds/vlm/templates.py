"""Prompt templates from files. A missing variable is an error. Knows no mind and no model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from graphs.minds.vlm.fence import fence

if TYPE_CHECKING:
    from jinja2 import Environment

PACKAGE = "graphs.minds.vlm"
FOLDER = "prompts"
SUFFIX = ".jinja"


def render(name: str, **values: Any) -> str:
    """Fill a template of the folder `prompts`.

    Values are inserted as they are and never read as templates; the filter `fenced` puts what
    others wrote between fences.

    Args:
        name: without the suffix.
        **values: every variable that the template names.

    Raises:
        jinja2.UndefinedError: where a variable is missing.
    """
    return environment_of(PACKAGE).get_template(f"{name}{SUFFIX}").render(**values).strip()


def template_names() -> list[str]:
    """The templates that there are."""
    return [
        name.removesuffix(SUFFIX)
        for name in environment_of(PACKAGE).list_templates()
        if name.endswith(SUFFIX)
    ]


@cache
def environment_of(package: str) -> Environment:
    """The templates in the folder `prompts` of a package."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, FOLDER),
        undefined=StrictUndefined,
        # Files of the package: to look each time whether they changed costs more than to fill them.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        # These are prompts for a model, not pages for a browser.
        autoescape=False,
    )
    environment.filters["fenced"] = fence
    return environment
