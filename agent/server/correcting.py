"""What a person says was wrong, from any face: taken in, listed, undone. Judges nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.server.reception import NOBODY

if TYPE_CHECKING:
    from agent.server.reception import Part, Reception
    from knowledge.corrections import KeptCorrection

Kind = Literal["not_a_defect", "missed", "cause"]
Becomes = Literal["case", "rule", "reference"]


class CorrectionGiven(BaseModel):
    """What a person says."""

    model_config = ConfigDict(extra="forbid")

    inspection: str = Field(max_length=200, description="Id of the inspection.")
    kind: Kind = Field(description="not_a_defect, missed, or cause.")
    finding: str = Field(default="", max_length=20, description="F1, F2, ...; which one is none.")
    box_xyxy: tuple[float, float, float, float] | None = Field(
        default=None, description="Where something was missed, in the picture's pixels."
    )
    text: str = Field(default="", max_length=1000, description="What it is, or what the cause was.")
    failure_mode: str = Field(default="", max_length=200, description="Id, where it is one.")
    becomes: Becomes = Field(default="case", description="case, rule, or a normal reference.")
    why: str = Field(default="", max_length=1000, description="The reason, for who reads it later.")
    force: bool = Field(default=False, description="Though references would be decided otherwise.")


class CorrectionTaken(BaseModel):
    """A correction that is in force."""

    id: str
    text: str = Field(description="What it changed, and what the references said of it.")


def take_correction(reception: Reception, given: CorrectionGiven, *, owner: str) -> CorrectionTaken:
    """Judge a correction on the references and take it in.

    Raises:
        Refused: there is no such inspection of the person's.
        ToolError: it does not fit the unit, or references would be decided otherwise.
    """
    from agent.corrections.taking import Corrector
    from graphs.conversation.contract import Correction

    ticket = reception.tickets.find(given.inspection, owner)
    inspection = reception.inspection(ticket)
    said = given.model_dump(exclude={"inspection", "force"})
    correction = Correction(ref=ticket.id, **said)
    corrector = Corrector(workshop=reception.inspector.workshop)
    taken = corrector.take(correction, inspection, who=owner or NOBODY, force=given.force)
    return CorrectionTaken(id=taken.correction.id, text=taken.text)


def add_to_references(
    reception: Reception, product: str, part: Part, *, owner: str, why: str, force: bool
) -> CorrectionTaken:
    """Judge a normal example on the references and make it one of them.

    Raises:
        KnowledgeError: there is no such product.
        ToolError: it is no picture, is one already, or references would be decided otherwise.
    """
    from agent.corrections.adding import add_reference

    workshop, who = reception.inspector.workshop, owner or NOBODY
    taken = add_reference(
        workshop, part.path, product, name=part.name, who=who, why=why, force=force
    )
    return CorrectionTaken(id=taken.correction.id, text=taken.text)


def undo_correction(reception: Reception, correction_id: str) -> dict[str, Any]:
    """Put everything back as it was before a correction.

    Raises:
        KnowledgeError: there is none of this id.
        ToolError: it is undone already.
    """
    from agent.corrections.taking import Corrector

    return public(Corrector(workshop=reception.inspector.workshop).undo(correction_id))


def list_corrections(reception: Reception, product: str | None) -> list[dict[str, Any]]:
    """Corrections of a product, or of all, the newest first; also those that were undone."""
    store = reception.store
    names = [one.name for one in store.products()] if product is None else [product]
    found = [one for name in names for one in store.corrections.all(store.product(name).name)]
    # By number: several may be of one second.
    return [public(one) for one in sorted(found, key=lambda one: int(one.id[1:]), reverse=True)]


def public(kept: KeptCorrection) -> dict[str, Any]:
    """A correction without paths of this machine."""
    return kept.model_dump(mode="json", exclude={"path", "former_case", "inspected", "case_id"})
