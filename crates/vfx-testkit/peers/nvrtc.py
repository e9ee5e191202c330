"""nvrtc.py FOLDER: compiles every .cu file of a folder for sm_90 with NVRTC (no GPU needed).

Prints a line a file: its name, the size of the machine code in bytes or "failed", and the compiler's remarks as JSON. The
library comes from the PyPI wheel nvidia-cuda-nvrtc-cu12.
"""
import ctypes
import glob
import json
import pathlib
import sys

import nvidia.cuda_nvrtc as wheel

LIBRARY = glob.glob(wheel.__path__[0] + "/lib/libnvrtc.so.*")[0]
OPTIONS = [b"--gpu-architecture=sm_90", b"--std=c++17"]


def text(rtc, program, name):
    size = ctypes.c_size_t()
    getattr(rtc, name + "Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(rtc, name)(program, buffer)
    return buffer.value.decode(errors="replace").strip()


def main():
    rtc = ctypes.CDLL(LIBRARY)
    options = (ctypes.c_char_p * len(OPTIONS))(*OPTIONS)
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.cu")):
        program = ctypes.c_void_p()
        rtc.nvrtcCreateProgram(ctypes.byref(program), path.read_bytes(), path.name.encode(), 0, None, None)
        status = rtc.nvrtcCompileProgram(program, len(OPTIONS), options)
        size = ctypes.c_size_t()
        if status == 0:
            rtc.nvrtcGetCUBINSize(program, ctypes.byref(size))
        print(json.dumps({
            "file": path.name,
            "bytes": size.value if status == 0 else None,
            "log": text(rtc, program, "nvrtcGetProgramLog"),
        }))
        rtc.nvrtcDestroyProgram(ctypes.byref(program))


main()
