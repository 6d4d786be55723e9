"""The labelled parts of public picture sets, one entry each. Reads nothing."""

from evals.datasets.label_parts import LabelledPart
from evals.datasets.records import DataSetCard

NO_LICENCE = "none found; local research use only until checked"
NON_COMMERCIAL = "CC BY-NC-SA 4.0 (non-commercial)"

CASTING = LabelledPart(
    card=DataSetCard(
        name="casting",
        title="casting product (pump impellers)",
        modality="image",
        licence="none found; Kaggle's not verified, treat as non-commercial",
        source="https://www.kaggle.com/datasets/ravirajsinh45/real-life-industrial-dataset-of-casting-product",
        folders=("casting",),
        metric_notes="image level only; upstream pictures are partly rotated copies of fewer parts",
        met_real_data="part",
    ),
)
LEATHER = LabelledPart(
    card=DataSetCard(
        name="leather",
        title="leather defect classification",
        modality="image",
        licence=NO_LICENCE,
        source="https://www.kaggle.com/datasets/praveen2084/leather-defect-classification",
        folders=("leather",),
        metric_notes="image level only",
        met_real_data="part",
    ),
    defect_column="defect",
)
MAGNETIC_TILE = LabelledPart(
    card=DataSetCard(
        name="magnetic_tile",
        title="magnetic tile defects (Huang, Qiu, Yuan 2020)",
        modality="image",
        licence="no licence file; use welcomed with citation, no commercial use",
        source="https://github.com/abin24/Magnetic-tile-defect-datasets.",
        folders=("magnetic_tile",),
        metric_notes="a tile was photographed at up to six exposures: draw by tile, not by picture",
        met_real_data="part",
    ),
    defect_column="defect",
    mask_column="mask",
    kept_columns=("tile",),
)
KOLEKTORSDD = LabelledPart(
    card=DataSetCard(
        name="kolektorsdd",
        title="KolektorSDD (Tabernik et al. 2019)",
        modality="image",
        licence=NON_COMMERCIAL,
        source="https://www.vicos.si/resources/kolektorsdd/",
        folders=("kolektorsdd",),
        metric_notes="eight pictures show one commutator; masks here are filled polygons",
        met_real_data="part",
    ),
    mask_column="mask",
    split_column="split",
    kept_columns=("item",),
)
ELPV = LabelledPart(
    card=DataSetCard(
        name="elpv",
        title="ELPV, electroluminescence of solar cells (Deitsch et al. 2019)",
        modality="image",
        licence="CC BY-NC-SA 4.0 (non-commercial)",
        source="https://github.com/zae-bayern/elpv-dataset",
        folders=("elpv", "elpv-dataset"),
        metric_notes="image level only; defect probabilities 0.333 and 0.667 are left out",
        met_real_data="whole",
    ),
    product_column="cell_type",
    kept_columns=("defect_probability",),
)
BRAINMRI = LabelledPart(
    card=DataSetCard(
        name="brainmri",
        title="Brain MRI images for brain tumor detection",
        modality="image",
        licence="not stated for the data; the mirror's repository is Apache-2.0",
        source="https://www.kaggle.com/datasets/navoneel/brain-mri-images-for-brain-tumor-detection",
        folders=("brainmri", "brain_mri", "BrainMRI", "brain_tumor_dataset"),
        metric_notes="image level only; has near-duplicates, and Br35H holds many of its pictures",
        met_real_data="whole",
    ),
)
BR35H = LabelledPart(
    card=DataSetCard(
        name="br35h",
        title="Br35H :: Brain Tumor Detection 2020",
        modality="image",
        licence=NO_LICENCE,
        source="https://www.kaggle.com/datasets/ahmedhamada0/brain-tumor-detection",
        folders=("br35h", "Br35H", "Br35h"),
        metric_notes="image level only; 225 of BrainMRI's 253 pictures stand in it byte for byte "
        "(loupe eval guards): never train on one and test on the other",
        met_real_data="whole",
    ),
)
HEADCT = LabelledPart(
    card=DataSetCard(
        name="headct",
        title="Head CT - hemorrhage",
        modality="image",
        licence=NO_LICENCE,
        source="https://www.kaggle.com/datasets/felipekitamura/head-ct-hemorrhage",
        folders=("headct", "head_ct", "HeadCT"),
        metric_notes="image level only",
        met_real_data="whole",
    ),
)
AITEX_FABRIC = LabelledPart(
    card=DataSetCard(
        name="aitex",
        title="AITEX fabric image database (AFID, Silvestre-Blanes et al. 2019)",
        modality="image",
        licence="publicly offered for research; CC0 said elsewhere, not verified",
        source="https://www.aitex.es/afid/",
        folders=("aitex", "AITEX", "aitex_fabric"),
        metric_notes="pictures of 4096 x 256; Anomaly-OV and others cut them into 256 x 256 tiles",
        met_real_data="part",
    ),
    defect_column="defect",
    product_column="fabric",
    product_of=lambda fabric: f"fabric_{int(fabric):02d}",
)
DEEPCRACK = LabelledPart(
    card=DataSetCard(
        name="deepcrack",
        title="DeepCrack (Liu et al. 2019)",
        modality="image",
        licence="non-commercial research and education only",
        source="https://github.com/yhlleo/DeepCrack",
        folders=("deepcrack",),
        metric_notes="every picture has a crack: pixel metrics only",
        met_real_data="part",
    ),
    mask_column="mask",
    split_column="split",
    kept_columns=("photo",),
)
MVTEC_BOTTLE = LabelledPart(
    card=DataSetCard(
        name="mvtec_bottle",
        title="three pictures of MVTec AD's bottle",
        modality="image",
        licence=NON_COMMERCIAL,
        source="https://www.mvtec.com/company/research/datasets/mvtec-ad",
        folders=("mvtec_bottle",),
        metric_notes="three pictures: a smoke test, no measure",
        met_real_data="part",
    ),
    defect_column="defect",
    split_column="split",
)
NEU_DET = LabelledPart(
    card=DataSetCard(
        name="neu_det",
        title="NEU-DET, hot-rolled steel strip (Song and Yan 2013)",
        modality="image",
        licence=NO_LICENCE,
        source="http://faculty.neu.edu.cn/songkechen/en/zdylm/263270/list/index.htm",
        folders=("neu_det",),
        metric_notes="no normal picture: boxes only",
        met_real_data="part",
    ),
    defect_column="defect",
    box_class_column="defect",
)
STITCHINGNET = LabelledPart(
    card=DataSetCard(
        name="stitchingnet",
        title="StitchingNet, seams on eleven fabrics",
        modality="image",
        licence="CC BY-NC 4.0 (non-commercial)",
        source="https://github.com/hyungjungkim/StitchingNet-dataset",
        folders=("stitchingnet",),
        metric_notes="image level only",
        met_real_data="part",
    ),
    defect_column="defect",
    kept_columns=("fabric",),
)
WELDING = LabelledPart(
    card=DataSetCard(
        name="welding",
        title="the welding defect dataset",
        modality="image",
        licence=NO_LICENCE,
        source="https://www.kaggle.com/datasets/sukmaadhiwijaya/welding-defect-object-detection",
        folders=("welding",),
        metric_notes="a noisy set: some pictures are augmented or carry text",
        met_real_data="part",
    ),
    box_class_column="cls",
    normal_classes=("good_weld",),
    kept_columns=("group",),
)
