"""Looking for leaks, duplicates, tested references and unusable masks. Changes nothing.

Knows nothing of how findings are shown.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evals.datasets.masks import empty_mask
from evals.datasets.records import DataSet, DataSetError, Sample
from evals.guards.hashes import alike, difference_hash, file_digest, groups_of
from evals.guards.known import known_flaws
from evals.guards.records import MEANINGS, Flag, Kind

NEAR_BITS = 6
"""Of 256. More finds more pairs, and more that only look alike."""

Report = Callable[[str], None]


class Member(NamedTuple):
    """A sample of a set, with its file's digest."""

    data_set: str
    sample: Sample
    digest: str

    @property
    def name(self) -> str:
        """``set:id``."""
        return f"{self.data_set}:{self.sample.id}"


def check(
    data_sets: Sequence[DataSet],
    *,
    near_bits: int = NEAR_BITS,
    report: Report = lambda line: None,
) -> list[Flag]:
    """Every finding, in the order of ``MEANINGS``.

    Args:
        data_sets: looked at together, since a leak may be between them.
        near_bits: pictures whose hashes differ in at most so many of 256 bits look alike.
        report: told what is being looked at.
    """
    flags: list[Flag] = []
    members: list[Member] = []
    for data_set in data_sets:
        report(f"{data_set.name}: reading {len(data_set.samples)} files")
        for sample in data_set.samples:
            try:
                members.append(Member(data_set.name, sample, file_digest(sample.path)))
            except OSError as error:
                flags.append(_flag("unreadable", [f"{data_set.name}:{sample.id}"], str(error)))
    flags += exact_copies(members)
    report(f"comparing {len(members)} samples by their looks")
    flags += near_copies(members, near_bits=near_bits)
    flags += tested_references(members)
    report("reading masks")
    flags += unusable_masks(members)
    flags += known_flaws(data_sets)
    order = list(MEANINGS)
    return sorted(flags, key=lambda flag: (order.index(flag.kind), flag.samples))


def exact_copies(members: Sequence[Member]) -> Iterator[Flag]:
    """Samples whose files are equal byte for byte."""
    by_digest: dict[str, list[Member]] = {}
    for member in members:
        by_digest.setdefault(member.digest, []).append(member)
    for group in by_digest.values():
        if len(group) > 1:
            yield from _told(group, leak="leak", shared="shared by sets", twice="duplicate")
            if len({member.sample.gt_label for member in group}) > 1:
                yield _flag("labels disagree", [member.name for member in group])


def near_copies(members: Sequence[Member], *, near_bits: int) -> Iterator[Flag]:
    """Pictures that look alike and are not equal; joined to groups through each other."""
    pictures, hashes = [], []
    seen: set[tuple[str, str]] = set()
    for member in members:
        # Equal files are told as such; one of them stands for all where looks are compared.
        if member.sample.modality == "image" and (member.data_set, member.digest) not in seen:
            seen.add((member.data_set, member.digest))
            try:
                hashes.append(difference_hash(member.sample.path))
            except OSError as error:
                yield _flag("unreadable", [member.name], str(error))
                continue
            pictures.append(member)
    if not pictures:
        return
    found = alike(np.stack(hashes), max_bits=near_bits)
    pairs = [(i, j) for i, j in found if not _belong_together(pictures[i], pictures[j])]
    for group in groups_of(pairs):
        yield from _told(
            [pictures[index] for index in group],
            leak="near leak",
            shared="near, between sets",
            twice="near duplicate",
        )


def tested_references(members: Sequence[Member]) -> Iterator[Flag]:
    """References that are test samples themselves, by path or by content; one flag for each."""
    digests = {member.sample.path: member.digest for member in members}
    users: dict[str, list[Member]] = {}
    for member in members:
        for path in member.sample.references if member.sample.split == "test" else ():
            users.setdefault(digests.get(path) or _digest(path), []).append(member)
    for member in members:
        used_by = users.get(member.digest, []) if member.sample.split == "test" else []
        others = [user.name for user in used_by if user.digest != member.digest]
        if others:
            yield _flag("reference is tested", [member.name, *others])
        if len(others) < len(used_by):
            yield _flag("own reference", [member.name])


def unusable_masks(members: Sequence[Member]) -> Iterator[Flag]:
    """Masks that cannot be read, that have another size than the picture, or that mark nothing."""
    for member in members:
        sample = member.sample
        if sample.gt_mask is None:
            continue
        try:
            mask = sample.load_gt_mask()
            size = empty_mask(sample.path).shape if sample.modality == "image" else None
        except (DataSetError, OSError) as error:
            yield _flag("unreadable", [member.name], str(error))
            continue
        if mask is not None and size is not None and mask.shape != size:
            yield _flag("mask of another size", [member.name], f"mask {mask.shape}, picture {size}")
        if mask is not None and sample.gt_label == 1 and not mask.any():
            yield _flag("mask without an anomaly", [member.name])


def _told(group: Sequence[Member], *, leak: Kind, shared: Kind, twice: Kind) -> Iterator[Flag]:
    """What a group of copies means: within each set, and between sets."""
    names = [member.name for member in group]
    if len({member.data_set for member in group}) > 1:
        yield _flag(shared, names)
    for data_set in dict.fromkeys(member.data_set for member in group):
        inside = [member for member in group if member.data_set == data_set]
        splits = {member.sample.split for member in inside}
        if len(inside) > 1:
            trained_and_tested = "test" in splits and len(splits) > 1
            yield _flag(leak if trained_and_tested else twice, [member.name for member in inside])


def _belong_together(one: Member, other: Member) -> bool:
    """Whether both are one file, or one is the reference that the set gives the other."""
    return (
        one.digest == other.digest
        or one.sample.path in other.sample.references
        or other.sample.path in one.sample.references
    )


def _digest(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError:
        return ""  # no sample is told by a reference that is not there; its own set tells it


def _flag(kind: Kind, samples: Sequence[str], detail: str = "") -> Flag:
    return Flag(kind=kind, samples=tuple(samples), detail=detail)
