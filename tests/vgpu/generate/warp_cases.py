"""Writes opcode cases (tests/vgpu/opcodes/*.ptx) whose kernels work on one value a thread.

Shared by warp.py and matrix.py. A kernel here loads 32-bit (or 64-bit) values of its thread from each input buffer, runs a
body, and stores its thread's values to the output buffers.
"""
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "opcodes"
LANES = 32
BYTES = {"u32": 4, "s32": 4, "f32": 4, "b32": 4, "u64": 8, "f64": 8}


def hexes(values, digits=8):
    return [f"0x{value:0{digits}x}" for value in values]


def comment(text, values):
    """A header line with its values wrapped to continuation lines."""
    lines, line = [], f"// {text}"
    for value in values:
        if len(line) + len(value) + 1 > 118:
            lines.append(line)
            line = "//+"
        line += " " + value
    return "\n".join(lines + [line])


class Case:
    """One file: buffers in the order of the parameters, and the kernel's body."""

    def __init__(self, name, title, threads=LANES, version="8.0", target="sm_80", shared=0, fault=""):
        self.name, self.title, self.threads = name, title, threads
        self.version, self.target, self.shared, self.fault = version, target, shared, fault
        self.header, self.buffers = [], []

    def buffer(self, kind, name, type_name, values):
        """kind: in or out. Values: text as the case format wants it; several a thread stand one behind the other."""
        self.header.append(comment(f"{kind} {name}: {type_name}", values))
        self.buffers.append((kind, name, type_name, max(1, len(values) // self.threads)))
        return self

    def tolerance(self, name, text):
        self.header.append(f"// tolerance {name}: {text}")
        return self

    def write(self, body, registers=""):
        """Inputs are in %<name>_<i>, outputs are taken from the same; %lane, %thread are set."""
        lines = [f"// {self.title}",
                 f"// launch grid=1 block={self.threads}" + (f" shared={self.shared}" if self.shared else "")]
        lines += self.header
        if self.fault:
            lines.append(f"// fault: {self.fault}")
        lines += ["", f".version {self.version}", f".target {self.target}", ".address_size 64", ""]
        if self.shared:
            lines += [".extern .shared .align 16 .b8 tile[];", ""]
        parameters = ", ".join(f".param .u64 {name}" for _, name, _, _ in self.buffers)
        lines += [f".visible .entry test({parameters})", "{", "  .reg .u32 %thread, %lane;", "  .reg .u64 %at;"]
        for _, name, type_name, count in self.buffers:
            lines.append(f"  .reg .{register_type(type_name)} " + ", ".join(f"%{name}_{i}" for i in range(count)) + ";")
        lines += ["  " + line for line in registers.strip().splitlines()]
        lines += ["  mov.u32 %thread, %tid.x;", "  and.b32 %lane, %thread, 31;"]
        for kind, name, type_name, count in self.buffers:
            if kind == "in":
                lines += self.access("ld", name, type_name, count)
        lines += ["  " + line.strip() if not line.strip().endswith(":") else line.strip()
                  for line in body.strip().splitlines()]
        for kind, name, type_name, count in self.buffers:
            if kind == "out":
                lines += self.access("st", name, type_name, count)
        lines += ["  ret;", "}"]
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{self.name}.ptx").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def access(self, opcode, name, type_name, count):
        size = BYTES[type_name]
        lines = [f"  ld.param.u64 %at, [{name}];", f"  mad.wide.u32 %at, %thread, {size * count}, %at;"]
        for i in range(count):
            place = f"[%at+{i * size}]" if i else "[%at]"
            value = f"%{name}_{i}"
            operands = f"{value}, {place}" if opcode == "ld" else f"{place}, {value}"
            lines.append(f"  {opcode}.global.{register_type(type_name)} {operands};")
        return lines


def register_type(type_name):
    return "b32" if BYTES[type_name] == 4 else "b64"
