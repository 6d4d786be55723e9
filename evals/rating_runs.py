"""From the flags of `loupe eval rate` to ratings and measures. Knows no rule of rating."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import typer

from evals.results.ratings import Rating, write_ratings
from evals.results.records import Results, load_results
from evals.tables.records import Measure


@dataclass(frozen=True, kw_only=True)
class RateFlags:
    """What the command line says."""

    ctx: typer.Context
    run: Path
    judge: str | None
    sentences: Path | None
    settings: Mapping[str, Any]
    """Of `agent.Settings`; None where not given."""
    both_orders: bool = False
    shows_picture: bool = False
    max_usd: float = 0.0
    answers: Path | None = None


class Rated(NamedTuple):
    """What came of it."""

    measures: list[Measure]
    told: list[str]


def rate_run(flags: RateFlags) -> Rated:
    """Rate, keep the ratings beside the rows, and write the run's tables anew.

    Raises:
        RatingError: there is nothing to rate, or the budget is spent.
        ManifestError: the folder holds no run.
        WeightsError: the folder of the sentence model is none.
    """
    from evals.results.report import write_results

    results = load_results(flags.run)
    told = []
    if flags.sentences is not None:
        compared = _by_sentences(results, flags.sentences)
        write_ratings(flags.run, compared)
        told.append(f"{len(compared)} answers compared by sentence vectors")
    if flags.judge is not None:
        judged, n_asked = asyncio.run(_by_judge(results, flags, flags.judge))
        write_ratings(flags.run, judged)
        failed = [one for one in judged if one.failure]
        told.append(f"{len(judged)} answers judged, {n_asked} calls, {len(failed)} failed")
        told += [f"not rated: {one.task} turn {one.turn}: {one.failure}" for one in failed[:10]]
    return Rated(write_results(results), told)


def _by_sentences(results: Results, folder: Path) -> list[Rating]:
    from evals.metrics.similarity import load_sentence_encoder
    from evals.results.rating import compare_sentences

    encoder = load_sentence_encoder(folder)
    return compare_sentences(results, encoder, name=folder.resolve().name)


async def _by_judge(results: Results, flags: RateFlags, judge: str) -> tuple[list[Rating], int]:
    """The ratings, and how many calls were not kept from before."""
    from agent.answers import FILE, AnswerStore, KeptChat
    from agent.commands.options import settings_of
    from agent.minds import open_model
    from agent.purse import Purse
    from evals.metrics.judge import Judge
    from evals.results.rating import Bench, judge_answers
    from evals.runner.served import model_of
    from tools.artifacts import ArtifactFolder

    with (
        model_of(judge) as served,
        AnswerStore(flags.answers or flags.run / FILE) as answers,
    ):
        given = dict(flags.settings) | {"model": served.model}
        if served.base_url:
            given["base_url"] = served.base_url
        settings = settings_of(flags.ctx, **given)
        chat = open_model(settings)
        assert chat is not None, "a judge is a model"
        name = f"{flags.run.resolve()} judged"
        paid = answers.paid(name)
        kept = KeptChat(
            chat,
            answers=answers,
            purse=Purse(max_usd=flags.max_usd, spent_usd=paid.usd, dearest_usd=paid.dearest_usd),
            run=name,
            place=served.place or settings.base_url or "",
        )
        artifacts = ArtifactFolder(flags.run / "artifacts")
        bench = Bench(
            judge=Judge(kept, artifacts=artifacts),
            artifacts=artifacts,
            both_orders=flags.both_orders,
            shows_picture=flags.shows_picture,
            concurrency=settings.concurrency,
        )
        return await judge_answers(results, bench), kept.n_asked
