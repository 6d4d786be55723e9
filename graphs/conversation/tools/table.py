"""The tools of the conversation by name."""

from __future__ import annotations

from graphs.conversation.contract import TalkTool
from graphs.conversation.tools.ask_knowledge import ask_knowledge
from graphs.conversation.tools.compare_units import compare_with
from graphs.conversation.tools.correct import correct
from graphs.conversation.tools.decide_review import decide_review
from graphs.conversation.tools.hypothesis import hypothesis
from graphs.conversation.tools.inspect_asset import inspect_asset
from graphs.conversation.tools.ishikawa import ishikawa
from graphs.conversation.tools.like_units import similar_units
from graphs.conversation.tools.list_products import list_products
from graphs.conversation.tools.look_closer import look_closer
from graphs.conversation.tools.methods import five_whys, is_is_not
from graphs.conversation.tools.open_unit import open_unit
from graphs.conversation.tools.query_units import query_units
from graphs.conversation.tools.reports import corrective_action, report_8d
from graphs.conversation.tools.show import show
from graphs.conversation.tools.taken_corrections import list_corrections, undo_correction

TALK_TOOLS: dict[str, TalkTool] = {
    one.name: one
    for one in (
        inspect_asset,
        decide_review,
        open_unit,
        look_closer,
        show,
        compare_with,
        ask_knowledge,
        list_products,
        query_units,
        similar_units,
        hypothesis,
        five_whys,
        is_is_not,
        ishikawa,
        corrective_action,
        report_8d,
        correct,
        list_corrections,
        undo_correction,
    )
}
