"""Anomalib's VlmAd over a folder of pictures; run by an interpreter that has anomalib.

Imports nothing of Loupe. `PYTHON vlm_ad_alone.py FOLDER MODEL OUT`, where OPENAI_BASE_URL and
OPENAI_API_KEY name the server; OUT becomes a JSON document, which evals.benchmarks.vlm_ad reads.
"""

from __future__ import annotations

import base64
import json
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any


def main(folder: str, model: str, out: str) -> None:
    """Predict as anomalib's documentation says, `Engine.predict`, and note when each row came.

    Its engine would have a model that learns nothing ask about a validation set first; there is
    none here, so each picture costs one question.
    """
    began = perf_counter()
    anomalib = import_module("anomalib.engine")
    models = import_module("anomalib.models.image")
    callbacks = import_module("lightning.pytorch.callbacks")
    started = perf_counter()
    times: list[float] = []

    def note(*args: Any) -> None:
        times.append(perf_counter() - started)

    clock = callbacks.LambdaCallback(on_predict_start=note, on_predict_batch_end=note)
    engine = anomalib.Engine(
        callbacks=[clock], logger=False, default_root_dir=Path(out).parent, limit_val_batches=0
    )
    vlm_ad = models.VlmAd(model=model)
    vlm_ad.vlm_backend._encode_image_to_url = as_data_url
    batches = engine.predict(model=vlm_ad, data_path=folder)
    rows = [
        [Path(path).name, bool(label), explanation]
        for batch in batches
        for path, label, explanation in zip(
            batch.image_path, batch.pred_label.tolist(), batch.explanation, strict=True
        )
    ]
    told = {
        "version": version("anomalib"),
        "import_s": started - began,
        "first_s": times[0],
        "last_s": times[-1],
        "rows": rows,
    }
    Path(out).write_text(json.dumps(told), encoding="utf-8")


def as_data_url(path: str | Path) -> str:
    """A picture as anomalib sends it, but for the name of its format.

    Anomalib 2.7.0 writes `image/.png`, which an endpoint that checks media types refuses.
    """
    data = base64.b64encode(Path(path).read_bytes()).decode()
    return f"data:image/{Path(path).suffix.removeprefix('.')};base64,{data}"


if __name__ == "__main__":
    main(*sys.argv[1:])
