"""What people corrected, and products with the corrections that are in force. Knows no verdict.

A product's folder stays what a person wrote; corrections lie beside it and are laid over it each
time it is read, so that neither loses the other. One that is undone is kept, and does nothing.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter, ValidationError

from knowledge.folder.references import ReferenceFile
from knowledge.product_folder import ProductFolder, digest_of
from knowledge.records import Case, Product, Reference, Rule
from tools.errors import KnowledgeError
from tools.records import Record

MAX_RATING = 10
"""Of an FMEA."""


class JudgedReference(Record):
    """A reference whose decision a correction would change."""

    reference: str
    before: str
    after: str


class KeptCorrection(Record):
    """What one person said of one unit, and what it changes."""

    id: str = Field(pattern=r"^K[1-9][0-9]*$")
    product: str
    kind: Literal["not_a_defect", "missed", "cause", "reference"]
    """The last: a normal example that was never inspected."""
    ref: str = ""
    """`<run>/<asset>` of the unit; empty where it was never inspected."""
    said: str
    why: str
    who: str
    at: str
    """ISO 8601, UTC."""
    path: str = ""
    """Of the unit's file."""
    case_id: str = ""
    """Empty where no case came of it."""
    former_case: Case | None = None
    """What the case was before all corrections of it that are in force; comes back when the last
    of them is undone."""
    inspected: Case | None = None
    """What the inspection itself says, without any correction."""
    claim: str = ""
    """Of the one finding that is no defect; empty: none of them is one."""
    text: str = ""
    """What was missed, or what the cause was."""
    about: list[str] = Field(default_factory=list)
    """Names by which like findings of other parts are known."""
    rule: Rule | None = None
    """Added to the product."""
    reference: Reference | None = None
    """Added to the product; its file lies beside the corrections."""
    occurrence: dict[str, int] = Field(default_factory=dict)
    """By failure mode: what is added to its rating, which is the prior of its likelihood."""
    n_judged: int = 0
    """References that were asked before it took effect."""
    changed: list[JudgedReference] = Field(default_factory=list)
    """Those of them whose decision it changes."""
    undone: str = ""
    """ISO 8601; empty while it is in force."""

    @property
    def in_force(self) -> bool:
        """Whether it was not undone."""
        return not self.undone

    @property
    def changes_product(self) -> bool:
        """Whether more than a case came of it."""
        return bool(self.rule or self.reference or self.occurrence)


_LIST: TypeAdapter[list[KeptCorrection]] = TypeAdapter(list[KeptCorrection])


def corrected(base: Product, corrections: Sequence[KeptCorrection]) -> Product:
    """The product with the corrections of it that are in force.

    Args:
        base: as its folder says.
        corrections: of any product, the oldest first.
    """
    own = [one for one in corrections if one.in_force and one.product == base.name]
    own = [one for one in own if one.changes_product]
    if not own:
        return base
    added: dict[str, int] = {}
    for one in own:
        for mode, more in one.occurrence.items():
            added[mode] = added.get(mode, 0) + more
    references = [*base.references]
    for one in own:
        if one.reference and one.reference.sha256 not in {known.sha256 for known in references}:
            references.append(one.reference.model_copy(update={"index": len(references)}))
    whole = base.model_copy(
        update={
            "rules": [*base.rules, *(one.rule for one in own if one.rule)],
            "references": references,
            "failure_modes": [
                mode.model_copy(
                    update={"occurrence": min(MAX_RATING, mode.occurrence + added.get(mode.id, 0))}
                )
                for mode in base.failure_modes
            ],
        }
    )
    return whole.model_copy(update={"digest": digest_of(whole)})


class Corrections:
    """The corrections of a home, in a folder beside its knowledge."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first correction."""
        self._folder = folder
        self.turn = threading.RLock()
        """Held from the choice of an id until what has it is kept: each trial stands on the
        corrections before it."""

    def all(self, product: str | None = None) -> list[KeptCorrection]:
        """Every correction, undone ones included, the oldest first.

        Raises:
            KnowledgeError: where the file cannot be read.
        """
        path = self._folder / "corrections.json"
        if not path.is_file():
            return []
        try:
            found = _LIST.validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise KnowledgeError(f"{path}: cannot be read ({error}); move it away") from error
        return [one for one in found if product in (None, one.product)]

    def get(self, correction_id: str) -> KeptCorrection:
        """The correction of an id.

        Raises:
            KnowledgeError: names those that are there.
        """
        known = self.all()
        for one in known:
            if one.id == correction_id:
                return one
        names = ", ".join(one.id for one in known) or "none"
        raise KnowledgeError(f"no correction {correction_id!r} is kept; there are {names}")

    def next_id(self) -> str:
        """The next free id."""
        return f"K{1 + max((int(one.id[1:]) for one in self.all()), default=0)}"

    def put(self, correction: KeptCorrection) -> None:
        """Keep one, over the one of the same id."""
        kept = [one for one in self.all() if one.id != correction.id]
        everything = sorted([*kept, correction], key=lambda one: int(one.id[1:]))
        self._write("corrections.json", _LIST.dump_json(everything, indent=1))

    def forget(self, product: str) -> None:
        """Drop those of a product that is removed, with what its folder said."""
        kept = [one for one in self.all() if one.product != product]
        if len(kept) < len(self.all()):
            self._write("corrections.json", _LIST.dump_json(kept, indent=1))
        self._base(product).unlink(missing_ok=True)

    def keep_picture(self, source: Path) -> str:
        """Keep a copy of a picture that becomes a reference; returns its sha256."""
        data = source.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        self._write(f"{digest}{source.suffix.lower()}", data)
        return digest

    def drop_picture(self, reference: Reference) -> None:
        """Drop the copy of a picture that became none, unless an earlier correction has it."""
        known = {one.reference.sha256 for one in self.all() if one.reference}
        if reference.sha256 not in known:
            self.picture(reference).unlink(missing_ok=True)

    def keep_base(self, product: Product) -> None:
        """Remember what a product's folder says, where there is something to lay over it."""
        self._write(self._base(product.name).name, product.model_dump_json().encode())

    def base_of(self, product: Product) -> Product:
        """What the product's folder said; the product itself where nothing was laid over it."""
        path = self._base(product.name)
        if not path.is_file():
            return product
        return Product.model_validate_json(path.read_bytes())

    def over(self, content: ProductFolder) -> ProductFolder:
        """A product's folder with the corrections that are in force."""
        everything = self.all(content.product.name)
        whole = corrected(content.product, everything)
        known = {entry.reference.id: entry for entry in content.reference_files}
        files = [known.get(one.id) or self._file(one) for one in whole.references]
        return ProductFolder(whole, files)

    def picture(self, reference: Reference) -> Path:
        """Where the picture of a reference lies that a correction added."""
        return self._folder / f"{reference.sha256}{Path(reference.path).suffix.lower()}"

    def _file(self, reference: Reference) -> ReferenceFile:
        return ReferenceFile(reference, self.picture(reference), [])

    def _base(self, product: str) -> Path:
        return self._folder / f"base-{hashlib.sha256(product.encode()).hexdigest()[:16]}.json"

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f".{name}.part"
        with unfinished.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(self._folder / name)
