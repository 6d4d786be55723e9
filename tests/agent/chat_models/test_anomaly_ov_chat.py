from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.chat_models.anomaly_ov import (
    AnomalyOVChat,
    AssistantPlace,
    assistant_place,
    device_lock,
    open_anomaly_ov,
    spoken,
)
from agent.cli import run as run_command_line
from agent.minds import open_model
from agent.prices import Price
from agent.settings import Settings
from graphs.minds.chat import ChatFault, ChatReply, ChatRequest, Message, OfferedTool, ShownPicture
from tools.artifacts import ArtifactFolder
from tools.errors import SettingsError, WeightsError

EXPERT = "expert/tiny.safetensors"


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactFolder:
    return ArtifactFolder(tmp_path / "artifacts")


def asked(artifacts: ArtifactFolder, *, n_pictures: int = 1, tokens: int = 4) -> ChatRequest:
    rng = np.random.default_rng(0)
    pictures = [
        ShownPicture(
            artifact=artifacts.put(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)),
            caption=f"Picture {number}:",
        )
        for number in range(n_pictures)
    ]
    user = Message(role="user", text="What do you see?", pictures=pictures)
    return ChatRequest(purpose="look", messages=[user], max_output_tokens=tokens)


def opened(folder: Path, *, expert: bool = True, timeout_s: float = 60.0) -> AnomalyOVChat:
    name = f"anomaly-ov:{folder}?expert={EXPERT}" if expert else f"anomaly-ov:{folder}"
    return open_anomaly_ov(name, device="cpu", timeout_s=timeout_s)


def ask(chat: AnomalyOVChat, request: ChatRequest, artifacts: ArtifactFolder) -> ChatReply:
    return asyncio.run(chat.complete(request, artifacts=artifacts))


def test_a_name_is_a_folder_and_perhaps_an_expert_in_it() -> None:
    assert assistant_place("anomaly-ov:a/b") == AssistantPlace(Path("a/b"), None)
    assert assistant_place("anomaly-ov:a/b?expert=c.pth") == (Path("a/b"), Path("a/b/c.pth"))
    assert assistant_place("anomaly-ov:a?expert=/c.pth") == (Path("a"), Path("/c.pth"))


@pytest.mark.parametrize("name", ["anomaly-ov:", "anomaly-ov:a?expert=", "anomaly-ov:?expert=b"])
def test_a_name_that_lacks_a_part_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="anomaly-ov:FOLDER"):
        assistant_place(name)


def test_an_answer_is_counted(tiny_llava: Path, artifacts: ArtifactFolder) -> None:
    reply = ask(opened(tiny_llava), asked(artifacts), artifacts)

    assert (reply.output_tokens, reply.finish, reply.images) == (4, "length", 1)
    assert reply.input_tokens > 100
    assert (reply.picture_bytes, reply.cost_usd, reply.tool_calls) == (0, None, [])


def test_an_expert_adds_its_tokens_to_every_picture(
    tiny_llava: Path, artifacts: ArtifactFolder
) -> None:
    """Several pictures: six tokens of text and six of the expert for each."""
    request = asked(artifacts, n_pictures=3)

    told = ask(opened(tiny_llava), request, artifacts)
    plain = ask(opened(tiny_llava, expert=False), request, artifacts)

    assert told.input_tokens - plain.input_tokens == 3 * 12
    assert (told.images, plain.images) == (3, 3)


def test_a_stated_price_is_counted(tiny_llava: Path, artifacts: ArtifactFolder) -> None:
    chat = open_anomaly_ov(
        f"anomaly-ov:{tiny_llava}", device="cpu", timeout_s=60, price=Price(1.0, 1.0, 1.0)
    )

    reply = ask(chat, asked(artifacts), artifacts)

    assert reply.cost_usd == pytest.approx((reply.input_tokens + 4) / 1e6)


def test_a_tools_answer_is_read_as_the_users_words(artifacts: ArtifactFolder) -> None:
    messages = [
        Message(role="system", text="Be brief."),
        Message(role="assistant", text="Zoom."),
        Message(role="tool", text="Done.", tool_call_id="1"),
    ]

    assert spoken(messages, artifacts) == [
        ("system", ("Be brief.",)),
        ("assistant", ("Zoom.",)),
        ("user", ("Done.",)),
    ]


def test_a_picture_stands_behind_its_caption_mirrored_and_made_smaller(
    artifacts: ArtifactFolder,
) -> None:
    image_hwc = np.zeros((40, 60, 3), dtype=np.uint8)
    image_hwc[:, :30] = 255
    shown = ShownPicture(
        artifact=artifacts.put(image_hwc), caption="Part:", max_side_px=30, mirrored=True
    )

    ((role, (text, caption, seen)),) = spoken(
        [Message(role="user", text="Look.", pictures=[shown])], artifacts
    )

    assert (role, text, caption) == ("user", "Look.", "Part:")
    assert not isinstance(seen, str)
    assert seen.shape == (20, 30, 3)
    assert (int(seen[10, 2, 0]), int(seen[10, 27, 0])) == (0, 255)


