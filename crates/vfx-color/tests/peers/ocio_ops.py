"""OpenColorIO's answers for the cases of tests/ocio.rs, as records on standard output.

A record: u32 length and name, u32 count and float32 values (RGBA), little-endian. The first is "grid", the input of all cases.
"""
import os
import struct
import sys

os.environ.pop("OCIO_OPTIMIZATION_FLAGS", None)
import numpy as np
import PyOpenColorIO as O

RAW = O.Config.CreateRaw()
RAW.setProcessorCacheFlags(O.PROCESSOR_CACHE_OFF)
F, I = O.TRANSFORM_DIR_FORWARD, O.TRANSFORM_DIR_INVERSE
STYLES = {"log": O.GRADING_LOG, "lin": O.GRADING_LIN, "video": O.GRADING_VIDEO}


def grid():
    ramp = [-1., -.5, -.1, -.01, -1e-4, 0., 1e-10, 1e-5, .001, .0031308, .01, .04045, .1, .18, .3, .5, .7, .9, 1., 1.2, 2., 8., 16., 50., 64.]
    px = [(v, v, v, 1.) for v in ramp]
    for v in ramp:
        px += [(v, .18, .2, .5), (.18, v, .3, 0.), (.4, .18, v, 1.)]
    side = [-.5, 0., .02, .18, .35, .5, .75, 1., 1.5, 4.]
    px += [(r, g, b, .25) for r in side for g in side for b in side]
    rng = np.random.default_rng(7)
    rgb = np.exp2(rng.uniform(-12, 6, (512, 3))) * np.where(rng.random((512, 3)) < .12, -1, 1)
    px += [(*c, 1.) for c in rgb]
    px += [(*c, .75) for c in rng.random((512, 3))]
    return np.array(px, np.float32)


def specials():
    v = [float("nan"), float("inf"), float("-inf"), -0., 0., 1e-45, -1e-45, 3e38, -3e38, 65504., 65520., 1e6]
    px = [(x, x, x, 1.) for x in v] + [(x, .25, .5, x) for x in v] + [(.25, x, .5, 1.) for x in v] + [(.5, .25, x, 1.) for x in v]
    return np.array(px, np.float32)


def rgbm(*v):
    return O.GradingRGBM(*v)


def matrix():
    return O.MatrixTransform([.6, .3, .1, .05, .05, .9, .05, 0, .02, .1, .88, 0, .1, 0, 0, .9], [.1, -.2, .3, .01])


def matrix3():
    return O.MatrixTransform([.6, .3, .1, 0, .05, .9, .05, 0, .02, .1, .88, 0, 0, 0, 0, 1], [.1, -.2, .3, 0])


def range_(lo, hi, lo2, hi2, style=O.RANGE_CLAMP):
    t = O.RangeTransform()
    if lo is not None:
        t.setMinInValue(lo), t.setMinOutValue(lo2)
    if hi is not None:
        t.setMaxInValue(hi), t.setMaxOutValue(hi2)
    t.setStyle(style)
    return t


def exponent(style, value=(2.2, .5, 1., 1.)):
    t = O.ExponentTransform(value)
    t.setNegativeStyle(style)
    return t


def moncurve(style, gamma=(2.4, 2.2, 1.8, 1.), offset=(.055, .1, .02, 0.)):
    t = O.ExponentWithLinearTransform()
    t.setGamma(gamma), t.setOffset(offset), t.setNegativeStyle(style)
    return t


def log_affine():
    t = O.LogAffineTransform([.3, .2, .25], [.5, .4, .6], [1.1, 5., .7], [.05, .01, .2], F)
    t.setBase(10)
    return t


def log_camera(slope=False):
    t = O.LogCameraTransform([.01, .02, .005])
    t.setBase(10)
    t.setLogSideSlopeValue([.247, .3, .25]), t.setLogSideOffsetValue([.385, .4, .3])
    t.setLinSideSlopeValue([5.5, 4., 6.]), t.setLinSideOffsetValue([.052, .04, .06])
    if slope:
        t.setLinearSlopeValue([5.2, 5., 6.])
    return t


def cdl(style):
    t = O.CDLTransform()
    t.setSlope([1.1, .95, 1.05]), t.setOffset([.01, -.02, .015]), t.setPower([.9, 1.1, 1.]), t.setSat(1.2), t.setStyle(style)
    return t


def ec(style, exposure=.7, contrast=1.3, gamma=1.1):
    t = O.ExposureContrastTransform(style)
    t.setExposure(exposure), t.setContrast(contrast), t.setGamma(gamma), t.setPivot(.2)
    return t


def primary(style, clamp=False):
    t, v = O.GradingPrimaryTransform(STYLES[style]), O.GradingPrimary(STYLES[style])
    v.brightness = rgbm(.1, .0, .05, .02)
    v.contrast = rgbm(1.1, 1., .95, 1.05)
    v.gamma = rgbm(1.1, 1.0, .9, 1.05)
    v.saturation = 1.2
    v.exposure = rgbm(.2, .1, 0, .3)
    v.offset = rgbm(.01, 0, .02, .0)
    v.lift = rgbm(.02, -.01, .0, .01)
    v.gain = rgbm(1.1, .9, 1., 1.05)
    v.pivot = .3
    v.pivotBlack, v.pivotWhite = .05, .9
    if clamp:
        v.clampBlack, v.clampWhite = -.1, 1.3
    t.setValue(v)
    return t


