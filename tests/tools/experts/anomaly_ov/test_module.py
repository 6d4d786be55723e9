from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tools.errors import WeightsError
from tools.experts.anomaly_ov import AnomalyExpert
from tools.experts.anomaly_ov.module import Ablation, ExpertOutput

RELEASED = {
    "positive_embedding": (1, 512),
    "negative_embedding": (1, 512),
    "pooling_layer.0.weight": (1, 729),
    "pooling_layer.0.bias": (1,),
    "class_predictor.0.weight": (512, 1152),
    "class_predictor.0.bias": (512,),
    "class_predictor.2.weight": (512, 512),
    "class_predictor.2.bias": (512,),
    **{f"siglip_adaptors.{i}.weight": (512, 1152) for i in range(4)},
    **{f"siglip_adaptors.{i}.bias": (512,) for i in range(4)},
    **{f"prompt_adaptors.{i}.weight": (512, 1024) for i in range(4)},
    **{f"prompt_adaptors.{i}.bias": (512,) for i in range(4)},
    "final_predictor.0.weight": (512, 1152),
    "final_predictor.0.bias": (512,),
    "final_predictor.2.weight": (1, 512),
    "final_predictor.2.bias": (1,),
    "q_former.query_proj.weight": (512, 1152),
    "q_former.query_proj.bias": (512,),
    "q_former.key_proj.weight": (512, 1152),
    "q_former.key_proj.bias": (512,),
}
SIDE, HIDDEN, EMBEDDING = 5, 6, 4
Array = NDArray[np.float64]


def small(ablation: Ablation = "") -> AnomalyExpert:
    torch.manual_seed(0)
    return AnomalyExpert(HIDDEN, SIDE * SIDE, EMBEDDING, ablation=ablation).eval()


