from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.errors import WeightsError
from tools.experts.anomaly_ov.assistant_files import language_model, load_assistant
from tools.experts.anomaly_ov.assistant_prompt import Spoken


def changed(folder: Path, target: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Path:
    """A copy of a folder with other tensors."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(folder, target)
    state = change(load_file(target / "model.safetensors"))
    save_file(state, target / "model.safetensors", {"format": "pt"})
    return target


def hub_name(key: str) -> str:
    """As the checkpoints of llava-hf on the hub name a tensor."""
    return key.replace("vision_tower.", "vision_tower.vision_model.")


def test_tensors_named_as_on_the_hub_are_read(tiny_llava: Path, tmp_path: Path) -> None:
    import torch

    as_on_hub = changed(
        tiny_llava, tmp_path / "hub", lambda state: {hub_name(k): v for k, v in state.items()}
    )
    turns = [Spoken("user", (np.full((40, 60, 3), 90, dtype=np.uint8), "What is it?"))]

    torch.testing.assert_close(
        load_assistant(as_on_hub).read(turns).embeddings,
        load_assistant(tiny_llava).read(turns).embeddings,
    )


def test_the_smaller_models_tied_embeddings_are_no_missing_weights(
    tiny_llava: Path, tmp_path: Path
) -> None:
    tied = changed(
        tiny_llava,
        tmp_path / "tied",
        lambda state: {k: v for k, v in state.items() if "lm_head" not in k},
    )
    config = json.loads((tied / "config.json").read_text("utf-8"))
    config["tie_word_embeddings"] = config["text_config"]["tie_word_embeddings"] = True
    (tied / "config.json").write_text(json.dumps(config), "utf-8")

    model = load_assistant(tied)._model

    assert model.lm_head.weight.data_ptr() == model.get_input_embeddings().weight.data_ptr()


def test_positions_keep_their_precision_where_weights_have_less(tiny_llava: Path) -> None:
    import torch

    model = language_model(tiny_llava, dtype=torch.bfloat16)

    frequencies = [tensor for name, tensor in model.named_buffers() if name.endswith("inv_freq")]
    assert {tensor.dtype for tensor in frequencies} == {torch.float32}
    assert model.lm_head.weight.dtype == torch.bfloat16


def test_a_folder_of_another_model_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llava"}')

    with pytest.raises(WeightsError, match=r"layout of llava-hf.*model_type 'llava'"):
        load_assistant(tmp_path)


def test_a_missing_expert_is_one_clear_line(tiny_llava: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.pth must be a file"):
        load_assistant(tiny_llava, expert=tiny_llava / "none.pth")


def test_an_expert_of_another_tower_is_refused(tiny_llava: Path, tmp_path: Path) -> None:
    from tools.experts.anomaly_ov import AnomalyExpert
    from tools.experts.anomaly_ov.weights import save_expert

    other = tmp_path / "other.safetensors"
    save_expert(AnomalyExpert(24, 9, 8), other, taps=(1, 2, 3, 4), final=5, tower="")

    with pytest.raises(WeightsError, match="24 x 9 tokens"):
        load_assistant(tiny_llava, expert=other)


def test_weights_that_lack_a_tensor_are_refused(tiny_llava: Path, tmp_path: Path) -> None:
    folder = changed(
        tiny_llava,
        tmp_path / "cut",
        lambda state: {k: v for k, v in state.items() if not k.endswith("linear_2.bias")},
    )

    with pytest.raises(WeightsError, match=r"must hold all weights.*linear_2\.bias"):
        load_assistant(folder)


def test_another_way_to_cut_pictures_is_refused(tiny_llava: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llava, tmp_path / "other"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["image_grid_pinpoints"] = [[28, 28]]
    (folder / "config.json").write_text(json.dumps(config), "utf-8")

    with pytest.raises(WeightsError, match="has another image_grid_pinpoints"):
        load_assistant(folder)


def test_a_tokenizer_without_chatml_is_refused(tiny_llava: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llava, tmp_path / "other"))
    written = (folder / "tokenizer.json").read_text("utf-8").replace("<|im_start|>", "<|begin|>")
    (folder / "tokenizer.json").write_text(written, "utf-8")
    (folder / "tokenizer_config.json").unlink()

    with pytest.raises(WeightsError, match=r"it lacks <\|im_start\|>"):
        load_assistant(folder)
