"""A model asked in a paper's own words, with its pictures and nothing else of Loupe.

Attempts are Loupe's: an answer that cannot be read is asked for again with what was wrong with it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from agent.trace import TraceWriter
from evals.runner.bench import Bench
from evals.runner.divisions import painted
from evals.runner.methods.side_by_side import side_by_side
from evals.runner.methods.verdict_answers import tell_group
from evals.runner.pictures import perturb_mask
from evals.runner.plan import Group, Task
from evals.runner.prompts import prompt_text
from evals.runner.reading import BETWEEN, Heard, expected_of, hear
from evals.runner.reasons import FAULT_REASONS, Ending, one_line
from evals.runner.row_making import make_row, map_place, save_map, unreadable
from evals.runner.rows import Row, Spent
from evals.runner.showing import Pictured, pictured
from evals.suites.records import Asking
from graphs.minds.chat import ChatPort, ChatReply, ChatRequest, Message
from graphs.minds.contract import MindFault
from graphs.minds.vlm.asking import Asker, Patience
from graphs.records import Usage
from tools.artifacts import ArtifactFolder
from tools.errors import AssetError, SettingsError
from tools.records import Scalar

FIRST_PAUSE_S, MAX_PAUSE_S = 0.5, 20.0


class _Interview(NamedTuple):
    """What asking about one sample needs."""

    group: Group
    bench: Bench
    asking: Asking
    chat: ChatPort
    artifacts: ArtifactFolder


async def ask_group(group: Group, tasks: Sequence[Task], bench: Bench) -> AsyncIterator[Row]:
    """Ask about the samples of a group, `bench.concurrency` at once.

    Where there is no model the embedded mind's verdicts answer.

    Raises:
        SettingsError: the condition asks nothing.
    """
    asking, chat = bench.suite.asked(group.condition), bench.chat_for(group.repeat)
    if asking is None:
        raise SettingsError(f"condition {group.condition.name!r} has no `asking`")
    if chat is None:
        async with aclosing(tell_group(group, tasks, bench, asking)) as told:
            async for row in told:
                yield row
        return
    interview = _Interview(group, bench, asking, chat, ArtifactFolder(bench.out / "artifacts"))
    work = partial(_row, interview)
    async for row in side_by_side(tasks, work, group=group, bench=bench):
        yield row


async def _row(interview: _Interview, task: Task) -> Row:
    group, bench = interview.group, interview.bench
    record = trace_place(group, task)
    try:
        seen = await asyncio.to_thread(
            pictured, group, task, bench, interview.asking, interview.artifacts
        )
    except AssetError as error:
        return unreadable(group, task, error)
    try:
        heard, usage = await _converse(interview, task, seen, bench.out / record)
    except MindFault as fault:
        ending = Ending("failed", FAULT_REASONS[fault.kind], one_line(fault.message))
        return make_row(group, task, ending, record=record, spent=spent_of([fault.usage]))
    place = await asyncio.to_thread(_keep_map, interview, task, seen, heard)
    return make_row(
        group,
        task,
        Ending("decided"),
        **heard.as_values(),
        asked=BETWEEN.join(one.text for one in task.questions),
        expected=expected_of(task.questions, interview.asking),
        values=_noted(task, seen),
        shown=str(seen.path),
        record=record,
        anomaly_map=place,
        spent=spent_of(usage),
    )


async def _converse(
    interview: _Interview, task: Task, seen: Pictured, trace: Path
) -> tuple[Heard, list[Usage]]:
    """Ask once, or one question after another in one conversation; pictures come first."""
    asking, messages = interview.asking, list[Message]()
    answers, usage = list[Heard](), list[Usage]()
    with closing(TraceWriter(trace)) as journal:
        journal.begin(task.name, resumed=False)
        asker = _asker(interview, journal)
        for question in task.questions or (None,):
            text = prompt_text(asking, interview.group, task.sample, question=question)
            shown = [] if messages else list(seen.shown)
            messages.append(Message(role="user", text=text, pictures=shown))
            asked = await asker.ask(_request(messages, asking), partial(_read, asking, seen))
            answers.append(asked.answer)
            usage.append(asked.usage)
            messages.append(Message(role="assistant", text=asked.reply.text))
    return Heard.together(answers), usage


def _noted(task: Task, seen: Pictured) -> dict[str, Scalar]:
    """What a row says beside the answer."""
    noted: dict[str, Scalar] = {}
    if task.questions:
        noted["question_kind"] = task.questions[0].kind
    if seen.divided is not None:
        noted["n_regions"] = len(seen.divided.masks)
    return noted


def _read(asking: Asking, seen: Pictured, reply: ChatReply, last: bool) -> Heard:
    return hear(reply.text, asking, seen.numbers)


def _asker(interview: _Interview, journal: TraceWriter) -> Asker:
    patience = Patience(
        max_attempts=interview.asking.attempts,
        first_pause_s=FIRST_PAUSE_S,
        max_pause_s=MAX_PAUSE_S,
    )
    return Asker(
        chat=interview.chat, artifacts=interview.artifacts, journal=journal, patience=patience
    )


def _request(messages: Sequence[Message], asking: Asking) -> ChatRequest:
    return ChatRequest(
        purpose="direct",
        messages=list(messages),
        max_output_tokens=asking.max_output_tokens,
        temperature=asking.temperature,
    )


def _keep_map(interview: _Interview, task: Task, seen: Pictured, heard: Heard) -> str:
    """Keep what was said of numbered regions as a map; empty where no truth is known."""
    if seen.divided is None:
        return ""
    truth = task.sample.load_gt_mask()
    if truth is None:
        return ""
    place = map_place(interview.group, task, interview.bench.out)
    shown = perturb_mask(truth, interview.group.condition.query)
    save_map(interview.bench.out / place, painted(seen.divided, heard.region_scores), shown)
    return place


def trace_place(group: Group, task: Task) -> str:
    """Where the calls about a sample are told, below the run's folder."""
    name = hashlib.sha256(task.name.encode()).hexdigest()[:16]
    return f"asked/{group.slug}/{name}.jsonl"


def spent_of(usage: Sequence[Usage]) -> Spent:
    """What several questions cost together."""
    return Spent(
        calls=sum(one.vlm_calls for one in usage),
        input_tokens=sum(one.input_tokens for one in usage),
        output_tokens=sum(one.output_tokens for one in usage),
        cost_usd=sum(one.cost_usd for one in usage),
        seconds=sum(one.seconds for one in usage),
    )
