"""Opcode cases of wmma: loads, a product and a store, of every shape, type, layout and state space.

The ISA leaves open which lane holds what, so a case is a whole product: matrices with padded rows (or columns) in memory,
loaded, multiplied, stored. Fragment sizes are those of the PTX ISA 9.0, "Matrix Fragments for WMMA".
"""
import numbers_exact as exact
from matrix import bit_product, float_product, fused_product, integer_product, matrix, random_bits, size_of
from warp_cases import FOLDER, comment, hexes

BITS = {"f16": 16, "bf16": 16, "tf32": 32, "f32": 32, "f64": 64, "s8": 8, "u8": 8, "s4": 4, "u4": 4, "b1": 1, "s32": 32}

# Registers of a, b, c (f16 accumulators: 4 instead of 8).
REGISTERS = {
    ("m16n16k16", "f16"): (8, 8, 8), ("m8n32k16", "f16"): (8, 8, 8), ("m32n8k16", "f16"): (8, 8, 8),
    ("m16n16k16", "bf16"): (4, 4, 8), ("m8n32k16", "bf16"): (2, 8, 8), ("m32n8k16", "bf16"): (8, 2, 8),
    ("m16n16k16", "i8"): (2, 2, 8), ("m8n32k16", "i8"): (1, 4, 8), ("m32n8k16", "i8"): (4, 1, 8),
    ("m16n16k8", "tf32"): (4, 4, 8), ("m8n8k4", "f64"): (1, 1, 2), ("m8n8k32", "i4"): (1, 1, 2), ("m8n8k128", "b1"): (1, 1, 2),
}


def memory_of(values, is_row, stride, bits, padding):
    """Matrix elements as numbers in memory, line after line; sub-byte ones as 32-bit words."""
    lines = values if is_row else [list(column) for column in zip(*values)]
    flat = []
    for index, line in enumerate(lines):
        extra = stride - len(line) if index + 1 < len(lines) else 0
        flat += line + [padding] * extra
    if bits >= 8:
        return flat
    per = 32 // bits
    return [sum(e << bits * j for j, e in enumerate(flat[i:i + per])) for i in range(0, len(flat), per)]


def memory_type(bits):
    return f"u{max(8, bits) if bits >= 8 else 32}"


def copy_to_shared(name, offset, count_bytes):
    """Lanes copy a buffer word by word."""
    return f"""
  mov.u32 %i, %tid.x;
  shl.b32 %i, %i, 2;
COPY_{name}:
  setp.ge.u32 %q, %i, {count_bytes};
  @%q bra COPIED_{name};
  cvt.u64.u32 %x, %i;
  add.u64 %x, %x, %{name};
  ld.global.u32 %w, [%x];
  mov.u32 %s, tile;
  add.u32 %s, %s, %i;
  st.shared.u32 [%s+{offset}], %w;
  add.u32 %i, %i, 128;
  bra COPY_{name};
COPIED_{name}:"""