def features(n_crops: int, *, seed: int = 1) -> tuple[Tensor, list[Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    made = torch.randn(5, n_crops, SIDE * SIDE, HIDDEN, generator=generator)
    return made[0], list(made[1:])


def judged(expert: AnomalyExpert, n_crops: int, splits: list[int]) -> ExpertOutput:
    with torch.no_grad():
        out: ExpertOutput = expert(*features(n_crops), split_sizes=splits)
    return out


def gelu(x: float) -> float:
    return x * 0.5 * (1 + math.erf(x / math.sqrt(2)))


def linear(weights: dict[str, Array], name: str, x: Array) -> Array:
    return np.asarray(weights[f"{name}.weight"] @ x + weights[f"{name}.bias"])


def two_layers(weights: dict[str, Array], name: str, x: Array) -> Array:
    inner = np.array([gelu(value) for value in linear(weights, f"{name}.0", x)])
    return linear(weights, f"{name}.2", inner)


def slow_map(w: dict[str, Array], base: Array, taps: list[Array]) -> Array:
    """One crop's map, patch by patch. base: (N, D); taps: four of (N, D)."""
    fused = base.T @ w["pooling_layer.0.weight"][0] + w["pooling_layer.0.bias"][0]
    described = two_layers(w, "class_predictor", fused)
    total = np.zeros(SIDE * SIDE)
    for level in range(4):
        signs = []
        for sign in ("positive", "negative"):
            joined = np.concatenate([w[f"{sign}_embedding"][0], described])
            d = linear(w, f"prompt_adaptors.{level}", joined)
            signs.append(d / np.linalg.norm(d))
        for patch in range(SIDE * SIDE):
            v = linear(w, f"siglip_adaptors.{level}", taps[level][patch])
            normal, wrong = (100 * float(v @ d) / np.linalg.norm(v) for d in signs)
            total[patch] += 1 / (1 + math.exp(normal - wrong)) / 4
    return total.reshape(SIDE, SIDE)


def slow_tokens(w: dict[str, Array], final: Array, crop_map: Array) -> tuple[Array, Array]:
    """One crop's four tokens and pooled map. final: (N, D)."""
    half = math.ceil(SIDE / 2)
    spans = (range(half), range(SIDE - half, SIDE))
    tokens, pooled = [], []
    for rows in spans:
        for columns in spans:
            cells = [(r, c) for r in rows for c in columns]
            weight = np.array([crop_map[cell] for cell in cells])
            values = np.array([final[r * SIDE + c] for r, c in cells])
            pooled.append(weight.mean())
            query = linear(
                w, "q_former.query_proj", (values * weight[:, None]).sum(0) / sum(weight)
            )
            keys = np.array([linear(w, "q_former.key_proj", v) for v in final])
            scores = np.exp(keys @ query / math.sqrt(EMBEDDING))
            tokens.append((scores / scores.sum()) @ final)
    return np.array(tokens), np.array(pooled)


def slow(expert: AnomalyExpert, final: Tensor, taps: list[Tensor], splits: list[int]) -> Any:
    """Everything in float64, crop by crop: maps, tokens, summary, score."""
    w = {k: v.double().numpy() for k, v in expert.state_dict().items()}
    f, levels = final.double().numpy(), [t.double().numpy() for t in taps]
    maps, tokens, summaries, scores, start = [], [], [], [], 0
    for size in splits:
        above, below = np.zeros(HIDDEN), 0.0
        for crop in range(start, start + size):
            crop_map = slow_map(w, f[start], [level[crop] for level in levels])
            found, pooled = slow_tokens(w, f[crop], crop_map)
            for token, share in zip(found, pooled, strict=True):
                above += token * share * crop_map.mean()
                below += share * crop_map.mean()
            maps.append(crop_map)
            tokens.append(found)
        summaries.append(above / below)
        logit = two_layers(w, "final_predictor", above / below)[0]
        scores.append(1 / (1 + math.exp(-logit)))
        start += size
    return np.array(maps), np.array(tokens), np.array(summaries), np.array(scores)


def test_keys_and_shapes_are_those_of_the_released_checkpoints() -> None:
    expert = AnomalyExpert()

    assert {k: tuple(v.shape) for k, v in expert.state_dict().items()} == RELEASED
    assert sum(p.numel() for p in expert.parameters()) == 7_086_811


@pytest.mark.parametrize("splits", [[1], [3, 2], [2, 1, 4]])
def test_outputs_are_those_of_the_equations_worked_out_crop_by_crop(splits: list[int]) -> None:
    expert = small()
    final, taps = features(sum(splits))

    with torch.no_grad():
        out = expert(final, taps, split_sizes=splits)

    for got, wanted in zip(out, slow(expert, final, taps, splits), strict=False):
        assert np.allclose(got.numpy(), wanted, atol=1e-5)


def test_outputs_have_the_shapes_that_are_promised() -> None:
    out = judged(small(), 5, [3, 2])

    assert out.maps.shape == (5, SIDE, SIDE)
    assert out.tokens.shape == (5, 4, HIDDEN)
    assert out.summary.shape == (2, HIDDEN)
    assert out.score.shape == (2,)


def test_an_image_is_judged_alike_alone_and_beside_others() -> None:
    expert = small()
    final, taps = features(5)

    with torch.no_grad():
        both = expert(final, taps, split_sizes=[3, 2])
        second = expert(final[3:], [tap[3:] for tap in taps], split_sizes=[2])

    assert torch.allclose(both.score[1:], second.score, atol=1e-6)
    assert torch.allclose(both.maps[3:], second.maps, atol=1e-6)


def test_only_the_base_view_describes_the_tiles_of_its_image() -> None:
    expert = small()
    final, taps = features(3)
    moved = final.clone()
    moved[1] += 1

    with torch.no_grad():
        before = expert(final, taps, split_sizes=[3])
        after = expert(moved, taps, split_sizes=[3])

    assert torch.equal(before.maps, after.maps)


def test_a_map_of_zeros_gives_plain_means_and_no_nan() -> None:
    expert = small()
    state = {key: torch.zeros_like(value) for key, value in expert.state_dict().items()}
    state["positive_embedding"] += 1
    state["negative_embedding"] -= 1
    for level in range(4):
        state[f"prompt_adaptors.{level}.weight"][0, 0] = 1
        state[f"siglip_adaptors.{level}.bias"][0] = 1
    expert.load_state_dict(state)

    final, taps = features(3)
    with torch.no_grad():
        out = expert(final, taps, split_sizes=[2, 1])

    # exp(-200) is less than float32 holds; attention without weights is the mean of all tokens.
    assert torch.count_nonzero(out.maps) == 0
    means = final.mean(dim=1)
    assert torch.allclose(out.summary, torch.stack([means[:2].mean(0), means[2]]), atol=1e-6)
    assert bool(torch.isfinite(out.score).all())


def test_gradients_of_a_map_of_zeros_are_finite() -> None:
    expert = small()
    with torch.no_grad():
        expert.negative_embedding.copy_(expert.positive_embedding)

    expert(*features(2), split_sizes=[2]).logit.sum().backward()

    gradients = [p.grad for p in expert.parameters() if p.grad is not None]
    assert all(bool(torch.isfinite(g).all()) for g in gradients)


def test_every_key_that_is_missing_extra_or_misshapen_is_named() -> None:
    expert = small()
    state = dict(expert.state_dict())
    state["extra.weight"] = state.pop("q_former.key_proj.bias")
    state["pooling_layer.0.weight"] = torch.zeros(1, 24)

    with pytest.raises(WeightsError) as caught:
        expert.load_state_dict(state)

    assert str(caught.value) == (
        "the weights do not fit Anomaly-OV's expert; missing: q_former.key_proj.bias; "
        "extra: extra.weight; of another shape: pooling_layer.0.weight is (1, 24), not (1, 25)"
    )


def test_crops_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match=r"final_bnd must be \(4, 25, 6\)"):
        judged(small(), 5, [3, 1])


@pytest.mark.parametrize(
    ("ablation", "gone"),
    [
        ("look_back", "pooling_layer.0.weight"),
        ("signs", "positive_embedding"),
        ("q_former", "q_former.key_proj.weight"),
    ],
)
def test_an_ablation_leaves_its_layers_out_and_still_judges(ablation: Ablation, gone: str) -> None:
    expert = small(ablation)

    out = judged(expert, 5, [3, 2])

    assert gone not in expert.state_dict()
    assert bool(((out.score > 0) & (out.score < 1)).all())


@pytest.mark.gpu
def test_gpu_and_cpu_judge_alike() -> None:
    expert = small()
    final, taps = features(5)
    with torch.no_grad():
        there = expert(final, taps, split_sizes=[3, 2])
        expert.cuda()
        here = expert(final.cuda(), [tap.cuda() for tap in taps], split_sizes=[3, 2])

    for one, other in zip(there, here, strict=True):
        assert torch.allclose(one, other.cpu(), atol=1e-4)
