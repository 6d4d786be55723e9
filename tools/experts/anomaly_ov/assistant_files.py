"""The files of Anomaly-OV's assistant: a LLaVA-OneVision folder, and an expert's file.

Knows no conversation. Torch and transformers are imported by use.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.errors import WeightsError
from tools.experts.anomaly_ov.assistant import Assistant
from tools.experts.anomaly_ov.assistant_prompt import END, START
from tools.experts.anomaly_ov.scorer import check_tower
from tools.experts.anomaly_ov.weights import load_expert
from tools.experts.anyres import MAX_TILES
from tools.experts.shared_eyes import shared_eyes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

EXAMPLE = "llava-hf/llava-onevision-qwen2-7b-ov-hf"


def check_assistant(folder: Path, *, expert: Path | None) -> dict[str, Any]:
    """See, without loading weights, that the files can be what is asked for; gives the config.

    Args:
        folder: of LLaVA-OneVision in the layout of llava-hf.
        expert: file of the expert, if there is to be one.

    Raises:
        WeightsError: where a file is missing, or the model is another one.
    """
    if expert is not None and not expert.is_file():
        raise WeightsError(f"the expert {expert} must be a file, and there is none")
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"{folder} must be a folder of LLaVA-OneVision such as {EXAMPLE}; its config.json "
            f"cannot be read: {error}"
        ) from error
    if config.get("model_type") != "llava_onevision":
        raise WeightsError(
            f"{folder} must hold LLaVA-OneVision in the layout of llava-hf, such as {EXAMPLE}; "
            f"its config.json says model_type {config.get('model_type')!r}"
        )
    return config


def load_assistant(folder: Path, *, expert: Path | None = None, device: str = "cpu") -> Assistant:
    """Load language model, tower and expert: float32 on a CPU, bfloat16 on a GPU.

    Args:
        folder: of LLaVA-OneVision in the layout of llava-hf: config.json, safetensors, tokenizer.
        expert: file of the expert; None for plain LLaVA-OneVision.
        device: torch's name of the device that computes.

    Raises:
        WeightsError: where weights are missing, cannot be read or do not fit each other.
    """
    import torch

    check_assistant(folder, expert=expert)
    file = None if expert is None else load_expert(expert)
    model = language_model(folder, dtype=torch.float32 if device == "cpu" else torch.bfloat16)
    final = _final_layer(model.config, folder)
    if file is not None and file.final != final:
        raise WeightsError(
            f"the expert {expert} reads hidden state {file.final} of its tower, and {folder} "
            f"reads {final}"
        )
    taps = () if file is None else file.taps
    eyes = shared_eyes(str(folder), taps, final, device=device)
    if file is not None:
        check_tower(file, eyes)
    tower = eyes.tower
    layers = None if file is None else file.expert.to(tower.device, tower.dtype)
    return Assistant(model.to(device), _tokenizer(folder), tower, expert=layers)


def language_model(folder: Path, *, dtype: torch.dtype) -> Any:
    """The model on the CPU, without its tower, which the shared eyes hold.

    Loaded in the precision that it runs in: a cast afterwards would also round the frequencies
    of its positions, which transformers keeps in float32.

    Raises:
        WeightsError: where weights are missing or cannot be read.
    """
    from safetensors import SafetensorError
    from torch import nn
    from transformers import GenerationConfig, LlavaOnevisionForConditionalGeneration

    try:
        model, told = LlavaOnevisionForConditionalGeneration.from_pretrained(
            folder, local_files_only=True, output_loading_info=True, dtype=dtype
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        line = " ".join(str(error).split())
        raise WeightsError(f"LLaVA-OneVision in {folder} cannot be loaded: {line}") from error
    _check_complete(told, folder)
    model.model.vision_tower = nn.Identity()
    # A checkpoint's own ways of sampling would be mixed into those that are asked for.
    model.generation_config = GenerationConfig()
    return model.requires_grad_(False).eval()


def _check_complete(told: Mapping[str, Any], folder: Path) -> None:
    """See that nothing is missing: transformers fills it with random numbers, and only warns."""
    missing = sorted(told["missing_keys"]) + sorted(str(key) for key in told["mismatched_keys"])
    used = [key for key in missing if "vision_tower" not in key]
    if used:
        raise WeightsError(
            f"{folder} must hold all weights of LLaVA-OneVision; missing or of another shape: "
            f"{', '.join(used[:5])}{', ...' if len(used) > 5 else ''}"
        )


def _final_layer(config: Any, folder: Path) -> int:
    """The hidden state of the tower that the projector reads.

    Raises:
        WeightsError: where pictures are cut or read in another way than LLaVA-OneVision's.
    """
    side = config.vision_config.image_size
    sides = [side * n for n in range(1, MAX_TILES + 1)]
    given = {
        "vision_feature_select_strategy": config.vision_feature_select_strategy,
        "vision_aspect_ratio": config.vision_aspect_ratio,
        "image_grid_pinpoints": sorted(map(tuple, config.image_grid_pinpoints)),
        "vision_feature_layer": type(config.vision_feature_layer),
    }
    wanted = {
        "vision_feature_select_strategy": "full",
        "vision_aspect_ratio": "anyres_max_9",
        "image_grid_pinpoints": [(height, width) for height in sides for width in sides],
        "vision_feature_layer": int,
    }
    other = [name for name in wanted if given[name] != wanted[name]]
    if other:
        raise WeightsError(
            f"{folder} must read pictures as LLaVA-OneVision does; its config.json has another "
            f"{', '.join(other)}"
        )
    layer: int = config.vision_feature_layer
    return layer if layer >= 0 else config.vision_config.num_hidden_layers + 1 + layer


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        line = " ".join(str(error).split())
        raise WeightsError(f"the tokenizer in {folder} cannot be loaded: {line}") from error
    known = tokenizer.get_vocab()
    lacking = [token for token in (START, END) if token not in known]
    if lacking:
        raise WeightsError(
            f"the tokenizer in {folder} must know ChatML, as Qwen2's does; it lacks "
            f"{', '.join(lacking)}"
        )
    return tokenizer
