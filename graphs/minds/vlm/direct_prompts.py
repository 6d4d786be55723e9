"""The prompts of the direct judgement by name, each with its source. Knows no call and no scene."""

from __future__ import annotations

from typing import Literal, NamedTuple

AnswerForm = Literal["judgement", "correctness", "yes_no", "region_scores"]
"""How the answer is read: Loupe's JSON; JSON with `correctness` 1 for normal; yes or no; scores of
numbered regions (Text2Segmentation)."""


class DirectPrompt(NamedTuple):
    """One way to ask for a judgement at first sight."""

    template: str
    paraphrase: str
    """Template of the same question in other words."""
    answer: AnswerForm
    n_references: int | None
    """References that it speaks of; None: as many as there are."""
    references_first: bool
    marks: bool
    """Whether the part is shown with numbered regions."""
    source: str


GPT4V_AD = "GPT-4V-AD, arXiv 2311.02612"

DIRECT_PROMPTS: dict[str, DirectPrompt] = {
    "loupe": DirectPrompt(
        "direct", "direct_paraphrased", "judgement", None, True, False, "Loupe's own"
    ),
    "customizable_vlm": DirectPrompt(
        "customizable_vlm",
        "customizable_vlm_paraphrased",
        "correctness",
        1,
        True,
        False,
        "Customizable-VLM, arXiv 2403.11083, prompt_template/ad_prompt.txt",
    ),
    "anomaly_ov": DirectPrompt(
        "anomaly_ov",
        "anomaly_ov_paraphrased",
        "yes_no",
        0,
        True,
        False,
        "Anomaly-OV (Towards Zero-Shot Anomaly Detection and Reasoning with Multimodal LLMs), "
        "detection prompt of the evaluation; its paraphrase is the alternative "
        "that the code has in a comment",
    ),
    "one_shot": DirectPrompt(
        "one_shot",
        "one_shot_paraphrased",
        "yes_no",
        1,
        True,
        False,
        "Rethinking Industrial Anomaly Detection in the Era of Large VLMs, appendix; the class "
        "sentences are the product's ignore rules",
    ),
    "gpt4v_ad": DirectPrompt(
        "gpt4v_ad",
        "gpt4v_ad_paper",
        "region_scores",
        0,
        True,
        True,
        f"{GPT4V_AD}, region_division.py",
    ),
    "gpt4v_ad_paper": DirectPrompt(
        "gpt4v_ad_paper",
        "gpt4v_ad",
        "region_scores",
        0,
        True,
        True,
        f"{GPT4V_AD}, section 3.2: region scores only",
    ),
}