def tone(style, which):
    s = STYLES[style]
    t, v = O.GradingToneTransform(s), O.GradingTone(s)

    def set_zone(name, r, g, b, m):
        z = getattr(v, name)
        z.red, z.green, z.blue, z.master = r, g, b, m
        setattr(v, name, z)
    if which in ("mids", "all"):
        set_zone("midtones", 1.2, 1.1, .9, 1.1)
    if which in ("hl", "all"):
        set_zone("highlights", 1.3, .7, 1., 1.1)
    if which in ("sh", "all"):
        set_zone("shadows", 1.3, .7, 1., .9)
    if which in ("wh", "all"):
        set_zone("whites", 1.4, .6, 1., 1.1)
    if which in ("bl", "all"):
        set_zone("blacks", 1.4, .6, 1., 1.2)
    if which in ("sc", "all"):
        v.scontrast = 1.2
    if which == "sc-":
        v.scontrast = .6
    t.setValue(v)
    return t


def curve(points):
    return O.GradingBSplineCurve([v for p in points for v in p])


def rgb_curve(style, bypass=False):
    s = STYLES[style]
    t, v = O.GradingRGBCurveTransform(s), O.GradingRGBCurve(s)
    if style == "lin":
        v.red = curve([(-6, -6.5), (-2, -1), (0, .5), (2, 2.1), (6, 7)])
        v.green = curve([(-7, -7), (0, .8), (7, 7)])
        v.master = curve([(-7, -6.5), (-3, -4), (0, 0), (4, 3.5), (7, 7.5)])
    else:
        v.red = curve([(0, .1), (.2, .3), (.5, .5), (.7, .6), (1, 1.1)])
        v.green = curve([(0, 0), (.5, .7), (1, 1)])
        v.master = curve([(0, -.05), (.1, .12), (.2, .22), (.3, .31), (.4, .45), (.5, .52), (.6, .6), (.7, .72), (.8, .8), (1, 1.05)])
    t.setValue(v)
    t.setBypassLinToLog(bypass)
    return t


def hue_curve(style):
    s = STYLES[style]
    t, v = O.GradingHueCurveTransform(s), O.GradingHueCurve(s)

    def hc(kind, points):
        return O.GradingBSplineCurve([v for p in points for v in p], kind)
    v.hue_hue = hc(O.HUE_HUE, [(.05, .08), (.2, .22), (.4, .35), (.6, .65), (.8, .82), (.95, .93)])
    v.hue_sat = hc(O.HUE_SAT, [(0., 1.2), (.3, .8), (.6, 1.1), (.8, 1.)])
    v.hue_lum = hc(O.HUE_LUM, [(0., .9), (.3, 1.1), (.6, 1.05), (.8, 1.)])
    if style == "lin":
        v.lum_sat = hc(O.LUM_SAT, [(-7., 1.), (0., 1.2), (5., .9)])
        v.lum_lum = hc(O.LUM_LUM, [(-7., -7.), (0., .5), (7., 7.)])
    else:
        v.lum_sat = hc(O.LUM_SAT, [(0., 1.), (.5, 1.2), (1., .9)])
        v.lum_lum = hc(O.LUM_LUM, [(0., 0.), (.5, .6), (1., 1.)])
    v.sat_sat = hc(O.SAT_SAT, [(0., .05), (.5, .6), (1., 1.)])
    v.sat_lum = hc(O.SAT_LUM, [(0., 1.1), (.5, 1.), (1., .95)])
    v.hue_fx = hc(O.HUE_FX, [(0., .05), (.3, 0.), (.6, -.04), (.9, .02)])
    t.setValue(v)
    return t


def lut1d(n=32, half=False, hue=False, falling=False):
    t = O.Lut1DTransform(65536 if half else n, half)
    t.setInterpolation(O.INTERP_LINEAR)
    if half:
        x = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
        x = np.where(np.isfinite(x), x, 0)
        y = np.stack([np.sign(x) * np.abs(x)**.4, np.tanh(x), x * .5 + .1], -1).astype(np.float32)
    else:
        x = np.linspace(0, 1, n)
        y = np.stack([x**.45, x**.5 * 1.2 - .1, np.clip(x * 1.6 - .3, 0, 1)], -1).astype(np.float32)
        if falling:
            y = 1 - y
    t.setData(np.ascontiguousarray(y.reshape(-1)))
    if hue:
        t.setHueAdjust(O.HUE_DW3)
    return t


def lut3d(n, interpolation):
    t = O.Lut3DTransform(n)
    t.setInterpolation(interpolation)
    s = np.linspace(0, 1, n)
    r, g, b = np.meshgrid(s, s, s, indexing="ij")
    d = np.stack([r**.6 * .9 + g * .1, g**.7 * .8 + b * .2, b**.5 * .9 + r * .1], -1).astype(np.float32)
    t.setData(np.ascontiguousarray(d.reshape(-1)))
    return t


