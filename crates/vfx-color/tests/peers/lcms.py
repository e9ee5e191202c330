"""lcms.py: runs 8-bit colours between ICC profiles with littleCMS (Pillow), without its shortcuts.

Reads a JSON list of [source, destination, intent, compensate] and colours from standard input: {"jobs": ..., "pixels": ...}.
Prints a JSON list of lists of colours, or of null where littleCMS refuses."""
import json
import sys

import numpy as np
from PIL import Image, ImageCms

asked = json.load(sys.stdin)
pixels = np.array(asked["pixels"], np.uint8).reshape(1, -1, 3)
out = []
for source, destination, intent, compensate in asked["jobs"]:
    flags = ImageCms.Flags.NOOPTIMIZE | (ImageCms.Flags.BLACKPOINTCOMPENSATION if compensate else 0)
    try:
        t = ImageCms.buildTransform(source, destination, "RGB", "RGB", intent, flags)
        out.append(np.asarray(ImageCms.applyTransform(Image.fromarray(pixels, "RGB"), t)).reshape(-1, 3).tolist())
    except ImageCms.PyCMSError:
        out.append(None)
print(json.dumps(out))
