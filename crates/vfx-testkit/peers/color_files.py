"""What OpenColorIO makes of colour files: paths in a list file, each perhaps with a tab and a cccid.

Prints `GRID` and its values, then a file: `FILE path<tab>cccid`, then `ERROR text`, or `OUT` and `INV` with the values of
the grid through a FileTransform without optimisation, forwards and (where it has an inverse) backwards.
"""
import os
import sys

for name in ("OCIO_OPTIMIZATION_FLAGS", "OCIO_ACTIVE_DISPLAYS", "OCIO_ACTIVE_VIEWS", "OCIO_INACTIVE_COLORSPACES"):
    os.environ.pop(name, None)

import numpy as np
import PyOpenColorIO as O

O.SetLoggingLevel(O.LOGGING_LEVEL_NONE)


def grid():
    ramp = [-1.0, -0.1, 0.0, 0.001, 0.02, 0.18, 0.3, 0.5, 0.74, 0.9, 1.0, 1.5, 4.0]
    pixels = [[v, v, v, 1.0] for v in ramp]
    cube = [-0.2, 0.0, 0.11, 0.47, 0.83, 1.0, 2.0]
    for i, r in enumerate(cube):
        for j, g in enumerate(cube):
            for k, b in enumerate(cube):
                pixels.append([r, g, b, (0.0, 0.25, 1.0)[(i + j + k) % 3]])
    return np.array(pixels, dtype=np.float32)


def run(config, transform, direction):
    processor = config.getProcessor(transform, direction)
    cpu = processor.getOptimizedCPUProcessor(O.BIT_DEPTH_F32, O.BIT_DEPTH_F32, O.OPTIMIZATION_NONE)
    pixels = grid()
    cpu.applyRGBA(pixels)
    return pixels


def show(tag, pixels):
    print(tag, " ".join("%.9g" % v for v in pixels.ravel()))


def main():
    show("GRID", grid())
    for line in open(sys.argv[1], encoding="utf-8"):
        path, _, cccid = line.rstrip("\n").partition("\t")
        print("FILE", path + "\t" + cccid)
        config = O.Config.CreateFromStream(O.Config.CreateRaw().serialize())
        config.setSearchPath(os.path.dirname(path))
        try:
            transform = O.FileTransform(src=path, cccId=cccid, interpolation=O.INTERP_DEFAULT)
            show("OUT", run(config, transform, O.TRANSFORM_DIR_FORWARD))
        except Exception as error:
            print("ERROR", " ".join(str(error).split()))
            continue
        try:
            show("INV", run(config, transform, O.TRANSFORM_DIR_INVERSE))
        except Exception:
            pass


main()
