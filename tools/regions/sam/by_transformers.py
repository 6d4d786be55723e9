"""SAM through transformers' SamModel, from released weights. Needs no torchvision."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.arrays import UInt8Image
from tools.errors import WeightsError
from tools.regions.sam.contract import EverythingSettings, Prompt, SegmentedMask
from tools.regions.sam.everything import Embedded, segment_everything
from tools.regions.sam.geometry import DECODER_HEADS, SamGeometry, geometry_of
from tools.regions.sam.keys import transformers_state

if TYPE_CHECKING:
    from torch import Tensor

PIXEL_MEAN = (123.675, 116.28, 103.53)
PIXEL_STD = (58.395, 57.12, 57.375)
UPSCALED_AT_ONCE = 16
"""Masks whose full-size logits are made at once."""


class TransformersSam:
    """Segments by transformers' SamModel; see `Segmenter`."""

    route = "transformers"

    def __init__(
        self,
        state: Mapping[str, Tensor],
        *,
        version: str,
        note: str = "",
        device: str = "cpu",
        settings: EverythingSettings | None = None,
    ) -> None:
        """Build the model that the weights are of.

        Args:
            state: tensors by their released names.
            version: digest of the weights.
            note: why this route serves.
            device: torch's name of the device that computes.
            settings: of `everything`.

        Raises:
            WeightsError: where the weights do not fit.
        """
        self.version, self.note = version, note
        self._settings = settings or EverythingSettings()
        self._geometry = geometry_of(state)
        self._model = build_sam_model(state, self._geometry).to(device)
        self._device = device
        self._lock = threading.Lock()
        self._last: tuple[str, Embedded] | None = None

    def everything(self, image_hwc: UInt8Image) -> list[SegmentedMask]:
        """Masks of all that is seen; see `Segmenter`."""
        import torch

        with torch.inference_mode():
            return segment_everything(self, image_hwc, self._settings)

    def prompted(self, image_hwc: UInt8Image, prompt: Prompt) -> SegmentedMask:
        """The surest mask of a prompt; see `Segmenter`."""
        import torch

        with torch.inference_mode():
            seen = self.embed(image_hwc)
            points = np.asarray(prompt.points_xy, dtype=np.float32).reshape(1, -1, 2)
            boxes = None
            if prompt.box_xyxy is not None:
                corners = np.asarray(prompt.box_xyxy, dtype=np.float32).reshape(1, 2, 2)
                boxes = self._scaled(seen, corners).reshape(1, 1, 4)
            low, predicted = self._decoded(
                seen,
                self._scaled(seen, points)[None] if prompt.points_xy else None,
                labels=prompt.labels,
                boxes=boxes,
                several=prompt.ambiguous,
            )
            best = int(predicted[0].argmax())
            mask = self.upscaled(seen, low[0, best : best + 1])[0] > 0
            return SegmentedMask(mask.cpu().numpy(), float(predicted[0, best]))

    def embed(self, image_hwc: UInt8Image) -> Embedded:
        """Look at a picture; the last one that was looked at is remembered."""
        key = hashlib.sha256(repr(image_hwc.shape).encode() + image_hwc.tobytes()).hexdigest()
        with self._lock:
            if self._last is not None and self._last[0] == key:
                return self._last[1]
        seen = self._embedded(image_hwc)
        with self._lock:
            self._last = (key, seen)
        return seen

    def points(self, seen: Embedded, points_xy: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
        """Masks of single points; see `PromptedModel`."""
        points = self._scaled(seen, points_xy[:, None, :])[None]
        return self._decoded(seen, points, labels=(1,), boxes=None, several=True)

    def upscaled(self, seen: Embedded, low_nhw: Tensor) -> Tensor:
        """(N, H, W) logits in the frame of the picture."""
        import torch
        from torch.nn import functional

        height_px, width_px = seen.input_px
        side = self._geometry.image_px
        pieces = [low_nhw.new_zeros((0, *seen.size_px))]
        for first in range(0, len(low_nhw), UPSCALED_AT_ONCE):
            piece = low_nhw[first : first + UPSCALED_AT_ONCE, None]
            padded = functional.interpolate(piece, (side, side), mode="bilinear")
            cut = padded[..., :height_px, :width_px]
            pieces.append(functional.interpolate(cut, seen.size_px, mode="bilinear")[:, 0])
        return torch.cat(pieces)

    def _embedded(self, image_hwc: UInt8Image) -> Embedded:
        import torch
        from torch.nn import functional

        size = (image_hwc.shape[0], image_hwc.shape[1])
        side = self._geometry.image_px
        height_px, width_px = (int(length * side / max(size) + 0.5) for length in size)
        resized = Image.fromarray(image_hwc).resize(
            (width_px, height_px), Image.Resampling.BILINEAR
        )
        pixels = torch.from_numpy(np.array(resized)).to(self._device).permute(2, 0, 1).float()
        mean = torch.tensor(PIXEL_MEAN, device=self._device).view(3, 1, 1)
        std = torch.tensor(PIXEL_STD, device=self._device).view(3, 1, 1)
        padding = (0, side - width_px, 0, side - height_px)
        batch = functional.pad((pixels - mean) / std, padding)[None]
        return Embedded(self._model.get_image_embeddings(batch), (height_px, width_px), size)

    def _scaled(self, seen: Embedded, points_xy: NDArray[Any]) -> Tensor:
        """Points of the picture in pixels of the model's input."""
        import torch

        factors = (seen.input_px[1] / seen.size_px[1], seen.input_px[0] / seen.size_px[0])
        scaled = points_xy * np.array(factors, dtype=points_xy.dtype)
        return torch.from_numpy(scaled).to(self._device)

    def _decoded(
        self,
        seen: Embedded,
        points: Tensor | None,
        *,
        labels: tuple[int, ...],
        boxes: Tensor | None,
        several: bool,
    ) -> tuple[Tensor, Tensor]:
        """Low logits (N, C, h, w) and predicted IoU (N, C) of N prompts.

        Args:
            seen: the picture.
            points: (1, N, P, 2) in pixels of the model's input, or None.
            labels: of the P points of each prompt.
            boxes: (1, N, 4) likewise, or None.
            several: three masks for each prompt instead of one.
        """
        import torch

        marks = None
        if points is not None:
            marks = torch.tensor(labels, device=self._device).expand(points.shape[:3])
        answer = self._model(
            image_embeddings=seen.features,
            input_points=points,
            input_labels=marks,
            input_boxes=boxes,
            multimask_output=several,
        )
        return answer.pred_masks[0].float(), answer.iou_scores[0].float()


def build_sam_model(state: Mapping[str, Tensor], geometry: SamGeometry) -> Any:
    """Build transformers' SamModel with released weights, strictly.

    Raises:
        WeightsError: where a tensor is missing, too many, or of another shape.
    """
    import torch
    from transformers import SamModel

    with torch.device("meta"):
        model = SamModel(_config(geometry))
    try:
        model.load_state_dict(transformers_state(state), strict=True, assign=True)
    except (KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise WeightsError(
            f"the weights do not fit transformers' SamModel: {reason}; use a released SAM"
        ) from error
    return model.float().eval()


def _config(geometry: SamGeometry) -> Any:
    from transformers import SamConfig

    sizes = {"image_size": geometry.image_px, "patch_size": geometry.patch_px}
    return SamConfig(
        vision_config={
            **sizes,
            "hidden_size": geometry.embed_dim,
            "output_channels": geometry.prompt_dim,
            "num_hidden_layers": geometry.depth,
            "num_attention_heads": geometry.n_heads,
            "mlp_dim": geometry.mlp_dim,
            "window_size": geometry.window,
            "global_attn_indexes": list(geometry.global_layers),
            "num_pos_feats": geometry.prompt_dim // 2,
        },
        prompt_encoder_config={
            **sizes,
            "hidden_size": geometry.prompt_dim,
            "mask_input_channels": geometry.mask_channels,
        },
        mask_decoder_config={
            "hidden_size": geometry.prompt_dim,
            "mlp_dim": geometry.decoder_mlp_dim,
            "num_hidden_layers": geometry.decoder_depth,
            "num_attention_heads": DECODER_HEADS,
            "num_multimask_outputs": geometry.n_masks,
            "iou_head_hidden_dim": geometry.iou_hidden_dim,
            # The released decoder has torch's own epsilon; transformers' default is 1e-6.
            "layer_norm_eps": 1e-5,
        },
    )
