"""The records of what is known. Persisted, so this module stays. Knows nothing of Chroma."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tools.records import AssetPart, Modality, Record

ReferenceMode = Literal["any", "per_place"]


class Tolerance(Record):
    """How far normal parts may differ in the picture, without being worse."""

    shift_px: float = Field(default=0.0, ge=0)
    rotation_deg: float = Field(default=0.0, ge=0)
    gain: float = Field(default=0.0, ge=0, lt=1)
    """0.1 means brightness between 0.9 and 1.1 times the reference's."""
    noise_sigma: float = Field(default=0.0, ge=0)
    """Grey levels of 255."""


class Rule(Record):
    """A written criterion."""

    id: str = Field(min_length=1)
    kind: Literal["must", "ignore", "tolerance"]
    text: str = Field(min_length=1)
    quantity: str | None = None
    """For a tolerance: an entry of tools.measure.QUANTITIES. For an ignore rule with a limit of
    size: one of those that are measured on a region."""
    min: float | None = None
    max: float | None = None
    """Of an ignore rule: the largest value that it covers."""
    unit: str | None = None
    source: str = ""
    """File and line, for citation."""

    @model_validator(mode="after")
    def _limits_are_measurable(self) -> Rule:
        if self.kind == "tolerance" and not self.quantity:
            raise ValueError("a tolerance needs a quantity")
        if self.kind == "tolerance" or self.quantity:
            who = "a tolerance" if self.kind == "tolerance" else "a quantity"
            if self.min is None and self.max is None:
                raise ValueError(f"{who} needs min, max or both")
            if self.min is not None and self.max is not None and self.min > self.max:
                raise ValueError(f"min must not be above max, got {self.min} > {self.max}")
        return self


class FailureMode(Record):
    """One row of the product's FMEA."""

    id: str = Field(min_length=1)
    mode: str = Field(min_length=1)
    appearance: str = Field(min_length=1)
    cause: str = ""
    effect: str = ""
    remediation: str = ""
    severity: int = Field(ge=1, le=10)
    occurrence: int = Field(ge=1, le=10)
    detection: int = Field(ge=1, le=10)
    source: str = ""
    """File and line, for citation."""


class Note(Record):
    """A passage of a standard or work instruction."""

    id: str
    title: str
    text: str
    source: str


class Reference(Record):
    """A normal example."""

    id: str
    index: int = Field(ge=0)
    path: str
    sha256: str
    size: list[int]
    modality: Modality = "image"
    parts: list[AssetPart] = Field(default_factory=list)
    """Of an example of several files: their names and digests."""


class Product(Record):
    """What the part should be."""

    name: str = Field(min_length=1)
    aliases: list[str] = Field(default_factory=list)
    descriptor: str = Field(min_length=1)
    """One sentence of domain knowledge, given to a VLM as it is."""
    process_steps: list[str] = Field(default_factory=list)
    mm_per_px: float | None = Field(default=None, gt=0)
    reference: ReferenceMode = "any"
    tolerance: Tolerance = Field(default_factory=Tolerance)
    ill_posed: list[str] = Field(default_factory=list)
    """Questions that a picture of this product cannot answer."""
    rules: list[Rule] = Field(default_factory=list)
    failure_modes: list[FailureMode] = Field(default_factory=list)
    notes: list[Note] = Field(default_factory=list)
    references: list[Reference] = Field(default_factory=list)
    quantities: list[str] = Field(default_factory=list)
    """What can be measured on its references as a whole, where they are no images."""
    digest: str = ""
    """Digest of everything above; changes when the product's folder does."""

    @property
    def modality(self) -> Modality:
        """Of its references; an image where there is none."""
        return self.references[0].modality if self.references else "image"


class Calibration(Record):
    """How raw scores of one product, mind and set of experts read as decisions."""

    product: str
    product_digest: str
    mind: str
    key: str
    """Experts with their versions, backbone, strategy: what the scores depend on."""
    normal_scores: dict[str, list[float]]
    """By expert: raw scores of references and their perturbed copies, sorted ascending."""
    pixel_levels: dict[str, float]
    """By expert: the map value above which a pixel of a normal part does not lie."""
    n_references: int = Field(ge=0)
    target_overkill: float = Field(gt=0, lt=1)
    low: float
    """Calibrated score from which on a part goes to review."""
    high: float
    """Calibrated score from which on a part is anomalous."""
    calibrated: bool
    """False where n_references allow no overkill rate as low as the target."""
    seed: int


class CaseClaim(Record):
    """One finding of a past inspection."""

    claim: str
    about: list[str] = Field(default_factory=list)
    """Names of the failure mode and of the failed check, by which like findings are known."""
    causes: list[str] = Field(default_factory=list)


class Case(Record):
    """A past inspection."""

    id: str
    product: str | None
    asset_sha256: str
    decision: str
    summary: str
    correction: str | None = None
    created: str
    """ISO 8601."""
    by_person: bool = False
    """Whether a person decided it."""
    findings: list[CaseClaim] = Field(default_factory=list)
