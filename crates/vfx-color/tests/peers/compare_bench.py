"""Ours beside OpenColorIO's, row by row: one thread, CPU time, ratios as noise / gradient.

    cargo build --release -p vfx-color --example color_bench
    .peers/bin/python crates/vfx-color/tests/peers/compare_bench.py target/release/examples/color_bench [--depths f32] [--only a,b]

Runs `../shared/oracles/ocio_bench.py` and the example on the same cases, one after the other, and prints ours / theirs.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[4]
ORACLE = ROOT.parent / "shared" / "oracles" / "ocio_bench.py"


def rows(command):
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return {(r["case"], r["depth"]): r for r in found}


def main():
    binary, rest = sys.argv[1], sys.argv[2:]
    ours = rows([binary, *rest])
    theirs = rows([sys.executable, str(ORACLE), *rest, "--out", "/dev/null"])
    print(f"{'case':30} {'depth':5} {'ours Mpx/s':>16} {'OCIO Mpx/s':>16} {'ratio':>14} {'build ms':>14}")
    for key, a in ours.items():
        b = theirs.get(key)
        if b is None:
            print(f"{key[0]:30} {key[1]:5} {a['noise_cpu']:8.0f}{a['grad_cpu']:8.0f}")
            continue
        ratio = f"{a['noise_cpu'] / b['noise_cpu']:.2f} / {a['grad_cpu'] / b['grad_cpu']:.2f}"
        build = f"{a['build_ms']:.2f} / {b['build_ms']:.2f}"
        print(f"{key[0]:30} {key[1]:5} {a['noise_cpu']:8.0f}{a['grad_cpu']:8.0f} {b['noise_cpu']:8.1f}{b['grad_cpu']:8.1f} {ratio:>14} {build:>14}")


main()