class Product:
    """One wmma product: d = a b + c."""

    def __init__(self, shape, types, layouts="row.col", c_row=True, d_row=True, space="global", pads=(8, 8, 4, 4), kind="",
                 title="", suffix="", seed=1, default_stride=False):
        self.shape, self.types, self.kind, self.space = shape, types, kind, space
        self.d_name, self.a_name, self.b_name, self.c_name = types
        self.a_row, self.b_row = (word == "row" for word in layouts.split("."))
        self.layouts, self.c_row, self.d_row, self.seed = layouts, c_row, d_row, seed
        self.default_stride = default_stride
        self.pads = (0, 0, 0, 0) if default_stride else pads
        self.title, self.suffix = title, suffix

    def matrices(self):
        size = m, n, k = size_of(self.shape)
        a = matrix(m, k, lambda r, c: random_bits(self.a_name, self.seed, r, c))
        b = matrix(k, n, lambda r, c: random_bits(self.b_name, self.seed + 1, r, c))
        c = matrix(m, n, lambda r, c: random_bits(self.c_name, self.seed + 2, r, c))
        if self.a_name == "b1":
            d = bit_product(a, b, c, size, self.kind)
        elif self.d_name == "s32":
            d = integer_product(a, b, c, size, (self.a_name, self.b_name), self.kind == "satfinite")
        elif self.d_name == "f64":
            d = fused_product(a, b, c, size, self.kind or "rn")
        else:
            d = float_product(a, b, c, size, ((self.a_name, self.b_name), self.c_name, self.d_name))
        return a, b, c, d

    def write(self):
        m, n, k = size_of(self.shape)
        rows = (self.a_row, self.b_row, self.c_row, self.d_row)
        widths = [k if self.a_row else m, n if self.b_row else k, n if self.c_row else m, n if self.d_row else m]
        strides = [width + pad for width, pad in zip(widths, self.pads)]
        names = (self.a_name, self.b_name, self.c_name, self.d_name)
        header, byte_counts = [], []
        for role, values, name, is_row, stride in zip("abcd", self.matrices(), names, rows, strides):
            bits = BITS[name]
            padding = 0 if role == "d" else (1 << bits) - 1
            numbers = memory_of(values, is_row, stride, bits, padding)
            width = int(memory_type(bits)[1:])
            header.append(comment(f"{'out' if role == 'd' else 'in'} {role}: {memory_type(bits)}", hexes(numbers, width // 4)))
            byte_counts.append(len(numbers) * width // 8)
        name = f"wmma_{self.shape}_{'_'.join(self.types)}_{self.layouts.replace('.', '_')}_{self.space or 'generic'}"
        name += (f"_{self.kind}" if self.kind else "") + self.suffix
        title = self.title or f"wmma {self.shape} {'.'.join(self.types)}: load, multiply ({self.layouts}), store; {self.space or 'generic'}"
        body = self.body(strides, byte_counts)
        shared = sum((count + 31) // 32 * 32 for count in byte_counts) if self.space == "shared" else 0
        lines = [f"// {title}", "// launch grid=1 block=32" + (f" shared={shared}" if shared else ""), *header, "",
                 ".version 7.1", ".target sm_80", ".address_size 64", ""]
        if shared:
            lines += [".extern .shared .align 32 .b8 tile[];", ""]
        lines += [".visible .entry test(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d)", "{", *body, "  ret;", "}"]
        (FOLDER / f"{name}.ptx").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def register_counts(self):
        family = {"s8": "i8", "u8": "i8", "s4": "i4", "u4": "i4"}.get(self.a_name, self.a_name)
        a, b, c = REGISTERS[self.shape, family]
        return a, b, 4 if self.c_name == "f16" else c, 4 if self.d_name == "f16" else c

    def body(self, strides, byte_counts):
        counts = self.register_counts()
        kinds = ["f64" if name == "f64" else "f32" if name == "f32" else "b32" for name in self.types]
        kinds = [kinds[1], kinds[2], kinds[3], kinds[0]]
        lines = ["  .reg .u64 %x, " + ", ".join(f"%{role}" for role in "abcd") + ";", "  .reg .u32 %i, %s, %w;", "  .reg .pred %q;"]
        for role, count, kind in zip("abcd", counts, kinds):
            lines.append(f"  .reg .{kind} %r{role}<{count}>;")
        for role in "abcd":
            lines += [f"  ld.param.u64 %{role}, [{role}];"]
        place = {role: f"%{role}" for role in "abcd"}
        if self.space == "shared":
            offset = 0
            for role, count in zip("abcd", byte_counts):
                if role != "d":
                    lines += copy_to_shared(role, offset, count).splitlines()
                    place[role] = f"tile+{offset}"
                    offset += (count + 31) // 32 * 32
            lines.append("  bar.warp.sync -1;")
        fragments = {role: "{" + ", ".join(f"%r{role}{i}" for i in range(count)) + "}" for role, count in zip("abcd", counts)}
        space = f".{self.space}" if self.space else ""
        layout = lambda is_row: "row" if is_row else "col"
        names = dict(zip("abcd", (self.a_name, self.b_name, self.c_name, self.d_name)))
        rows = dict(zip("abcd", (self.a_row, self.b_row, self.c_row, self.d_row)))
        for role, stride in zip("abc", strides):
            step = "" if self.default_stride else f", {stride}"
            lines.append(f"  wmma.load.{role}.sync.aligned.{layout(rows[role])}.{self.shape}{space}.{names[role]} "
                         f"{fragments[role]}, [{place[role]}]{step};")
        types = f"{self.d_name}.{self.c_name}" if self.a_name == "f16" else ".".join(self.types)
        before = f".{self.kind}.popc" if self.a_name == "b1" else ""
        after = f".{self.kind}" if self.kind and self.a_name != "b1" else ""
        lines.append(f"  wmma.mma{before}.sync.aligned.{self.layouts}.{self.shape}.{types}{after} {fragments['d']}, "
                     f"{fragments['a']}, {fragments['b']}, {fragments['c']};")
        step = "" if self.default_stride else f", {strides[3]}"
        store_space = ".global" if self.space == "shared" else space
        lines.append(f"  wmma.store.d.sync.aligned.{layout(self.d_row)}.{self.shape}{store_space}.{self.d_name} "
                     f"[%d], {fragments['d']}{step};")
        return lines


def fault_case(name, title, fault, offset, stride):
    """A load of a 16 x 16 tile of f16 from a buffer of exactly that size."""
    lines = [f"// {title}", "// launch grid=1 block=32", comment("in a: u16", ["0"] * 256), f"// fault: {fault}", "",
             ".version 7.1", ".target sm_80", ".address_size 64", "", ".visible .entry test(.param .u64 a)", "{",
             "  .reg .u64 %a;", "  .reg .b32 %r<8>;", "  ld.param.u64 %a, [a];",
             "  wmma.load.a.sync.aligned.row.m16n16k16.global.f16 {%r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7}, "
             f"[%a+{offset}], {stride};", "  ret;", "}"]
    (FOLDER / f"{name}.ptx").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    fault_case("wmma_load_out_of_bounds", "wmma.load: the last row is beyond the buffer", "out_of_bounds", 0, 24)
    fault_case("wmma_load_misaligned", "wmma.load: at an odd multiple of 2 bytes", "misaligned", 2, 16)
    shapes = ("m16n16k16", "m8n32k16", "m32n8k16")
    every = ("row.row", "row.col", "col.row", "col.col")
    for shape in shapes:
        for i, layouts in enumerate(every):
            Product(shape, ("f32", "f16", "f16", "f32"), layouts, c_row=i % 2 == 0, d_row=i < 2).write()
        Product(shape, ("f16", "f16", "f16", "f16"), "col.row", c_row=False, pads=(8, 8, 8, 8)).write()
        for a_name in ("s8", "u8"):
            Product(shape, ("s32", a_name, a_name, "s32"), "row.col", pads=(16, 16, 4, 4), kind="satfinite").write()
            Product(shape, ("s32", a_name, a_name, "s32"), "col.row", c_row=False, d_row=False, pads=(16, 16, 4, 4)).write()
        Product(shape, ("f32", "bf16", "bf16", "f32"), "row.col", d_row=False).write()
        Product(shape, ("f32", "bf16", "bf16", "f32"), "col.row", space="").write()
    Product("m16n16k16", ("f32", "f16", "f16", "f32"), space="shared").write()
    Product("m16n16k16", ("f32", "f16", "f16", "f32"), space="").write()
    Product("m16n16k16", ("f16", "f16", "f16", "f32"), pads=(8, 8, 4, 8)).write()
    Product("m16n16k16", ("f32", "f16", "f16", "f16"), pads=(8, 8, 8, 4)).write()
    Product("m16n16k16", ("f32", "f16", "f16", "f32"), default_stride=True, suffix="_default_stride",
            title="wmma without strides: lines follow each other").write()
    Product("m16n16k16", ("s32", "u8", "u8", "s32"), space="shared", pads=(16, 16, 4, 4)).write()
    for layouts in every:
        Product("m16n16k8", ("f32", "tf32", "tf32", "f32"), layouts, pads=(4, 4, 4, 4)).write()
        Product("m8n8k4", ("f64", "f64", "f64", "f64"), layouts, pads=(2, 2, 2, 2)).write()
    for mode in ("rn", "rz", "rm", "rp"):
        Product("m8n8k4", ("f64", "f64", "f64", "f64"), pads=(2, 2, 2, 2), kind=mode).write()
    for a_name in ("s4", "u4"):
        Product("m8n8k32", ("s32", a_name, a_name, "s32"), pads=(32, 32, 4, 4), kind="satfinite").write()
    for operation in ("xor", "and"):
        Product("m8n8k128", ("s32", "b1", "b1", "s32"), pads=(128, 128, 4, 4), kind=operation).write()


if __name__ == "__main__":
    main()
