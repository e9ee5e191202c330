"""Expected pixels from OpenColorIO and colour-science, for the tests of vfx-color.

Reads jobs from standard input, one a line, fields separated by tabs; writes one file of little-endian float32:

    builtin  STYLE  forward|inverse  GRID
    fixed    STYLE  forward|inverse  GRID  p,p,p
    curve    NAME   encode|decode    GRID  keyword=value,...      (colour-science; one number a pixel, in R)

For each job the file holds the grid and the result, RGBA; a job that fails gives a result of NaN and a line on standard
error. GRID: rgb (4,623 pixels: ramps with extremes, a cube, log-random colours), jmh (J, M, h inside and outside), unit.
"""
import sys
import warnings

warnings.simplefilter("ignore")
import numpy as np

RAMP = [-np.inf, -65504., -10., -1., -.5, -.1, -.01, -1e-4, -1e-7, -0., 0., 1e-45, 1e-38, 1e-10, 1e-7,
        1e-5, 1e-4, .001, .0031308, .01, .04045, .05, .1, .18, .25, .3, .391, .4, .5, .6, .7, .75,
        .8, .9, .95, 1 - 2**-24, 1., 1 + 2**-23, 1.01, 1.2, 1.5, 2., 4., 8., 16., 50., 100., 222.,
        1000., 10000., 65504., 1e6, 1e10, 3e38, np.inf, np.nan]
CUBE = [-1., -.25, -.01, 0., .005, .02, .09, .18, .35, .5, .75, 1., 1.5, 4., 16.]


def rgb():
    px = [(v, v, v, 1.) for v in RAMP]
    for v in RAMP:
        px += [(v, .18, .18, .5), (.18, v, .18, 0.), (.18, .18, v, 1.)]
    px += [(r, g, b, 1.) for r in CUBE for g in CUBE for b in CUBE]
    rng = np.random.default_rng(20240601)
    c = np.exp2(rng.uniform(-12, 6, (1024, 3))) * np.where(rng.random((1024, 3)) < .12, -1, 1)
    px += [(*v, 1.) for v in c]
    return np.array(px, np.float32)


def jmh():
    rng = np.random.default_rng(7)
    j = rng.uniform(0, 130, 4000)
    m = rng.uniform(0, 1, 4000) ** 2 * 220
    h = rng.uniform(-360, 720, 4000)
    px = [np.stack([j, m, h, np.ones(4000)], 1)]
    px.append([(a, b, c, 1.) for a in (0., 1., 18., 50., 99., 100.) for b in (0., 1., 30.) for c in range(0, 361, 15)])
    return np.concatenate(px).astype(np.float32)


def unit():
    v = np.linspace(0, 1, 4097)
    return np.stack([v, v, v, np.ones_like(v)], 1).astype(np.float32)


def hsv():
    rng = np.random.default_rng(9)
    c = np.stack([rng.uniform(-2, 3, 4000), rng.uniform(-.2, 2.2, 4000), rng.uniform(-1, 4, 4000), np.ones(4000)], 1)
    return c.astype(np.float32)


GRIDS = {"rgb": rgb, "jmh": jmh, "unit": unit, "hsv": hsv}


def transform(transform, pixels):
    import PyOpenColorIO as O
    p = O.Config.CreateRaw().getProcessor(transform)
    cpu = p.getOptimizedCPUProcessor(O.BIT_DEPTH_F32, O.BIT_DEPTH_F32, O.OPTIMIZATION_NONE)
    out = np.ascontiguousarray(pixels.copy())
    cpu.apply(O.PackedImageDesc(out, out.shape[0], 1, 4))
    return out


def numbers(text):
    return [float(v) for v in text.split(",")] if text else []


def run(fields, pixels):
    kind, name, direction = fields[:3]
    rest = fields[4] if len(fields) > 4 else ""
    if kind == "curve":
        import colour
        table = colour.LOG_ENCODINGS if direction == "encode" else colour.LOG_DECODINGS
        if name not in table:
            table = colour.CCTF_ENCODINGS if direction == "encode" else colour.CCTF_DECODINGS
        keywords = dict(kv.split("=") for kv in rest.split(",")) if rest else {}
        keywords = {k: (v == "True" if v in ("True", "False") else float(v) if v.replace(".", "").isdigit() else v)
                    for k, v in keywords.items()}
        out = pixels.copy()
        out[:, 0] = table[name](pixels[:, 0].astype(np.float64), **keywords)
        return out
    import PyOpenColorIO as O
    d = O.TRANSFORM_DIR_FORWARD if direction == "forward" else O.TRANSFORM_DIR_INVERSE
    if kind == "builtin":
        return transform(O.BuiltinTransform(name, d), pixels)
    style = getattr(O, "FIXED_FUNCTION_" + name)
    return transform(O.FixedFunctionTransform(style, numbers(rest), d), pixels)


def main():
    out = open(sys.argv[1], "wb")
    for line in sys.stdin:
        fields = line.rstrip("\n").split("\t")
        pixels = GRIDS[fields[3]]()
        try:
            with np.errstate(all="ignore"):
                result = run(fields, pixels)
        except Exception as e:
            print(fields, e, file=sys.stderr)
            result = np.full_like(pixels, np.nan)
        np.array([len(pixels)], "<u4").tofile(out)
        pixels.astype("<f4").tofile(out)
        np.asarray(result, "<f4").tofile(out)


main()
