from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from graphs.minds.vlm.direct_prompts import DIRECT_PROMPTS
from graphs.minds.vlm.templates import render, template_names


def test_a_missing_variable_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="cls"):
        render("gpt4v_ad")


def test_a_value_is_never_read_as_a_template() -> None:
    assert "{{ 1 + 1 }} fenced" in render("correction", reason="{{ 1 + 1 }} fenced", advice="")


def test_every_prompt_of_the_table_has_its_templates() -> None:
    named = {name for one in DIRECT_PROMPTS.values() for name in (one.template, one.paraphrase)}

    assert named <= set(template_names())


def test_the_papers_prompts_stand_to_the_letter() -> None:
    assert render("anomaly_ov") == (
        "Are there any defects for the object in the image? Please reply with 'Yes' or 'No'."
    )
    assert render("one_shot", ignored="") == (
        "The second image is for anomaly detection. Does the second image have any anomaly "
        "compared to the first image? Reply yes or no, then explain."
    )
    code, paper = render("gpt4v_ad", cls="hazelnut"), render("gpt4v_ad_paper", cls="hazelnut")
    assert code.startswith("This is an image of hazelnut. The image has different region divisions")
    assert '"image anomaly score: 0.9; region 1: 0.9; region 3: 0.7.".' in code
    assert "anomalies of unknown types, and anomaly scores range from 0 to 1" in paper
    assert 'format: "region 1: 0.9; region 3: 0.7.".' in paper
    first, second, third, fourth = render("customizable_vlm", cls="bottle").splitlines()
    assert first.startswith("The first image given about the bottle is normal. Please determine")
    assert second.endswith("1 if there is no anomaly in the image, 0 if it is, no partial credit;")
    assert third == 'Output example: {"reasoning": a string, "correctness": integer, 1 or 0 }'
    assert fourth.endswith("No ``` or ```json is needed.")
