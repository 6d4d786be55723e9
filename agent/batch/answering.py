"""The VLM of a batch: left alone where it only fails, paid from a budget, its answers kept.

Knows no order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.batch.records import BatchRow
from agent.console import print_note
from agent.result_log import ResultLog
from agent.run_folder import RunFolder

if TYPE_CHECKING:
    from agent.answers import KeptChat, Paid
    from agent.batch.wanted import Wanted
    from agent.purse import Purse, PursePort


@contextmanager
def open_chat(
    wanted: Wanted,
    run: RunFolder,
    log: ResultLog[BatchRow],
    *,
    purse: PursePort | None = None,
    kept: Path | None = None,
    tell: Callable[[str], None] = print_note,
) -> Iterator[KeptChat | None]:
    """The VLM behind its breaker, its budget and its kept answers; None for the embedded mind.

    Args:
        wanted: by a person.
        run: that pays.
        log: of the run, whose tokens count.
        purse: that pays; one of this process where None.
        kept: file of answers; where None, that of the home or, if none are to be kept, of the run.
        tell: is told in a line of what concerns all calls.
    """
    from agent.answers import AnswerStore, KeptChat
    from agent.chat_models.circuit import Circuit
    from agent.minds import open_model

    model = wanted.asked or open_model(wanted.settings, circuit=Circuit(), tell=tell)
    if model is None:
        yield None
        return
    with AnswerStore(kept or answers_file(wanted, run)) as answers:
        name = str(run.root.resolve())
        yield KeptChat(
            model,
            answers=answers,
            purse=purse or purse_of(wanted, log, paid=answers.paid(name)),
            run=name,
            place=wanted.settings.vlm_places[0][1],
        )


def answers_file(wanted: Wanted, run: RunFolder) -> Path:
    """Where answers are kept: for all runs of the home, or for this one."""
    shared = wanted.settings.home / "cache" / "answers.sqlite"
    return shared if wanted.keep_answers else run.root / "answers.sqlite"


def purse_of(wanted: Wanted, log: ResultLog[BatchRow], *, paid: Paid) -> Purse:
    """What the run may spend, and has spent."""
    from agent.purse import Purse

    return Purse(
        max_usd=wanted.money.usd,
        max_calls=wanted.money.calls,
        max_tokens=wanted.money.tokens,
        spent_usd=paid.usd,
        dearest_usd=paid.dearest_usd,
        n_calls=paid.n_calls,
        n_tokens=sum(row.input_tokens + row.output_tokens for row in log.rows),
    )
