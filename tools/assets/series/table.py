"""Columns of a file to channels over ascending time. Knows no file format and no picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.assets.series.columns import (
    MAX_CHANNELS,
    Column,
    NamedUnit,
    Roles,
    find_roles,
    plain,
    split_unit,
)
from tools.assets.series.stamps import NUMBER_UNITS_S, Stamps, row_stamps

MIN_SAMPLES = 2


class UnreadableTable(Exception):
    """A table holds no series; says why and what to do, without the file's name."""


@dataclass(frozen=True, kw_only=True)
class SeriesTable:
    """Channels over time."""

    channels: tuple[NamedUnit, ...]
    values_cn: NDArray[np.float64]
    """(n_channels, n_samples), NaN where a sample is missing; a channel's samples lie together."""
    stamps: Stamps
    notes: tuple[str, ...]
    file_rows: NDArray[np.int64] | None = None
    """(n_samples,) row of the file of each sample, from 0 on; None where they stand in order, and
    where several rows make a sample."""

    @property
    def n_samples(self) -> int:
        return int(self.values_cn.shape[1])


def to_series(columns: Sequence[Column]) -> SeriesTable:
    """Make a series of a table.

    Rows are put in the order of time; of equal stamps the file's order stays. Infinite values and
    words such as NaN are gaps.

    Args:
        columns: as they were read, of equal length.

    Raises:
        UnreadableTable: where there is no number column, or too few rows, or a stamp is missing.
    """
    roles = find_roles(columns)
    if not roles.channels:
        names = ", ".join(repr(column.name) for column in columns[:8])
        raise UnreadableTable(f"must have a column of numbers, has {names}; write values as 1.5")
    stamps = _stamps(columns, roles)
    if roles.key is not None:
        return _widened(columns, roles, stamps)
    wide = [columns[i] for i in roles.channels]
    values = np.stack([np.asarray(column.numbers) for column in wide])
    return _in_order(unique_names([one.name for one in wide]), values, stamps, [*roles.notes])


def unique_names(names: Sequence[str]) -> list[NamedUnit]:
    """Names without their units where they stay apart without; a second `x` becomes `x 2`."""
    parted = [split_unit(name) for name in names]
    if len({one.name for one in parted}) < len(parted):
        parted = [
            NamedUnit(name.strip(), one.unit) for name, one in zip(names, parted, strict=True)
        ]
    seen: dict[str, int] = {}
    unique = []
    for position, one in enumerate(parted):
        name = one.name or f"column {position + 1}"
        seen[name] = seen.get(name, 0) + 1
        unique.append(one._replace(name=name if seen[name] == 1 else f"{name} {seen[name]}"))
    return unique


def _stamps(columns: Sequence[Column], roles: Roles) -> Stamps:
    if roles.time is None:
        n_rows = len(np.asarray(columns[roles.channels[0]].numbers))
        return row_stamps(n_rows)
    column = columns[roles.time]
    if column.stamps is not None:
        return column.stamps
    numbers = np.asarray(column.numbers)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        raise UnreadableTable(
            f"column {column.name!r} must hold a time in every row, row {bad[0] + 1} holds none; "
            "give it one, or leave the row out"
        )
    unit = split_unit(column.name).unit or plain(column.name).rpartition("_")[2]
    unit = {"seconds": "s", "sec": "s"}.get(unit, unit)
    known = unit if unit in NUMBER_UNITS_S else ""
    return Stamps(kind="number", values=numbers, unit=known)


def _in_order(
    names: Sequence[NamedUnit], values: NDArray[np.float64], stamps: Stamps, notes: list[str]
) -> SeriesTable:
    if values.shape[1] < MIN_SAMPLES:
        raise UnreadableTable(
            f"must have at least {MIN_SAMPLES} rows of samples, has {values.shape[1]}; "
            "give a longer recording"
        )
    steps = np.diff(stamps.values)
    order = None
    if (steps < 0).any():
        order = np.argsort(stamps.values, kind="stable")
        stamps, values = stamps.taken(order), values[:, order]
        notes.append(f"{int((steps < 0).sum())} times a stamp lay before the row above; sorted")
        steps = np.diff(stamps.values)
    if (steps == 0).any():
        n_equal = int((steps == 0).sum())
        notes.append(f"{n_equal} rows have the stamp of the row before them; all are kept")
    return replace(_without_gaps_only(names, values, stamps, notes), file_rows=order)


def _without_gaps_only(
    names: Sequence[NamedUnit], values: NDArray[np.float64], stamps: Stamps, notes: list[str]
) -> SeriesTable:
    kept: list[int] = []
    values = np.ascontiguousarray(values, dtype=np.float64)
    for position, (name, _) in enumerate(names):
        row = values[position]
        infinite = np.isinf(row)
        if infinite.any():
            row[infinite] = np.nan
            notes.append(f"{int(infinite.sum())} infinite values of {name!r} are read as gaps")
        finite = row[np.isfinite(row)]
        if not finite.size:
            notes.append(f"{name!r} has no value in any row and is not inspected")
            continue
        kept.append(position)
        if finite.size < row.size:
            notes.append(f"{row.size - finite.size} of {row.size} samples of {name!r} are missing")
        if finite.min() == finite.max():
            notes.append(f"{name!r} is constant at {finite[0]:g}")
    if not kept:
        raise UnreadableTable("must have a number in at least one row, all cells are gaps")
    return SeriesTable(
        channels=tuple(names[i] for i in kept),
        values_cn=values if len(kept) == len(values) else values[kept],
        stamps=stamps,
        notes=tuple(notes),
    )


def _widened(columns: Sequence[Column], roles: Roles, stamps: Stamps) -> SeriesTable:
    """A long table (time, channel, value) as channels over the stamps that occur."""
    key = columns[roles.key or 0]
    coded = key.texts.dictionary_encode()
    words = [str(word) for word in coded.dictionary.to_pylist()]
    if len(words) > MAX_CHANNELS:
        raise UnreadableTable(
            f"column {key.name!r} may name {MAX_CHANNELS} channels, names {len(words)}; "
            "give each its own column, or take fewer"
        )
    if coded.null_count:
        raise UnreadableTable(f"column {key.name!r} must name a channel in every row; add it")
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    if roles.time is None:
        rows, stamps = _turns(codes, len(words))
    else:
        found = np.unique(stamps.values, return_index=True, return_inverse=True)
        rows, stamps = found[2], stamps.taken(np.asarray(found[1], dtype=np.int64))
    values = np.full((len(words), len(stamps)), np.nan)
    values[codes, rows] = np.asarray(columns[roles.channels[0]].numbers)
    n_twice = len(codes) - len(np.unique(codes * len(stamps) + rows))
    notes = [f"{n_twice} samples are there twice; the last of each is kept"] if n_twice else []
    return _in_order(unique_names(words), values, stamps, [*roles.notes, *notes])


def _turns(codes: NDArray[np.int64], n_channels: int) -> tuple[NDArray[np.int64], Stamps]:
    """Without a time, the first sample of each channel is row 0, its second row 1."""
    rows = np.empty(len(codes), dtype=np.int64)
    for channel in range(n_channels):
        mine = np.flatnonzero(codes == channel)
        rows[mine] = np.arange(mine.size)
    return rows, row_stamps(int(rows.max()) + 1)
