"""A server that is not ours: `transformers serve` with a tiny random LLaVA."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.cli import run as run_command_line
from agent.trace import read_trace
from evals.benchmarks.ports import free_port
from evals.benchmarks.tiny_product import PRODUCT, write_tiny_product
from graphs.records import Inspection

PATIENCE_S = 150.0
TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }}: {% if m['content'] is string %}{{ m['content'] }}"
    "{% else %}{% for c in m['content'] %}{% if c['type'] == 'image' %}<image>"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endif %}\n{% endfor %}assistant:"
)


def write_model(folder: Path) -> None:
    """A LLaVA of two layers that has learned nothing."""
    import torch
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = _tokenizer()
    side: dict[str, Any] = {"crop_size": {"height": 32, "width": 32}}
    processor = LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 32}, **side),
        tokenizer=tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        image_token="<image>",
        num_additional_image_tokens=1,
    )
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    ends: dict[str, Any] = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    text = LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=32768, **sizes, **ends)
    model = LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=CLIPVisionConfig(image_size=32, patch_size=8, **sizes),
            text_config=text,
            image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        )
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>", "<s>", "</s>", "<image>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["the part is normal", "anomalous score region"], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens={"image_token": "<image>"},
    )


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("llava") / "tiny"
    write_model(folder)
    return folder


@pytest.fixture(scope="module")
def base_url(model_folder: Path) -> Iterator[str]:
    """Of the server, which is ended with the tests."""
    port = free_port()
    program = Path(sys.executable).with_name("transformers")
    where = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", str(model_folder)]
    log = model_folder.parent / "serve.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            [str(program), "serve", *where],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        )
    try:
        _await(f"http://127.0.0.1:{port}", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(60)


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        assert server.poll() is None, log.read_text("utf-8", errors="replace")[-2000:]
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health", timeout=30).status_code == 200:
                return
        time.sleep(0.2)
    pytest.fail(f"the server did not start: {log.read_text('utf-8', errors='replace')[-2000:]}")


def test_nonsense_of_a_server_that_is_not_ours_ends_degraded(
    base_url: str,
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOUPE_MAX_OUTPUT_TOKENS", "16")
    monkeypatch.setenv("LOUPE_VLM_ATTEMPTS", "2")
    monkeypatch.setenv("LOUPE_EXPERTS", "registered_difference")
    sample, home, out = write_tiny_product(tmp_path), tmp_path / "home", tmp_path / "run"
    assert run_command_line(["knowledge", "add", str(sample.product), "--home", str(home)]) == 0
    capsys.readouterr()

    given = ["--product", PRODUCT, "--json", "--home", str(home), "--out", str(out)]
    given += ["--model", str(model_folder), "--base-url", base_url]
    code = run_command_line(["inspect", str(sample.spotted), *given])

    found = Inspection.model_validate_json(capsys.readouterr().out)
    (trace,) = out.glob("inspections/*/trace.jsonl")
    calls = read_trace(trace).calls
    answered = [call.reply for call in calls if call.reply is not None]
    assert code == 0
    assert (found.verdict.status, found.verdict.decision) == ("degraded", "anomalous")
    assert found.usage.vlm_calls == len(calls) == len(answered) == 4
    # The pictures were taken, and the answers counted.
    assert all(reply.images >= 1 and reply.output_tokens > 0 for reply in answered)
