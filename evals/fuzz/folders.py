"""Targets: a product's folder, manifests, and assets of several files."""

from __future__ import annotations

from importlib import import_module

from evals.fuzz.records import Target, scratch

CUT = b"\0--\0"
"""Between the files of a folder."""
PRODUCT_FILES = ("product.yaml", "rules.yaml", "fmea.csv", "notes/a.md")
MANIFESTS = (".csv", ".parquet")


def read_product(data: bytes) -> None:
    """A product's folder of four files, with one reference."""
    from PIL import Image

    from knowledge.product_folder import read_product_folder

    folder = scratch() / "plate"
    if not folder.exists():
        (folder / "notes").mkdir(parents=True)
        (folder / "references").mkdir()
        Image.new("RGB", (16, 16)).save(folder / "references" / "a.png")
    for name in PRODUCT_FILES:
        (folder / name).unlink(missing_ok=True)
    for name, content in zip(PRODUCT_FILES, data.split(CUT), strict=False):
        (folder / name).write_bytes(content)
    read_product_folder(folder)


def read_manifest(data: bytes) -> None:
    """A table of orders, beside one file that it may name."""
    from agent.batch.manifest import orders_of

    if not data:
        return
    path = scratch() / f"all{MANIFESTS[data[0] % 2]}"
    path.write_bytes(data[1:])
    path.with_name("a.png").touch()
    orders_of([str(path)])


def read_unit(data: bytes) -> None:
    """A file that names others as its parts; one of them is there."""
    from agent.failures import digest_of
    from tools.assets.several import read_parts

    path = scratch() / "u.asset.yaml"
    path.write_bytes(data)
    path.with_name("a.png").touch()
    digest_of(path)
    read_parts(path)


def read_names(data: bytes) -> None:
    """Names of pictures, as a mind may write them."""
    from tools.assets.clouds.cameras import parse_name as camera
    from tools.assets.series.names import parse_name as window

    text = data.decode("utf-8", "replace")
    for read in (lambda: camera(text), lambda: window(text, n_channels=3, n_samples=100)):
        try:
            read()
        except KeyError:
            continue


def _products() -> list[bytes]:
    product = b"name: plate\ndescriptor: A grey plate.\naliases: [board]\nreference: any\n"
    rules = b"- id: R1\n  kind: must\n  text: No spot.\n- id: R2\n  kind: tolerance\n  text: a\n"
    limits = b"  quantity: area_px2\n  min: 1\n  max: 2\n  unit: px2\n"
    fmea = (
        b"mode,appearance,cause,effect,remediation,severity,occurrence,detection\n"
        b"spot,dark,dirt,leak,clean,3,4,5\n"
    )
    notes = b"# Standard\n\nA plate.\n\n## Holes\n\n- two\n"
    return [
        CUT.join([product, rules + limits, fmea, notes]),
        CUT.join([product, rules.partition(b"- id: R2")[0]]),
    ]


def _manifests() -> list[bytes]:
    import io

    pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")

    stream = io.BytesIO()
    parquet.write_table(pa.table({"asset": ["a.png"], "lot": [7]}), stream)
    csv = b"asset,product,lot\na.png,plate,7\nb.png,,\n"
    return [b"\0" + csv, b"\0" + b"\xef\xbb\xbf" + csv, b"\1" + stream.getvalue()]


def _units() -> list[bytes]:
    return [b"parts:\n  front: a.png\n", b"parts: {front: a.png, back: b/c.ply}\n"]


def _names() -> list[bytes]:
    texts = (
        "az030el+20/depth",
        "turn+10-20+00@0.1,0.2,0.5,0.9",
        "channels_0-2",
        "channels_0-1_rows_5-50",
    )
    return [text.encode() for text in texts]


TARGETS = {
    "products": Target(read_product, _products, ("knowledge.product_folder",)),
    "manifests": Target(read_manifest, _manifests, ("agent.batch.manifest",)),
    "units": Target(read_unit, _units, ("tools.assets.several", "agent.failures")),
    "names": Target(
        read_names, _names, ("tools.assets.clouds.cameras", "tools.assets.series.names")
    ),
}
