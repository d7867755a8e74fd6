"""Writes opcode cases (tests/vgpu/opcodes/*.ptx) of instructions that work on each lane by itself.

A kernel loads one value of each input per thread, runs a body, and stores one value of each output. 48 threads: a whole
warp, where the handlers for all lanes run, and half a one, where those for some lanes do.
"""
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "opcodes"
THREADS = 48


def bits_of(type_name):
    return int(type_name.lstrip("usbf"))


def mask(bits):
    return (1 << bits) - 1


def signed(value, bits):
    value &= mask(bits)
    return value - (1 << bits) if value >> (bits - 1) else value


def as_type(value, type_name):
    """The number that the low bits of an integer are, of a u or s type."""
    bits = bits_of(type_name)
    return signed(value, bits) if type_name[0] == "s" else value & mask(bits)


def mixed(count, bits, seed=1):
    """Numbers that look like nothing."""
    values = []
    for i in range(count):
        state = (i + 1000 * seed) * 0x9E3779B97F4A7C15 & mask(64)
        state ^= state >> 29
        state = state * 0xBF58476D1CE4E5B9 & mask(64)
        state ^= state >> 32
        values.append(state & mask(bits))
    return values


def edges(type_name):
    bits = bits_of(type_name)
    half = 1 << (bits - 1)
    return [0, 1, mask(bits), half - 1, half, half + 1, 2, mask(bits) - 1, 7, mask(bits) // 3, mask(bits) // 3 * 2]


def filled(values, count=THREADS):
    """The values over and over until there are enough."""
    return [values[i % len(values)] for i in range(count)]


def pairs(type_name, second=None, count=THREADS):
    """Two lists: the first edges with each other, then mixed numbers."""
    a_edges, b_edges = edges(type_name)[:6], edges(second or type_name)[:6]
    both = [(a, b) for a in a_edges for b in b_edges]
    both += zip(mixed(count, bits_of(type_name), 3), mixed(count, bits_of(second or type_name), 4))
    return [a for a, _ in both[:count]], [b for _, b in both[:count]]


def text_of(value, type_name):
    """An element of a list: bits of a float (a string stays as it is), else a number."""
    if isinstance(value, str):
        return value
    bits = bits_of(type_name)
    if type_name[0] in "us" and type_name[:2] != "bf":
        return str(as_type(value, type_name))
    return f"0x{value & mask(bits):0{bits // 4}x}"


def wrapped(head, values):
    lines, line = [], "// " + head
    for value in values:
        if len(line) + len(value) + 1 > 118:
            lines.append(line)
            line = "//+"
        line += " " + value
    return "\n".join(lines + [line])


class Case:
    def __init__(self, name, title, target="sm_80", version="7.8", threads=THREADS):
        self.name, self.title, self.target, self.version, self.threads = name, title, target, version, threads
        self.inputs, self.outputs, self.buffers, self.head = [], [], [], []

    def input(self, name, type_name, values):
        return self._buffer(self.inputs, "in", name, type_name, values)

    def output(self, name, type_name, values):
        return self._buffer(self.outputs, "out", name, type_name, values)

    def _buffer(self, where, role, name, type_name, values):
        assert len(values) == self.threads, (self.name, name, len(values))
        where.append((name, type_name))
        self.buffers.append((name, type_name))
        self.head.append(wrapped(f"{role} {name}: {type_name}", [text_of(v, type_name) for v in values]))
        return self

    def write(self, body, registers="", declarations=""):
        """The body works on registers %NAME: .b16 for types of 8 and 16 bits, .b32 or .b64."""
        lines = [f"// {self.title}", f"// launch grid=1 block={self.threads}", *self.head, "",
                 f".version {self.version}", f".target {self.target}", ".address_size 64", ""]
        if declarations:
            lines += [declarations.strip(), ""]
        lines += [".visible .entry test(" + ", ".join(f".param .u64 p_{name}" for name, _ in self.buffers) + ")", "{",
                  "  .reg .u32 %thread;", "  .reg .u64 %at;"]
        for name, type_name in self.buffers:
            lines.append(f"  .reg .b{max(16, bits_of(type_name))} %{name};")
        lines += ["  " + line.strip() for line in registers.strip().splitlines() if line.strip()]
        lines.append("  mov.u32 %thread, %tid.x;")
        for name, type_name in self.inputs:
            lines += self._access("ld", name, type_name)
        lines += ["  " + line.strip() for line in body.strip().splitlines() if line.strip()]
        for name, type_name in self.outputs:
            lines += self._access("st", name, type_name)
        lines += ["  ret;", "}"]
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{self.name}.ptx").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @staticmethod
    def _access(opcode, name, type_name):
        bits = bits_of(type_name)
        place = f"%{name}, [%at]" if opcode == "ld" else f"[%at], %{name}"
        return [f"  ld.param.u64 %at, [p_{name}];", f"  mad.wide.u32 %at, %thread, {bits // 8}, %at;",
                f"  {opcode}.global.{'u' if bits == 8 else 'b'}{bits} {place};"]
