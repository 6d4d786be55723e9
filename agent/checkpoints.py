"""The table of checkpoints: where they are, their sha256, licence and size. Fetches nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tools.errors import WeightsError

_SEGMENT_ANYTHING = "https://dl.fbaipublicfiles.com/segment_anything"
_ANOMALY_OV = (
    "https://raw.githubusercontent.com/honda-research-institute/Anomaly-OneVision/"
    "d85bec0eefdbd31be15ddbec2acc035ca96687cb"
)
INDEX = "model.safetensors.index.json"
"""Names the files of weights that are in several; they must be there too."""
SHA256 = re.compile(r"[0-9a-f]{64}")


class CheckpointFile(NamedTuple):
    """One file of a checkpoint."""

    name: str
    sha256: str = ""
    """Empty where nobody has seen it: then it is fetched only with `--trust`."""
    size_bytes: int = 0
    """0 where it is not known."""


class Checkpoint(NamedTuple):
    """A model whose weights Loupe can use."""

    where: str
    """`hub:OWNER/NAME@REVISION`, or the address under which the files lie; empty where they only
    come from a folder. A revision is a commit, so that everybody gets the same files."""
    files: tuple[CheckpointFile, ...]
    """Those that must be there."""
    licence: str
    about: str
    loads: str
    """What reads it: backbone, sam, expert or tower."""
    place: str = ""
    """Its folder in the folder of weights; the name of the model where empty."""

    @property
    def size_bytes(self) -> int:
        """Of all files whose size is known; 0 where none is."""
        return sum(file.size_bytes for file in self.files)

    @property
    def unseen(self) -> tuple[str, ...]:
        """Files whose sha256 nobody has seen."""
        return tuple(file.name for file in self.files if not file.sha256)


CHECKPOINTS: dict[str, Checkpoint] = {
    "resnet18": Checkpoint(
        "",
        (CheckpointFile("conv1.weight.npy"),),
        "BSD-3-Clause",
        "ResNet-18 to layer 3 as plain tensor files, BatchNorm folded, torchvision's names",
        "backbone",
    ),
    # The digests of these files, the towers' and SAM's are those that independent projects pin.
    "dinov2-small": Checkpoint(
        "hub:facebook/dinov2-small@ed25f3a31f01632728cabb09d1542f84ab7b0056",
        (
            CheckpointFile(
                "config.json",
                "1809f83e3bdb1609a501a610ad4a742f4fd8ae44d72ca4aa0df52d1f2ac8628d",
                547,
            ),
            CheckpointFile(
                "model.safetensors",
                "ae1e99fcefd534ed978cdeb8326f08030c96e28b7a81ffcbc98a857c84d14be1",
                88_249_960,
            ),
        ),
        "Apache-2.0",
        "DINOv2 ViT-S/14",
        "backbone",
    ),
    "siglip": Checkpoint(
        "hub:google/siglip-base-patch16-384@41aec1c83b32e0a6fca20ad88ba058aa5b5ea394",
        (CheckpointFile("config.json"), CheckpointFile("model.safetensors")),
        "Apache-2.0",
        "SigLIP ViT-B/16 384 px, 814 MB",
        "backbone",
    ),
    "siglip-so400m": Checkpoint(
        "hub:google/siglip-so400m-patch14-384@9fdffc58afc957d1a03a25b10dba0329ab15c2a3",
        (
            CheckpointFile(
                "config.json",
                "adc04928d8fd19a61822584fe0cf2e813e5ebac17f3e49fb1ea096860ae6457b",
                576,
            ),
            CheckpointFile(
                "model.safetensors",
                "ea2abad2b7f8a9c1aa5e49a244d5d57ffa71c56f720c94bc5d240ef4d6e1d94a",
                3_511_950_624,
            ),
        ),
        "Apache-2.0",
        "SigLIP so400m, the tower before LLaVA-OneVision trained it further",
        "tower",
    ),
    "llava-onevision-05b": Checkpoint(
        "hub:llava-hf/llava-onevision-qwen2-0.5b-ov-hf@74dd0bf867a4cda7950c17663794267c60cf4b40",
        (
            CheckpointFile(
                "config.json",
                "839a4fba0bd6949f0db22d4f840935cb0318f6ac28b29c9ce1a5b15735a4a740",
            ),
            CheckpointFile(
                "tokenizer.json",
                "3c0ce3213b50ff38d8aa1e91136a2d2cb142a3f569246170872e439cb2a29d15",
            ),
            CheckpointFile(
                "tokenizer_config.json",
                "494a5592a446535be00acc531ccf7a53fd6c6c392c122d444c389160261572e0",
            ),
            CheckpointFile(
                "model.safetensors",
                "07b3362c3412de79baf2379e44e5b0b2a8f4b965ebebd11d7b5b3eb4450fe96e",
                1_787_445_680,
            ),
        ),
        "Apache-2.0",
        "LLaVA-OneVision 0.5B: the tower of anomaly-ov-05b, and --model anomaly-ov:FOLDER",
        "tower",
    ),
    "llava-onevision-7b": Checkpoint(
        "hub:llava-hf/llava-onevision-qwen2-7b-ov-hf@0d50680527681998e456c7b78950205bedd8a068",
        (
            CheckpointFile("config.json"),
            CheckpointFile("tokenizer.json"),
            CheckpointFile("tokenizer_config.json"),
            CheckpointFile(INDEX),
        ),
        "Apache-2.0",
        "LLaVA-OneVision 7B, 16 GB: the tower of anomaly-ov-7b, and --model anomaly-ov:FOLDER",
        "tower",
    ),
    "sam-vit-b": Checkpoint(
        _SEGMENT_ANYTHING,
        (
            CheckpointFile(
                "sam_vit_b_01ec64.pth",
                "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
                375_042_383,
            ),
        ),
        "Apache-2.0",
        "SAM ViT-B, the smallest",
        "sam",
    ),
    "sam-vit-l": Checkpoint(
        _SEGMENT_ANYTHING,
        (
            CheckpointFile(
                "sam_vit_l_0b3195.pth",
                "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
                1_249_524_607,
            ),
        ),
        "Apache-2.0",
        "SAM ViT-L",
        "sam",
    ),
    "sam-vit-h": Checkpoint(
        _SEGMENT_ANYTHING,
        (
            CheckpointFile(
                "sam_vit_h_4b8939.pth",
                "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
                2_564_550_879,
            ),
        ),
        "Apache-2.0",
        "SAM ViT-H, GPT-4V-AD's",
        "sam",
    ),
    "anomaly-ov-7b": Checkpoint(
        _ANOMALY_OV,
        (CheckpointFile("pretrained_expert_7b.pth"),),
        "Apache-2.0 (the repository's)",
        "Anomaly-OV's expert for the tower of LLaVA-OneVision 7B",
        "expert",
        "anomaly_ov",
    ),
    "anomaly-ov-05b": Checkpoint(
        _ANOMALY_OV,
        (CheckpointFile("pretrained_expert_05b.pth"),),
        "Apache-2.0 (the repository's)",
        "Anomaly-OV's expert for the tower of LLaVA-OneVision 0.5B",
        "expert",
        "anomaly_ov",
    ),
}


def checkpoint(name: str) -> Checkpoint:
    """The entry of a model.

    Raises:
        WeightsError: where Loupe knows no such model.
    """
    if name not in CHECKPOINTS:
        known = ", ".join(CHECKPOINTS)
        raise WeightsError(f"no weights are known by the name {name!r}; there are {known}")
    return CHECKPOINTS[name]


def folder_name(name: str) -> str:
    """The folder of a model in the folder of weights."""
    return checkpoint(name).place or name


def tower_source(folder: Path, named: str) -> str:
    """Where a tower lies that is named by the table, by a folder or by the hub.

    Args:
        folder: of all weights.
        named: a model of this table, a folder, or OWNER/NAME.
    """
    known = named in CHECKPOINTS and CHECKPOINTS[named].loads == "tower"
    return str(folder / folder_name(named)) if known else named
