"""exr_codec.py decode|encode FILE OUT: CPU seconds of OpenEXR's Python binding on one thread, without start-up."""
import sys
import time

import OpenEXR

OpenEXR.set_global_thread_count(0)
what, source, target = sys.argv[1:4]
start = time.process_time()
with OpenEXR.File(source, separate_channels=True) as file:
    pixels = {name: channel.pixels for name, channel in file.channels().items()}
    seconds = time.process_time() - start
    if what == "encode":
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        out = OpenEXR.File(header, pixels)
        start = time.process_time()
        out.write(target)
        seconds = time.process_time() - start
print(f"{seconds:.3f}")
