from __future__ import annotations

import pytest
from PIL import Image

from agent.inspector import Inspector
from agent.settings import Settings
from evals.samples.trays import box_of, draw_tray, full_tray, scattered
from graphs.records import Inspection
from tools.records import Evidence

N_SCREWS = 8
RULES = """\
- id: R1
  kind: tolerance
  text: Eight screws lie in the tray.
  quantity: count:screw@{box}
  min: 8
  max: 8
"""
FMEA = """\
mode,appearance,cause,effect,remediation,severity,occurrence,detection
screw missing,a screw is missing from the tray,feeder empty,line stop,fill the feeder,5,3,2
screw too many,an extra screw lies in the tray,feeder double,waste,set the feeder,3,3,2
"""


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Inspection]:
    """A tray with the right number, one missing, one too many, and two that overlap."""
    root = tmp_path_factory.mktemp("loose")
    folder = root / "tray"
    (folder / "references").mkdir(parents=True)
    (folder / "product.yaml").write_text(
        "name: tray\ndescriptor: A tray of loose screws.\nmm_per_px: 0.5\n"
    )
    box = ",".join(f"{v:.0f}" for v in box_of(scattered(N_SCREWS, seed=0)[0]))
    (folder / "rules.yaml").write_text(RULES.format(box=box))
    (folder / "fmea.csv").write_text(FMEA)
    for seed in range(5):
        picture = Image.fromarray(full_tray(N_SCREWS, 0, seed=seed))
        picture.save(folder / "references" / f"t{seed}.png")
    over = [*scattered(6, seed=31, avoid=[(160, 160, 0)]), (160, 160, 0), (160, 163, 20)]
    trays = {
        "right": full_tray(N_SCREWS, 0, seed=21),
        "fewer": full_tray(N_SCREWS - 1, 0, seed=22),
        "more": full_tray(N_SCREWS + 1, 0, seed=23),
        "overlapping": draw_tray([(x, y, turn) for x, y, turn in over], seed=24),
    }
    found = {}
    with Inspector(Settings(home=root / "home")) as inspector:
        inspector.add_product(folder)
        for name, image_hwc in trays.items():
            Image.fromarray(image_hwc).save(root / f"{name}.png")
            found[name] = inspector.inspect(root / f"{name}.png", "tray")
    return found


def counted(inspection: Inspection) -> Evidence:
    (evidence,) = [one for one in inspection.evidence if one.values.get("check") == "rule"]
    return evidence


def test_the_right_number_keeps_the_rule(inspected: dict[str, Inspection]) -> None:
    right = inspected["right"]

    assert [line for line in right.degraded if "R1" in line or "parts" in line] == []
    assert counted(right).values["within"] is True
    assert not any("R1" in finding.rule_ids for finding in right.verdict.findings)


@pytest.mark.parametrize(
    ("name", "n_found", "mode"), [("fewer", 7, "screw-missing"), ("more", 9, "screw-too-many")]
)
def test_a_wrong_number_is_a_finding_that_cites_the_count(
    inspected: dict[str, Inspection], name: str, n_found: int, mode: str
) -> None:
    inspection = inspected[name]
    evidence = counted(inspection)

    assert inspection.verdict.decision == "anomalous"
    assert {k: evidence.values[k] for k in ("value", "expected", "found", "within")} == {
        "value": n_found,
        "expected": N_SCREWS,
        "found": n_found,
        "within": False,
    }
    places = evidence.values["places"]
    assert isinstance(places, list)
    assert len(places) == n_found
    assert all(" px, (" in str(place) and str(place).endswith(" mm") for place in places)
    (finding,) = [one for one in inspection.verdict.findings if "R1" in one.rule_ids]
    assert (finding.evidence_ids, finding.failure_mode) == ([evidence.id], mode)


def test_where_pieces_overlap_the_count_is_refused_and_told(
    inspected: dict[str, Inspection],
) -> None:
    overlapping = inspected["overlapping"]

    assert not any(one.values.get("check") == "rule" for one in overlapping.evidence)
    assert any("check of parts dropped out" in line for line in overlapping.degraded)
    assert any("pieces overlap" in line for line in overlapping.degraded)
