from __future__ import annotations

from pathlib import Path

from PIL import Image

from evals.benchmarks.tiny_vlm import save_tiny_vlm


def test_the_tiny_model_reads_a_picture_in_a_chat_and_is_the_same_for_a_seed(
    tmp_path: Path,
) -> None:
    from transformers import AutoProcessor

    save_tiny_vlm(tmp_path / "one")
    save_tiny_vlm(tmp_path / "two")

    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two")]
    assert weights[0] == weights[1]
    processor = AutoProcessor.from_pretrained(tmp_path / "one")
    parts = [
        {"type": "text", "text": "fine?"},
        {"type": "image", "image": Image.new("RGB", (9, 9))},
    ]
    read = processor.apply_chat_template(
        [{"role": "user", "content": parts}], tokenize=True, return_dict=True, return_tensors="pt"
    )
    # "<s>", "user\n", "fine?", 56 / 14 squared picture tokens, "</s>", "<s>", "assistant".
    assert read["input_ids"].shape == (1, 1 + 5 + 5 + 16 + 1 + 1 + 9)