def test_an_answer_that_takes_too_long_is_a_fault_and_the_next_one_comes(
    tiny_llava: Path, artifacts: ArtifactFolder
) -> None:
    chat = opened(tiny_llava)
    ask(chat, asked(artifacts), artifacts)
    chat._timeout_s = 0.05

    with pytest.raises(ChatFault, match=r"no answer within 0\.05 s") as caught:
        ask(chat, asked(artifacts, tokens=4000), artifacts)

    assert (caught.value.kind, caught.value.retryable) == ("timeout", False)
    chat._timeout_s = 60
    assert ask(chat, asked(artifacts), artifacts).output_tokens == 4


def test_an_answer_waits_while_the_device_is_taken(
    tiny_llava: Path, artifacts: ArtifactFolder
) -> None:
    chat = opened(tiny_llava)

    async def calls() -> tuple[bool, ChatReply]:
        with device_lock("cpu"):
            call = asyncio.create_task(chat.complete(asked(artifacts), artifacts=artifacts))
            done, _ = await asyncio.wait([call], timeout=1.5)
        return bool(done), await call

    early, reply = asyncio.run(calls())

    assert not early
    assert reply.output_tokens == 4


def test_a_conversation_that_is_too_long_is_a_fault(
    tiny_llava: Path, artifacts: ArtifactFolder
) -> None:
    request = ChatRequest(purpose="look", messages=[Message(role="user", text="a" * 17_000)])

    with pytest.raises(ChatFault, match="fewer than 16384 tokens") as caught:
        ask(opened(tiny_llava), request, artifacts)

    assert (caught.value.kind, caught.value.retryable) == ("refused_request", False)


def test_offered_tools_are_a_fault(tiny_llava: Path, artifacts: ArtifactFolder) -> None:
    tool = OfferedTool(name="zoom", description="Zoom.", parameters={})
    request = asked(artifacts).model_copy(update={"tools": [tool]})
    chat = opened(tiny_llava)

    assert chat.calls_tools is False
    with pytest.raises(ChatFault, match="takes no tool calls"):
        ask(chat, request, artifacts)


def test_settings_open_it_by_its_prefix(tiny_llava: Path) -> None:
    name = f"anomaly-ov:{tiny_llava}"

    chat = open_model(Settings(model=name))

    assert isinstance(chat, AnomalyOVChat)
    assert chat.name == name
    with pytest.raises(SettingsError, match="takes no native tool calls"):
        open_model(Settings(model=name, protocol="native"))
    with pytest.raises(WeightsError, match="must be a file"):
        open_model(Settings(model=f"{name}?expert=none.pth"))


def test_importing_it_loads_no_torch() -> None:
    code = "import sys, agent.chat_models.anomaly_ov; print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def plate(path: Path, *, seed: int) -> Path:
    """A plate with two holes and camera noise."""
    rng = np.random.default_rng(seed)
    image_hwc = 150 + rng.normal(0, 2, (48, 64, 3))
    image_hwc[10:20, 10:20] = 20
    image_hwc[30:36, 45:55] = 30
    Image.fromarray(image_hwc.clip(0, 255).astype(np.uint8)).save(path)
    return path


def test_a_part_is_inspected_and_nonsense_ends_degraded_with_its_calls_counted(
    tiny_llava: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, home = tmp_path / "plate", tmp_path / "home"
    (folder / "references").mkdir(parents=True)
    (folder / "product.yaml").write_text("name: plate\ndescriptor: A plate with two holes.\n")
    for seed in (1, 2):
        plate(folder / "references" / f"{seed}.png", seed=seed)
    assert run_command_line(["knowledge", "add", str(folder), "--home", str(home)]) == 0
    name = f"anomaly-ov:{tiny_llava}?expert={EXPERT}"
    (home / "loupe.toml").write_text("max_output_tokens = 16\nvlm_attempts = 2\n", "utf-8")
    part = str(plate(tmp_path / "part.png", seed=3))
    capsys.readouterr()

    code = run_command_line(["inspect", part, "--home", str(home), "--json", "--model", name])

    out, err = capsys.readouterr()
    assert code == 0, err
    found = json.loads(out)
    assert (found["mind"], found["verdict"]["status"]) == (f"vlm:{name}", "degraded")
    # Two attempts at first sight and two in the first round; each shows part and references.
    usage = found["usage"]
    assert (usage["vlm_calls"], usage["output_tokens"], usage["images"]) == (4, 4 * 16, 4 * 3)
    assert usage["input_tokens"] > 1000
    assert [reason.split(" gave ")[1].split(":")[0] for reason in found["degraded"]] == [
        "no usable answer (direct, 2 attempts)",
        "no usable answer (look, 2 attempts)",
    ]
