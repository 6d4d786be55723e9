"""What differs between two states of a product. Knows no store."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.passages import passages_of
from knowledge.records import Product

_IN_ITEMS = {"rules", "failure_modes", "notes", "references", "quantities", "digest"}


@dataclass(frozen=True, kw_only=True)
class AddReport:
    """What adding a folder did. Items are named by kind and id, such as `rule R4`."""

    product: str
    digest: str
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0

    @property
    def anything_changed(self) -> bool:
        """Whether the store differs from before."""
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        if not self.anything_changed:
            return f"{self.product}: nothing changed ({self.unchanged} items)"
        return (
            f"{self.product}: {len(self.added)} added, {len(self.changed)} changed, "
            f"{len(self.removed)} removed, {self.unchanged} unchanged"
        )


def compare(old: Product | None, new: Product) -> AddReport:
    """Tell what the new state adds to, changes in and removes from the old one."""
    before = {} if old is None else _items(old)
    after = _items(new)
    shared = before.keys() & after.keys()
    return AddReport(
        product=new.name,
        digest=new.digest,
        added=[name for name in after if name not in before],
        changed=[name for name in after if name in shared and before[name] != after[name]],
        removed=[name for name in before if name not in after],
        unchanged=sum(before[name] == after[name] for name in shared),
    )


def _items(product: Product) -> dict[str, str]:
    items = {"product.yaml": product.model_dump_json(exclude=_IN_ITEMS)}
    items |= {passage.key: passage.text for passage in passages_of(product)}
    for rule in product.rules:
        items[f"rule {rule.id}"] = rule.model_dump_json(exclude={"source"})
    for mode in product.failure_modes:
        items[f"failure_mode {mode.id}"] = mode.model_dump_json(exclude={"source"})
    return items | {f"reference {entry.id}": entry.sha256 for entry in product.references}
