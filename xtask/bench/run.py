"""Measures vfx and its peers on the same files in one run, interleaved, and prints Markdown tables.

Called by `cargo xtask bench`. Inputs are made once in .bench/ by ../shared/oracles/gen_images.py and by vfx itself (4 GB in
all). CPU seconds and peak memory come from wait4(2); medians of the runs. Compare CPU seconds first: wall time means little
on a loaded machine. A child starts with this program's memory on its account: no peak reads below about 12 MB. A peer or a file that is missing leaves its row out, with a line on standard error.
"""
import argparse
import glob
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(ROOT, "xtask", "bench")
SHARED = os.path.join(os.path.dirname(ROOT), "shared")
PYTHON = os.path.join(ROOT, ".peers", "bin", "python")
MATRIX = "1.70505,-0.62179,-0.08326,0,-0.13026,1.14080,-0.01055,0,-0.02400,-0.12897,1.15297,0,0,0,0,1"
SHARPEN = "--convolve:kernel=-1,-1,-1,-1,16,-1,-1,-1,-1:scale=8"
GROUPS = ("tiff", "exr", "copy", "expose", "codec", "memory", "threads")
VFX = "vfx"  # how our rows begin


def say(text):
    print(text, file=sys.stderr, flush=True)


class Result:
    def __init__(self, wall, cpu, rss_mb, text):
        self.wall, self.cpu, self.rss_mb, self.text = wall, cpu, rss_mb, text


