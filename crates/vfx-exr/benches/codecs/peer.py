"""The peer's side of the codec bench: OpenEXR's Python binding, without its start-up.

picture OUT W H PHOTO...      an uncompressed RGBA half picture: photographs in scene-linear light, tiled up; alpha 1
camera OUT W H FILE           an RGBA half OpenEXR photograph tiled up, with a little noise, as a sensor has it
speed PICTURE REPEATS FILE THREADS METHOD...
                              a line a method: CPU seconds to write FILE and to read it back, its size, wall seconds of both; the best run
"""

import os
import sys
import time

import numpy as np
import OpenEXR


def store(out, linear):
    channels = {c: np.ascontiguousarray(linear[:, :, k]) for k, c in enumerate("RGB")}
    channels["A"] = np.ones(linear.shape[:2], np.float16)
    OpenEXR.File({"compression": OpenEXR.NO_COMPRESSION, "type": OpenEXR.scanlineimage}, channels).write(out)


def camera(out, w, h, photo):
    channels = OpenEXR.File(photo, separate_channels=True).channels()
    one = np.stack([channels[c].pixels for c in "RGB"], axis=-1).astype(np.float32)
    many = (-(-h // one.shape[0]), -(-w // one.shape[1]), 1)
    big = np.tile(one, many)[:h, :w]
    rng = np.random.default_rng(1)
    store(out, np.maximum(big * (1 + rng.normal(0, 0.01, big.shape)), 0).astype(np.float16))


def picture(out, w, h, photos):
    import OpenImageIO as oiio

    big = np.zeros((h, w, 3), np.float32)
    cache = {}
    rng = np.random.default_rng(1)
    y, i = 0, 0
    while y < h:
        x, step = 0, h
        while x < w:
            path = photos[i % len(photos)]
            if path not in cache:
                cache[path] = oiio.ImageBuf(path).get_pixels(oiio.FLOAT)[:, :, :3]
            t = cache[path]
            i += 1
            t = t[: h - y, : w - x]
            big[y : y + t.shape[0], x : x + t.shape[1]] = t
            x += t.shape[1]
            step = min(step, t.shape[0])
        y += step
    linear = np.where(big <= 0.04045, big / 12.92, ((big + 0.055) / 1.055) ** 2.4)
    # Eight bits leave steps; half a code value of dither fills them, as a camera's own samples would.
    linear *= 1 + rng.uniform(-0.004, 0.004, linear.shape)
    store(out, np.maximum(linear, 0).astype(np.float16))


def speed(path, repeats, out, threads, methods):
    OpenEXR.set_global_thread_count(threads)
    channels = {n: c.pixels for n, c in OpenEXR.File(path, separate_channels=True).channels().items()}
    clocks = (time.process_time, time.perf_counter)
    for name in methods:
        method = getattr(OpenEXR, {"none": "NO"}.get(name, name.upper()) + "_COMPRESSION")
        write, read = [], []
        for _ in range(repeats):
            file = OpenEXR.File({"compression": method, "type": OpenEXR.scanlineimage}, channels)
            t = [clock() for clock in clocks]
            file.write(out)
            write.append([clock() - a for clock, a in zip(clocks, t)])
            del file
            t = [clock() for clock in clocks]
            file = OpenEXR.File(out, separate_channels=True)
            read.append([clock() - a for clock, a in zip(clocks, t)])
            del file
        (w, write_wall), (r, read_wall) = np.min(write, axis=0), np.min(read, axis=0)
        print(w, r, os.path.getsize(out), write_wall, read_wall, flush=True)


mode, *rest = sys.argv[1:]
if mode == "speed":
    speed(rest[0], int(rest[1]), rest[2], int(rest[3]), rest[4:])
elif mode == "camera":
    camera(rest[0], int(rest[1]), int(rest[2]), rest[3])
else:
    picture(rest[0], int(rest[1]), int(rest[2]), rest[3:])
