"""evaluate.py CONFIG...: every elementary transform of configs (files or ocio:// names) through OpenColorIO at optimisation
NONE. Prints a JSON line with the pixels (the last SPECIAL of them are not finite or near the end of the range), then one a
transform: config, kind, names, and the results or the error. Views have a "spread" too: how far OpenColorIO is from itself,
the largest change of each channel when the optimisation is LOSSLESS or one channel of the input moves by 2^-21."""
import json
import sys

import numpy as np
import PyOpenColorIO as O

FORWARD, INVERSE = O.TRANSFORM_DIR_FORWARD, O.TRANSFORM_DIR_INVERSE
ALL = (O.SEARCH_REFERENCE_SPACE_ALL, O.COLORSPACE_ALL)
GREY = [-1.0, -0.1, -0.01, 0.0, 1e-4, 0.001, 0.0031308, 0.01, 0.04045, 0.09, 0.18, 0.35, 0.5, 0.75, 0.9, 1.0, 1.5, 4.0, 16.0, 64.0]
CUBE = [-0.25, 0.02, 0.18, 0.6, 1.0, 4.0]
SPECIAL = [float("nan"), float("inf"), float("-inf"), 3e38, -3e38]


def pixels():
    px = [(v, v, v, 1.0) for v in GREY]
    px += [(r, g, b, 0.5) for r in CUBE for g in CUBE for b in CUBE]
    rng = np.random.default_rng(7)
    rgb = np.exp2(rng.uniform(-12, 6, (64, 3))) * np.where(rng.random((64, 3)) < 0.1, -1, 1)
    px += [(*c, 1.0) for c in rgb]
    for v in SPECIAL:
        px += [(v, v, v, 1.0), (v, 0.18, 0.18, 1.0), (0.18, v, 0.18, 1.0), (0.18, 0.18, v, 1.0)]
    return np.array(px, np.float32)


def moved(inp):
    for c in range(3):
        for sign in (-1, 1):
            v = inp.copy()
            with np.errstate(over="ignore"):
                v[:, c] *= np.float32(1 + sign * 2.0**-21)
            yield v


def spread(processor, cpu, inp, out):
    """Largest change of each channel of `out`."""
    lossless = inp.copy()
    processor.getOptimizedCPUProcessor(O.OPTIMIZATION_LOSSLESS).applyRGBA(lossless)
    others = [lossless]
    for v in moved(inp):
        cpu.applyRGBA(v)
        others.append(v)
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.max([np.abs(o.astype(float) - out) for o in others], 0))


def transforms(c):
    scene = c.getRoleColorSpace("aces_interchange") or c.getRoleColorSpace("scene_linear") \
        or c.getRoleColorSpace("default") or c.getRoleColorSpace("reference")
    display = c.getRoleColorSpace("cie_xyz_d65_interchange")
    for n in c.getColorSpaceNames(*ALL):
        is_display = c.getColorSpace(n).getReferenceSpaceType() == O.REFERENCE_SPACE_DISPLAY
        ref = display if is_display and display else scene
        yield "space", (n, ref), lambda n=n, ref=ref: c.getProcessor(n, ref)
        yield "space", (ref, n), lambda n=n, ref=ref: c.getProcessor(ref, n)
    for d in c.getDisplaysAll():
        for v in [*c.getViews(O.VIEW_DISPLAY_DEFINED, d), *c.getViews(O.VIEW_SHARED, d)]:
            yield "view", (scene, d, v), lambda d=d, v=v: c.getProcessor(scene, d, v, FORWARD)
            yield "inverse view", (scene, d, v), lambda d=d, v=v: c.getProcessor(scene, d, v, INVERSE)
    for n in c.getLookNames():
        yield "look", (scene, n), lambda n=n: c.getProcessor(O.LookTransform(scene, scene, n))
        yield "inverse look", (scene, n), lambda n=n: c.getProcessor(O.LookTransform(scene, scene, n), INVERSE)
    for n in c.getNamedTransformNames(O.NAMEDTRANSFORM_ALL):
        yield "named", (n,), lambda n=n: c.getProcessor(n, FORWARD)
        yield "inverse named", (n,), lambda n=n: c.getProcessor(n, INVERSE)


O.SetLoggingLevel(O.LOGGING_LEVEL_NONE)
inp = pixels()
print(json.dumps({"pixels": [["%r" % float(v) for v in px] for px in inp], "special": 4 * len(SPECIAL)}))
for name in sys.argv[1:]:
    try:
        config = O.Config.CreateFromFile(name)
    except Exception as e:
        print(json.dumps({"config": name, "kind": "open", "names": [], "error": str(e)}))
        continue
    for kind, names, build in transforms(config):
        row = {"config": name, "kind": kind, "names": names}
        try:
            buf = inp.copy()
            processor = build()
            cpu = processor.getOptimizedCPUProcessor(O.OPTIMIZATION_NONE)
            cpu.applyRGBA(buf)
            row["out"] = [["%r" % float(v) for v in px] for px in buf]
            if "view" in kind:
                row["spread"] = [["%.3g" % v for v in px] for px in spread(processor, cpu, inp, buf)]
        except Exception as e:
            row["error"] = str(e)
        print(json.dumps(row))