def run(command, env=None):
    """One run of a command; None, and its last words, when it fails."""
    with open("log", "w+") as log:
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                 env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        log.seek(0)
        text = log.read().strip()
    if child.returncode:
        say(f"failed ({child.returncode}): {' '.join(command)}\n  {text[-400:]}")
        return None
    return Result(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def measure(rows, runs):
    """rows: (name, command, env). Interleaved; medians. Rows that fail are left out."""
    results = {name: [] for name, _, _ in rows}
    broken = set()
    for n in range(runs):
        for name, command, env in rows:
            if name in broken:
                continue
            say(f"  run {n + 1}/{runs}  {name}")
            r = run(command, env)
            if r is None:
                broken.add(name)
            else:
                results[name].append(r)
    return {name: Result(*(statistics.median(getattr(r, k) for r in rs) for k in ("wall", "cpu")),
                         max(r.rss_mb for r in rs), rs[-1].text)
            for name, rs in results.items() if rs and name not in broken}


def table(results):
    """Every row, and ours as a fraction of each peer's."""
    print("| what | CPU s | wall s | peak RSS MB | vfx / this: CPU | wall | RSS |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    ours = next((r for name, r in results.items() if name.startswith(VFX)), None)
    for name, r in results.items():
        ratio = "| | |"
        if ours and not name.startswith(VFX):
            ratio = f"{ours.cpu / r.cpu:.2f} | {ours.wall / r.wall:.2f} | {ours.rss_mb / r.rss_mb:.2f} |"
        print(f"| {name} | {r.cpu:.2f} | {r.wall:.2f} | {r.rss_mb:.0f} | {ratio}")


class Bench:
    def __init__(self, vfx, quick, full, runs):
        self.vfx, self.quick, self.full, self.runs = vfx, quick, full, runs
        found = glob.glob(os.path.join(ROOT, ".peers/lib/python3*/site-packages/OpenImageIO/bin/oiiotool"))
        self.oiiotool = found[0] if found else None
        self.wheel = self.vips("wheel")
        self.system = self.vips("system")
        if not self.system:
            say("no libvips of the system, so no row for EXR; on Debian: apt-get install libvips42")

    def vips(self, which):
        r = subprocess.run([PYTHON, f"{HERE}/vips_chain.py", which, "--version", "-", "-"], capture_output=True, text=True)
        return r.stdout.strip() if r.returncode == 0 else None

    def geometry(self, path):
        """Width and height of an image."""
        if not os.path.exists(path):
            return 0, 0
        code = "import sys, OpenImageIO as o; s = o.ImageInput.open(sys.argv[1]).spec(); print(s.width, s.height)"
        out = subprocess.run([PYTHON, "-c", code, path], capture_output=True, text=True)
        return tuple(map(int, out.stdout.split()))

    def inner(self, path):
        w, h = self.geometry(path)
        return f"{w - 200}x{h - 200}+100+100"

    def row(self, name, *command, env=None):
        return name, list(map(str, command)), env

    def oiio(self, name, *args):
        if not self.oiiotool:
            return []
        return [self.row(f"oiiotool {name}", self.oiiotool, *args)]

    def measured(self, rows):
        rows = [r for r in rows if all(not a.endswith((".tif", ".exr")) or a.startswith("o") or os.path.exists(a)
                                       for a in r[1][1:])]
        for name in {a for _, c, _ in rows for a in c[1:] if a.endswith((".tif", ".exr")) and os.path.exists(a)}:
            with open(name, "rb") as f:  # into the page cache
                while f.read(1 << 20):
                    pass
        return measure(rows, self.runs)

    # --- groups: what a new user would time first --------------------------------------------------------------------
    def chain(self, source, extra, peers):
        """vfx on `source`: crop, resize, sharpen to an uncompressed TIFF (libvips' default); then the same by the peers."""
        plain = [*extra, "--compression", "none", "-o", "o.tif"]
        rows = [self.row("vfx", self.vfx, "run", source, "--cut", self.inner(source), "--resize:filter=lanczos3", "90%",
                         SHARPEN, *plain)]
        rows += peers
        rows += self.oiio("lanczos3 + unsharp", source, "--crop", self.inner(source), "--origin", "+0+0", "--fullpixels",
                          "--resize:filter=lanczos3", "90%", "--unsharp:width=3:contrast=1", *plain)
        table(self.measured(rows))

    def tiff(self):
        peers = []
        if self.wheel:
            peers.append(self.row(f"pyvips {self.wheel}, integers", PYTHON, f"{HERE}/vips_chain.py", "wheel", "a_tile.tif",
                                  "o.tif", "int"))
        self.chain("a_tile.tif", [], peers)

    def exr(self):
        for source in ("e4k_scan.exr", "e_scan.exr"):
            w, h = self.geometry(source)
            print(f"\n{w} x {h} RGBA half EXR to 16-bit TIFF\n")
            peers = []
            if self.system:
                peers.append(self.row(f"libvips {self.system} of the system, float", PYTHON, f"{HERE}/vips_chain.py", "system",
                                      source, "o.tif", "float"))
            self.chain(source, ["-d", "uint16"], peers)

    def copy(self):
        source = "e_scan.exr"
        # A level asks for compressing again; without one the compressed chunks are handed on.
        table(self.measured([self.row("vfx", self.vfx, "convert", source, "o.exr", "--compression", "zip")]
                            + [self.row("vfx, compressing again", self.vfx, "convert", source, "o.exr", "--compression", "zip:4")]
                            + self.oiio("copy", source, "-o", "o.exr")))

    def expose(self):
        source = "e4k_scan.exr"
        args = ["--mulc", "2,2,2,1", "--ccmatrix", MATRIX, "-d", "half", "-o", "o.exr"]
        table(self.measured([self.row("vfx", self.vfx, "run", source, *args)] + self.oiio("exposure + matrix", source, *args)))

    def codec(self):
        """Every compression of EXR: a bench of vfx-exr, which runs OpenEXR in between. Its own pictures, so --quick leaves them out."""
        command = ["cargo", "bench", "--locked", "-q", "-p", "vfx-exr", "--bench", "codecs", "--"]
        command += ["--only=partial,header,memory"] if self.quick else []
        command += ["--full"] if self.full else []
        sys.stdout.flush()
        if subprocess.run(command, cwd=ROOT).returncode:
            say("the bench of vfx-exr failed")

    def memory(self):
        side, big = (20000, 6000) if self.quick else (100000, 30000)
        name = f"big{big}.tif"
        if not os.path.exists(name):
            say(f"  making {name}")
            run([self.vfx, "convert", f"null:{big}x{big}?channels=3&type=u8&pattern=noise", name, "--tile", "256x256",
                 "--compression", "none"])
        cut = f"{big - 200}x{big - 200}+100+100"
        chain = [self.vfx, "run", name, "--cut", cut, "--resize:filter=lanczos3", "90%", SHARPEN]
        tiles = ["--tile", "256", "256", "--compression", "none", "-o", "o.tif"]
        exr = [self.row("8192 x 8192 RGBA half EXR copy", self.vfx, "convert", "e_scan.exr", "o.exr", "--compression", "zip")]
        rows = [
            self.row(f"procedural {side} x {side} RGB8, resize 2% to PNG", self.vfx, "run",
                     f"null:{side}x{side}?channels=3&type=u8&pattern=noise", "--resize", "2%", "-o", "o.png"),
            self.row(f"{big} x {big} RGB8 tiled TIFF, crop, resize 90%, sharpen to tiled TIFF", *chain, *tiles),
            self.row("the same with --memory 64M", *chain[:2], "--memory", "64M", *chain[2:], *tiles),
            self.row(f"{big} x {big} rotate90", self.vfx, "run", name, "--rotate90", *tiles),
            self.row(f"{big} x {big} rotate90 with --memory 64M", self.vfx, "run", "--memory", "64M", name, "--rotate90", *tiles),
            self.row(f"{big} x {big} whole-image barrier, --memory 64M", self.vfx, "run", "--memory", "64M", name, "--barrier",
                     *tiles),
        ]
        runs, self.runs = self.runs, 1
        results = self.measured(rows + exr)
        self.runs = runs
        print("| what | CPU s | wall s | peak RSS MB |\n|---|--:|--:|--:|")
        for what, r in results.items():
            print(f"| {what} | {r.cpu:.2f} | {r.wall:.2f} | {r.rss_mb:.0f} |")

    def threads(self):
        source = "a_tile.tif"
        rows = [self.row(f"vfx {n}", self.vfx, "run", "--threads", n, source, "--cut", self.inner(source),
                         "--resize:filter=lanczos3", "90%", SHARPEN, "-o", "null:") for n in (1, 2)]
        rows += [self.row(f"vfx exr {n}", self.vfx, "convert", "--threads", n, "e4k_scan.exr", "o.exr", "--compression", "zip:4")
                 for n in (1, 2)]
        r = self.measured(rows)
        print("| what | 1 thread wall s | 2 threads wall s | ratio |\n|---|--:|--:|--:|")
        for what, key in (("10k TIFF chain", "vfx"), ("4k EXR ZIP copy", "vfx exr")):
            if f"{key} 1" in r and f"{key} 2" in r:
                one, two = r[f"{key} 1"].wall, r[f"{key} 2"].wall
                print(f"| {what} | {one:.2f} | {two:.2f} | {one / two:.2f} |")


def images(folder, scale):
    generator = os.path.join(SHARED, "oracles", "gen_images.py")
    names = ["a_tile", "e4k_scan", "e_scan"]
    if all(glob.glob(os.path.join(folder, n + ".*")) for n in names):
        return
    if not os.path.exists(generator):
        sys.exit("the image generator is missing: expected ../shared/oracles/gen_images.py")
    photo = os.path.join(SHARED, "data/exr/openexr-images/ScanLines/StillLife.exr")
    say(f"making the images in {os.path.relpath(folder, ROOT)}")
    subprocess.run([PYTHON, generator, *(["--source", photo] if os.path.exists(photo) else []), "--scale", str(scale),
                    "--only", ",".join(names), folder], check=True, stdout=sys.stderr)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("groups", nargs="*", metavar="GROUP", help="default all: " + ", ".join(GROUPS))
    p.add_argument("--vfx", required=True, metavar="PROGRAM")
    p.add_argument("--quick", action="store_true", help="images a fifth of the size, one run: to see that it works")
    p.add_argument("--full", action="store_true", help="codec: pictures of 8192 x 8192 and a render of 4096 x 2160")
    p.add_argument("--runs", type=int, default=3)
    a = p.parse_args()
    unknown = set(a.groups) - set(GROUPS)
    if unknown:
        p.error(f"unknown groups {', '.join(sorted(unknown))}; expected some of {', '.join(GROUPS)}")
    folder = os.path.join(ROOT, ".bench", "quick" if a.quick else "full")
    os.makedirs(folder, exist_ok=True)
    if a.groups != ["codec"]:
        images(folder, 0.2 if a.quick else 1)
    vfx = os.path.abspath(a.vfx)
    os.chdir(folder)
    bench = Bench(vfx, a.quick, a.full, 1 if a.quick else a.runs)
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "unknown processor")
    print("\n## machine")
    print(f"{len(os.sched_getaffinity(0))} processors ({model}), medians of {bench.runs} runs; load at the start "
          f"{os.getloadavg()[0]:.1f}. OpenImageIO 3.2.2.0 (wheel, SSE4.2), libvips {bench.wheel or 'missing'} (wheel) and "
          f"{bench.system or 'missing'} (system).")
    for group in a.groups or GROUPS:
        say(group)
        print(f"\n## {group}")
        getattr(bench, group)()
        sys.stdout.flush()
        for name in ("o.tif", "o.exr", "o.png", "log"):
            if os.path.exists(name):
                os.remove(name)


if __name__ == "__main__":
    main()
