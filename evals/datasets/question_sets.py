"""Sets of questions about pictures: VisA-D&R, Anomaly-Instruct style files, MMAD. Opens no picture.

Paths in these files are relative to a folder of pictures, which is looked for beside the file and
one folder up.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.datasets.json_files import kind_of, read_json, read_objects
from evals.datasets.layout import layout_error
from evals.datasets.masks import FirstMask
from evals.datasets.records import DataSet, DataSetCard, DataSetError, Question, Sample
from evals.datasets.several_layouts import OneLayout

DETECTION_QUESTION = (
    "Are there any defects for the object in the image? Please reply with 'Yes' or 'No'."
)
"""Anomaly-OV's prompt for detection on VisA-D&R."""


VISA_DR_CARD = DataSetCard(
    name="visa_dr",
    title="VisA-D&R (Anomaly-OV, Xu et al., CVPR 2025)",
    modality="image",
    licence="none stated; pictures are VisA's, CC BY 4.0",
    source="https://github.com/honda-research-institute/Anomaly-OneVision (download.txt)",
    folders=("VisA-D&R", "visa_dr", "VisA_DR"),
    metric_notes="detection: 'yes' in the answer, precision, recall and F1 by product, then "
    "the mean over products; reasoning: questions are turns of one conversation, all entries "
    "are anomalous, and the authors leave pcb2 and pcb4 out",
)


def load_visa_dr(root: Path) -> DataSet:
    """``test_data.json`` (detection) and, where it is there, ``visa_dr.json`` (reasoning)."""
    folder = next((f for f in (root, root / "VisA") if (f / "test_data.json").is_file()), root)
    detection = read_objects(folder, "test_data.json", keys=("image", "anomaly"))
    reasoning: dict[str, tuple[Question, ...]] = {}
    notes: tuple[str, ...] = ("visa_dr.json is absent: detection only",)
    if (folder / "visa_dr.json").is_file():
        entries = read_objects(folder, "visa_dr.json", keys=("image", "questions"))
        reasoning = {entry["image"]: _turns(entry) for entry in entries}
        notes = ()
    samples = tuple(_visa_dr_sample(root, entry, reasoning) for entry in detection)
    return DataSet(card=VISA_DR_CARD, samples=samples, notes=notes)


def _visa_dr_sample(
    root: Path, entry: Mapping[str, Any], reasoning: Mapping[str, tuple[Question, ...]]
) -> Sample:
    gt_label = int(bool(entry["anomaly"]))
    asked = Question(text=DETECTION_QUESTION, answer=("No", "Yes")[gt_label], kind="detection")
    return Sample(
        path=_picture(root, entry["image"]),
        gt_label=gt_label,
        id=entry["image"],
        product=entry["image"].split("/")[1],
        split="test",
        questions=(asked, *reasoning.get(entry["image"], ())),
    )


INSTRUCT_CARD = DataSetCard(
    name="anomaly_instruct",
    title="Anomaly-Instruct-125k style files (Anomaly-OV)",
    modality="image",
    licence="none stated; pictures keep their own sets' licences",
    source="https://github.com/honda-research-institute/Anomaly-OneVision (download.txt)",
    folders=("Anomaly-Instruct-125k", "anomaly_instruct"),
    metric_notes="training data made from public test sets: never test on those sets after "
    "training on it",
)


def load_anomaly_instruct(root: Path) -> DataSet:
    """Every ``*.json`` whose entries have conversations; others are left alone."""
    names = sorted(path.name for path in root.glob("*.json")) if root.is_dir() else []
    samples: list[Sample] = []
    for name in names:
        content = read_json(root, name)
        if isinstance(content, list) and content and "conversations" in content[0]:
            keys = ("id", "image", "conversations", "metadata")
            samples += [_instruct(root, e) for e in read_objects(root, name, keys=keys)]
    if not samples:
        raise layout_error(root, "*.json with entries of id, image, conversations, metadata")
    return DataSet(card=INSTRUCT_CARD, samples=tuple(samples))


