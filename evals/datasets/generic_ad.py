"""Cases of the GPT-4V-for-generic-anomaly-detection repository (Cao et al. 2023), as a part.

Knows nothing of methods or metrics; opens no picture.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.datasets.json_files import read_json
from evals.datasets.label_files import read_rows
from evals.datasets.label_parts import LABEL_FILE, LABELS
from evals.datasets.layout import require_file
from evals.datasets.masks import MaskFiles
from evals.datasets.records import DataSet, DataSetCard, LeftOut, Question, Sample
from evals.datasets.several_layouts import OneLayout

CARD = DataSetCard(
    name="gpt4v_generic_ad",
    title="GPT-4V for generic anomaly detection, cases (Cao et al. 2023)",
    modality="image",
    licence="repository MIT; pictures of MVTec non-commercial, VisA CC BY 4.0, medical their own",
    source="https://github.com/caoyunkang/GPT4V-for-Generic-Anomaly-Detection",
    folders=("gpt4v_generic_ad",),
    metric_notes="ten cases, one or two pictures each: for reading, no measure; the authors give "
    "the abnormal state in words",
    met_real_data="part",
)
_PROMPTS = ("zero-shot-prompt", "one-shot-prompt", "zero-shot prompt", "one-shot prompt", "prompt")


def load_generic_ad(root: Path) -> DataSet:
    """``labels.csv`` and each case's ``label.json``: rule, prompts, and what is wrong in words."""
    columns = ("case", "file", "role", "label", "category", "reference_abnormal_states")
    rows = read_rows(root / LABEL_FILE, columns=columns)
    samples = [_sample(root, row, rows) for row in rows if row["label"] in LABELS]
    left_out = tuple(
        LeftOut(path=root / row["file"], reason=f"no picture of a part but its {row['role']}")
        for row in rows
        if row["label"] not in LABELS
    )
    return DataSet(card=CARD, samples=tuple(samples), left_out=left_out)


def _sample(root: Path, row: Mapping[str, str], rows: list[dict[str, str]]) -> Sample:
    same_case = [other for other in rows if other["case"] == row["case"]]
    normals = [root / other["file"] for other in same_case if other["label"] == "normal"]
    masks = [root / other["file"] for other in same_case if other["role"] == "mask"]
    told = read_json((root / row["file"]).parent, "label.json")
    gt_label = LABELS[row["label"]]
    return Sample(
        path=require_file(root / row["file"], listed_in=root / LABEL_FILE),
        gt_label=gt_label,
        id=row["file"],
        product=row["category"],
        references=tuple(path for path in normals if gt_label),
        gt_mask=MaskFiles(paths=tuple(masks), above=127) if masks and gt_label else None,
        questions=_questions(told, row["reference_abnormal_states"] or None),
        metadata={"rule": str(told.get("reference_normal_standards", ""))},
    )


def _questions(told: Mapping[str, Any], answer: str | None) -> tuple[Question, ...]:
    """The authors' prompts, named by shots and by how much they tell."""
    found = []
    for key in _PROMPTS:
        prompt = told.get(key)
        shots = key.removesuffix("prompt").strip(" -") or "localisation"
        if isinstance(prompt, str):
            found.append(Question(text=prompt, answer=answer, kind=shots))
        elif isinstance(prompt, Mapping):
            found += [
                Question(text=str(text), answer=answer, kind=f"{shots}, {level}")
                for level, text in prompt.items()
            ]
    return tuple(found)


GENERIC_AD = OneLayout(card=CARD, read=load_generic_ad)
