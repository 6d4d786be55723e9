"""Takes corrections in, and undoes them. Knows no face and no words of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent.cases import case_of
from agent.corrections.corrected_case import corrected_case
from agent.corrections.trial import judged
from knowledge.corrections import KeptCorrection
from knowledge.records import Case, Product, Reference, Rule
from tools.errors import ToolError

if TYPE_CHECKING:
    from agent.workshop import Workshop
    from graphs.conversation.contract import Correction
    from graphs.records import Finding, Inspection
    from tools.arrays import UInt8Image

AS = ("case", "reference", "rule")
REFUSED = (
    "not taken in: with it {n_changed} of {n_judged} references would be decided otherwise "
    "({changed}); {advice}"
)


class Taken(NamedTuple):
    """A correction that is in force, in a sentence."""

    correction: KeptCorrection
    text: str


@dataclass(frozen=True, kw_only=True)
class Corrector:
    """Corrects what a home knows."""

    workshop: Workshop

    def take(
        self, correction: Correction, inspection: Inspection, *, who: str, force: bool = False
    ) -> Taken:
        """Judge a correction on the references and take it in.

        Args:
            correction: what a person says.
            inspection: of the unit.
            who: the person.
            force: also where references would be decided otherwise.

        Raises:
            ToolError: it does not fit the unit, or references would be decided otherwise.
            KnowledgeError: where the store cannot be written.
        """
        with self.workshop.store.corrections.turn:
            return self._take(correction, inspection, who=who, force=force)

    def _take(
        self, correction: Correction, inspection: Inspection, *, who: str, force: bool
    ) -> Taken:
        store = self.workshop.store
        product = self._product(inspection)
        mode = _mode(correction, _finding(inspection, correction), product)
        case = self._case(inspection, product)
        kept = self._drafted(correction, inspection, product, case, mode, who=who)
        kept = judged(self.workshop, self._with_change(kept, correction, inspection), product)
        if kept.changed and not force:
            if kept.reference:
                store.corrections.drop_picture(kept.reference)
            raise ToolError(refusal(kept, "say it as a case only, or force it"))
        self._keep_case(kept, self._in_force(kept.case_id))
        store.correct(kept)
        return Taken(kept, told(kept))

    def undo(self, correction_id: str) -> KeptCorrection:
        """Put everything back as it was before a correction.

        Raises:
            KnowledgeError: there is none of this id.
            ToolError: it is undone already.
        """
        store = self.workshop.store
        with store.corrections.turn:
            kept = store.corrections.get(correction_id)
            if not kept.in_force:
                raise ToolError(f"correction {correction_id} was undone at {kept.undone}")
            self._undo_case(kept)
            undone = datetime.now(UTC).isoformat(timespec="seconds")
            done = kept.model_copy(update={"undone": undone})
            store.correct(done)
        return done

    def _undo_case(self, kept: KeptCorrection) -> None:
        """The case as the other corrections of its unit say, or as it was before them all."""
        store = self.workshop.store
        others = [one for one in self._in_force(kept.case_id) if one.id != kept.id]
        later = [one for one in others if _number(one) > _number(kept)]
        if later:
            store.corrections.put(later[0].model_copy(update={"former_case": kept.former_case}))
        if others:
            self._keep_case(others[-1], others[:-1])
        elif kept.former_case is not None:
            store.add_case(kept.former_case, image_hwc=self._overview(kept.path))
        elif kept.case_id and store.case(kept.case_id) is not None:
            store.remove_case(kept.case_id)

    def _in_force(self, case_id: str) -> list[KeptCorrection]:
        """Corrections of one unit, the oldest first."""
        known = self.workshop.store.corrections.all()
        return [one for one in known if one.in_force and case_id and one.case_id == case_id]

    def _drafted(
        self,
        correction: Correction,
        inspection: Inspection,
        product: Product,
        case: Case,
        mode: str,
        *,
        who: str,
    ) -> KeptCorrection:
        store = self.workshop.store
        named = _finding(inspection, correction) if correction.finding else None
        return KeptCorrection(
            id=store.corrections.next_id(),
            product=product.name,
            kind=correction.kind,  # type: ignore[arg-type]  # pydantic checks the same names
            ref=correction.ref,
            said=said_of(correction, named),
            why=correction.why,
            who=who or "unnamed",
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            path=inspection.asset.path,
            case_id=case.id,
            former_case=store.case(case.id),
            inspected=case,
            claim=named.claim if named and correction.kind == "not_a_defect" else "",
            text=correction.text,
            about=[f"failure mode {mode}, {_mode_name(product, mode)}"] if mode else [],
            occurrence={mode: 1} if mode and correction.kind != "not_a_defect" else {},
        )

    def _product(self, inspection: Inspection) -> Product:
        if inspection.product is None or inspection.verdict.decision is None:
            raise ToolError("a unit of no known product or without a decision cannot be corrected")
        return self.workshop.store.product(inspection.product)

    def _case(self, inspection: Inspection, product: Product) -> Case:
        return case_of(inspection, failure_modes=product.failure_modes)

    def _with_change(
        self, kept: KeptCorrection, correction: Correction, inspection: Inspection
    ) -> KeptCorrection:
        if correction.becomes == "rule":
            kind = "ignore" if correction.kind == "not_a_defect" else "must"
            source = f"correction {kept.id} by {kept.who}, {kept.at}"
            told_ = {"id": kept.id, "kind": kind, "text": correction.text or kept.said}
            rule = Rule.model_validate({**told_, "source": source})
            return kept.model_copy(update={"rule": rule})
        if correction.becomes == "reference":
            return kept.model_copy(update={"reference": self._reference(kept, inspection)})
        return kept

    def _reference(self, kept: KeptCorrection, inspection: Inspection) -> Reference:
        if kept.kind != "not_a_defect":
            raise ToolError("only a unit without a defect becomes a reference")
        if kept.claim and len(inspection.verdict.findings) > 1:
            raise ToolError(
                f"of {len(inspection.verdict.findings)} findings only one is said to be no defect; "
                "a unit becomes a reference where none of them is one: name no finding"
            )
        path = Path(inspection.asset.path)
        if inspection.asset.modality != "image" or not path.is_file():
            raise ToolError(f"{str(path)!r} is no picture that is still there; keep it as a case")
        digest = self.workshop.store.corrections.keep_picture(path)
        if digest != inspection.asset.sha256:
            raise ToolError(f"{str(path)!r} is not the file that was inspected any more")
        name = f"corrections/{kept.id}{path.suffix.lower()}"
        return Reference(id=name, index=0, path=name, sha256=digest, size=inspection.asset.size)

    def _keep_case(self, kept: KeptCorrection, before: Sequence[KeptCorrection]) -> None:
        """The case of a unit, as a correction and those before it say."""
        if kept.inspected is not None:
            case = corrected_case(kept.inspected, [*before, kept])
            self.workshop.store.add_case(case, image_hwc=self._overview(kept.path))

    def _overview(self, path: str) -> UInt8Image | None:
        """(H, W, 3): a file at one glance; None where it is no longer there."""
        from graphs.inspection.pictures import OpenPictures

        if not Path(path).is_file():
            return None
        return OpenPictures().overview(path, max_pixels=self.workshop.settings.max_pixels)


def said_of(correction: Correction, finding: Finding | None) -> str:
    """What a person says, in a sentence."""
    if correction.kind == "not_a_defect":
        what = f"{finding.id} ({finding.claim})" if finding else "what was found"
        return f"{what} is no defect"
    if correction.kind == "missed":
        box = f" at {[round(one) for one in correction.box_xyxy]}" if correction.box_xyxy else ""
        return f"a defect was missed{box}: {correction.text}"
    return f"the cause was {correction.text}"


def told(kept: KeptCorrection) -> str:
    """What came of a correction."""
    parts = [f"{kept.id}: {kept.said}"]
    if kept.case_id:
        parts = [f"{kept.id}: {kept.said}. It is kept as case {kept.case_id}"]
    if kept.reference:
        parts.append(f"the unit is a reference of {kept.product} now")
    if kept.rule:
        parts.append(f"rule {kept.rule.id} ({kept.rule.kind}) was added to {kept.product}")
    for mode, more in kept.occurrence.items():
        parts.append(f"the occurrence of {mode} counts {more} more")
    judged = (
        f"{len(kept.changed)} of {kept.n_judged} references are decided otherwise"
        if kept.n_judged
        else "no reference can be decided otherwise by it"
    )
    return f"{'; '.join(parts)}; {judged}. `loupe correct --undo {kept.id}` takes it back."


def refusal(kept: KeptCorrection, advice: str) -> str:
    """Why a correction is not taken in, and what to do instead."""
    listed = ", ".join(f"{one.reference}: {one.before} to {one.after}" for one in kept.changed)
    told_ = {"n_changed": len(kept.changed), "n_judged": kept.n_judged, "changed": listed}
    return REFUSED.format(**told_, advice=advice)


def _finding(inspection: Inspection, correction: Correction) -> Finding | None:
    findings = inspection.verdict.findings
    if correction.finding:
        for one in findings:
            if one.id == correction.finding.rsplit(".", 1)[-1]:
                return one
        known = ", ".join(one.id for one in findings) or "none"
        raise ToolError(f"the unit has no finding {correction.finding!r}; there are {known}")
    if correction.kind == "not_a_defect" and not findings:
        raise ToolError("nothing was found on this unit, so nothing can be no defect")
    return findings[0] if findings and correction.kind != "missed" else None


def _number(kept: KeptCorrection) -> int:
    return int(kept.id[1:])


def _mode(correction: Correction, finding: Finding | None, product: Product) -> str:
    named = correction.failure_mode or (finding.failure_mode if finding else "") or ""
    known = [one.id for one in product.failure_modes]
    if correction.failure_mode and correction.failure_mode not in known:
        raise ToolError(
            f"{product.name} has no failure mode {correction.failure_mode!r}; "
            f"there are {', '.join(known) or 'none'}"
        )
    return named if named in known else ""


def _mode_name(product: Product, mode: str) -> str:
    return next(one.mode for one in product.failure_modes if one.id == mode)
