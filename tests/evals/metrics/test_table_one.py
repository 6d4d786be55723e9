"""Table I of Customizable-VLM (arXiv 2403.11083) from its confusion counts, to three decimals."""

import pytest

from evals.metrics.variants import HardScores, customizable_vlm, customizable_vlm_average

SIZES = """
carpet 28 89, grid 21 57, leather 32 92, tile 33 84, wood 19 60, bottle 20 63, cable 58 92,
capsule 23 109, hazelnut 40 70, metal_nut 22 93, pill 26 141, screw 41 119, toothbrush 12 30,
transistor 60 40, zipper 32 119
"""
"""Normal and anomalous test pictures of each class."""

COUNTS = {
    "Gemini": (
        "? ?, ? ?, 20 92, 17 80, 6 60, 10 62, 2 92, 10 96, 5 67, 5 84, 9 134, ? ?, 5 28, 0 40, "
        "28 71"
    ),
    "GPT4-V": (
        "25 87, ? ?, 31 91, 32 80, 18 60, 19 61, ? ?, 23 66, 23 70, ? ?, 0 137, 40 67, 4 30, "
        "57 18, 25 79"
    ),
    "InternVL2": (
        "0 87, 0 57, 0 92, 0 83, 19 10, 5 60, 0 92, 0 104, 40 5, 0 93, 0 141, 0 119, 5 21, 0 40, "
        "0 119"
    ),
    "Qwen2VL": (
        "28 77, 21 56, 32 86, 32 75, 18 58, 20 45, 58 42, 23 36, 40 70, 22 58, 26 87, 35 71, "
        "4 26, 56 28, 32 84"
    ),
}
"""Normals called normal and anomalies called anomalous; unknown where samples were dropped."""

PUBLISHED = {
    "Gemini": (
        ".891 .854 .646, .820 .571 .323, .903 .812 .722, .829 .734 .554, .835 .658 .480, "
        ".867 .742 .575, .627 .517 .408, .803 .658 .288, .655 .541 .396, .774 .565 .229, "
        ".856 .648 .297, .745 .627 .307, .786 .675 .464, .400 .500 .600, .656 .736 .349"
    ),
    "GPT4-V": (
        ".957 .935 .852, .938 .914 .850, .984 .979 .947, .957 .961 .870, .987 .974 .960, "
        ".964 .959 .872, .834 .814 .672, .674 .803 .348, .845 .787 .730, .890 .783 .550, "
        ".820 .486 .156, .669 .769 .430, .810 .667 .524, .750 .700 .715, .689 .723 .347"
    ),
    "InternVL2": (
        ".744 .489 .239, .731 .500 .269, .742 .500 .258, .709 .494 .282, .367 .583 .275, "
        ".783 .601 .337, .613 .500 .387, .788 .477 .174, .409 .536 .381, .809 .500 .191, "
        ".844 .500 .156, .744 .500 .256, .619 .558 .315, .400 .500 .600, .788 .500 .212"
    ),
    "Qwen2VL": (
        ".897 .933 .700, .987 .991 .955, .952 .967 .842, .915 .931 .765, .962 .957 .865, "
        ".783 .857 .526, .667 .728 .537, .447 .665 .240, 1.000 1.000 1.000, .696 .812 .386, "
        ".677 .809 .325, .662 .725 .397, .714 .600 .357, .840 .817 .809, .768 .853 .478"
    ),
}
"""Accuracy, AUROC and AUPR of each class, in the order of the sizes."""

POOLED = {"InternVL2": (0.691, 0.520, 0.281), "Qwen2VL": (0.780, 0.836, 0.542)}

Labels = tuple[list[int], list[int]]


def predictions(model: str) -> dict[str, Labels]:
    """By class: our labels (1 = anomalous) and predictions that have the model's counts."""
    found: dict[str, Labels] = {}
    for size, count in zip(SIZES.split(","), COUNTS[model].split(","), strict=True):
        name, n_normal, n_anomalous = size.split()
        if "?" in count:
            continue
        (normal, anomalous), (right_normal, right) = (
            (int(n_normal), int(n_anomalous)),
            map(int, count.split()),
        )
        called = [0] * right_normal + [1] * (normal - right_normal)
        called += [1] * right + [0] * (anomalous - right)
        found[name] = [0] * normal + [1] * anomalous, called
    return found


def published(model: str) -> dict[str, tuple[float, ...]]:
    names = [size.split()[0] for size in SIZES.split(",")]
    cells = [tuple(map(float, cell.split())) for cell in PUBLISHED[model].split(",")]
    return dict(zip(names, cells, strict=True))


def rounded(scores: HardScores) -> tuple[float, ...]:
    return tuple(round(value, 3) for value in scores)


@pytest.mark.parametrize("model", COUNTS)
def test_every_recoverable_cell_is_the_published_one(model: str) -> None:
    ours = {name: rounded(customizable_vlm(*pair)) for name, pair in predictions(model).items()}
    assert ours == {name: published(model)[name] for name in ours}


def test_fifty_four_cells_are_recoverable() -> None:
    assert sum(len(predictions(model)) for model in COUNTS) == 54


@pytest.mark.parametrize("model", POOLED)
def test_the_average_is_over_pooled_samples(model: str) -> None:
    assert rounded(customizable_vlm_average(predictions(model))) == POOLED[model]
