"""How fast the virtual GPU is: the tiled product of matrices, beside Oclgrind and PoCL on the same machine in the same run.

Everything computes on one core, with one thread. Times of different programs take turns, and ratios are of the fastest of several. Oclgrind is
given a smaller product, because it would take hours for the whole one; what is compared is the time for a multiply-add.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "build/release/bin/warpscope-cli"
OPENCL = ROOT / "build/release/bin/opencl_matmul"
N = 512
OCLGRIND_N = 128
ROUNDS = 15

failed = []


def exec_matmul(n, *more, flavour=""):
    blocks = (n + 15) // 16
    command = [str(CLI), "exec", str(ROOT / f"assets/ptx/matmul_tiled{flavour}.ptx"), "--grid", f"{blocks},{blocks}", "--block", "16,16"]
    command += ["--arg", f"buf:f32:{n * n}:rand:1", "--arg", f"buf:f32:{n * n}:rand:2", "--arg", f"buf:f32:{n * n}:zero", "--arg", f"i32:{n}"]
    done = subprocess.run([*command, "--threads", "1", "--json", *more], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def opencl(n, *before, **variables):
    done = subprocess.run([*before, str(OPENCL), str(n), "1"], capture_output=True, text=True, env={**os.environ, **variables})
    return float(done.stdout) if done.returncode == 0 else None


def show(what, figure, asked, holds):
    print(f"{what:<58} {figure:>14}   asked: {asked:<12} {'met' if holds else 'NOT MET'}")
    if not holds:
        failed.append(what)


def main():
    runs, pocl, checked, counted = [], [], [], []
    has_pocl = OPENCL.exists() and opencl(16, POCL_MAX_PTHREAD_COUNT="1") is not None
    for _ in range(ROUNDS):
        runs.append(exec_matmul(N))
        if has_pocl:
            pocl.append(opencl(N, "taskset", "-c", "0", POCL_MAX_PTHREAD_COUNT="1"))
    small, small_checked, small_counted = [], [], []
    for _ in range(ROUNDS):
        small.append(exec_matmul(256)["seconds"])
        small_checked.append(exec_matmul(256, "--check", "all")["seconds"])
        small_counted.append(exec_matmul(256, "--counters")["seconds"])
    best = min(run["seconds"] for run in runs)
    instructions = runs[0]["warp_instructions"]
    print(f"tiled product of {N} x {N} matrices, 16 x 16 tiles, one core: {instructions:,} warp instructions, {best:.3f} s")
    show("warp instructions a second", f"{instructions / best / 1e6:.0f} M", ">= 100 M", instructions / best >= 100e6)
    show("multiply-adds a second", f"{N**3 / best / 1e9:.2f} G", ">= 1 G", N**3 / best >= 1e9)
    if has_pocl:
        ratio = min(pocl) / best
        show(f"time against PoCL's compiled code ({min(pocl):.3f} s)", f"{ratio:.2f} x", ">= 1 x", ratio >= 1)
    else:
        print("PoCL: not measured, because OpenCL or pocl-opencl-icd was not there when this was built")
    if OPENCL.exists() and shutil.which("oclgrind"):
        slow = opencl(OCLGRIND_N, "taskset", "-c", "0", "oclgrind", "--num-threads", "1")
        ratio = (slow / OCLGRIND_N**3) / (best / N**3) if slow else 0
        show(f"time for a multiply-add against Oclgrind ({OCLGRIND_N} x {OCLGRIND_N}: {slow:.2f} s)", f"{ratio:.0f} x", ">= 1000 x", ratio >= 1000)
    else:
        print("Oclgrind: not measured, because OpenCL or oclgrind was not there")
    slower = min(small_checked) / min(small)
    show("all checkers on, 256 x 256: slower by", f"{slower:.1f} x", "<= 10 x", slower <= 10)
    print(f"counters on, 256 x 256: slower by {min(small_counted) / min(small):.1f} x")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
