"""The id manifest of a file, or of one made here, as lines of words that need no quoting.

FILE          prints the manifest of FILE
FILE make     writes FILE with a large manifest first
"""

import sys

import numpy as np
import OpenEXR

path = sys.argv[1]
if len(sys.argv) > 2:
    manifest = OpenEXR.IDManifest()
    group = manifest.add({"id", "id1"})
    group.setComponents(["model", "material"])
    group.setLifetime(OpenEXR.IdLifetime.LIFETIME_SHOT)
    group.setHashScheme(OpenEXR.ID_MANIFEST_NOTHASHED)
    group.setEncodingScheme(OpenEXR.ID_MANIFEST_ID2_SCHEME)
    for i in range(500):
        long = "x" * 300 if i % 50 == 0 else ""
        group.insert(i * i * i * 97, [f"/set/tree{i % 70}/leaf{i}{long}", f"bark{i % 9}"])
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, "idManifest": manifest}
    OpenEXR.File(header, {"id": np.zeros((4, 4), np.uint32)}).write(path)

manifest = OpenEXR.File(path, header_only=True).header()["idManifest"]
for i in range(manifest.size()):
    group = manifest[i]
    lifetime = str(group.getLifetime()).rsplit("_")[-1].lower()
    print(*sorted(group.getChannels()), "|", *group.getComponents(), "|", lifetime, group.getHashScheme(), group.getEncodingScheme())
    for entry in group:
        print(entry.id() if callable(entry.id) else entry.id, *(entry.text() if callable(entry.text) else entry.text))
