from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tools.errors import WeightsError
from tools.regions.sam import Prompt, load_segmenter
from tools.regions.sam.checkpoint import read_checkpoint
from tools.regions.sam.geometry import SamGeometry, geometry_of
from tools.regions.sam.keys import transformers_state

State = dict[str, torch.Tensor]


def test_sizes_are_read_off_the_weights(sam_state: State) -> None:
    assert geometry_of(sam_state) == SamGeometry(
        embed_dim=32,
        depth=3,
        n_heads=4,
        mlp_dim=128,
        patch_px=8,
        grid=8,
        window=3,
        global_layers=(1,),
        prompt_dim=32,
        mask_channels=8,
        decoder_depth=2,
        decoder_mlp_dim=48,
        n_masks=3,
        iou_hidden_dim=24,
    )


def test_every_tensor_gets_a_name_of_its_own_and_the_place_code_two(sam_state: State) -> None:
    assert len(transformers_state(sam_state)) == len(sam_state) + 1


def test_pth_and_safetensors_segment_alike(sam_state: State, tmp_path: Path) -> None:
    torch.save(sam_state, tmp_path / "sam.pth")
    save_file(sam_state, tmp_path / "sam.safetensors")
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    masks = [
        load_segmenter(tmp_path / name).prompted(image, Prompt(((9.0, 9.0),), (1,))).mask
        for name in ("sam.pth", "sam.safetensors")
    ]
    assert masks[0].shape == (40, 30)
    assert (masks[0] == masks[1]).all()


def test_a_segmenter_that_is_not_the_released_one_says_why(
    sam_state: State, tmp_path: Path
) -> None:
    torch.save(sam_state, tmp_path / "sam.pth")
    segmenter = load_segmenter(tmp_path / "sam.pth")
    assert (segmenter.route == "segment-anything") == (segmenter.note == "")
    assert len(segmenter.version) == 16


def test_a_torchvision_that_does_not_load_leaves_transformers(
    sam_state: State, tmp_path: Path
) -> None:
    torch.save(sam_state, tmp_path / "sam.pth")
    broken = tmp_path / "torchvision" / "__init__.py"
    broken.parent.mkdir()
    broken.write_text("raise RuntimeError('operator torchvision::nms does not exist')\n")
    program = (
        "import sys; from pathlib import Path; from tools.regions.sam import load_segmenter; "
        "print(load_segmenter(Path(sys.argv[1])).note)"
    )
    root = Path(__file__).resolve().parents[4]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "sam.pth")],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{tmp_path}:{root}", "OMP_NUM_THREADS": "1"},
    )
    line = (
        "SAM runs through transformers' SamModel: "
        "torchvision does not load (operator torchvision::nms does not exist)\n"
    )
    assert done.stdout == line
    assert line in done.stderr


def test_the_first_tensor_that_is_missing_is_named(sam_state: State, tmp_path: Path) -> None:
    gone = "mask_decoder.mask_tokens.weight"
    torch.save({k: v for k, v in sam_state.items() if k != gone}, tmp_path / "sam.pth")
    with pytest.raises(WeightsError, match=f"{gone} is missing"):
        load_segmenter(tmp_path / "sam.pth")


def test_a_tensor_too_many_is_refused(sam_state: State, tmp_path: Path) -> None:
    torch.save({**sam_state, "mask_decoder.extra": torch.zeros(1)}, tmp_path / "sam.pth")
    with pytest.raises(WeightsError, match="extra"):
        load_segmenter(tmp_path / "sam.pth")


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("run",))


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_files_that_are_no_weights_are_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"sam.{suffix}"
    with pytest.raises(WeightsError, match="is no file of weights"):
        read_checkpoint(path)
    path.write_bytes(b"not weights")
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        read_checkpoint(path)


def test_a_pickle_that_brings_code_is_not_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sam.pth"
    torch.save({"weight": Harmful()}, path, pickle_module=pickle)
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        read_checkpoint(path)
    assert capsys.readouterr().out == ""


def test_a_file_of_other_things_is_no_state_dict(tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "sam.pth")
    with pytest.raises(WeightsError, match="is no state dict"):
        read_checkpoint(tmp_path / "sam.pth")


@pytest.mark.gpu
def test_cpu_and_gpu_segment_alike(sam_state: State, tmp_path: Path) -> None:
    torch.save(sam_state, tmp_path / "sam.pth")
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    prompt = Prompt(((9.0, 9.0),), (1,))
    cpu, gpu = (
        load_segmenter(tmp_path / "sam.pth", device=device).prompted(image, prompt)
        for device in ("cpu", "cuda")
    )
    assert (cpu.mask == gpu.mask).mean() > 0.99
    assert cpu.predicted_iou == pytest.approx(gpu.predicted_iou, abs=1e-3)
