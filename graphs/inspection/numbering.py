"""Numbers drafts and regions in one order while a node gathers them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tools.ports import Draft
from tools.records import Box, Evidence, ImageExtent, Region


class Ledger:
    """Evidence and regions of one node, numbered on from what the state holds."""

    def __init__(self, *, n_evidence: int, n_regions: int) -> None:
        """Take how many there are already."""
        self._n_evidence = n_evidence
        self._n_regions = n_regions
        self.evidence: list[Evidence] = []
        self.regions: list[Region] = []

    @property
    def next_region(self) -> int:
        """The number that the next region gets."""
        return self._n_regions + len(self.regions) + 1

    def add(self, draft: Draft) -> str:
        """Number a draft; returns its id."""
        numbered = draft.numbered(self._n_evidence + len(self.evidence) + 1)
        self.evidence.append(numbered)
        return numbered.id

    def add_all(self, drafts: Iterable[Draft]) -> list[str]:
        """Number drafts in order; returns their ids."""
        return [self.add(draft) for draft in drafts]

    def add_region(self, region: Region) -> Region:
        """Take a region that has the next number."""
        if region.id != self.next_region:
            raise ValueError(f"region must have the number {self.next_region}, got {region.id}")
        self.regions.append(region)
        return region

    def new_region(self, box_xyxy: Box, *, view: str, label: str) -> Region:
        """Number a box in original-image pixels."""
        return self.add_region(
            Region(
                id=self.next_region,
                view=view,
                box_xyxy=box_xyxy,
                label=label,
                source=ImageExtent(box_xyxy=box_xyxy),
            )
        )
