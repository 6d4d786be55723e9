"""Everything that can be fuzzed, by name."""

from evals.fuzz import assets, folders, replies
from evals.fuzz.records import Target

TARGETS: dict[str, Target] = {**replies.TARGETS, **assets.TARGETS, **folders.TARGETS}
