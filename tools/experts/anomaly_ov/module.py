"""Anomaly-OV's expert as released: features of crops in, maps, tokens and a score out.

Knows nothing of pictures, towers or files. Torch is imported by the first use.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tools.errors import WeightsError
from tools.experts.anomaly_ov.steps import (
    attend,
    base_rows,
    check_inputs,
    image_summaries,
    level_map,
    pool,
    query_tokens,
    torch_counts,
)

if TYPE_CHECKING:
    from torch import Tensor, nn

    Base = nn.Module
else:
    Base = object

HIDDEN = 1152
TOKENS = 729
EMBEDDING = 512
N_LEVELS = 4
POOLED_SIDE = 2
Ablation = Literal["", "look_back", "signs", "q_former"]


class ExpertOutput(NamedTuple):
    """What the expert says. B crops of n images; N tokens, h x w of them; D hidden."""

    maps: Tensor
    """(B, h, w) float32 in [0, 1], higher is worse: m_j, the mean over the levels."""
    tokens: Tensor
    """(B, 4, D): v_j^s, of the 2 x 2 cells row by row."""
    summary: Tensor
    """(n, D): r(I)."""
    score: Tensor
    """(n,) in [0, 1], higher is worse."""
    logit: Tensor
    """(n,) the score before the sigmoid."""


class MisfitError(WeightsError, RuntimeError):
    """A state dict does not fit. RuntimeError, as `nn.Module.load_state_dict` raises."""


class ExpertLayers(Base):
    """Anomaly-OV's expert (Xu et al. 2025, section 3), as its published module computes it.

    State-dict keys and shapes are those of the released checkpoints. No released weights have
    ever run here: the agreement is with the published module on random weights.

    Where paper and published code differ, this follows the code:

    - T_i^o (eq. 3): one token-axis linear, `pooling_layer`, shared by all levels, not one each.
    - G_i^+ and G_i^- (eq. 3): one two-layer `class_predictor` for all levels, then one Linear a
      level, `prompt_adaptors`, shared by both signs; not two networks a level.
    - the sign: the map (eq. 4) is the probability of `negative_embedding`, so the paper's e+
      (anomalous) is `negative_embedding` here.
    - eq. 6: q_j = P(v_j * m_j) / P(m_j), a mean weighted by the map; the paper has no quotient.
    - eq. 7: the Q-Former is one head of attention, values not projected, nothing after it.
    - eq. 8: the weight is P(m_j)[k] * mean(m_j); the paper has no second factor.
    - adapters are single Linear layers without activation.

    Where the original divides by nought this does not: a cell whose pooled map is zero takes the
    plain mean of its features, and an image of such cells the plain mean of its tokens.
    """

    def __init__(
        self,
        hidden: int = HIDDEN,
        tokens: int = TOKENS,
        embedding: int = EMBEDDING,
        *,
        tap_widths: Sequence[int] | None = None,
        grid: tuple[int, int] | None = None,
        ablation: Ablation = "",
    ) -> None:
        """Make the layers with random weights.

        Args:
            hidden: D, width of the final features.
            tokens: N, patches of a crop.
            embedding: width in which patches and descriptions are compared.
            tap_widths: width of each level; `hidden` four times where None.
            grid: (rows, columns) of a crop's patches; a square where None.
            ablation: what the paper's table 1 leaves out. `look_back`: descriptions do not see the
                base view. `signs`: no e+ and e-, a wider layer makes both descriptions of the
                base view. `q_former`: the query tokens stand for the attended ones.

        Raises:
            ValueError: where the tokens do not fill the grid.
        """
        from torch import nn

        super().__init__()
        widths = tuple(tap_widths) if tap_widths is not None else (hidden,) * N_LEVELS
        rows, columns = grid if grid is not None else (math.isqrt(tokens),) * 2
        self.grid = (rows, columns)
        if rows * columns != tokens:
            raise ValueError(f"tokens must fill the grid {self.grid}, got {tokens}; give grid=")
        self.hidden, self.tokens, self.embedding, self.tap_widths = (
            hidden,
            tokens,
            embedding,
            widths,
        )
        self.ablation = ablation
        self._add_descriptions(embedding)
        self.siglip_adaptors = nn.ModuleList(nn.Linear(width, embedding) for width in widths)
        self.final_predictor = nn.Sequential(
            nn.Linear(hidden, embedding), nn.GELU(), nn.Linear(embedding, 1)
        )
        if ablation != "q_former":
            names = ("query_proj", "key_proj")
            self.q_former = nn.ModuleDict({name: nn.Linear(hidden, embedding) for name in names})

    def _add_descriptions(self, embedding: int) -> None:
        import torch
        from torch import nn

        widths = (2 * embedding, embedding)
        if self.ablation == "signs":
            widths = (embedding, 2 * embedding)
        else:
            self.positive_embedding = nn.Parameter(torch.randn(1, embedding))
            self.negative_embedding = nn.Parameter(torch.randn(1, embedding))
        self.prompt_adaptors = nn.ModuleList(nn.Linear(*widths) for _ in self.tap_widths)
        if self.ablation != "look_back":
            self.pooling_layer = nn.Sequential(nn.Linear(self.tokens, 1))
            self.class_predictor = nn.Sequential(
                nn.Linear(self.hidden, embedding), nn.GELU(), nn.Linear(embedding, embedding)
            )

    def forward(
        self, final_bnd: Tensor, taps: Sequence[Tensor], split_sizes: Sequence[int]
    ) -> ExpertOutput:
        """Judge images by their crops.

        Args:
            final_bnd: (B, N, D), v^o: final features of the crops of all images, image after
                image, the base view of each first.
            taps: of each level (B, N, its width), in the same order of crops.
            split_sizes: crops of each image, the base view counted; they add up to B.

        Raises:
            ValueError: where shapes or counts do not agree.
        """
        check_inputs(self, final_bnd, taps, split_sizes=split_sizes)
        bases_nd = final_bnd[base_rows(split_sizes)]
        descriptions = self.describe(bases_nd)
        repeats = torch_counts(split_sizes, device=final_bnd.device)
        maps = self._maps(taps, [d.repeat_interleave(repeats, dim=0) for d in descriptions])
        pooled_bk = pool(maps, POOLED_SIDE)
        tokens_bkd = query_tokens(final_bnd, maps, pooled_bk, side=POOLED_SIDE)
        if self.ablation != "q_former":
            query, key = self.q_former["query_proj"], self.q_former["key_proj"]
            tokens_bkd = attend(query(tokens_bkd), key(final_bnd), final_bnd)
        means_b = maps.mean(dim=(1, 2))
        summary = image_summaries(tokens_bkd, pooled_bk, means_b, split_sizes=split_sizes)
        logit = self.final_predictor(summary).squeeze(-1).float()
        return ExpertOutput(maps, tokens_bkd, summary, logit.sigmoid(), logit)

    def describe(self, bases: Tensor) -> list[Tensor]:
        """Descriptions of what is normal and anomalous for each image (eq. 3).

        Args:
            bases: (n, N, D), final features of the base views.

        Returns:
            Of each level (n, 2, embedding): normal, then anomalous.
        """
        import torch

        n_images = len(bases)
        if self.ablation == "look_back":
            classes = bases.new_zeros(n_images, self.embedding)
        else:
            fused = self.pooling_layer(bases.transpose(1, 2)).squeeze(-1)
            classes = self.class_predictor(fused)
        if self.ablation == "signs":
            return [layer(classes).unflatten(-1, (2, -1)) for layer in self.prompt_adaptors]
        signs = torch.stack([self.positive_embedding, self.negative_embedding], dim=1)
        joined = torch.cat(
            [signs.expand(n_images, -1, -1), classes[:, None].expand(-1, 2, -1)], dim=-1
        )
        return [layer(joined) for layer in self.prompt_adaptors]

    def _maps(self, taps: Sequence[Tensor], descriptions: Sequence[Tensor]) -> Tensor:
        """(B, h, w) float32: mean of the levels' maps (eq. 5)."""
        levels = [
            level_map(adaptor(tap), description)
            for adaptor, tap, description in zip(
                self.siglip_adaptors, taps, descriptions, strict=True
            )
        ]
        mean = sum(levels[1:], start=levels[0]) / len(levels)
        return mean.reshape(len(mean), *self.grid)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Take weights; see `torch.nn.Module.load_state_dict`.

        Raises:
            MisfitError: where a key is missing, is extra, or has another shape; names each.
        """
        if strict:
            check_fit(state_dict, self.state_dict())
        return super().load_state_dict(state_dict, strict=strict, assign=assign)


def check_fit(given: Mapping[str, Any], wanted: Mapping[str, Tensor]) -> None:
    """Compare keys and shapes of two state dicts.

    Raises:
        MisfitError: one line that names every key that is missing, extra or of another shape.
    """
    missing = [key for key in wanted if key not in given]
    extra = [key for key in given if key not in wanted]
    misshapen = [
        f"{key} is {tuple(given[key].shape)}, not {tuple(tensor.shape)}"
        for key, tensor in wanted.items()
        if key in given and given[key].shape != tensor.shape
    ]
    found = {"missing": missing, "extra": extra, "of another shape": misshapen}
    faults = [f"{what}: {', '.join(keys)}" for what, keys in found.items() if keys]
    if faults:
        raise MisfitError(f"the weights do not fit Anomaly-OV's expert; {'; '.join(faults)}")


if TYPE_CHECKING:
    AnomalyExpert = ExpertLayers


@cache
def expert_class() -> type[ExpertLayers]:
    """`AnomalyExpert`: the layers as a torch module. Made once, so that torch is loaded late."""
    from torch import nn

    return type("AnomalyExpert", (ExpertLayers, nn.Module), {"__doc__": ExpertLayers.__doc__})
