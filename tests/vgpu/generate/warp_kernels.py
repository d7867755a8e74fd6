#!/usr/bin/env python3
"""Compiles tests/vgpu/data/warp/*.cu to the .ptx beside them. Needs nvcc in PATH or in CUDA_HOME."""
import os
import pathlib
import shutil
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "warp"
NVCC = shutil.which("nvcc") or os.path.join(os.environ.get("CUDA_HOME", "/usr/local/cuda"), "bin", "nvcc")


def main():
    for source in sorted(FOLDER.glob("*.cu")):
        # In the folder and by name, so that no path of this machine gets into the text.
        subprocess.run([NVCC, "-ptx", "-arch=compute_80", "-o", source.stem + ".ptx", source.name], cwd=FOLDER, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
