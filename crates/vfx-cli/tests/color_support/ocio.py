"""ocio.py: colour jobs through OpenColorIO, so that the program's results can be compared.

Reads a JSON list of jobs from standard input and prints a JSON list of results. A job has a config and either pixels, which
are converted and printed, or two images, of which the first is converted and compared with the second (the largest
difference relative to max(|v|, 1) is printed)."""
import json
import sys

import numpy as np
import PyOpenColorIO as O

O.SetLoggingLevel(O.LOGGING_LEVEL_NONE)


def processor(job):
    name = job.get("config") or "ocio://default"
    config = O.Config.CreateFromFile(name)
    group = O.GroupTransform()
    src = job.get("from")
    inverse = job.get("inverse")
    look = job.get("look")
    if job.get("display"):
        if look and not inverse:
            group.appendTransform(O.LookTransform(src=src, dst=src, looks=look))
        view = O.DisplayViewTransform(src=src, display=job["display"], view=job["view"])
        if inverse:
            view.setDirection(O.TRANSFORM_DIR_INVERSE)
        group.appendTransform(view)
    elif look:
        group.appendTransform(O.LookTransform(src=src, dst=job.get("to") or src, looks=look))
    elif job.get("to"):
        group.appendTransform(O.ColorSpaceTransform(src=src, dst=job["to"]))
    for lut in job.get("luts", []):
        t = O.FileTransform(src=lut["path"])
        if lut.get("inverse"):
            t.setDirection(O.TRANSFORM_DIR_INVERSE)
        group.appendTransform(t)
    flags = getattr(O, "OPTIMIZATION_" + job.get("flags", "NONE"))
    return config.getProcessor(group).getOptimizedCPUProcessor(flags)


def pixels_of(path):
    import OpenImageIO as oiio
    buf = oiio.ImageBuf(path)
    assert not buf.has_error, buf.geterror()
    p = np.asarray(buf.get_pixels(oiio.FLOAT), np.float32)
    return p[..., :3].reshape(-1, 3), p[..., 3].reshape(-1) if p.shape[-1] > 3 else None


def run(job):
    p = processor(job)
    if "pixels" in job:
        out = np.array(job["pixels"], np.float32).reshape(-1, 3)
        p.applyRGB(out)
        return {"values": [[str(v) for v in row] for row in out]}
    (rgb, alpha), (found, _) = pixels_of(job["image"]), pixels_of(job["result"])
    rgb = np.ascontiguousarray(rgb)
    if alpha is not None and not job.get("straight"):
        with np.errstate(divide="ignore", invalid="ignore"):
            rgb = np.where(alpha[:, None] == 0, rgb, rgb / alpha[:, None]).astype(np.float32)
    rgb = np.ascontiguousarray(rgb)
    p.applyRGB(rgb)
    if alpha is not None and not job.get("straight"):
        rgb = np.where(alpha[:, None] == 0, rgb, rgb * alpha[:, None])
    low, high = job.get("clamp", [-np.inf, np.inf])
    rgb = np.clip(rgb, low, high)
    assert rgb.shape == found.shape, (rgb.shape, found.shape)
    good = np.isfinite(rgb) & np.isfinite(found)
    error = np.abs(rgb - found) / np.maximum(np.abs(rgb), 1)
    return {"error": float(error[good].max()), "count": int(good.sum()), "odd": int((np.isfinite(rgb) != np.isfinite(found)).sum())}


print(json.dumps([run(job) for job in json.load(sys.stdin)]))