CASES = {
    "matrix": matrix, "matrix3": matrix3,
    "range": lambda: range_(-.1, .9, .05, 1.2), "range noclamp": lambda: range_(-.1, .9, .05, 1.2, O.RANGE_NO_CLAMP),
    "range low": lambda: range_(.1, None, .1, None), "range high": lambda: range_(None, .9, None, .9),
    "exponent clamp": lambda: exponent(O.NEGATIVE_CLAMP), "exponent mirror": lambda: exponent(O.NEGATIVE_MIRROR),
    "exponent pass": lambda: exponent(O.NEGATIVE_PASS_THRU),
    "exponent alpha": lambda: exponent(O.NEGATIVE_CLAMP, (2.2, .5, 1., 1.5)),
    "moncurve linear": lambda: moncurve(O.NEGATIVE_LINEAR), "moncurve mirror": lambda: moncurve(O.NEGATIVE_MIRROR),
    "moncurve alpha": lambda: moncurve(O.NEGATIVE_LINEAR, (2.4, 2.2, 1.8, 1.4), (.055, .1, 0., .1)),
    "log2": lambda: O.LogTransform(2.0), "log10": lambda: O.LogTransform(10.0),
    "log affine": log_affine, "log camera": log_camera, "log camera slope": lambda: log_camera(True),
    "cdl asc": lambda: cdl(O.CDL_ASC), "cdl noclamp": lambda: cdl(O.CDL_NO_CLAMP),
    "ec linear": lambda: ec(O.EXPOSURE_CONTRAST_LINEAR), "ec video": lambda: ec(O.EXPOSURE_CONTRAST_VIDEO),
    "ec log": lambda: ec(O.EXPOSURE_CONTRAST_LOGARITHMIC),
    "ec exposure": lambda: ec(O.EXPOSURE_CONTRAST_LINEAR, 1.5, 1., 1.),
    "lut1d": lut1d, "lut1d falling": lambda: lut1d(falling=True), "lut1d half": lambda: lut1d(half=True),
    "lut1d dw3": lambda: lut1d(hue=True), "lut1d half dw3": lambda: lut1d(half=True, hue=True),
    "lut3d linear": lambda: lut3d(17, O.INTERP_LINEAR), "lut3d tetra": lambda: lut3d(17, O.INTERP_TETRAHEDRAL),
}
for style in STYLES:
    CASES["primary " + style] = lambda style=style: primary(style)
    CASES["primary clamp " + style] = lambda style=style: primary(style, True)
    for zone in ("mids", "hl", "sh", "wh", "bl", "sc", "sc-", "all"):
        CASES[f"tone {zone} {style}"] = lambda style=style, zone=zone: tone(style, zone)
    CASES["rgb curve " + style] = lambda style=style: rgb_curve(style)
    CASES["hue curve " + style] = lambda style=style: hue_curve(style)
# Neighbours that COMP_LUT1D and COMP_LUT3D make one.
COMPOSED = {
    "composed lut1d": lambda: [lut1d(), lut1d(falling=True)],
    "composed lut1d half": lambda: [lut1d(half=True), lut1d()],
    "composed lut3d finer second": lambda: [lut3d(9, O.INTERP_TETRAHEDRAL), lut3d(17, O.INTERP_LINEAR)],
    "composed lut3d finer first": lambda: [lut3d(17, O.INTERP_TETRAHEDRAL), lut3d(9, O.INTERP_LINEAR)],
}
CASES["rgb curve bypass"] = lambda: rgb_curve("lin", True)


def record(name, data):
    name = name.encode()
    data = np.ascontiguousarray(data, np.float32).reshape(-1)
    sys.stdout.buffer.write(struct.pack("<I", len(name)) + name + struct.pack("<I", data.size) + data.tobytes())


def main():
    inputs = {"grid": grid(), "specials": specials()}
    for name, data in inputs.items():
        record(name, data)
    for name, make in CASES.items():
        for direction, arrow in ((F, ""), (I, " inverse")):
            for kind, data in inputs.items():
                t = make()
                t.setDirection(direction)
                cpu = RAW.getProcessor(t).getOptimizedCPUProcessor(O.OPTIMIZATION_NONE)
                out = data.copy()
                cpu.apply(O.PackedImageDesc(out, len(out), 1, 4))
                record(name + arrow + ("" if kind == "grid" else " specials"), out)
    flags = O.OptimizationFlags(O.OPTIMIZATION_COMP_LUT1D.value | O.OPTIMIZATION_COMP_LUT3D.value)
    for name, make in COMPOSED.items():
        processor = RAW.getProcessor(O.GroupTransform(make()))
        assert len(processor.getOptimizedProcessor(flags).createGroupTransform()) == 1, name
        out = inputs["grid"].copy()
        processor.getOptimizedCPUProcessor(flags).apply(O.PackedImageDesc(out, len(out), 1, 4))
        record(name, out)


main()
