"""Versions of Loupe, Python and the packages that an answer depends on. Imports none of them."""

from __future__ import annotations

import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "loupe",
    "torch",
    "transformers",
    "langgraph",
    "langgraph-checkpoint-sqlite",
    "langchain-openai",
    "chromadb",
    "numpy",
    "scipy",
    "scikit-image",
    "pillow",
    "pydantic",
)


def versions() -> dict[str, str]:
    """By package; `missing` where one is not installed."""
    return dict(_versions())


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    """What a process imports once does not change; looking all up takes 10 ms."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found
