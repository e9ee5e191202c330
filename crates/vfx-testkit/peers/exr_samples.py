"""Samples as OpenEXR reads them.

dump FILE...        one line a channel: file, part, channel, samples, CRC-32 of the little-endian samples
make FOLDER         writes small files of every compression, type and layout with OpenEXR, and dumps them
list FILE           dumps the files named in FILE, one a line
"""
import itertools
import os
import sys
import zlib

import numpy as np
import OpenEXR


def crc(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def deep(pixels, kind):
    """CRC over the counts, then the samples of all pixels."""
    flat = pixels.ravel()
    counts = np.array([0 if p is None else len(p) for p in flat], dtype=np.uint32)
    parts = [np.asarray(p, dtype=kind) for p in flat if p is not None and len(p)]
    body = np.concatenate(parts) if parts else np.zeros(0, kind)
    return int(counts.sum()), zlib.crc32(body.tobytes(), zlib.crc32(counts.tobytes()))


def dump(path):
    try:
        file = OpenEXR.File(path, separate_channels=True)
    except Exception as error:
        print("\t".join([path, "error", " ".join(str(error).split())]))
        return
    for index, part in enumerate(file.parts):
        for name, channel in part.channels.items():
            pixels = channel.pixels
            if pixels is None:
                print("\t".join([path, str(index), name, "unread", "0"]))
            elif pixels.dtype == object:
                first = next((p for p in pixels.ravel() if p is not None and len(p)), None)
                kind = np.float32 if first is None else first.dtype
                count, code = deep(pixels, kind)
                print("\t".join([path, str(index), name, str(count), str(code)]))
            else:
                print("\t".join([path, str(index), name, str(pixels.size), str(crc(pixels))]))


COMPRESSIONS = "NO RLE ZIPS ZIP PIZ PXR24 B44 B44A DWAA DWAB HTJ2K256 HTJ2K32 LJ2K ZSTD".split()
WINDOWS = [(0, 0, 36, 30), (-7, -13, 60, 51), (3, 5, 3, 104), (-200, 9, 57, 9)]


def picture(rng, height, width, kind):
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.sin(x / 7.0) * np.cos(y / 5.0) + rng.normal(0, 0.02, (height, width)) + 1.0
    if kind == np.uint32:
        return (smooth * 1000).astype(np.uint32)
    return smooth.astype(kind)


def make(folder):
    rng = np.random.default_rng(7)
    # The module cannot write subsampled channels; those go the other way only.
    layouts = ["scan", "tiles"]
    for compression, layout, (number, window) in itertools.product(COMPRESSIONS, layouts, enumerate(WINDOWS)):
        code = getattr(OpenEXR, compression + "_COMPRESSION", None)
        if code is None:
            continue
        x0, y0, x1, y1 = window
        width, height = x1 - x0 + 1, y1 - y0 + 1
        lo, hi = np.array([x0, y0], np.int32), np.array([x1, y1], np.int32)
        header = {
            "compression": code,
            "type": OpenEXR.tiledimage if layout == "tiles" else OpenEXR.scanlineimage,
            "dataWindow": (lo, hi),
            "displayWindow": (np.array([0, 0], np.int32), np.array([63, 63], np.int32)),
            "lineOrder": OpenEXR.DECREASING_Y if number % 2 else OpenEXR.INCREASING_Y,
        }
        if layout == "tiles":
            tiles = OpenEXR.TileDescription()
            tiles.xSize, tiles.ySize = 17, 24
            header["tiles"] = tiles
        kinds = {"G": np.float16, "R": np.float16, "B": np.float16, "A": np.float32, "id": np.uint32}
        channels = {n: picture(rng, height, width, k) for n, k in kinds.items()}
        path = os.path.join(folder, f"{compression.lower()}_{layout}_{number}.exr")
        try:
            OpenEXR.File(header, channels).write(path)
        except Exception as error:
            print("\t".join([path, "error", " ".join(str(error).split())]))
            continue
        dump(path)
    for compression, layout in itertools.product(["NO", "RLE", "ZIPS", "ZSTD"], ["scan", "tiles"]):
        height, width = 9, 13
        counts = rng.integers(0, 5, (height, width))
        planes = {n: np.empty((height, width), dtype=object) for n in ["A", "Z", "id"]}
        for y, x in itertools.product(range(height), range(width)):
            n = int(counts[y, x])
            planes["A"][y, x] = rng.random(n).astype(np.float16)
            planes["Z"][y, x] = rng.random(n).astype(np.float32)
            planes["id"][y, x] = rng.integers(0, 9, n).astype(np.uint32)
        code = getattr(OpenEXR, compression + "_COMPRESSION", None)
        if code is None:
            continue
        header = {"compression": code, "type": OpenEXR.deeptile if layout == "tiles" else OpenEXR.deepscanline}
        if layout == "tiles":
            tiles = OpenEXR.TileDescription()
            tiles.xSize, tiles.ySize = 5, 4
            header["tiles"] = tiles
        path = os.path.join(folder, f"deep_{compression.lower()}_{layout}.exr")
        OpenEXR.File(header, planes).write(path)
        dump(path)


if __name__ == "__main__":
    mode, rest = sys.argv[1], sys.argv[2:]
    if mode == "make":
        make(rest[0])
    elif mode == "list":
        for line in open(rest[0]):
            dump(line.rstrip("\n"))
    else:
        for name in rest:
            dump(name)
