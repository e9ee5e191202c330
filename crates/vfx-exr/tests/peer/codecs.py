"""OpenEXR as the oracle of the codecs.

write DIR METHOD...   writes files of many shapes with each method, and beside each the samples that OpenEXR reads back
read DIR              writes the samples of every file in DIR beside it

Samples: channels in order of name, each plane's rows, little endian. Exit status 3: no OpenEXR.
"""

import glob
import os
import sys

try:
    import numpy as np
    import OpenEXR
except ImportError as e:
    print(e)
    sys.exit(3)

METHODS = {
    "none": OpenEXR.NO_COMPRESSION,
    "rle": OpenEXR.RLE_COMPRESSION,
    "zips": OpenEXR.ZIPS_COMPRESSION,
    "zip": OpenEXR.ZIP_COMPRESSION,
    "piz": OpenEXR.PIZ_COMPRESSION,
    "pxr24": OpenEXR.PXR24_COMPRESSION,
    "b44": OpenEXR.B44_COMPRESSION,
    "b44a": OpenEXR.B44A_COMPRESSION,
    "dwaa": OpenEXR.DWAA_COMPRESSION,
    "dwab": OpenEXR.DWAB_COMPRESSION,
    "zstd": getattr(OpenEXR, "ZSTD_COMPRESSION", None),
}


def dump(path):
    """The samples of a file beside it; what cannot be read leaves a message instead."""
    try:
        channels = OpenEXR.File(path, separate_channels=True).channels()
        raw = b"".join(channels[n].pixels.tobytes() for n in sorted(channels, key=str.encode))
    except Exception as e:
        raw = f"ERROR {e}".encode()
    with open(path[:-4] + ".raw", "wb") as f:
        f.write(raw)


def content(kind, w, h, seed):
    """A plane of float64."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    smooth = 0.6 + 0.5 * np.sin(x / 17.0 + seed) * np.cos(y / 23.0) + 0.002 * x
    if kind == "flat":
        return np.full((h, w), 0.25 * (seed % 5))
    if kind == "photo":
        noise = rng.normal(0, 0.03, (h, w))
        edges = (np.floor(x / 29) + np.floor(y / 31)) % 2 * 0.4
        return np.abs(smooth + noise * smooth + edges)
    if kind == "dim":
        return smooth * 1e-4 * (x > w / 3)
    if kind == "wild":
        v = rng.normal(0, 1, (h, w)) * np.exp(rng.normal(0, 5, (h, w)))
        v = np.clip(v, -65504, 65504)
        v[rng.random((h, w)) < 0.02] = np.inf
        v[rng.random((h, w)) < 0.02] = np.nan
        v[rng.random((h, w)) < 0.1] = 0
        return v
    raise ValueError(kind)


def cast(v, t):
    with np.errstate(all="ignore"):
        if t == "u":
            v = np.nan_to_num(v, posinf=4e9, neginf=0)
            return np.clip(np.abs(v) * 1000, 0, 2**32 - 1).astype(np.uint32)
        return v.astype({"h": np.float16, "f": np.float32}[t])


# Channel lists: name, type, and True when perceptually linear. The module has no planes of different sizes.
LISTS = {
    "rgba": [("R", "h"), ("G", "h"), ("B", "h"), ("A", "h")],
    "float": [("R", "f"), ("G", "f"), ("B", "f"), ("A", "f")],
    "mixed": [("R", "h"), ("G", "f"), ("B", "h"), ("A", "u"), ("Z", "f"), ("id", "u"), ("n.X", "h")],
    "layers": [("R", "h"), ("G", "h"), ("B", "h"), ("d.R", "h"), ("d.G", "h"), ("d.B", "h"), ("d.A", "f"), ("Y", "h")],
    "linear": [("Y", "h", True), ("R", "h", True), ("u", "h", True)],
}

SIZES = [(64, 64), (101, 77), (7, 5), (1, 1), (33, 300), (8, 9)]


def write(folder, methods):
    for method in methods:
        if METHODS.get(method) is None:
            print("no", method)
            continue
        for name, channels in LISTS.items():
            for w, h in SIZES:
                for kind in ["photo", "flat", "dim", "wild"]:
                    for tile in [0, 32]:
                        if tile and (w, h) not in [(101, 77), (7, 5)]:
                            continue
                        planes = {}
                        for i, (c, t, *more) in enumerate(channels):
                            planes[c] = OpenEXR.Channel(c, cast(content(kind, w, h, i), t), 1, 1, bool(more))
                        header = {"compression": METHODS[method], "type": OpenEXR.scanlineimage}
                        if tile:
                            header["type"] = OpenEXR.tiledimage
                            header["tiles"] = OpenEXR.TileDescription()
                            header["tiles"].xSize = tile
                            header["tiles"].ySize = tile
                        path = f"{folder}/{method}_{name}_{w}x{h}_{kind}_{tile}.exr"
                        try:
                            OpenEXR.File(header, planes).write(path)
                        except Exception as e:
                            print(path, e)
                            continue
                        dump(path)


if sys.argv[1] == "write":
    write(sys.argv[2], sys.argv[3:])
else:
    for path in sorted(glob.glob(os.path.join(sys.argv[2], "*.exr"))):
        dump(path)
