"""Calibrates a suite's VLM on a product before it is inspected. Knows no suite and no metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evals.runner.products import ProductFolder
from tools.errors import LoupeError

if TYPE_CHECKING:
    from agent.settings import Settings
    from evals.runner.bench import Bench
    from evals.runner.plan import Group

ASKED_NOBODY = "expert"
"""The strategy that asks no mind."""


async def calibrate_on(
    product: ProductFolder, group: Group, bench: Bench, *, settings: Settings
) -> None:
    """Let the VLM inspect every reference, where that was asked for and is not kept yet.

    Its answers are kept and paid like any other's. Where it cannot be calibrated, that is told, and
    its verdicts say that they are uncalibrated.

    Raises:
        BudgetSpent: the suite's budget ends before the references do.
    """
    chat = bench.chat_for(0)
    if not bench.calibrate_mind or chat is None or settings.strategy == ASKED_NOBODY:
        return
    from agent.mind_calibration import acalibrate_mind
    from agent.workshop import Workshop

    with Workshop(settings, chat=chat) as workshop:
        workshop.store.add(product.folder)
        key = workshop.models.mind_key(workshop.store.product(product.name))
        if workshop.store.calibration(product.name, mind=workshop.mind_name, key=key) is not None:
            return
        try:
            await acalibrate_mind(workshop, product.name)
        except LoupeError as error:
            bench.tell(f"{group.condition.name}, {group.material.name}: not calibrated: {error}")
