"""Ours beside OpenColorIO's, row by row: 4096 x 2160 RGBA whole frames, one thread, CPU time.

    cargo build --release -p vfx-color --example color_bench
    .peers/bin/python crates/vfx-color/tests/peers/compare_bench.py target/release/examples/color_bench \\
        [--depths f32,f16] [--only a,b] [--rounds 3] [--reps 5] [--simd avx512,avx2] [--markdown]

Every row runs ours at each level, then theirs (the cases of `../shared/oracles/ocio_bench.py` and one more), again for each
round, so that both meet the same machine; figures are medians over the rounds of the best repetition of each. Ratios are
ours / theirs on noise and on a gradient.

`--builds N` times programs instead: from a list of operations (theirs: a transform, or spaces of a config that is open) to the
first pixel, caches of whole processors off, the first time and the median of N, in microseconds of thread CPU time.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[4]
ORACLE = ROOT.parent / "shared" / "oracles" / "ocio_bench.py"


def oracle():
    spec = importlib.util.spec_from_file_location("ocio_bench", ORACLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.CASES["j_gradrgbcurve_log"] = lambda: rgb_curve(module.O, module.raw)
    return module


def rgb_curve(O, raw):
    value = O.GradingRGBCurve(O.GRADING_LOG)
    curves = {
        "red": [(0, .1), (.2, .3), (.5, .5), (.7, .6), (1, 1.1)],
        "green": [(0, 0), (.5, .7), (1, 1)],
        "blue": [(0, 0), (.4, .3), (1, 1)],
        "master": [(0, -.05), (.2, .22), (.4, .45), (.6, .6), (.8, .8), (1, 1.05)],
    }
    for name, points in curves.items():
        setattr(value, name, O.GradingBSplineCurve([v for p in points for v in p]))
    transform = O.GradingRGBCurveTransform(O.GRADING_LOG)
    transform.setValue(value)
    return raw.getProcessor(transform)


def ours(binary, case, depth, reps, simd):
    command = [binary, "--only", case, "--depths", depth, "--reps", str(reps)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "VFX_SIMD": simd})
    return next(json.loads(line) for line in out.stdout.splitlines() if line.startswith("{"))


def theirs(module, case, depth, reps):
    a = argparse.Namespace(w=4096, h=2160, opt="DEFAULT", only=case, depths=depth, reps=reps)
    return next(module.bench(a), None)


class Recorder:
    """A config that remembers what the last processor was made of, and caches none."""
    def __init__(self, config, O):
        config.setProcessorCacheFlags(O.PROCESSOR_CACHE_OFF)
        self.config = config

    def getProcessor(self, *arguments):
        Recorder.last = (self.config, arguments)
        return self.config.getProcessor(*arguments)

    def __getattr__(self, name):
        return getattr(self.config, name)


def their_builds(module, case, runs):
    """First and median microseconds of processor, CPU processor and first pixel."""
    O, pixel, times = module.O, module.np.array([.2, .3, .4, 1], module.np.float32), []
    module.CASES[case]()
    config, arguments = Recorder.last
    for _ in range(runs):
        start = time.thread_time()
        cpu = config.getProcessor(*arguments).getOptimizedCPUProcessor(O.BIT_DEPTH_F32, O.BIT_DEPTH_F32, O.OPTIMIZATION_DEFAULT)
        cpu.applyRGBA(pixel.copy())
        times.append((time.thread_time() - start) * 1e6)
    return times[0], statistics.median(times)


def builds(module, binary, wanted, runs, markdown):
    module.raw = Recorder(module.raw, module.O)
    plain, made = module.config, {}
    module.config = lambda name: made.setdefault(name, Recorder(plain(name), module.O))
    command = [binary, "--builds", str(runs), "--only", ",".join(wanted)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    print("| case | ours, first us | OpenColorIO, first us | ours, median us | OpenColorIO, median us |\n|---|--:|--:|--:|--:|" if markdown
          else "case  ours first  theirs first  ours median  theirs median  (us)")
    for line in out.splitlines():
        mine = json.loads(line)
        first, middle = their_builds(module, mine["case"], runs)
        row = [mine["case"], f"{mine['first_program_us']:.0f}", f"{first:.0f}", f"{mine['median_program_us']:.1f}", f"{middle:.1f}"]
        print("| " + " | ".join(row) + " |" if markdown else "  ".join(row), flush=True)


def median(rows, key):
    return statistics.median(r[key] for r in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--depths", default="f32")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--simd", default="avx512")
    parser.add_argument("--builds", type=int, default=0)
    parser.add_argument("--markdown", action="store_true")
    a = parser.parse_args()
    module = oracle()
    wanted = [o for o in a.only.split(",") if o]
    if a.builds:
        return builds(module, a.binary, wanted, a.builds, a.markdown)
    levels = a.simd.split(",")
    columns = ["case", "depth", *(f"{level} Mpx/s" for level in levels), "OpenColorIO", *(f"ratio {level}" for level in levels), "build ms"]
    print("| " + " | ".join(columns) + " |\n|---|---|" + "--:|" * (len(columns) - 2) if a.markdown else "  ".join(columns), flush=True)
    for case in module.CASES:
        if wanted and not any(case.startswith(o) for o in wanted):
            continue
        for depth in a.depths.split(","):
            mine, other = {level: [] for level in levels}, []
            for _ in range(a.rounds):
                for level in levels:
                    mine[level].append(ours(a.binary, case, depth, a.reps, level))
                other.append(theirs(module, case, depth, a.reps))
            row = [case, depth]
            base = [median(other, "noise_cpu"), median(other, "grad_cpu")]
            rates = {level: [median(rows, "noise_cpu"), median(rows, "grad_cpu")] for level, rows in mine.items()}
            row += [f"{noise:.0f} / {grad:.0f}" for noise, grad in rates.values()]
            row.append(f"{base[0]:.1f} / {base[1]:.1f}")
            row += [f"{noise / base[0]:.2f} / {grad / base[1]:.2f}" for noise, grad in rates.values()]
            row.append(f"{median(mine[levels[0]], 'build_ms'):.2f} / {median(other, 'build_ms'):.2f}")
            print("| " + " | ".join(row) + " |" if a.markdown else "  ".join(row), flush=True)


main()
