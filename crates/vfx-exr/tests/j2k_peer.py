"""OpenEXR as the oracle of the JPEG 2000 methods.

write DIR   writes files of many shapes, and beside each its samples and those that OpenEXR reads back
read DIR    writes the samples of every file in DIR beside it

Samples: channels in order of name, each plane's rows, little endian. Exit status 3: no OpenEXR with LJ2K.
"""

import glob
import os
import sys

try:
    import numpy as np
    import Imath
    import OpenEXR

    METHODS = {
        "htj2k32": OpenEXR.HTJ2K32_COMPRESSION,
        "htj2k256": OpenEXR.HTJ2K256_COMPRESSION,
        "lj2k": OpenEXR.LJ2K_COMPRESSION,
    }
except (ImportError, AttributeError) as e:
    print(e)
    sys.exit(3)


def dump(path):
    """The samples of a file beside it; what cannot be read leaves a message instead."""
    try:
        channels = OpenEXR.File(path, separate_channels=True).channels()
        raw = b"".join(channels[n].pixels.tobytes() for n in sorted(channels, key=str.encode))
    except Exception as e:
        raw = f"ERROR {e}".encode()
    with open(path[:-4] + ".raw", "wb") as f:
        f.write(raw)


def make_legacy(path, to):
    """Turns an LJ2K file into one as OpenEXR 3.5.0 wrote it: other magic, no tables (their segments become comments)."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    at = 0
    while (at := data.find(b"HL\0\0", at)) >= 0:
        p = data.find(b"\xff\x4f\xff\x51", at, at + 64) + 2
        at += 1
        if p < 2:
            continue
        data[at - 1 : at + 1] = b"HT"
        while p < len(data) and data[p : p + 2] != b"\xff\x90":
            if data[p : p + 2] == b"\xff\x76" and data[p + 7] == 4:
                data[p + 1] = 0x64
            p += 2 + int.from_bytes(data[p + 2 : p + 4], "big")
    with open(to, "wb") as f:
        f.write(data)


def smooth(w, h, seed, kind):
    """A plane of a type."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    v = 0.5 + 0.4 * np.sin(x / 13 + seed) * np.cos(y / 17) + 0.01 * rng.normal(0, 1, (h, w))
    return (v * 1e9).astype(np.uint32) if kind is np.uint32 else v.astype(kind)


def noise(w, h, seed, kind):
    rng = np.random.default_rng(seed)
    if kind is np.uint32:
        return rng.integers(0, 2**32, (h, w), dtype=np.uint32) * (rng.random((h, w)) < 0.3)
    v = rng.normal(0, 1, (h, w)) * np.exp(rng.normal(0, 3, (h, w))) * (rng.random((h, w)) < 0.5)
    return np.clip(v, -6e4, 6e4).astype(kind)


def extreme(w, h, seed, kind):
    """Blocks of the largest and smallest values, and bits at random in a corner."""
    rng = np.random.default_rng(seed)
    size = np.uint16 if kind is np.float16 else np.uint32
    v = np.zeros((h, w), size)
    v[::2, ::3] = 0x7BFF if size is np.uint16 else 0x7F7FFFFF
    v[1::3, ::2] = 0xFBFF if size is np.uint16 else 0xFF7FFFFF
    n = (h // 3 + 1, w // 3 + 1)
    v[: n[0], : n[1]] = rng.integers(0, 2 ** (8 * size().itemsize), n, dtype=size)
    return v.view(kind)


HALF, FLOAT, UINT = np.float16, np.float32, np.uint32
LAYOUTS = {
    "rgba": {"R": HALF, "G": HALF, "B": HALF, "A": HALF},
    "y": {"Y": HALF},
    "float": {"R": FLOAT, "G": FLOAT, "B": FLOAT},
    "mixed": {"id": UINT, "Z": FLOAT, "R": HALF, "G": HALF, "B": HALF, "N.x": FLOAT},
    "uint": {"R": UINT, "G": UINT, "B": UINT, "S": HALF},
    "layer": {"main.red": FLOAT, "main.green": FLOAT, "main.blue": FLOAT, "x.R": HALF},
    "unlike": {"R": FLOAT, "G": HALF, "B": HALF},
}
SIZES = [(1, 1), (2, 3), (33, 17), (100, 75), (301, 70), (129, 300), (5, 513), (700, 33)]


def write(folder):
    n = 0
    for method, code in METHODS.items():
        for layout, channels in LAYOUTS.items():
            for w, h in SIZES:
                for content in (smooth, noise, extreme):
                    if method == "lj2k" and content is extreme:
                        continue
                    n += 1
                    planes = {c: content(w, h, n + i, t) for i, (c, t) in enumerate(channels.items())}
                    name = f"{folder}/{method}_{layout}_{w}x{h}_{content.__name__}.exr"
                    header = {"compression": code, "type": OpenEXR.scanlineimage}
                    if n % 3 == 0:
                        header["type"] = OpenEXR.tiledimage
                        header["tiles"] = OpenEXR.TileDescription()
                        header["tiles"].xSize, header["tiles"].ySize = 64, 40
                    if n % 5 == 0:
                        lo = np.array([-7, -300], np.int32)
                        header["dataWindow"] = (lo, lo + np.array([w - 1, h - 1], np.int32))
                        header["displayWindow"] = header["dataWindow"]
                    with open(name[:-4] + ".src", "wb") as f:
                        f.write(b"".join(planes[c].tobytes() for c in sorted(planes, key=str.encode)))
                    OpenEXR.File(header, planes).write(name)
                    dump(name)
                    if method == "lj2k" and layout in ("rgba", "float"):
                        make_legacy(name, name[:-4] + "_legacy.exr")
                        dump(name[:-4] + "_legacy.exr")
        for sx, sy in ((2, 2), (2, 1), (1, 2), (4, 4)):
            w, h = 64, 272
            header = OpenEXR.Header(w, h)
            header["compression"] = Imath.Compression(code.value if hasattr(code, "value") else int(code))
            half, float_ = Imath.PixelType(Imath.PixelType.HALF), Imath.PixelType(Imath.PixelType.FLOAT)
            header["channels"] = {
                "Y": Imath.Channel(half, 1, 1),
                "BY": Imath.Channel(half, sx, sy),
                "RY": Imath.Channel(float_, sx, sy),
            }
            name = f"{folder}/{method}_chroma_{sx}{sy}.exr"
            out = OpenEXR.OutputFile(name, header)
            out.writePixels({
                "Y": smooth(w, h, 1, HALF).tobytes(),
                "BY": smooth(w // sx, h // sy, 2, HALF).tobytes(),
                "RY": smooth(w // sx, h // sy, 3, FLOAT).tobytes(),
            })
            out.close()
            dump(name)


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    for path in glob.glob(os.path.join(sys.argv[2], "*.exr")):
        dump(path)
