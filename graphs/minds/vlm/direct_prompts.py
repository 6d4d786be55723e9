"""The prompts of the direct judgement by name, each with its source. Knows no call and no scene."""

from __future__ import annotations

from typing import Literal, NamedTuple

AnswerForm = Literal["judgement", "correctness", "yes_no", "region_scores", "prose"]
"""How the answer is read: Loupe's JSON; JSON with `correctness` 1 for normal; yes or no; scores of
numbered regions (Text2Segmentation); what its sentences claim or deny last."""


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


GENERIC_AD = "Customizable-VLM, arXiv 2403.11083, and the published label.json files"
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
    "rendered_depth": DirectPrompt(
        "rendered_depth",
        "rendered_depth_paraphrased",
        "prose",
        1,
        True,
        False,
        f"{GENERIC_AD}: rendered depth images of point clouds, one normal one before",
    ),
    "rendered_depth_zero_shot": DirectPrompt(
        "rendered_depth",
        "rendered_depth_paraphrased",
        "prose",
        0,
        True,
        False,
        f"{GENERIC_AD}: rendered depth images of point clouds",
    ),
    "logical_rules": DirectPrompt(
        "logical_rules",
        "logical_rules_paraphrased",
        "prose",
        1,
        True,
        False,
        f"{GENERIC_AD}: MVTec LOCO, numbered conditions, one normal image before",
    ),
    "logical_rules_zero_shot": DirectPrompt(
        "logical_rules",
        "logical_rules_paraphrased",
        "prose",
        0,
        True,
        False,
        f"{GENERIC_AD}: MVTec LOCO, numbered conditions",
    ),
    "time_series_plot": DirectPrompt(
        "time_series_plot",
        "time_series_plot_paraphrased",
        "prose",
        0,
        True,
        False,
        "Customizable-VLM, arXiv 2403.11083, figure 6 (a): a plotted time series",
    ),
    "video_frames": DirectPrompt(
        "video_frames",
        "video_frames_paraphrased",
        "prose",
        0,
        True,
        False,
        "Customizable-VLM, arXiv 2403.11083, figure 6 (b): frames of a video",
    ),
}
