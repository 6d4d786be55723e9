"""Loads what many threads would load at once otherwise. Knows no inspection."""

from __future__ import annotations

from importlib import import_module

ENTANGLED = ("scipy.ndimage", "scipy.spatial")
"""Packages whose modules import each other in circles.

Two threads that enter such a circle at two places see a module before it is whole: Python gives up
its import locks rather than wait for ever, and one of them fails with an ImportError or KeyError.
"""


def load_entangled() -> None:
    """Import them, before there are several threads that would."""
    for name in ENTANGLED:
        import_module(name)
