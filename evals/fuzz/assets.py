"""Targets: readers of pictures, series, clouds and videos, each fed with a file's bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from evals.fuzz.records import Target, scratch

MAX_PIXELS = 1_000_000
PICTURES = (".png", ".jpg", ".tif", ".bmp", ".webp")
TABLES = (".csv", ".tsv", ".txt", ".parquet")
CLOUDS = (".ply", ".pcd", ".xyz", ".stl", ".obj", ".tiff")
VIDEOS = (".mp4", ".avi", ".mov", ".gif")


def _with_file(data: bytes, suffixes: Sequence[str], read: Callable[[Path], object]) -> None:
    """Read a file of the bytes after the first, which chooses its name."""
    if not data:
        return
    path = scratch() / f"part{suffixes[data[0] % len(suffixes)]}"
    path.write_bytes(data[1:])
    read(path)


def read_picture(path: Path) -> None:
    """Open, and read a window of it."""
    from tools.assets.files import open_picture

    picture = open_picture(path, max_pixels=MAX_PIXELS)
    width_px, height_px = picture.size
    picture.read([0, 0, min(width_px, 9), min(height_px, 9)])


def read_series(path: Path) -> None:
    """Open, and measure every quantity."""
    from tools.assets.series import open_series

    series = open_series(path)
    for quantity in series.quantities():
        series.measure(quantity)


def read_cloud(path: Path) -> None:
    """Open, and measure every quantity."""
    from tools.assets.clouds import open_cloud

    cloud = open_cloud(path)
    for quantity in cloud.quantities():
        cloud.measure(quantity)


def read_video(path: Path) -> None:
    """Open: every frame is decoded."""
    from tools.assets.videos import open_video

    open_video(path, max_pixels=MAX_PIXELS)


def _picture_seeds() -> list[bytes]:
    import io

    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (24, 32, 3), dtype=np.uint8)
    seeds = []
    for number, kind in enumerate(("png", "jpeg", "tiff", "bmp", "webp")):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, kind)
        seeds.append(bytes([number]) + stream.getvalue())
    for deep in (pixels[..., 0].astype(np.uint16) * 200, pixels[..., 0] > 99):
        stream = io.BytesIO()
        Image.fromarray(deep).save(stream, "png")
        seeds.append(b"\0" + stream.getvalue())
    return seeds


def _series_seeds() -> list[bytes]:
    import io

    pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")

    rows = range(20)
    csv = "time,force [N],t\n" + "".join(f"2024-01-01T00:00:{n:02},{n / 7},{n % 3}\n" for n in rows)
    german = "Zeit;Kraft\n" + "".join(f"{n},5;{n},25\n" for n in rows)
    plain = "\n".join(f"{n} {n * n}" for n in rows)
    long = "sensor,time,value\n" + "".join(f"{'ab'[n % 2]},{n},{n}\n" for n in rows)
    stream = io.BytesIO()
    parquet.write_table(pa.table({"t": list(rows), "v": [n / 3 for n in rows]}), stream)
    tabbed = csv.replace(",", "\t")
    texts = [(0, csv), (0, german), (0, long), (1, tabbed), (2, plain)]
    return [bytes([n]) + text.encode() for n, text in texts] + [b"\3" + stream.getvalue()]


def _cloud_seeds() -> list[bytes]:
    import io

    import numpy as np
    import tifffile

    points = np.random.default_rng(0).random((30, 3)).astype("<f4")
    lines = "".join(f"{x:.4f} {y:.4f} {z:.4f}\n" for x, y, z in points)
    axes = "property float x\nproperty float y\nproperty float z\n"
    ply = "ply\nformat {}\nelement vertex 30\n" + axes + "end_header\n"
    pcd = (
        "VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 30\nHEIGHT 1\n"
        "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 30\nDATA {}\n"
    )
    obj = "".join(f"v {line}\n" for line in lines.splitlines()) + "f 1 2 3\nf 4/1 5/1 6/1 7/1\n"
    corners = [f"vertex {line}\n" for line in lines.splitlines()]
    facets = "".join(
        f"facet normal 0 0 1\nouter loop\n{''.join(corners[n : n + 3])}endloop\nendfacet\n"
        for n in (0, 3)
    )
    triangles = np.zeros(4, dtype=[("n", "<f4", 3), ("v", "<f4", 9), ("a", "<u2")])
    triangles["v"] = points[:12].reshape(4, 9)
    stream = io.BytesIO()
    tifffile.imwrite(stream, points.reshape(5, 6, 3), photometric="rgb")
    return [
        b"\0" + (ply.format("ascii 1.0") + lines).encode(),
        b"\0" + ply.format("binary_little_endian 1.0").encode() + points.tobytes(),
        b"\1" + (pcd.format("ascii") + lines).encode(),
        b"\1" + pcd.format("binary").encode() + points.tobytes(),
        b"\2" + lines.encode(),
        b"\3" + f"solid a\n{facets}endsolid a\n".encode(),
        b"\3" + b" " * 80 + (4).to_bytes(4, "little") + triangles.tobytes(),
        b"\4" + obj.encode(),
        b"\5" + stream.getvalue(),
    ]


def _video_seeds() -> list[bytes]:
    import io

    import av
    import numpy as np
    from PIL import Image

    frames = [np.full((32, 48, 3), 40 * n, dtype=np.uint8) for n in range(4)]
    seeds = []
    for number, kind in enumerate(("mp4", "avi", "mov")):
        stream = io.BytesIO()
        with av.open(stream, "w", format=kind) as container:
            video = container.add_stream("mpeg4", rate=10)
            video.width, video.height = 48, 32
            for pixels in frames:
                container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(video.encode())
        seeds.append(bytes([number]) + stream.getvalue())
    stream = io.BytesIO()
    first, *rest = [Image.fromarray(pixels) for pixels in frames]
    first.save(stream, "gif", save_all=True, append_images=rest)
    return [*seeds, b"\3" + stream.getvalue()]


def _target(
    suffixes: Sequence[str],
    read: Callable[[Path], object],
    seeds: Callable[[], Sequence[bytes]],
    package: str,
) -> Target:
    run = partial(_with_file, suffixes=suffixes, read=read)
    return Target(run, seeds, (package,))


TARGETS = {
    "pictures": _target(PICTURES, read_picture, _picture_seeds, "tools.assets.files"),
    "series": _target(TABLES, read_series, _series_seeds, "tools.assets.series.files"),
    "clouds": _target(CLOUDS, read_cloud, _cloud_seeds, "tools.assets.clouds.files"),
    "videos": _target(VIDEOS, read_video, _video_seeds, "tools.assets.videos.files"),
}
