"""vips_chain.py wheel|system IN OUT int|float: libvips' benchmark: crop 100 pixels a side, reduce to 0.9 by lanczos3, sharpen.

'system' hides the wheel's library, so that pyvips loads the distribution's, which reads EXR. IN --version prints its version."""
import sys

which, source, target, mode = sys.argv[1:5]
if which == "system":
    sys.modules["_libvips"] = None
import pyvips  # noqa: E402

if source == "--version":
    print(".".join(str(pyvips.version(i)) for i in range(3)))
    sys.exit()
if which == "system" and not pyvips.type_find("VipsForeignLoad", "openexrload"):
    sys.exit("this libvips reads no EXR")
im = pyvips.Image.new_from_file(source, access="random" if mode == "int" else "sequential")
im = im.crop(100, 100, im.width - 200, im.height - 200).reduce(1 / 0.9, 1 / 0.9, kernel="lanczos3")
sharpen = pyvips.Image.new_from_array([[-1, -1, -1], [-1, 16, -1], [-1, -1, -1]], scale=8)
im = im.conv(sharpen, precision="integer" if mode == "int" else "float")
if mode == "float":
    im = (im * 65535).cast("ushort").copy(interpretation="rgb16")
im.write_to_file(target)
