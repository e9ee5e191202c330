"""Every attribute of every part of files, as OpenEXR reads them: PART NAME KIND VALUES, without anything that needs quoting.

Floats are their bits in hexadecimal, strings their UTF-8 bytes. A line "FILE n" comes before each file, "refused" when OpenEXR does not open it.
"""

import struct
import sys
import zlib

import numpy as np
import OpenEXR


def f32(values):
    return ["%08x" % struct.unpack("<I", struct.pack("<f", v)) for v in values]


def f64(values):
    return ["%016x" % struct.unpack("<Q", struct.pack("<d", v)) for v in values]


def text(v):
    return "x" + v.encode("utf-8", "surrogateescape").hex()


def array(v):
    v = np.asarray(v)
    kind = {"float32": f32, "float64": f64}.get(v.dtype.name, lambda x: [int(i) for i in x])
    return v.dtype.name, kind(v.ravel())


def value(v):
    name = type(v).__name__
    if isinstance(v, str):
        return "string", [text(v)]
    if isinstance(v, bool) or isinstance(v, (int, np.int32)):
        return "int", [int(v)]
    if name == "Fraction":
        return "rational", [v.numerator, v.denominator]
    if name == "Channel" or isinstance(v, list) and v and type(v[0]).__name__ == "Channel":
        out = []
        for c in v:
            # The type is that of pixels, which are not read here.
            out += [text(c.name), c.xSampling, c.ySampling, int(c.pLinear)]
        return "chlist", out
    if name in ("Compression", "LineOrder", "Envmap", "Storage"):
        return name.lower(), [int(v)]
    if name == "TileDescription":
        return "tiledesc", [v.xSize, v.ySize, int(v.mode), int(v.roundingMode)]
    if name == "TimeCode":
        return "timecode", [v.hours, v.minutes, v.seconds, v.frame, *(int(b) for b in (v.dropFrame, v.colorFrame, v.fieldPhase, v.bgf0, v.bgf1, v.bgf2))]
    if name == "KeyCode":
        return "keycode", [v.filmMfcCode, v.filmType, v.prefix, v.count, v.perfOffset, v.perfsPerFrame, v.perfsPerCount]
    if name == "PreviewImage":
        p = np.ascontiguousarray(v.pixels)
        raw = p.view(np.uint8).tobytes()
        return "preview", [p.shape[1], p.shape[0], zlib.adler32(raw)]
    if name == "OpaqueAttribute":
        data = v.data() if callable(v.data) else v.data
        kind = v.typeName() if callable(v.typeName) else v.typeName
        return "opaque", [kind, "x" + bytes(data).hex()]
    if name == "Bytes":
        hint = v.type_hint() if callable(v.type_hint) else v.type_hint
        data = v.data() if callable(v.data) else v.data
        return "bytes", [text(hint), "x" + bytes(data).hex()]
    if name == "IDManifest":
        return "idmanifest", [v.size()]
    if name in ("float", "float32", "float64"):
        return "number", f64([float(v)])
    if isinstance(v, np.ndarray):
        return ("number", f64(v)) if v.dtype == np.float64 and v.size == 1 else array(v)
    if isinstance(v, list) and v and all(isinstance(i, float) for i in v):
        return "float32", f32(v)
    if isinstance(v, (tuple, list)):
        if all(isinstance(i, str) for i in v):
            return "strings", [text(i) for i in v]
        parts = [array(i) for i in v]
        return parts[0][0], [i for p in parts for i in p[1]]
    return name, [repr(v)]


for number, path in enumerate(sys.argv[1:]):
    print("FILE", number)
    try:
        file = OpenEXR.File(path, header_only=True)
    except Exception as e:
        print("refused", str(e).replace("\n", " ")[-100:])
        continue
    for i, part in enumerate(file.parts):
        for name, v in part.header.items():
            kind, values = value(v)
            print(i, name, kind, *values)
