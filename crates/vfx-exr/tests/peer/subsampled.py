"""What OpenEXR reads of subsampled files; its Python module cannot write any.

FOLDER        FILE.raw beside each FILE.exr: the samples of its channels by name
"""

import os
import sys

import numpy as np
import OpenEXR

folder = sys.argv[1]
for file in sorted(os.listdir(folder)):
    if file.endswith(".exr"):
        path = os.path.join(folder, file)
        channels = OpenEXR.File(path, separate_channels=True).channels()
        with open(path[:-3] + "raw", "wb") as out:
            for name in sorted(channels):
                out.write(np.ascontiguousarray(channels[name].pixels).tobytes())
