"""Point clouds with labelled points: Real3D-AD and Anomaly-ShapeNet. Opens no cloud."""

from dataclasses import dataclass
from pathlib import Path

from evals.datasets.layout import files_of, folders_of, layout_error, missing_note
from evals.datasets.length_masks import NormalCloud, PointLabels
from evals.datasets.records import DataSet, DataSetCard, MaskSource, Sample

_DIGITS = "0123456789"


@dataclass(frozen=True, kw_only=True)
class CloudFolders:
    """``<product>/train/*template*.pcd``, ``<product>/test/*.pcd`` and a folder of labels."""

    card: DataSetCard
    products: tuple[str, ...]
    inside: tuple[str, ...]
    """Folders below the root that may hold the products, tried in order; empty: the root."""
    normal_word: str
    """In the file name of a normal test cloud."""
    labels: str
    """The folder of ``<stem>.txt``, one line of x, y, z and label for each point."""
    delimiter: str | None

    def load(self, root: Path) -> DataSet:
        """Read the file names of every product."""
        base = next((root / name for name in self.inside if (root / name).is_dir()), root)
        folders = [p for p in (folders_of(base) if base.is_dir() else []) if (p / "test").is_dir()]
        if not folders:
            raise layout_error(base, f"folders of products ({self.products[0]}/, ...) with test/")
        samples = tuple(s for folder in folders for s in self._product(root, folder))
        names = [folder.name for folder in folders]
        return DataSet(card=self.card, samples=samples, notes=missing_note(self.products, names))

    def _product(self, root: Path, folder: Path) -> list[Sample]:
        if not (folder / "train").is_dir():
            raise layout_error(folder, "the folder train/")
        training = [
            Sample(
                path=path,
                gt_label=0,
                id=path.relative_to(root).as_posix(),
                product=folder.name,
                split="train",
                gt_mask=NormalCloud(path=path),
                modality="point_cloud",
            )
            for path in files_of(folder / "train", ".pcd")
            if "template" in path.name
        ]
        tests = [p for p in files_of(folder / "test", ".pcd") if "temp" not in p.name]
        return [*training, *(self._test(root, folder, path) for path in tests)]

    def _test(self, root: Path, folder: Path, path: Path) -> Sample:
        gt_label = int(self.normal_word not in path.stem)
        mask: MaskSource = NormalCloud(path=path)
        if gt_label:
            labels = folder / self.labels / f"{path.stem}.txt"
            if not labels.is_file():
                raise layout_error(folder, f"{self.labels}/{labels.name}, labels of {path.name}")
            mask = PointLabels(path=labels, delimiter=self.delimiter)
        return Sample(
            path=path,
            gt_label=gt_label,
            id=path.relative_to(root).as_posix(),
            product=folder.name,
            defect_type=self._defect(folder.name, path.stem) if gt_label else None,
            split="test",
            gt_mask=mask,
            modality="point_cloud",
        )

    def _defect(self, product: str, stem: str) -> str:
        """``482_bulge_cut`` and ``ashtray0_bulge3`` are both ``bulge``."""
        words = stem.removeprefix(product).strip("_").split("_")
        named = [word.rstrip(_DIGITS) for word in words if word.rstrip(_DIGITS)]
        return named[0] if named else "unknown"


REAL3D_AD = CloudFolders(
    card=DataSetCard(
        name="real3d_ad",
        title="Real3D-AD (Liu et al., NeurIPS 2023)",
        modality="point_cloud",
        licence="CC BY 4.0",
        source="https://github.com/M-3LAB/Real3D-AD",
        folders=("Real3D-AD-PCD", "real3d_ad", "Real3D-AD"),
        metric_notes="the authors' loader takes an anomalous cloud's points from gt/*.txt, whose "
        "order and number the labels follow, not from its pcd; metrics are object and point AUROC",
    ),
    products=(
        *("airplane", "car", "candybar", "chicken", "diamond", "duck"),
        *("fish", "gemstone", "seahorse", "shell", "starfish", "toffees"),
    ),
    inside=("Real3D-AD-PCD",),
    normal_word="good",
    labels="gt",
    delimiter=None,
)
ANOMALY_SHAPENET = CloudFolders(
    card=DataSetCard(
        name="anomaly_shapenet",
        title="Anomaly-ShapeNet (Li et al., CVPR 2024)",
        modality="point_cloud",
        licence="CC BY 4.0",
        source="https://github.com/Chopper-233/Anomaly-ShapeNet",
        folders=("Anomaly-ShapeNet", "Anomaly-ShapeNet-v2", "anomaly_shapenet"),
        metric_notes="synthetic; 40 products in the paper, 50 in the release; metrics are object "
        "and point AUROC",
    ),
    products=("ashtray0",),
    inside=("dataset/pcd", "pcd"),
    normal_word="positive",
    labels="GT",
    delimiter=",",
)
