"""oiio_dump.py LIST OUT_DIR: what OpenImageIO reads of the files in LIST (one path a line).

OUT_DIR/index.tsv has one line a subimage (level 0), or one line a file that was refused:
  file number, subimage, status, x, y, width, height, channel names (joined by US), formats (joined by ,), bits a sample
and OUT_DIR/FILE_SUBIMAGE.bin the samples, plane after plane in native byte order; FILE_SUBIMAGE.meta one attribute a line.
No premultiplication; colour is left alone where vfx leaves it. Each file is read in a process of its own, since some kill it.
"""
import os
import signal
import sys

import numpy as np
import OpenImageIO as oiio

SECONDS = 60
MAX_BYTES = 256 << 20


def clean(text):
    return " ".join(str(text).split())


def dump(number, path, out_dir, index):
    config = oiio.ImageSpec()
    config["oiio:UnassociatedAlpha"] = 1
    # Raw DPX and JPEG keep YCbCr; raw TIFF would keep CMYK, which vfx converts as OpenImageIO does by default.
    config["oiio:RawColor"] = int(not path.lower().endswith((".tif", ".tiff")))
    inp = oiio.ImageInput.open(path, config)
    if not inp:
        print(number, 0, "error: " + clean(oiio.geterror()), sep="\t", file=index)
        return
    sub = 0
    while inp.seek_subimage(sub, 0):
        spec = inp.spec()
        formats = [str(spec.channelformat(c)) for c in range(spec.nchannels)]
        status, planes = "ok", []
        size = spec.width * spec.height * sum(np.dtype(NUMPY.get(f, "u1")).itemsize for f in formats)
        if spec.deep:
            status = "deep"
        elif spec.depth > 1:
            status = "volume"
        elif size > MAX_BYTES:
            status = "large"
        else:
            c = 0
            while c < spec.nchannels:
                end = c + 1
                while end < spec.nchannels and formats[end] == formats[c]:
                    end += 1
                px = inp.read_image(sub, 0, c, end, formats[c])
                if px is None:
                    status = "error: " + clean(inp.geterror())
                    break
                px = np.asarray(px).reshape(spec.height, spec.width, end - c)
                planes += [np.ascontiguousarray(px[..., i]) for i in range(end - c)]
                c = end
        if status == "ok":
            with open(os.path.join(out_dir, f"{number}_{sub}.bin"), "wb") as f:
                for p in planes:
                    f.write(p.tobytes())
            with open(os.path.join(out_dir, f"{number}_{sub}.meta"), "w") as f:
                for a in spec.extra_attribs:
                    value = a.value
                    if isinstance(value, (bytes, np.ndarray)):
                        value = f"{len(value)} values"
                    print(a.name, a.type, clean(value), sep="\t", file=f)
        print(number, sub, status, spec.x, spec.y, spec.width, spec.height, "\x1f".join(spec.channelnames),
              ",".join(formats), spec.get_int_attribute("oiio:BitsPerSample", 0), sep="\t", file=index)
        sub += 1


NUMPY = {"uint8": "u1", "int8": "i1", "uint16": "u2", "int16": "i2", "uint": "u4", "int": "i4", "half": "f2",
         "float": "f4", "double": "f8"}


def main():
    with open(sys.argv[1]) as f:
        paths = f.read().splitlines()
    out_dir = sys.argv[2]
    oiio.attribute("threads", 1)
    oiio.attribute("exr_threads", -1)
    name = os.path.join(out_dir, "index.tsv")
    for number, path in enumerate(paths):
        pid = os.fork()
        if pid == 0:
            signal.alarm(SECONDS)
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 2)
            try:
                with open(name, "a") as index:
                    dump(number, path, out_dir, index)
            except Exception as e:
                with open(name, "a") as index:
                    print(number, 0, f"error: {clean(e)}", sep="\t", file=index)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            with open(name, "a") as index:
                print(number, 0, f"error: killed by signal {status & 127}", sep="\t", file=index)


if __name__ == "__main__":
    main()
