#!/usr/bin/env python3
"""Compiles tests/vgpu/data/check/*.cu to .ptx: NAME.ptx with line information, NAME_debug.ptx as nvcc -G makes it.

Paths of the machine are cut down to file names, and the debug sections (types and variables, which these tests do not
need) are left out. Needs nvcc in PATH or in CUDA_HOME.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "check"
NVCC = shutil.which("nvcc") or os.path.join(os.environ.get("CUDA_HOME", "/usr/local/cuda"), "bin", "nvcc")


def trimmed(text):
    text = re.sub(r'(\.file\s+\d+\s+)"[^"]*?([^"/]+)"', r'\1"\2"', text)
    sections = re.compile(r"\t?\.section\s+(\.debug_\w+)\s*\{.*?\n\t?\}\n?", re.S)
    text = sections.sub(lambda m: m.group(0) if m.group(1) == ".debug_str" and "info_string" in m.group(0) else "", text)
    text = re.sub(r"(\.target \w+), debug", r"\1", text)  # which asks for the sections
    return "\n".join(line.rstrip() for line in text.split("\n"))


def main():
    for source in sorted(FOLDER.glob("*.cu")):
        for suffix, flags in (("", ["-lineinfo"]), ("_debug", ["-G"])):
            target = source.with_name(source.stem + suffix + ".ptx")
            made = subprocess.run([NVCC, "-ptx", "-arch=compute_80", "-diag-suppress=549,550", *flags, "-o", "/dev/stdout", source.name],
                                  cwd=FOLDER, check=True, stdout=subprocess.PIPE, text=True)
            target.write_text(trimmed(made.stdout))
    return 0


if __name__ == "__main__":
    sys.exit(main())
