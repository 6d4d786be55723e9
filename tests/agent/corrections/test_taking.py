from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from agent.cli import run as run_command_line
from agent.conversations import Conversations
from agent.corrections.taking import Corrector
from agent.inspector import Inspector
from agent.settings import Settings
from graphs.conversation.contract import Correction
from graphs.records import Inspection
from knowledge.store import KnowledgeStore
from tools.errors import ToolError

FMEA = (
    "mode,appearance,cause,effect,remediation,severity,occurrence,detection\n"
    "spot,dark round spot,oil drop,reject,wipe,3,4,2\n"
    "dent,shiny dent,hit,reject,replace,3,4,2\n"
)


def plate(seed: int, *, spot_px: int = 0) -> Image.Image:
    """A grey plate with two holes and camera noise, 96 x 96 px."""
    rng = np.random.default_rng(seed)
    image_hwc = 150 + rng.normal(0, 2, (96, 96, 3))
    image_hwc[18:34, 18:34] = 40
    image_hwc[60:72, 64:82] = 50
    if spot_px:
        image_hwc[70 : 70 + spot_px, 24 : 24 + spot_px] = 15
    return Image.fromarray(image_hwc.clip(0, 255).astype(np.uint8))


class Plant(NamedTuple):
    """A home that has inspected a spotted plate."""

    inspector: Inspector
    spotted: Inspection
    ref: str
    product: Path

    @property
    def store(self) -> KnowledgeStore:
        return self.inspector.workshop.store

    @property
    def corrector(self) -> Corrector:
        return Corrector(workshop=self.inspector.workshop)


EXPERTS = ("patch_memory",)
"""One is enough here, and quick."""


class Kept(NamedTuple):
    """A home on disk, once for all tests."""

    root: Path
    spotted: Inspection
    run: str


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    root = tmp_path_factory.mktemp("plant")
    product = root / "plate"
    (product / "references").mkdir(parents=True)
    (product / "product.yaml").write_text("name: plate\ndescriptor: A grey plate.\n", "utf-8")
    (product / "rules.yaml").write_text("- {id: R1, kind: must, text: No spot.}\n", "utf-8")
    (product / "fmea.csv").write_text(FMEA, "utf-8")
    for number in range(4):
        plate(number).save(product / "references" / f"plate_{number}.png")
    part = root / "spotted.png"
    plate(11, spot_px=14).save(part)
    with Inspector(Settings(home=root / "home", experts=EXPERTS)) as inspector:
        inspector.add_product(product)
        spotted = inspector.inspect(part, "plate")
        return Kept(root, spotted, inspector.run.root.name)


@pytest.fixture
def plant(kept: Kept, tmp_path: Path) -> Iterator[Plant]:
    shutil.copytree(kept.root / "home", tmp_path / "home")
    shutil.copytree(kept.root / "plate", tmp_path / "plate")
    with Inspector(Settings(home=tmp_path / "home", experts=EXPERTS)) as inspector:
        ref = f"{kept.run}/{kept.spotted.id}"
        yield Plant(inspector, kept.spotted, ref, tmp_path / "plate")


def test_no_defect_becomes_a_case_that_a_person_decided_and_is_undone(plant: Plant) -> None:
    assert plant.spotted.verdict.decision == "anomalous"
    given = Correction("not_a_defect", plant.ref, finding="F1", why="it is a marking")
    kept = plant.corrector.take(given, plant.spotted, who="ann").correction

    case = plant.store.case(kept.case_id)
    assert case is not None
    assert (case.decision, case.by_person, case.findings) == ("normal", True, [])
    assert (kept.who, kept.why, kept.n_judged) == ("ann", "it is a marking", 0)
    plant.corrector.undo(kept.id)
    assert plant.store.case(kept.case_id) is None
    assert [one.in_force for one in plant.store.corrections.all()] == [False]
    with pytest.raises(ToolError, match="was undone at"):
        plant.corrector.undo(kept.id)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_corrections_of_a_unit_each_is_undone_alone(
    plant: Plant, order: tuple[int, int]
) -> None:
    cause = Correction("cause", plant.ref, text="the oiler leaked", failure_mode="spot")
    missed = Correction("missed", plant.ref, box_xyxy=(1, 2, 9, 8), text="A nick.")
    said = [
        plant.corrector.take(one, plant.spotted, who="ann").correction for one in (cause, missed)
    ]
    claims = [one.claim for one in plant.spotted.verdict.findings]

    plant.corrector.undo(said[order[0]].id)
    case = plant.store.case(said[0].case_id)
    assert case is not None
    left = [said[0].said, *claims] if order[0] else [*claims, "A nick."]
    assert [one.claim for one in case.findings] == left
    plant.corrector.undo(said[order[1]].id)
    assert plant.store.case(said[0].case_id) is None


