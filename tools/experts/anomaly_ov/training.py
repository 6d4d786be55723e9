"""Stage 1: training Anomaly-OV's expert behind a frozen tower. Knows no product.

The published code has no stage 1. This follows the paper's appendix A2: AdamW at 1e-4, cosine
annealing with a warm restart every half epoch, 2 epochs, batches of 128, balanced BCE. What it
leaves open is chosen here: both labels weigh the same within each data set (balanced over all of
them together, the expert learns which set is mostly defective), weight decay is torch's default
for AdamW, and nothing is augmented.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.errors import LoupeError, WeightsError
from tools.experts.anomaly_ov.feature_files import FeatureFiles
from tools.experts.anomaly_ov.module import EMBEDDING, Ablation, ExpertLayers, expert_class
from tools.experts.anomaly_ov.samples import LabelledPicture

CHECKPOINT = "checkpoint.pt"
FORMAT = "loupe.expert-training/2"


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """What a training is, besides its pictures and its tower."""

    epochs: int = 2
    batch_size: int = 128
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    embedding: int = EMBEDDING
    ablation: Ablation = ""
    seed: int = 0


class Training:
    """One training that can be stopped after any step and goes on exactly as it would have."""

    def __init__(
        self,
        samples: Sequence[LabelledPicture],
        features: FeatureFiles,
        plan: TrainingPlan,
        *,
        folder: Path,
    ) -> None:
        """Start, or go on from the checkpoint in the folder.

        Args:
            samples: to train on.
            features: of their pictures, with the tower.
            plan: of the training.
            folder: of the checkpoint.

        Raises:
            WeightsError: where the checkpoint is of another training or cannot be read.
        """
        import torch

        self.samples, self.features, self.plan = list(samples), features, plan
        self.steps_per_epoch = -(-len(self.samples) // plan.batch_size)
        self.n_steps = plan.epochs * self.steps_per_epoch
        self.losses: list[float] = []
        self.rates: list[float] = []
        self._checkpoint = folder / CHECKPOINT
        with torch.random.fork_rng():
            torch.manual_seed(plan.seed)
            self.expert = build_expert_for(features, plan).to(features.tower.device)
        self._optimizer = torch.optim.AdamW(
            self.expert.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay
        )
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(
            self._optimizer, T_0=max(1, self.steps_per_epoch // 2)
        )
        self._weights = balanced_weights(self.samples)
        if self._checkpoint.is_file():
            self._restore()

    def run(self, *, save_every: int = 0, report: Callable[[int, int], None] | None = None) -> None:
        """Take the steps that are left.

        Args:
            save_every: steps between checkpoints; 0 saves after each epoch.
            report: is told how many steps are done, of how many.
        """
        every = save_every or self.steps_per_epoch
        self.expert.train()
        for step in range(len(self.losses), self.n_steps):
            self.rates.append(float(self._optimizer.param_groups[0]["lr"]))
            self.losses.append(self._step(batch_rows(self, step)))
            if (step + 1) % every == 0 or step + 1 == self.n_steps:
                self._save()
            if report is not None:
                report(step + 1, self.n_steps)
        self.expert.eval()

    def _step(self, rows: Sequence[int]) -> float:
        import torch
        from torch.nn import functional

        chosen = [self.samples[row] for row in rows]
        batch = self.features.batch([sample.path for sample in chosen])
        device = self.features.tower.device
        wanted = torch.tensor([float(s.anomalous) for s in chosen], device=device)
        weights = torch.tensor([self._weights[row] for row in rows], device=device)
        taps = [tap.to(device) for tap in batch.taps]
        logit = self.expert(batch.final_bnd.to(device), taps, batch.split_sizes).logit
        loss = functional.binary_cross_entropy_with_logits(logit, wanted, weight=weights)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._schedule.step()
        return float(loss.detach())

    def _fingerprint(self) -> str:
        parts = [FORMAT, json.dumps(asdict(self.plan), sort_keys=True), self.features.tower.digest]
        parts += [str(self.features.tiles)]
        parts += [f"{s.path.name} {s.anomalous} {s.dataset}" for s in self.samples]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _save(self) -> None:
        import torch

        partial = self._checkpoint.with_suffix(".partial")
        torch.save(
            {
                "training": self._fingerprint(),
                "expert": self.expert.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "schedule": self._schedule.state_dict(),
                "losses": self.losses,
                "rates": self.rates,
            },
            partial,
        )
        partial.replace(self._checkpoint)

    def _restore(self) -> None:
        kept = _load(self._checkpoint, device=self.features.tower.device)
        if kept.get("training") != self._fingerprint():
            raise WeightsError(
                f"{self._checkpoint} is of another training (other pictures, plan or tower); "
                "name another folder, or delete it"
            )
        self.expert.load_state_dict(kept["expert"])
        self._optimizer.load_state_dict(kept["optimizer"])
        self._schedule.load_state_dict(kept["schedule"])
        self.losses, self.rates = list(kept["losses"]), list(kept["rates"])


def build_expert_for(features: FeatureFiles, plan: TrainingPlan) -> ExpertLayers:
    """An expert of the tower's sizes with random weights."""
    tower = features.tower
    return expert_class()(
        tower.hidden,
        tower.grid_side**2,
        plan.embedding,
        tap_widths=tower.tap_widths,
        ablation=plan.ablation,
    )


def batch_rows(training: Training, step: int) -> list[int]:
    """Which pictures a step sees: each epoch all of them, in an order of its own."""
    import torch

    epoch, position = divmod(step, training.steps_per_epoch)
    generator = torch.Generator().manual_seed(training.plan.seed * 100_003 + epoch)
    order = torch.randperm(len(training.samples), generator=generator)
    size = training.plan.batch_size
    return order[position * size : (position + 1) * size].tolist()


def balanced_weights(samples: Sequence[LabelledPicture]) -> list[float]:
    """A weight for each picture: within a data set both labels add up to the same.

    A data set's weights add up to its number of pictures; to half of it where it shows one label.

    Raises:
        LoupeError: where one label is not shown at all.
    """
    if {sample.anomalous for sample in samples} != {True, False}:
        raise LoupeError("training needs normal and anomalous pictures")
    of_set = Counter(sample.dataset for sample in samples)
    of_label = Counter((sample.dataset, sample.anomalous) for sample in samples)
    return [
        of_set[sample.dataset] / (2 * of_label[sample.dataset, sample.anomalous])
        for sample in samples
    ]


def score_pictures(
    expert: ExpertLayers, samples: Sequence[LabelledPicture], features: FeatureFiles
) -> list[float]:
    """The expert's logit of each picture, higher is worse."""
    import torch

    scores = []
    device = features.tower.device
    with torch.inference_mode():
        for sample in samples:
            batch = features.batch([sample.path])
            taps = [tap.to(device) for tap in batch.taps]
            out = expert(batch.final_bnd.to(device), taps, batch.split_sizes)
            scores.append(float(out.logit[0]))
    return scores


def _load(file: Path, *, device: str) -> dict[str, Any]:
    import pickle

    import torch

    try:
        loaded: dict[str, Any] = torch.load(file, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise WeightsError(f"checkpoint {file} cannot be read; delete it to start anew") from error
    return loaded