MMAD_CARD = DataSetCard(
    name="mmad",
    title="MMAD (Jiang et al., ICLR 2025)",
    modality="image",
    licence="CC BY-NC-SA 4.0 (non-commercial)",
    source="https://huggingface.co/datasets/jiang-cc/MMAD",
    folders=("MMAD", "mmad"),
    metric_notes="accuracy by kind of question and data set, then the mean over kinds; for "
    "detection the mean of normal and anomalous accuracy; kinds Object Structure and Object "
    "Details count as Object Analysis",
)


def load_mmad(root: Path) -> DataSet:
    """``mmad.json``, multiple-choice questions by picture; normal where the path has ``good``."""
    content = read_json(root, "mmad.json")
    if not isinstance(content, Mapping) or not content:
        raise DataSetError(
            f"{root / 'mmad.json'}: looked for an object by picture, found {kind_of(content)}"
        )
    samples = tuple(_mmad_sample(root, name, entry) for name, entry in content.items())
    return DataSet(card=MMAD_CARD, samples=samples)


def _mmad_sample(root: Path, name: str, entry: Mapping[str, Any]) -> Sample:
    gt_label = int("good" not in name.split("/"))
    parts, mask = name.split("/"), entry.get("mask_path") or ""
    # The files say the mask's path within the product, or within the data set, by set.
    prefixes = ["/".join(parts[:n]) for n in (2, 3, 1)]
    places = (root / mask, *(root / prefix / mask for prefix in prefixes))
    return Sample(
        path=_picture(root, name),
        gt_label=gt_label,
        id=name,
        product="/".join(parts[:2]),
        defect_type=parts[-2] if gt_label else None,
        split="test",
        references=tuple(_picture(root, path) for path in entry.get("random_templates", ())),
        gt_mask=FirstMask(candidates=places) if mask and gt_label else None,
        questions=tuple(
            Question(
                text=asked["Question"],
                answer=asked["Answer"],
                options=asked["Options"],
                kind=asked["type"],
            )
            for asked in entry.get("conversation", ())
        ),
    )


def _instruct(root: Path, entry: Mapping[str, Any]) -> Sample:
    images = entry["image"] if isinstance(entry["image"], list) else [entry["image"]]
    paths = [_picture(root, image) for image in images]
    said, meta = entry["conversations"], entry["metadata"]
    mask = meta.get("mask")
    gt_label = int(bool(meta["anomaly"]))
    return Sample(
        path=paths[0],
        more_paths=tuple(paths[1:]),
        gt_label=gt_label,
        id=str(entry["id"]),
        product=str(meta.get("source", "")),
        split="train",
        gt_mask=FirstMask(candidates=_places(root, mask)) if mask and gt_label else None,
        questions=tuple(
            Question(text=asked["value"], answer=answer["value"])
            for asked, answer in zip(said[::2], said[1::2], strict=False)
        ),
        metadata={k: v for k, v in meta.items() if isinstance(v, str | int | float | bool)},
    )


def _turns(entry: Mapping[str, Any]) -> tuple[Question, ...]:
    """Questions with their answers: the other list of as many texts, whatever its key."""
    questions: Sequence[str] = entry["questions"]
    answers = next(
        (
            value
            for key, value in entry.items()
            if key != "questions" and isinstance(value, list) and len(value) == len(questions)
        ),
        [None] * len(questions),
    )
    return tuple(
        Question(text=text, answer=None if answer is None else str(answer), kind="reasoning")
        for text, answer in zip(questions, answers, strict=True)
    )


def _picture(root: Path, name: str) -> Path:
    for place in _places(root, name):
        if place.is_file():
            return place
    raise layout_error(root, f"{name}, or the same one folder up")


def _places(root: Path, name: str) -> tuple[Path, ...]:
    return (root / name, root.parent / name)


VISA_DR = OneLayout(card=VISA_DR_CARD, read=load_visa_dr)
ANOMALY_INSTRUCT = OneLayout(card=INSTRUCT_CARD, read=load_anomaly_instruct)
MMAD = OneLayout(card=MMAD_CARD, read=load_mmad)
