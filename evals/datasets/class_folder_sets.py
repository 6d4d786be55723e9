"""The sets of the MVTec family, one entry each. Reads nothing."""

from evals.datasets.class_folders import (
    ClassFolders,
    btad_mask,
    loco_mask,
    mvtec_3d_mask,
    mvtec_mask,
    rgb_beside,
)
from evals.datasets.parts_table import NON_COMMERCIAL
from evals.datasets.records import DataSetCard

MVTEC_PRODUCTS = (
    *("bottle", "cable", "capsule", "carpet", "grid", "hazelnut", "leather", "metal_nut"),
    *("pill", "screw", "tile", "toothbrush", "transistor", "wood", "zipper"),
)
MVTEC_AD = ClassFolders(
    card=DataSetCard(
        name="mvtec_ad",
        title="MVTec AD (Bergmann et al., CVPR 2019)",
        modality="image",
        licence=NON_COMMERCIAL,
        source="https://www.mvtec.com/company/research/datasets/mvtec-ad",
        folders=("mvtec_anomaly_detection", "mvtec_ad", "mvtec", "MVTecAD", "MVTec-AD"),
        metric_notes="1,725 test pictures; published AU-PRO is up to FPR 0.3 over full-size masks",
    ),
    products=MVTEC_PRODUCTS,
    find_mask=mvtec_mask,
)
MPDD = ClassFolders(
    card=DataSetCard(
        name="mpdd",
        title="MPDD, metal parts defect detection (Jezek et al. 2021)",
        modality="image",
        licence="CC BY-NC-SA 4.0 (non-commercial), as said by loaders; check at the source",
        source="https://github.com/stepanje/MPDD",
        folders=("mpdd", "MPDD"),
        metric_notes="parts are rotated and shifted between pictures",
    ),
    products=(
        *("bracket_black", "bracket_brown", "bracket_white"),
        *("connector", "metal_plate", "tubes"),
    ),
    find_mask=mvtec_mask,
)
MVTEC_LOCO = ClassFolders(
    card=DataSetCard(
        name="mvtec_loco",
        title="MVTec LOCO AD (Bergmann et al., IJCV 2022)",
        modality="image",
        licence=NON_COMMERCIAL,
        source="https://www.mvtec.com/company/research/datasets/mvtec-loco",
        folders=("mvtec_loco_anomaly_detection", "mvtec_loco", "MVTec-LOCO"),
        metric_notes="published localisation is sPRO, which saturates a region by "
        "defects_config.json up to FPR 0.05; ours is AU-PRO of the masks' union. Report logical "
        "and structural anomalies apart",
    ),
    products=("breakfast_box", "juice_bottle", "pushpins", "screw_bag", "splicing_connectors"),
    find_mask=loco_mask,
)
MVTEC_3D = ClassFolders(
    card=DataSetCard(
        name="mvtec_3d",
        title="MVTec 3D-AD (Bergmann et al., VISAPP 2022)",
        modality="point_cloud",
        licence=NON_COMMERCIAL,
        source="https://www.mvtec.com/company/research/datasets/mvtec-3d-ad",
        folders=("mvtec_3d_anomaly_detection", "mvtec_3d", "MVTec3D-AD"),
        metric_notes="organised clouds (xyz tiff, zero where nothing was measured); masks are of "
        "their pixels; the colour picture stands beside in more_paths",
    ),
    products=(
        *("bagel", "cable_gland", "carrot", "cookie", "dowel"),
        *("foam", "peach", "potato", "rope", "tire"),
    ),
    find_mask=mvtec_3d_mask,
    inside="xyz",
    suffixes=(".tiff", ".tif"),
    modality="point_cloud",
    more_paths=rgb_beside,
)
BTAD = ClassFolders(
    card=DataSetCard(
        name="btad",
        title="BTAD, beanTech anomaly detection (Mishra et al. 2021)",
        modality="image",
        licence=NON_COMMERCIAL,
        source="https://github.com/pankajmishra000/VT-ADL",
        folders=("btad", "BTech_Dataset_transformed", "BTAD"),
        metric_notes="products 01 to 03; pictures are bmp or png",
    ),
    products=("01", "02", "03"),
    find_mask=btad_mask,
    normal="ok",
)
