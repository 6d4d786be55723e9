"""A desk of given records, for tests and demos. Inspects nothing, reads no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import JsonValue

from graphs.conversation.contract import Corrected, Correction, KeptInspection, LikeUnit
from graphs.conversation.queries import Query, QueryResult
from graphs.conversation.records import Document, PendingReview
from graphs.journal import Journal, NodeLine, now
from graphs.records import Inspection
from knowledge.corrections import KeptCorrection
from knowledge.records import Product
from tools.arrays import UInt8Image
from tools.errors import AssetError, ToolError
from tools.ports import ArtifactPort, Draft, Passage, ToolResult


@dataclass(kw_only=True)
class ScriptedDesk:
    """Answers from what it was given, and keeps what it was asked."""

    units: dict[str, Inspection] = field(default_factory=dict)
    """By `<run>/<asset>`; what `inspect` finds, by the path of the asset."""
    known: list[Product] = field(default_factory=list)
    reviewed: set[str] = field(default_factory=set)
    """Units on which a person must decide, by `<run>/<asset>`."""
    passages: list[Passage] = field(default_factory=list)
    results: list[QueryResult] = field(default_factory=list)
    """Of queries, in their order; the last one repeats."""
    queries: list[Query] = field(default_factory=list)
    corrections_taken: list[tuple[Correction, str]] = field(default_factory=list)
    undone: dict[str, str] = field(default_factory=dict)
    """When, by the correction's id."""
    written: dict[str, str] = field(default_factory=dict)
    """Markdown by name."""

    async def inspect(
        self,
        path: str,
        *,
        product: str | None,
        labels: Mapping[str, str],
        watcher: Journal,
    ) -> KeptInspection | PendingReview:
        """The unit of this path."""
        for ref, one in self.units.items():
            if one.asset.path == path and ref in self.reviewed:
                return PendingReview(
                    path=path, product=product, ref=ref, thread="t", reason="It is unclear."
                )
            if one.asset.path == path:
                watcher.write(NodeLine(at=now(), node="load", seconds=0.0))
                return KeptInspection(ref, one)
        raise AssetError(f"{path!r} cannot be read (No such file); check the path")

    async def decide(self, pending: PendingReview, decision: str) -> KeptInspection | PendingReview:
        """The unit with the person's decision."""
        one = self.units[pending.ref]
        verdict = one.verdict.model_copy(update={"decision": decision})
        self.units[pending.ref] = one.model_copy(update={"verdict": verdict})
        return self.kept(pending.ref)

    def glance(self, path: str) -> UInt8Image:
        """A grey picture of every file that is named."""
        if any(one.asset.path == path for one in self.units.values()):
            return np.full((32, 32, 3), 128, np.uint8)
        raise AssetError(f"{path!r} cannot be read (No such file); check the path")

    def kept(self, ref: str) -> KeptInspection:
        """The unit of this name."""
        if ref not in self.units:
            raise ToolError(f"no inspection {ref!r} is kept; there are {', '.join(self.units)}")
        return KeptInspection(ref, self.units[ref])

    def picture(self, ref: str, what: str) -> UInt8Image:
        """A picture of its own for each name."""
        return np.full((32, 32, 3), len(what), np.uint8)

    def look(
        self, ref: str, tool: str, arguments: Mapping[str, JsonValue], *, artifacts: ArtifactPort
    ) -> ToolResult:
        """One piece of evidence with a picture."""
        region = arguments.get("region")
        known = [one.id for one in self.units[ref].verdict.regions]
        if region is not None and region not in known:
            raise ToolError(f"region {region} does not exist; there are {known}")
        digest = artifacts.put(np.full((32, 32, 3), 7, np.uint8))
        text = f"{tool} of {dict(arguments)}"
        return ToolResult(text=text, evidence=[Draft(tool=tool, text=text, artifact=digest)])

    def products(self) -> list[Product]:
        """As they were given."""
        return self.known

    def search(
        self, query: str, product: str | None, *, kinds: Sequence[str], k: int
    ) -> list[Passage]:
        """The first k passages of these kinds."""
        return [one for one in self.passages if not kinds or one.kind in kinds][:k]

    def query(self, query: Query) -> QueryResult:
        """The next result."""
        self.queries.append(query)
        if not self.results:
            raise ToolError("no inspections are kept")
        return self.results.pop(0) if len(self.results) > 1 else self.results[0]

    def like(self, ref: str, *, k: int) -> list[LikeUnit]:
        """All other units, as alike as their order."""
        others = [(name, one) for name, one in self.units.items() if name != ref]
        return [
            LikeUnit(
                ref=name,
                similarity=1.0 - 0.1 * place,
                decision=str(one.verdict.decision),
                product=one.product,
                defects=tuple(f.failure_mode or "unnamed" for f in one.verdict.findings),
                labels=one.labels,
                created=one.created,
            )
            for place, (name, one) in enumerate(others[:k], start=1)
        ]

    def correct(self, correction: Correction, *, who: str) -> Corrected:
        """Taken in, and nothing more."""
        self.corrections_taken.append((correction, who))
        return Corrected(f"K{len(self.corrections_taken)}", f"{correction.kind} was taken in", True)

    def corrections(self, product: str | None) -> list[KeptCorrection]:
        """Those that were taken in, as a store keeps them."""
        return [
            KeptCorrection.model_validate(
                {
                    "id": f"K{number}",
                    "product": "board",
                    "kind": one.kind,
                    "said": f"{one.kind} was taken in",
                    "why": one.why,
                    "who": who,
                    "at": "2026-11-24T08:00:00+00:00",
                    "undone": self.undone.get(f"K{number}", ""),
                }
            )
            for number, (one, who) in enumerate(self.corrections_taken, start=1)
        ]

    def undo(self, correction_id: str) -> Corrected:
        """Noted, and nothing more."""
        if correction_id not in {one.id for one in self.corrections(None)}:
            raise ToolError(f"no correction {correction_id!r} is kept")
        self.undone[correction_id] = "2026-11-24T09:00:00+00:00"
        return Corrected(correction_id, f"{correction_id} is undone", True)

    def write(self, name: str, markdown: str, pictures: Mapping[str, UInt8Image]) -> list[Document]:
        """Kept in memory."""
        self.written[name] = markdown
        return [Document(title=name, path=f"{name}.md")]
