"""gpu_check_test.py PROGRAM DRIVER NVML: runs warpscope-gpu-check on the stand-in driver, on a healthy GPU and on others.

The stand-in computes on the virtual GPU, so that everything must agree with it, and must not where something is broken on purpose.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

program, driver, nvml = sys.argv[1:]
failures = []


def expect(holds, what):
    if not holds:
        failures.append(what)


def check(folder, control, *arguments):
    """(exit code, report or None, what it said)"""
    control_file = folder / "control"
    control_file.write_text(control)
    out = folder / "report"
    shutil.rmtree(out, ignore_errors=True)
    environment = {
        **os.environ,
        "WARPSCOPE_CUDA_DRIVER": driver,
        "WARPSCOPE_NVML": nvml,
        "WARPSCOPE_STAND_IN": str(control_file),
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    # A hidden window needs a display where there is no EGL.
    display = ["xvfb-run", "--auto-servernum"] if shutil.which("xvfb-run") and not os.environ.get("DISPLAY") else []
    command = [*display, program, "--rehearse", "--out", str(out), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    report = out / "gpu-report.json"
    return done.returncode, json.loads(report.read_text()) if report.exists() else None, done.stdout + done.stderr


def healthy(folder):
    code, report, said = check(folder, "name 0 NVIDIA Imaginary\n")
    expect(code == 0, f"exit code {code} on a healthy GPU:\n{said}")
    if report is None:
        return failures.append(f"no report:\n{said}")
    expect(report["passed"] and "NVIDIA Imaginary" in report["device"], f"the report says {report['device']}")
    held = {section["title"]: section["held"] for section in report["sections"]}
    expect(held.get("Teaching kernels", 0) > 50, f"kernels held: {held}")
    expect(held.get("PTX instructions", 0) > 600, f"instructions held: {held}")
    expect(held.get("Convolutions", 0) > 15, f"convolutions held: {held}")
    expect(held.get("Real traces", 0) > 20, f"traces held: {held}")
    expect(held.get("Cycle model, microbenchmarks", 0) > 3, f"microbenchmarks held: {held}")
    expect(held.get("Training", 0) > 20, f"training held: {held}")
    expect(held.get("OpenGL", 0) >= 2, f"no frame went through OpenGL: {[s for s in report['sections'] if s['title'] == 'OpenGL']}")
    expect("| verdict |" in (folder / "report/gpu-report.md").read_text(), "the Markdown has no table")


def broken(folder):
    code, report, said = check(folder, "fault 700 after 10\n")
    expect(code == 1, f"exit code {code} where a kernel faulted:\n{said}")
    failed = sum(section["failed"] for section in report["sections"]) if report else 0
    expect(failed == 1, f"{failed} rows failed where one kernel faulted, and the rest goes on:\n{said}")


def refused_by_gl(folder):
    code, report, said = check(folder, "gl refused\n", "--cases", str(folder))
    section = next((s for s in report["sections"] if s["title"] == "OpenGL"), None) if report else None
    expect(section is not None and section["skipped"] == 1, f"interop is not skipped where the driver refuses it:\n{said}")
    expect(code == 1, "a folder without cases is a failure")


def no_gpu(folder):
    code, report, said = check(folder, "gpus 0\n")
    expect(code == 77 and report is None and "skipped: " in said, f"exit code {code} without a GPU:\n{said}")


def unusable(folder):
    code, report, said = check(folder, "fail cuDevicePrimaryCtxRetain 999\n")
    expect(code == 1 and report is None and "FAILED: " in said, f"exit code {code} where the GPU takes no work:\n{said}")


with tempfile.TemporaryDirectory() as name:
    for case in (healthy, broken, refused_by_gl, no_gpu, unusable):
        case(Path(name))
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
