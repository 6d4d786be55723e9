"""Templates of parts kept on disk by what they were learnt from. Knows nothing of how."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.code_digest import code_digest
from tools.arrays import UInt8Image
from tools.experts.bank_cache import BankCache, bank_key

if TYPE_CHECKING:
    from tools.parts import Box, LooseTemplate, PartsTemplate, Wanted

LEARNING = ("agent.parts_cache", "tools.parts")
"""Where templates are learnt and kept."""
REFUSAL = "refusal"


def learner() -> str:
    """Names what learns: changes with the code that templates rest on."""
    return code_digest(*LEARNING, within="tools")


def learn_or_load_parts(
    references_hwc: Sequence[UInt8Image], *, examples: Mapping[str, Box], folder: Path
) -> PartsTemplate | str:
    """The template of parts, learnt where it is not kept yet.

    Args:
        references_hwc: each (H, W, 3) RGB.
        examples: by name, the box of one part in the first reference.
        folder: in which templates are kept.

    Returns:
        The template, or why there is none; both are kept.
    """
    from tools.parts import NoTemplate, learn_parts

    cache = BankCache(folder)
    version = f"{learner()} {json.dumps(examples, sort_keys=True)}"
    key = bank_key(references_hwc, version=version, per_place=False)
    kept = cache.get(key)
    if kept is not None:
        return str(kept[REFUSAL]) if REFUSAL in kept else template_from(kept)
    try:
        template = learn_parts(references_hwc, examples=examples)
    except NoTemplate as reason:
        cache.put(key, {REFUSAL: np.array(str(reason))})
        return str(reason)
    cache.put(key, arrays_of(template))
    return template


def learn_or_load_loose(
    references_hwc: Sequence[UInt8Image], *, wanted: Sequence[Wanted], folder: Path
) -> LooseTemplate | str:
    """The template of loose parts, learnt where it is not kept yet.

    Args:
        references_hwc: each (H, W, 3) RGB.
        wanted: what is to be counted.
        folder: in which templates are kept.

    Returns:
        The template, or why there is none; both are kept.
    """
    from tools.parts import LooseTemplate, LooseType, NoTemplate, learn_loose

    cache = BankCache(folder)
    key = bank_key(references_hwc, version=f"{learner()} loose {list(wanted)}", per_place=False)
    kept = cache.get(key)
    if kept is not None:
        if REFUSAL in kept:
            return str(kept[REFUSAL])
        stored = json.loads(str(kept["loose"]))
        types = tuple(LooseType(*fields) for fields in stored["types"])
        return LooseTemplate(types=types, ground_lab=tuple(stored["ground_lab"]))
    try:
        template = learn_loose(references_hwc, wanted)
    except NoTemplate as reason:
        cache.put(key, {REFUSAL: np.array(str(reason))})
        return str(reason)
    plain = {"types": template.types, "ground_lab": template.ground_lab}
    cache.put(key, {"loose": np.array(json.dumps(plain))})
    return template


def arrays_of(template: PartsTemplate) -> dict[str, np.ndarray[Any, Any]]:
    """A template as plain arrays; `template_from` reads them back."""
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "reference_hwc": template.reference_hwc,
        "spread": template.spread,
        "matrices": np.stack(template.matrices),
    }
    scalars = []
    for number, part in enumerate(template.parts):
        fields = {**part._asdict(), "patch": part.patch._asdict()}
        for name, value in list(fields["patch"].items()):
            if isinstance(value, np.ndarray):
                arrays[f"{number}.{name}"] = fields["patch"].pop(name)
        scalars.append(fields)
    arrays["scalars"] = np.array(json.dumps(scalars, default=float))
    return arrays


def template_from(arrays: Mapping[str, np.ndarray[Any, Any]]) -> PartsTemplate:
    """The template that `arrays_of` made plain."""
    from tools.parts import Part, PartsTemplate
    from tools.parts_matching import Patch

    parts = []
    for number, fields in enumerate(json.loads(str(arrays["scalars"]))):
        prefix = f"{number}."
        stored = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
        patch = Patch(**{**fields.pop("patch"), **stored})
        box = tuple(fields.pop("box_xyxy"))
        parts.append(Part(**fields, box_xyxy=box, patch=patch))
    return PartsTemplate(
        reference_hwc=arrays["reference_hwc"],
        spread=arrays["spread"],
        parts=tuple(parts),
        matrices=tuple(arrays["matrices"]),
    )