def test_a_confirmed_cause_weighs_its_failure_mode_and_goes_back(plant: Plant) -> None:
    before = plant.store.product("plate")
    given = Correction("cause", plant.ref, text="the oiler leaked", failure_mode="spot")
    taken = plant.corrector.take(given, plant.spotted, who="ann")

    modes = {one.id: one.occurrence for one in plant.store.product("plate").failure_modes}
    assert modes == {"spot": 5, "dent": 4}
    assert taken.correction.n_judged == 4
    assert "0 of 4 references are decided otherwise" in taken.text
    case = plant.store.case(taken.correction.case_id)
    assert case is not None
    assert case.findings[0].causes == ["the oiler leaked"]
    plant.corrector.undo(taken.correction.id)
    assert plant.store.product("plate") == before


def test_a_rule_stays_when_the_folder_is_added_again(plant: Plant) -> None:
    given = Correction("missed", plant.ref, box_xyxy=(1, 2, 9, 8), text="No nick at the edge.")
    kept = plant.corrector.take(given._replace(becomes="rule"), plant.spotted, who="ann").correction
    assert [one.id for one in plant.store.product("plate").rules] == ["R1", kept.id]

    rules = "- {id: R1, kind: must, text: No spot.}\n- {id: R2, kind: must, text: No rust.}\n"
    (plant.product / "rules.yaml").write_text(rules, "utf-8")
    plant.inspector.add_product(plant.product)
    assert [one.id for one in plant.store.product("plate").rules] == ["R1", "R2", kept.id]
    plant.corrector.undo(kept.id)
    assert [one.id for one in plant.store.product("plate").rules] == ["R1", "R2"]


def test_a_good_unit_becomes_a_reference_and_is_normal_then(plant: Plant) -> None:
    given = Correction("not_a_defect", plant.ref, becomes="reference", why="the new marking")
    kept = plant.corrector.take(given, plant.spotted, who="ann", force=True).correction

    assert len(plant.store.reference_pictures("plate")) == 5
    again = asyncio.run(plant.inspector.ainspect(plant.spotted.asset.path, "plate"))
    assert again.verdict.score is not None
    assert plant.spotted.verdict.score is not None
    assert again.verdict.score < plant.spotted.verdict.score
    plant.corrector.undo(kept.id)
    assert len(plant.store.reference_pictures("plate")) == 4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Correction("not_a_defect", "", finding="F9"), "no finding 'F9'; there are F1"),
        (Correction("cause", "", text="x", failure_mode="rust"), "no failure mode 'rust'"),
        (Correction("missed", "", text="x", becomes="reference"), "only a unit without a defect"),
    ],
)
def test_what_does_not_fit_the_unit_is_refused(
    plant: Plant, given: Correction, message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        plant.corrector.take(given._replace(ref=plant.ref), plant.spotted, who="ann")
    assert plant.store.corrections.all() == []


def test_a_unit_with_another_finding_is_no_reference(plant: Plant) -> None:
    one = plant.spotted.verdict.findings[0]
    verdict = plant.spotted.verdict.model_copy(
        update={"findings": [one, one.model_copy(update={"id": "F2", "claim": "A dent."})]}
    )
    two = plant.spotted.model_copy(update={"verdict": verdict})
    given = Correction("not_a_defect", plant.ref, finding="F2", becomes="reference")

    with pytest.raises(ToolError, match="name no finding"):
        plant.corrector.take(given, two, who="ann")
    assert plant.store.corrections.all() == []


async def test_a_correction_is_taken_in_by_chat_with_who_said_it(plant: Plant) -> None:
    talks = Conversations(plant.inspector, person="carol")
    answers = []
    for text in (
        f"why {plant.ref}",
        "the cause was a leaking oiler because we saw it",
        "you missed this",
        "you missed this [1, 2, 9, 8] a nick",
    ):
        async for event in talks.say("t", text, owner="bob"):
            if event.kind == "done":
                answers.append(event)
    kept = plant.store.corrections.all()

    assert [(one.kind, one.who, one.why) for one in kept] == [
        ("cause", "bob", "we saw it"),
        ("missed", "bob", ""),
    ]
    assert kept[0].said == "the cause was a leaking oiler"
    assert answers[2].asks
    assert [one.id for one in answers[3].citations] == ["C2"]
    async for event in talks.say("mine", "undo K2"):
        if event.kind == "done":
            assert event.answer.startswith("[C1] K2 is undone: a defect was missed")
    assert [one.in_force for one in plant.store.corrections.all()] == [True, False]
    async for _ in talks.say("mine", f"why {plant.ref}"):
        pass
    async for _ in talks.say("mine", "F1 is not a defect because it is a marking"):
        pass
    assert plant.store.corrections.get("K3").who == "carol"


def test_the_command_line_corrects_lists_and_undoes(
    plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    plant.inspector.close()
    home = ["--home", str(plant.inspector.settings.home)]
    asked = ["correct", plant.ref, "--not-a-defect", "F1", "--why", "a marking", "--who", "ann"]

    assert run_command_line([*asked, *home]) == 0
    assert "K1: F1 (" in capsys.readouterr().out
    assert run_command_line(["correct", "--undo", "K1", *home]) == 0
    capsys.readouterr()
    assert run_command_line(["correct", "--list", *home]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("K1 (ann, 20")
    assert "Why: a marking. Becomes: case plate:" in listed
    assert "no reference could be decided otherwise" in listed
    assert run_command_line(["correct", plant.ref, *home]) == 2
