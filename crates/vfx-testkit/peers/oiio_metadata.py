"""oiio_metadata.py LIST OUT: the attributes that OpenImageIO reads of the files in LIST (one path a line).

OUT has one line an attribute: file number, subimage, name, base type, values; fields are separated by tabs, values by US (0x1f).
Floats are written so that they read back exactly, text has \\, tabs, line ends and US escaped as \\\\, \\t, \\n, \\r and \\u, bytes and
numbers of more than MAX_VALUES values are left out. A subimage has a line without a name before its attributes. Each file is read in a
process of its own, since some kill it.
"""
import os
import signal
import sys

import numpy as np
import OpenImageIO as oiio

SECONDS = 30
MAX_VALUES = 64
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x1f": "\\u"})


def text(value):
    if isinstance(value, str):
        return value.translate(ESCAPES)
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    return str(int(value))


def dump(number, path, out):
    config = oiio.ImageSpec()
    config["oiio:UnassociatedAlpha"] = 1
    inp = oiio.ImageInput.open(path, config)
    sub = 0
    while inp and inp.seek_subimage(sub, 0):
        spec = inp.spec()
        print(number, sub, "", "", "", sep="\t", file=out)
        for a in spec.extra_attribs:
            base = str(a.type.basetype).split(".")[-1].lower()
            values = a.value
            if isinstance(values, (tuple, list, np.ndarray)):
                values = list(np.ravel(values)) if isinstance(values, np.ndarray) else list(values)
            else:
                values = [values]
            held = len(values) <= MAX_VALUES and all(isinstance(v, (str, int, float, np.number)) for v in values)
            values = "\x1f".join(text(v) for v in values) if held else ""
            print(number, sub, a.name, base if held else "blob", values, sep="\t", file=out)
        sub += 1


def main():
    with open(sys.argv[1]) as f:
        paths = f.read().splitlines()
    oiio.attribute("threads", 1)
    open(sys.argv[2], "w").close()
    for number, path in enumerate(paths):
        pid = os.fork()
        if pid == 0:
            signal.alarm(SECONDS)
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 2)
            with open(sys.argv[2], "a", encoding="utf-8", errors="surrogateescape") as out:
                try:
                    dump(number, path, out)
                except Exception:
                    pass
            os._exit(0)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
