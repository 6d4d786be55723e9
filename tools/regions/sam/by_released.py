"""SAM through the released segment-anything package, which needs torchvision."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.arrays import UInt8Image
from tools.errors import WeightsError
from tools.regions.sam.contract import EverythingSettings, Prompt, SegmentedMask
from tools.regions.sam.everything import tidied
from tools.regions.sam.geometry import DECODER_HEADS, SamGeometry, geometry_of

if TYPE_CHECKING:
    from torch import Tensor


@cache
def trouble() -> str:
    """Why segment-anything cannot serve in this process; empty where it can."""
    for package in ("torchvision", "segment_anything"):
        try:
            importlib.import_module(package)
        except ModuleNotFoundError as error:
            return f"{error.name or package} is not installed"
        except (ImportError, RuntimeError, OSError) as error:
            # PyPI's torchvision beside a CPU build of torch: its operators do not register. What
            # does not load is marked absent, since transformers would import it where it is found.
            sys.modules[package] = None  # type: ignore[assignment]
            reason = str(error).strip().split("\n", maxsplit=1)[0]
            return f"{package} does not load ({reason})"
    return ""


class ReleasedSam:
    """Segments by the released package; see `Segmenter`."""

    route = "segment-anything"
    note = ""

    def __init__(
        self,
        state: Mapping[str, Tensor],
        *,
        version: str,
        device: str = "cpu",
        settings: EverythingSettings | None = None,
    ) -> None:
        """Build the model that the weights are of.

        Args:
            state: tensors by their released names.
            version: digest of the weights.
            device: torch's name of the device that computes.
            settings: of `everything`.

        Raises:
            WeightsError: where the weights do not fit.
        """
        package: Any = importlib.import_module("segment_anything")
        self.version = version
        self._settings = settings or EverythingSettings()
        model = build_released(state, geometry_of(state)).to(device)
        self._predictor: Any = package.SamPredictor(model)
        self._generator: Any = package.SamAutomaticMaskGenerator(
            model, **_arguments(self._settings)
        )
        # Both remember the picture that they look at.
        self._lock = threading.Lock()

    def everything(self, image_hwc: UInt8Image) -> list[SegmentedMask]:
        """Masks of all that is seen; see `Segmenter`."""
        with self._lock:
            found = self._generator.generate(image_hwc)
        masks = [
            SegmentedMask(np.asarray(one["segmentation"]), float(one["predicted_iou"]))
            for one in found
        ]
        return tidied(masks, self._settings)

    def prompted(self, image_hwc: UInt8Image, prompt: Prompt) -> SegmentedMask:
        """The surest mask of a prompt; see `Segmenter`."""
        points = {
            "point_coords": np.asarray(prompt.points_xy, dtype=np.float64),
            "point_labels": np.asarray(prompt.labels),
        }
        with self._lock:
            self._predictor.set_image(image_hwc)
            masks, predicted, _ = self._predictor.predict(
                **(points if prompt.points_xy else {}),
                box=None if prompt.box_xyxy is None else np.asarray(prompt.box_xyxy),
                multimask_output=prompt.ambiguous,
            )
        best = int(np.argmax(predicted))
        return SegmentedMask(np.asarray(masks[best], dtype=np.bool_), float(predicted[best]))


def build_released(state: Mapping[str, Tensor], geometry: SamGeometry) -> Any:
    """Build segment-anything's own model with its weights, strictly.

    Raises:
        WeightsError: where a tensor is missing, too many, or of another shape.
    """
    modeling: Any = importlib.import_module("segment_anything.modeling")
    model = modeling.Sam(
        image_encoder=modeling.ImageEncoderViT(**_of_image_encoder(geometry)),
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=geometry.prompt_dim,
            image_embedding_size=(geometry.grid, geometry.grid),
            input_image_size=(geometry.image_px, geometry.image_px),
            mask_in_chans=geometry.mask_channels,
        ),
        mask_decoder=modeling.MaskDecoder(
            num_multimask_outputs=geometry.n_masks,
            transformer=modeling.TwoWayTransformer(
                depth=geometry.decoder_depth,
                embedding_dim=geometry.prompt_dim,
                mlp_dim=geometry.decoder_mlp_dim,
                num_heads=DECODER_HEADS,
            ),
            transformer_dim=geometry.prompt_dim,
            iou_head_hidden_dim=geometry.iou_hidden_dim,
        ),
    )
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise WeightsError(f"the weights do not fit segment-anything: {reason}") from error
    return model.eval()


def _of_image_encoder(geometry: SamGeometry) -> dict[str, Any]:
    import torch

    return {
        "depth": geometry.depth,
        "embed_dim": geometry.embed_dim,
        "img_size": geometry.image_px,
        "mlp_ratio": geometry.mlp_dim / geometry.embed_dim,
        "norm_layer": partial(torch.nn.LayerNorm, eps=1e-6),
        "num_heads": geometry.n_heads,
        "patch_size": geometry.patch_px,
        "qkv_bias": True,
        "use_rel_pos": True,
        "global_attn_indexes": geometry.global_layers,
        "window_size": geometry.window,
        "out_chans": geometry.prompt_dim,
    }


def _arguments(settings: EverythingSettings) -> dict[str, Any]:
    """The generator's arguments; small parts are removed by us, where it would need OpenCV."""
    return {
        "points_per_side": settings.points_per_side,
        "points_per_batch": settings.points_per_batch,
        "pred_iou_thresh": settings.pred_iou_thresh,
        "stability_score_thresh": settings.stability_score_thresh,
        "stability_score_offset": settings.stability_score_offset,
        "box_nms_thresh": settings.box_nms_thresh,
        "crop_n_layers": settings.crop_n_layers,
        "crop_nms_thresh": settings.crop_nms_thresh,
        "crop_overlap_ratio": settings.crop_overlap_ratio,
        "crop_n_points_downscale_factor": settings.crop_n_points_downscale_factor,
        "min_mask_region_area": 0,
    }
