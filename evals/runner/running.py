"""Runs a suite to its end: what has no row yet is done, and nothing twice. Knows no metric."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.answers import FILE as ANSWERS
from agent.answers import AnswerStore
from agent.purse import Purse
from agent.result_log import ResultLog
from agent.standing import Standing, Teller
from evals.datasets.records import DataSet
from evals.runner.bench import Bench
from evals.runner.manifest import Manifest, begin, planned_of
from evals.runner.plan import Group, Material, deal, groups_of
from evals.runner.rows import Row
from evals.suites.records import Condition, Suite
from tools.errors import SettingsError

if TYPE_CHECKING:
    from agent.settings import Settings
    from graphs.minds.chat import ChatPort
    from tools.regions.sam.contract import Segmenter

LoadSet = Callable[[str], DataSet]
CALIBRATED = "mind_calibrated"
"""In the manifest's settings, where the VLM was calibrated on every product."""
DECIDE_NOTHING = frozenset({"home", "weights", "concurrency", "max_usd"})


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a person asks of a run, beside the suite."""

    out: Path
    settings: Settings
    load_set: LoadSet
    """A data set by name."""
    seed: int = 0
    max_usd: float = 0.0
    """For the whole suite, earlier runs into the same folder counted. 0 means no limit."""
    answers: Path | None = None
    """File of kept answers; one in the run's folder where None."""
    chat: ChatPort | None = None
    """The model; the one that the settings name where None."""
    place: str = ""
    """Which server the model is on, where its address says too much; its address where empty."""
    retry: bool = False
    """Do again what the instrument failed at."""
    offline: bool = False
    tools_off: dict[str, tuple[str, ...]] | None = None
    calibrate_mind: bool = False
    """Let a VLM inspect every product's references before its parts."""
    command: str = ""
    tell: Callable[[str], None] = lambda line: None


@dataclass
class RunEnd:
    """How a run ended."""

    manifest: Manifest
    rows: list[Row]
    undone: list[str] = field(default_factory=list)
    """Tasks that the budget did not allow."""
    n_asked: int = 0
    """Calls that went to the model in this process."""


async def run_suite(suite: Suite, options: RunOptions, *, teller: Teller) -> RunEnd:
    """Run what is left of a suite.

    Args:
        suite: the protocol.
        options: where, with what, how far.
        teller: is told of every row.

    Raises:
        SettingsError: the suite needs a VLM and there is none, or a setting cannot be.
        DataSetError: a data set is absent or too small.
        ResultError: another process runs into the same folder.
    """
    chat = options.chat or open_chat(options.settings)
    segmenter = _segmenter(suite, options.settings)
    conditions, left_out = fitting(suite, has_vlm=chat is not None, has_sam=segmenter is not None)
    fitted = suite.model_copy(update={"conditions": conditions})
    # Dealt by the whole suite, so that a condition left out changes no draw.
    materials = deal_all(suite, options)
    groups = list(groups_of(fitted, materials))
    with (
        ResultLog(options.out, Row) as log,
        AnswerStore(options.answers or options.out / ANSWERS) as answers,
    ):
        manifest = begin(
            options.out, _manifest(suite, groups, materials, left_out, options, chat=chat)
        )
        paid = answers.paid(str(options.out.resolve()))
        purse = Purse(max_usd=options.max_usd, spent_usd=paid.usd, dearest_usd=paid.dearest_usd)
        if options.retry:
            log.forget(lambda row: row.reason in ("instrument_failed", "image_unreadable"))
        bench = Bench(
            out=options.out,
            suite=fitted,
            settings=options.settings,
            seed=options.seed,
            concurrency=options.settings.concurrency,
            purse=purse,
            answers=answers,
            segmenter=segmenter,
            chat=chat,
            place=options.place or options.settings.vlm_places[0][1],
            offline=options.offline,
            tools_off=options.tools_off,
            calibrate_mind=options.calibrate_mind,
            again=options.retry,
            tell=options.tell,
        )
        await _run_groups(groups, bench, log, teller)
        names = {task.name for group in groups for task in group.tasks}
        undone = sorted(name for name in names if name not in log)
        rows = [row for row in log.rows if row.task in names]
        n_calls = answers.paid(bench.run_name).n_calls - paid.n_calls
        return RunEnd(manifest, rows, undone, n_calls)


