"""Writes opcode cases (tests/vgpu/opcodes/*.ptx) of instructions that touch memory: the kernel's body is all the case's own.

Shared by memory.py, memory_async.py and memory_atomics.py.
"""
from lane_case import FOLDER, as_type, bits_of, mask, mixed, signed, text_of, wrapped

__all__ = ["KernelCase", "as_type", "bits_of", "mask", "mixed", "signed", "text_of", "extended", "places", "THREADS"]

THREADS = 48


def extended(value, type_name, register_bits):
    """What a load of a type leaves in a wider register."""
    if type_name[0] == "s":
        return signed(value, bits_of(type_name)) & mask(register_bits)
    return value & mask(bits_of(type_name))


class KernelCase:
    """Parameters in the order they are added; %p_NAME holds the address of a buffer, %t the thread's number."""

    def __init__(self, name, title, threads=THREADS, target="sm_80", version="7.8", fault="", shared=0):
        self.name, self.title, self.threads, self.target = name, title, threads, target
        self.version, self.fault, self.shared = version, fault, shared
        self.head, self.parameters = [], []

    def buffer(self, role, name, type_name, values, after=None):
        """role: in, out or inout (with what it holds behind the launch)."""
        words = [text_of(v, type_name) for v in values]
        if after is not None:
            words += ["->"] + [text_of(v, type_name) for v in after]
        self.head.append(wrapped(f"{role} {name}: {type_name}", words))
        self.parameters.append((name, None))
        return self

    def scalar(self, name, type_name, value, space_type=None):
        self.head.append(f"// scalar {name}: {type_name} {text_of(value, type_name)}")
        self.parameters.append((name, space_type or type_name))
        return self

    def write(self, body, registers="", declarations=""):
        launch = f"// launch grid=1 block={self.threads}" + (f" shared={self.shared}" if self.shared else "")
        lines = [f"// {self.title}", launch, *self.head]
        if self.fault:
            lines.append(f"// fault: {self.fault}")
        lines += ["", f".version {self.version}", f".target {self.target}", ".address_size 64", ""]
        if declarations:
            lines += [declarations.strip(), ""]
        listed = ", ".join(f".param .{kind or 'u64'} {name}" for name, kind in self.parameters)
        lines += [f".visible .entry test({listed})", "{", "  .reg .u32 %t;"]
        lines += ["  " + line.strip() for line in registers.strip().splitlines() if line.strip()]
        for name, kind in self.parameters:
            if kind is None:
                lines += [f"  .reg .u64 %p_{name};", f"  ld.param.u64 %p_{name}, [{name}];"]
        lines.append("  mov.u32 %t, %tid.x;")
        lines += ["  " + line.strip() for line in body.strip().splitlines() if line.strip()]
        lines += ["  ret;", "}"]
        (FOLDER / f"{self.name}.ptx").write_text("\n".join(lines) + "\n", encoding="utf-8")


def places(name, size, at="%a"):
    """%a = address of element %t."""
    return f"mad.wide.u32 {at}, %t, {size}, %p_{name};"
