"""Guards over data: leaks, duplicates, tested references, known flaws. Reported, never mended."""

from evals.guards.checks import NEAR_BITS, check
from evals.guards.known import KNOWN_FLAWS, KnownFlaw
from evals.guards.records import MEANINGS, Flag, Kind

__all__ = ["KNOWN_FLAWS", "MEANINGS", "NEAR_BITS", "Flag", "Kind", "KnownFlaw", "check"]
