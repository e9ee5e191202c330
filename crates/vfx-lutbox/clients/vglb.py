"""Consumer of the LUT bus for Python: NumPy arrays of whole LUTs.

    channel = vglb.Channel("/run/user/1000/vglb.sock", "A")
    texels, info = channel.read()        # float32, (height, width, 4), or (depth, height, width, 4)
    info["shaper"]                       # None, or {"axis", "min", "max", "rows"}; see vglb.h

The format of the segment is described in vglb.h.
"""

import mmap
import os
import socket
import struct

import numpy as np

PAGE = 4096
SHAPER_ROWS = 65536
_OPEN = 1


class Channel:
    """One channel; opens itself again when the size of its LUT changes."""

    def __init__(self, path, name):
        self._path, self._name = path, name
        self._open()

    def _open(self):
        name = self._name.encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(2)
            s.connect(self._path)
            s.sendall(b"VGLB" + struct.pack("<III", 2, _OPEN, len(name)) + name)
            reply, fds, _, _ = socket.recv_fds(s, 24, 1)
        if len(reply) != 24 or reply[:4] != b"VGLB" or not fds:
            raise KeyError(self._name)
        try:
            size = os.fstat(fds[0]).st_size
            self._map = mmap.mmap(fds[0], size, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(fds[0])
        self._bytes = np.frombuffer(self._map, np.uint8)
        head = struct.unpack_from("=4s7I2Q", self._map, 0)
        magic, version, self.edge, self.layout, width, height, depth, slots, self._slot, self._stride = head
        if magic != b"VGLB" or version != 2 or slots != 2 or size < PAGE + 2 * self._stride:
            raise ValueError("no LUT bus")
        self._shape = (height, width, 4) if depth == 1 else (depth, height, width, 4)
        # Views of single words: NumPy reads an aligned word at once.
        self._count = np.frombuffer(self._map, np.uint64, 1, 48)
        self._retired = np.frombuffer(self._map, np.uint32, 1, 56)
        self._seq = [np.frombuffer(self._map, np.uint64, 1, 64 + 64 * i) for i in range(2)]

    @property
    def count(self):
        """Publications in this segment."""
        return int(self._count[0])

    def read(self):
        """The newest whole LUT and a dict of its generation, time and checksum."""
        if self._retired[0]:
            self._open()
        out = np.empty(self._slot, np.uint8)
        for _ in range(1000):
            i = self.count % 2
            before = int(self._seq[i][0])
            if before == 0 or before & 1:
                continue
            start = PAGE + i * self._stride
            out[:] = self._bytes[start : start + self._slot]
            generation, time_ns, crc, rows, axis, *ends = struct.unpack_from("=QQ3I6f", self._map, 64 + 64 * i + 8)
            shaper = None
            if 0 < rows <= SHAPER_ROWS:
                at = start + -(-self._slot // PAGE) * PAGE
                table = self._bytes[at : at + rows * 16].copy().view(np.float32).reshape(rows, 4)
                shaper = {"axis": ["linear", "log2"][axis & 1], "min": ends[:3], "max": ends[3:], "rows": table}
            # On processors that reorder loads a full barrier belongs here; x86-64 does not.
            if int(self._seq[i][0]) == before:
                info = {"generation": generation, "monotonic_ns": time_ns, "crc32": crc, "shaper": shaper}
                return out.view(np.float32).reshape(self._shape), info
        raise TimeoutError("overwritten during every attempt")


def _check(path, name, reads):
    """Reads and verifies, for tests: prints reads, distinct generations, wrong checksums."""
    import time
    import zlib

    channel, seen, torn = Channel(path, name), set(), 0
    for _ in range(reads):
        texels, info = channel.read()
        seen.add(info["generation"])
        torn += zlib.crc32(texels.tobytes()) != info["crc32"]
        time.sleep(0.0005)
    print(f"edge {channel.edge} reads {reads} fresh {len(seen)} torn {torn}")
    raise SystemExit(torn != 0)


if __name__ == "__main__":
    import sys

    _check(sys.argv[1], sys.argv[2], int(sys.argv[3]))
