"""Tool `look_up`: asks the knowledge of the product. Knows nothing of how it is stored."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.errors import ToolError
from tools.ports import Draft, Passage, ToolContext, ToolResult

Kind = Literal["rule", "failure_mode", "note", "case"]


class LookUpArguments(BaseModel):
    """Arguments of `look_up`."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=400, description="What to find, in words.")
    kinds: list[Kind] = Field(
        default_factory=list, description="Which kinds of knowledge; empty means all."
    )
    k: int = Field(default=5, ge=1, le=10, description="How many passages at most.")


class LookUpTool:
    """Rules, failure modes, notes and past cases."""

    name = "look_up"
    description = (
        "Find rules, failure modes, notes and past cases of this product by words. Use it to "
        "learn whether something is allowed, what it is called and where it comes from."
    )
    arguments = LookUpArguments
    cost_s = 0.05

    def run(self, context: ToolContext, arguments: LookUpArguments) -> ToolResult:
        """Find the nearest passages, each as evidence with its source.

        Raises:
            ToolError: where the product is unknown or the query is blank.
        """
        if context.product is None:
            raise ToolError(
                "the product is unknown, so nothing is known of it; judge by what the views show"
            )
        if not arguments.query.strip():
            raise ToolError("query is blank; say in words what to find")
        # One more, for the past of this very file, which would only repeat itself.
        found = context.knowledge.look_up(
            arguments.query,
            product=context.product,
            kinds=tuple(arguments.kinds),
            k=arguments.k + 1,
        )
        own = context.picture.asset.sha256
        passages = [one for one in found if one.asset_sha256 != own][: arguments.k]
        if not passages:
            kinds = ", ".join(arguments.kinds) or "any kind"
            return ToolResult(
                text=f"Nothing of {kinds} is known of {context.product} near these words."
            )
        return ToolResult(
            text="\n".join(_line(passage) for passage in passages),
            evidence=[_draft(passage, arguments.query) for passage in passages],
        )


def _line(passage: Passage) -> str:
    return f"[{passage.kind} {passage.id}, {passage.source}] {passage.text}"


def _draft(passage: Passage, query: str) -> Draft:
    return Draft(
        tool="look_up",
        values={
            "kind": passage.kind,
            "id": passage.id,
            "relevance": passage.relevance,
            "query": query,
        },
        text=passage.text,
        source=passage.source,
    )


look_up = LookUpTool()
