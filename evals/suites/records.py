"""What a suite says: data, conditions, measures. Knows nothing of how they are run or computed."""

from __future__ import annotations

import hashlib
from typing import Any, Literal, TypeAlias

from pydantic import Field, JsonValue, model_validator

from tools.records import Record

SUITE_FORMAT = "loupe.suite/1"

Perturbation: TypeAlias = Literal["none", "rotate_90", "border_20", "time_stamp", "mirror"]
"""One-shot LVLM, section 4.3, and a mirror image."""
Method: TypeAlias = Literal["inspector", "bare_model", "oracle", "pixel_difference"]
"""Loupe's whole inspection; a model asked in a paper's own words, or where there is none the
embedded mind's verdict in the form that was asked for; an oracle that answers from the
masks in the words of a model; the plain baseline."""
Needs: TypeAlias = Literal["any", "vlm"]
Shown: TypeAlias = Literal["reference", "query", "marked"]
"""A picture of the prompt: the first reference, the sample, the sample with numbered regions."""
Reads: TypeAlias = Literal[
    "yes_no", "contains_yes", "correctness", "judgement", "region_scores", "choice", "text"
]
"""How an answer is read. yes_no: the first of them; contains_yes: Anomaly-OV's rule; correctness:
1 is normal; text: as it stands."""
Division: TypeAlias = Literal["grid", "superpixel", "sam"]
OracleRule: TypeAlias = Literal["share", "half", "touch"]
"""What an oracle says of a region: the share of its pixels that are anomalous; 1 where it is more
than half; 1 where it is any."""
Knowledge: TypeAlias = Literal["descriptor", "rules", "failure_modes"]


class Asking(Record):
    """How a bare model is asked, in the words of a paper."""

    prompt: str
    """With {cls}, {rule}, {ignore}, {description}, {question} or {options}; {question} comes from
    the sample."""
    ending: str = ""
    """Stands below the prompt: the form of the answer, which conditions share."""
    shows: list[Shown] = Field(default=["query"])
    """Pictures in their order, below the text, each behind its number."""
    reads: Reads = "yes_no"
    division: Division = "superpixel"
    """Of marked pictures."""
    max_output_tokens: int = Field(default=1024, ge=16)
    temperature: float = Field(default=0.0, ge=0, le=2)
    attempts: int = Field(default=3, ge=1, le=10)
    question_kind: str = ""
    """Kind of the data set's questions that are asked, or how it begins; empty: all."""
    conversation: bool = False
    """Ask a sample's questions one after another, with the pictures in the first turn; else each
    by itself."""

    @property
    def speaks_of_questions(self) -> bool:
        """Whether the data set's own questions are asked."""
        return "{question}" in self.prompt


class Condition(Record):
    """One way in which every sample is judged."""

    name: str = Field(min_length=1)
    by: Method | None = None
    """The suite's where None."""
    needs: Needs = "any"
    """vlm: left out, and told so, where the mind is the embedded one."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """Of `agent.Settings`, by name."""
    without_tool: str = ""
    """A tool that the mind may not call."""
    references: int | None = Field(default=None, ge=0)
    """How many; the suite's where None."""
    query: Perturbation = "none"
    reference: Perturbation = "none"
    knowledge: list[Knowledge] = Field(default=["descriptor", "rules", "failure_modes"])
    """What of the product is told, beside its references."""
    asking: Asking | None = None
    """For a bare model: what is not said here is as the suite says; all of it where None."""
    division: Division = "superpixel"
    """For an oracle."""
    oracle: OracleRule = "share"


class Suite(Record):
    """A protocol under a name."""

    format: Literal["loupe.suite/1"] = "loupe.suite/1"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: int = Field(ge=1)
    """Changes whenever its answers could."""
    title: str
    source: str
    """Paper and section, or `Loupe's own`."""
    needs: Needs = "any"
    why: str = ""
    """Where it needs a VLM: one line why."""
    by: Method = "inspector"
    data: list[str] = Field(min_length=1)
    """Names of data sets; `set/product` for one product of it."""
    limit: int = Field(default=0, ge=0)
    """Samples that are tested of each product, balanced over the labels. 0: all."""
    references: int = Field(default=8, ge=0)
    threshold_normals: int = Field(default=0, ge=0)
    """Normal samples beside the references that thresholds are taken from."""
    anomalous_only: bool = False
    draws: int = Field(default=1, ge=1)
    repeats: int = Field(default=1, ge=1)
    reseed: bool = False
    """Whether each repeat has a seed of its own."""
    asking: Asking | None = None
    baseline: str = ""
    """Condition that the others are compared with, paired; empty: none."""
    conditions: list[Condition] = Field(min_length=1)
    measures: list[str] = Field(min_length=1)
    figures: list[str] = Field(default_factory=list)
    published: str = ""
    """Entry of the published numbers that follow this protocol."""
    notes: list[str] = Field(default_factory=list)
    """Told below the table: where the protocol leaves something open, and what was chosen."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_asking(cls, found: Any) -> Any:
        """What a condition does not say about asking is as the suite says."""
        shared = found.get("asking") if isinstance(found, dict) else None
        if not isinstance(shared, dict) or not isinstance(found.get("conditions"), list):
            return found
        filled = [
            {**one, "asking": {**shared, **one["asking"]}}
            if isinstance(one, dict) and isinstance(one.get("asking"), dict)
            else one
            for one in found["conditions"]
        ]
        return {**found, "conditions": filled}

    @model_validator(mode="after")
    def _conditions_fit(self) -> Suite:
        names = [condition.name for condition in self.conditions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two conditions are called {twice[0]!r}")
        if self.baseline and self.baseline not in names:
            raise ValueError(f"baseline {self.baseline!r} is none of the conditions")
        if self.needs == "vlm" and not self.why:
            raise ValueError("a suite that needs a VLM says why in `why`")
        for condition in self.conditions:
            if self.method(condition) == "bare_model" and self.asked(condition) is None:
                raise ValueError(f"condition {condition.name!r} asks a model and has no `asking`")
        return self

    def method(self, condition: Condition) -> Method:
        """Who judges under a condition."""
        return condition.by or self.by

    def asked(self, condition: Condition) -> Asking | None:
        """How a bare model is asked under a condition."""
        return condition.asking or self.asking

    @property
    def asks_in_words(self) -> bool:
        """Whether a condition has a prompt of its own, which the embedded mind does not read."""
        return any(self.method(one) == "bare_model" for one in self.conditions)

    def n_references(self, condition: Condition) -> int:
        """References under a condition."""
        return self.references if condition.references is None else condition.references

    @property
    def max_references(self) -> int:
        """The most that any condition takes; no more samples are kept out of the test."""
        return max(self.n_references(condition) for condition in self.conditions)

    @property
    def digest(self) -> str:
        """Of all that it says; changes when a word does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def replaced(self, **changes: Any) -> Suite:
        """The suite with other values, checked anew."""
        return Suite.model_validate({**self.model_dump(), **changes})