async def _run_groups(
    groups: Sequence[Group], bench: Bench, log: ResultLog[Row], teller: Teller
) -> None:
    from evals.runner.methods import METHODS

    total = sum(len(group.tasks) for group in groups)
    done = sum(task.name in log for group in groups for task in group.tasks)
    standing = Standing(total=total, done=done, spent_usd=bench.purse.spent_usd)
    teller(standing)
    for group in groups:
        left = [task for task in group.tasks if task.name not in log]
        if not left or bench.purse.is_empty:
            continue
        standing.doing = f"{group.condition.name}, {group.material.name}"
        rows = METHODS[bench.suite.method(group.condition)](group, left, bench)
        # Every method is an asynchronous generator; its alias says only that it is iterated.
        async with aclosing(rows):  # type: ignore[type-var]
            async for row in rows:
                log.append(row)
                _count(standing, row, bench)
                teller(standing)


def _count(standing: Standing, row: Row, bench: Bench) -> None:
    standing.done += 1
    standing.fresh += 1
    standing.failed += row.status == "failed"
    standing.degraded += row.status == "degraded"
    standing.spent_usd = bench.purse.spent_usd


def fitting(suite: Suite, *, has_vlm: bool, has_sam: bool) -> tuple[list[Condition], list[str]]:
    """Conditions that make sense with a mind, and the others with why they are left out.

    Raises:
        SettingsError: none does.
    """
    if suite.needs == "vlm" and not has_vlm:
        raise SettingsError(f"suite {suite.name} needs a VLM: {suite.why}; name one by --model")
    lacking = {one.name: _lacking(suite, one, has_vlm, has_sam) for one in suite.conditions}
    kept = [one for one in suite.conditions if not lacking[one.name]]
    if not kept:
        raise SettingsError(f"suite {suite.name}: every condition {next(iter(lacking.values()))}")
    return kept, [f"{name}: {why}" for name, why in lacking.items() if why]


def _lacking(suite: Suite, condition: Condition, has_vlm: bool, has_sam: bool) -> str:
    """Why a condition cannot be; empty where it can."""
    if condition.needs == "vlm" and not has_vlm:
        return suite.why or "asks a VLM, and the mind is the embedded one; name one by --model"
    if "sam" in _divisions(suite, condition) and not has_sam:
        return "divides by SAM, whose weights are not set up; `loupe models pull`, and LOUPE_SAM"
    return ""


def _divisions(suite: Suite, condition: Condition) -> list[str]:
    """How a condition divides pictures."""
    asked = suite.asked(condition)
    if suite.method(condition) == "oracle":
        return [condition.division]
    if suite.method(condition) == "bare_model" and asked and "marked" in asked.shows:
        return [asked.division]
    return []


def open_chat(settings: Settings) -> ChatPort | None:
    """The model that the settings name; None for the embedded mind."""
    from agent.minds import open_model

    return open_model(settings)


def deal_all(suite: Suite, options: RunOptions) -> list[Material]:
    """Every product of every data set of a suite; `set/product` names one product."""
    materials = []
    for named in suite.data:
        name, _, product = named.partition("/")
        data_set = options.load_set(name)
        materials += deal(data_set, suite, seed=options.seed, only=product or None)
    return materials


def _segmenter(suite: Suite, settings: Settings) -> Segmenter | None:
    """SAM, where a condition divides by it and its weights are set up."""
    if not any("sam" in _divisions(suite, one) for one in suite.conditions):
        return None
    from agent.segmenter import segmenter_of
    from agent.workshop import device_of

    return segmenter_of(settings, device=device_of(settings))


def _manifest(
    suite: Suite,
    groups: Sequence[Group],
    materials: Sequence[Material],
    left_out: list[str],
    options: RunOptions,
    *,
    chat: ChatPort | None,
) -> Manifest:
    from evals.tables.provenance import commit_name, machine_name, package_versions, utc_now

    place = options.place or options.settings.base_url
    mind = "embedded" if chat is None else f"{chat.name} at {place}"
    deciding = options.settings.deciding()
    given = options.settings.model_fields_set - DECIDE_NOTHING
    calibrated = {CALIBRATED: True} if options.calibrate_mind else {}
    return Manifest(
        suite=suite,
        data_sets={one.name: digest_of(one) for one in materials if one.draw == 0},
        mind=mind,
        seed=options.seed,
        settings={name: deciding[name] for name in sorted(given) if name in deciding} | calibrated,
        planned=planned_of(groups),
        left_out=left_out,
        reads_prompts=chat is not None or not suite.asks_in_words,
        command=options.command,
        commit=commit_name(),
        versions=package_versions(),
        machine=machine_name(),
        created=utc_now(),
    )


def digest_of(material: Material) -> str:
    """Of what is drawn first: references and thresholds, which more tests do not change."""
    told = [sample.id for sample in (*material.references, *material.thresholds)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
