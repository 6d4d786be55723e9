"""Cases of rendered clouds and of logic, from outside: published prompts over HTTP, scripted."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from agent.cli import run as run_command_line
from agent.loopback import Loopback, Scripted, loopback_endpoint
from graphs.records import Inspection

CASES = {
    "PCD-AD__Case1": ("bagel", "rendered_depth", "one-shot-prompt"),
    "PCD-AD__Case2": ("peach", "rendered_depth", "one-shot-prompt"),
    "Logical-AD__Case2": ("juice-bottle", "logical_rules", "one-shot prompt"),
    "Logical-AD__Case4": ("screw-bag", "logical_rules", "one-shot prompt"),
}
_FENCE = re.compile(r"</?data [0-9a-f]{12}[^>\n]*>")
WRONG = "Comparing both, {} This is an anomaly."
FINE = "The second image does not contain any anomalies or defects."


class Published(NamedTuple):
    """A case with its product folder."""

    name: str
    prompt: str
    words: list[str]
    states: str
    folder: Path
    product: Path


def loupe(*words: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command_line([str(word) for word in words])
    return code, out.getvalue(), err.getvalue()


def words_of(text: str) -> list[str]:
    return _FENCE.sub(" ", text).replace("-", " ").split()


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, shared_data: Path, tmp_path: Path) -> Published:
    """The normal picture is the reference, the published standards are the rules."""
    name, prompt, shots = CASES[request.param]
    folder = shared_data / "gpt4v_generic_ad" / request.param
    text = (folder / "label.json").read_text("utf-8")
    told: dict[str, Any] = json.loads(re.sub(r",(\s*[}\]])", r"\1", text))
    asked = told[shots] if isinstance(told[shots], str) else told[shots]["with human expertise"]
    standards = told["reference_normal_standards"]
    texts = re.split(r"\s*\d\. ", standards)[1:] if prompt == "logical_rules" else [standards]
    product = tmp_path / name
    (product / "references").mkdir(parents=True)
    shutil.copy(folder / "normal.png", product / "references" / "normal.png")
    rules = [{"id": f"R{k}", "kind": "must", "text": one} for k, one in enumerate(texts, start=1)]
    (product / "rules.yaml").write_text(yaml.safe_dump(rules), "utf-8")
    described = {"name": name, "descriptor": f"A {name}.", "reference": "any"}
    (product / "product.yaml").write_text(yaml.safe_dump(described), "utf-8")
    return Published(
        name, prompt, words_of(asked), told["reference_abnormal_states"], folder, product
    )


@pytest.fixture
def endpoint(case: Published) -> Iterator[Loopback]:
    models = {
        "sees": Scripted([WRONG.format(case.states)], at_end="repeat"),
        "sees-nothing": Scripted([FINE], at_end="repeat"),
    }
    with loopback_endpoint(models) as running:
        yield running


def inspected(home: Path, case: Published, model: str) -> Inspection:
    code, out, err = loupe(
        "inspect",
        case.folder / "abnormal.png",
        *("--product", case.name, "--model", model, "--strategy", "direct"),
        *("--json", "--home", home),
    )
    assert code == 0, err
    return Inspection.model_validate_json(out)


def test_a_published_case_is_asked_for_in_its_words_and_decided_by_the_answer(
    case: Published, endpoint: Loopback, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "loupe.toml").write_text(
        f'base_url = "{endpoint.base_url}"\ndirect_prompt = "{case.prompt}"\n', "utf-8"
    )
    code, _, err = loupe("knowledge", "add", case.product, "--home", home)
    assert code == 0, err

    wrong = inspected(home, case, "sees")
    fine = inspected(home, case, "sees-nothing")

    body = endpoint.record.requests[0].body
    assert body is not None
    (message,) = [one for one in body["messages"] if one["role"] == "user"]
    said = " ".join(part["text"] for part in message["content"] if part["type"] == "text")
    pictures = [part for part in message["content"] if part["type"] == "image_url"]
    found = " ".join(words_of(said))
    assert " ".join(case.words) in found
    assert len(pictures) == 2
    assert (wrong.verdict.status, fine.verdict.status) == ("decided", "decided")
    assert wrong.verdict.fusion["direct"] == 1.0
    assert fine.verdict.fusion["direct"] == 0.0
    assert wrong.usage.vlm_calls >= 1
