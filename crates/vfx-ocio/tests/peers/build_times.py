"""build_times.py: how long OpenColorIO takes for the rows of examples/build_times.rs, the least of many runs of CPU time."""
import os
import tempfile
import time

import PyOpenColorIO as O

O.SetLoggingLevel(O.LOGGING_LEVEL_NONE)
RUNS = 40


def least(f):
    best = 1e9
    for _ in range(RUNS):
        O.ClearAllCaches()
        start = time.thread_time()
        f()
        best = min(best, time.thread_time() - start)
    return best * 1e3


def row(name, f):
    print("%-44s %8.3f ms" % (name, least(f)))


def build(p):
    return p.getOptimizedCPUProcessor(O.OPTIMIZATION_DEFAULT)


raw = O.Config.CreateRaw()
raw.setProcessorCacheFlags(O.PROCESSOR_CACHE_OFF)
lut1 = O.Lut1DTransform(1024, False)
for i in range(1024):
    lut1.setValue(i, *([(i / 1023) ** 2.2] * 3))
cubes = {}
for n in (33, 65):
    cubes[n] = O.Lut3DTransform(n)
    cubes[n].setInterpolation(O.INTERP_TETRAHEDRAL)
    for r in range(n):
        for g in range(n):
            for b in range(n):
                cubes[n].setValue(r, g, b, (r / (n - 1)) ** 0.5, g / (n - 1), b / (n - 1))
matrix = O.MatrixTransform([0.7, 0.2, 0.1, 0, 0.1, 0.8, 0.1, 0, 0.05, 0.15, 0.8, 0, 0, 0, 0, 1])
cdl = O.CDLTransform(slope=[1.1, 1, 0.9], offset=[0.01, 0, -0.01], power=[1.1, 1, 0.95], sat=0.9)
cdl.setStyle(O.CDL_ASC)
for name, t in [("Matrix 3x3", matrix), ("Lut1D 1024", lut1), ("Lut3D 33", cubes[33]), ("Lut3D 65", cubes[65]), ("CDL ASC", cdl)]:
    row(name, lambda: build(raw.getProcessor(t)))
for name, config, src, dst, view in [
    ("LogC3 to ACEScg", "studio-config-v5.0.0_aces-v2.1_ocio-v2.6", "ARRI LogC3 (EI800)", "ACEScg", ""),
    ("sRGB texture to ACEScg", "studio-config-v5.0.0_aces-v2.1_ocio-v2.6", "srgb_texture", "ACEScg", ""),
    ("ACES 1.0 SDR view", "studio-config-v2.2.0_aces-v1.3_ocio-v2.4", "ACEScg", "sRGB - Display", "ACES 1.0 - SDR Video"),
    ("ACES 2.0 SDR view", "studio-config-v4.0.0_aces-v2.0_ocio-v2.5", "ACEScg", "sRGB - Display", "ACES 2.0 - SDR 100 nits (Rec.709)"),
]:
    def go(c):
        c.setProcessorCacheFlags(O.PROCESSOR_CACHE_OFF)
        if view:
            return build(c.getProcessor(src, dst, view, O.TRANSFORM_DIR_FORWARD))
        return build(c.getProcessor(src, dst))
    opened = O.Config.CreateFromBuiltinConfig(config)
    row(name, lambda: go(opened))
    row(name + ", config opened", lambda: go(O.Config.CreateFromBuiltinConfig(config)))
