"""A table as Markdown, for the README. Knows nothing of how the figures came."""

from collections.abc import Sequence

from evals.tables.records import Measure, Table

_TITLES = {
    "deeppcb": "DeepPCB",
    "sets": "Six sets, AUROC",
    "decisions": "Decisions of the default band",
    "causes": "Failure modes",
    "recall": "Retrieval",
    "zero-shot": "Anomaly-OV's expert behind a ResNet-18, AUROC on sets that it never saw",
}


def markdown(table: Table) -> str:
    """The whole table: one section per part, rows by subject and metric, columns by method."""
    parts = list(dict.fromkeys(measure.part for measure in table.measures))
    sections = [_section(part, [m for m in table.measures if m.part == part]) for part in parts]
    return "\n\n".join([*sections, *_footer(table)]) + "\n"


def cell(measure: Measure) -> str:
    """Value with its interval, for example ``0.912 [0.890, 0.934]``."""
    if measure.low is None or measure.high is None:
        return f"{measure.value:.3f}"
    return f"{measure.value:.3f} [{measure.low:.3f}, {measure.high:.3f}]"


def _section(part: str, measures: Sequence[Measure]) -> str:
    methods = list(dict.fromkeys(measure.method for measure in measures))
    rows = list(dict.fromkeys((m.subject, m.metric) for m in measures))
    cells = {(m.subject, m.metric, m.method): m for m in measures}
    lines = [
        f"**{_TITLES.get(part, part)}**\n",
        _line(["on", "metric", "n", *methods]),
        _line(["---", "---", "--:", *["--:"] * len(methods)]),
    ]
    for subject, metric in rows:
        found = [cells.get((subject, metric, method)) for method in methods]
        n = max(measure.n for measure in found if measure is not None)
        lines.append(
            _line([subject, metric, str(n), *[cell(m) if m is not None else "" for m in found]])
        )
    return "\n".join(lines)


def _footer(table: Table) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in table.versions.items())
    notes = [f"- {note}" for note in table.notes]
    made = (
        f"`{table.command}`, commit {table.commit}, seed {table.seed}, {table.machine}, "
        f"{table.created}. {versions}. Brackets are 95 % intervals."
    )
    return [*(["\n".join(notes)] if notes else []), made]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"
