"""Opcode cases of mma, ldmatrix, stmatrix and movmatrix. (wmma: matrix_wmma.py.)

Where elements lie in the lanes' registers is written down here shape by shape, as the figures of the PTX ISA 9.0, "Matrix
Fragments for mma.*", say it. Products are exact (fractions, Python integers) and rounded once.
"""
from fractions import Fraction

import numbers_exact as exact
from warp_cases import LANES, Case, hexes

ALL = 0xFFFFFFFF


def mix(i):
    i = (i * 0x9E3779B9 + 0x7F4A7C15) & ALL
    i ^= i >> 15
    i = i * 0x85EBCA6B & ALL
    return i ^ i >> 13


# ---- Layouts: (row, column) of element i of a lane; g = lane / 4, t = lane % 4


LAYOUTS = {
    # shape: (elements of a lane, (row, column)) of A, of B, of C
    "m16n8k8.16": ((4, lambda g, t, i: (g if i < 2 else g + 8, t * 2 + (i & 1))),
                   (2, lambda g, t, i: (t * 2 + i, g))),
    "m16n8k16.16": ((8, lambda g, t, i: (g if i < 2 or 4 <= i < 6 else g + 8, t * 2 + (i & 1) + (0 if i < 4 else 8))),
                    (4, lambda g, t, i: (t * 2 + (i & 1) + (0 if i < 2 else 8), g))),
    "m16n8k4.32": ((2, lambda g, t, i: (g if i == 0 else g + 8, t)), (1, lambda g, t, i: (t, g))),
    "m16n8k8.32": ((4, lambda g, t, i: (g if i in (0, 2) else g + 8, t if i < 2 else t + 4)),
                   (2, lambda g, t, i: (t if i == 0 else t + 4, g))),
    "m8n8k4.64": ((1, lambda g, t, i: (g, t)), (1, lambda g, t, i: (t, g))),
    "m16n8k4.64": ((2, lambda g, t, i: (g if i == 0 else g + 8, t)), (1, lambda g, t, i: (t, g))),
    "m16n8k8.64": ((4, lambda g, t, i: (g if i in (0, 2) else g + 8, t if i in (0, 1) else t + 4)),
                   (2, lambda g, t, i: (t if i == 0 else t + 4, g))),
    "m16n8k16.64": ((8, lambda g, t, i: (g if i % 2 == 0 else g + 8, i * 2 + t if i % 2 == 0 else i * 2 - 2 + t)),
                    (4, lambda g, t, i: (t + i * 4, g))),
    "m8n8k16.8": ((4, lambda g, t, i: (g, t * 4 + i)), (4, lambda g, t, i: (t * 4 + i, g))),
    "m16n8k16.8": ((8, lambda g, t, i: (g if i < 4 else g + 8, t * 4 + (i & 3))), (4, lambda g, t, i: (t * 4 + i, g))),
    "m16n8k32.8": ((16, lambda g, t, i: (g if i < 4 or 8 <= i < 12 else g + 8, t * 4 + (i & 3) + (0 if i < 8 else 16))),
                   (8, lambda g, t, i: (t * 4 + (i & 3) + (0 if i < 4 else 16), g))),
    "m8n8k32.4": ((8, lambda g, t, i: (g, t * 8 + i)), (8, lambda g, t, i: (t * 8 + i, g))),
    "m16n8k32.4": ((16, lambda g, t, i: (g if i < 8 else g + 8, t * 8 + (i & 7))), (8, lambda g, t, i: (t * 8 + i, g))),
    "m16n8k64.4": ((32, lambda g, t, i: (g if i < 8 or 16 <= i < 24 else g + 8, t * 8 + (i & 7) + (0 if i < 16 else 32))),
                   (16, lambda g, t, i: (t * 8 + (i & 7) + (0 if i < 8 else 32), g))),
    "m8n8k128.1": ((32, lambda g, t, i: (g, t * 32 + i)), (32, lambda g, t, i: (t * 32 + i, g))),
    "m16n8k128.1": ((64, lambda g, t, i: (g if i < 32 else g + 8, t * 32 + (i & 31))), (32, lambda g, t, i: (t * 32 + i, g))),
    "m16n8k256.1": ((128, lambda g, t, i: (g if i < 32 or 64 <= i < 96 else g + 8,
                                           t * 32 + (i & 31) + (0 if i < 64 else 128))),
                    (64, lambda g, t, i: (t * 32 + (i & 31) + (0 if i < 32 else 128), g))),
}


def accumulator_layout(m):
    """(elements of a lane, (row, column)) of C and D, for all shapes of 8 or 16 rows."""
    if m == 8:
        return 2, lambda g, t, i: (g, t * 2 + i)
    return 4, lambda g, t, i: (g if i < 2 else g + 8, t * 2 + (i & 1))


def size_of(shape):
    m, rest = shape[1:].split("n")
    n, k = rest.split("k")
    return int(m), int(n), int(k)


# ---- Registers

def pack(elements, bits):
    """Elements of a lane, low to high, to its 32-bit registers (64-bit ones of 64-bit elements)."""
    width = max(32, bits)
    per = width // bits
    return [sum(e << j * bits for j, e in enumerate(elements[i:i + per])) for i in range(0, len(elements), per)]


def registers_of(matrix, layout, bits):
    """The registers of all lanes of a matrix of bit patterns."""
    count, place = layout
    result = []
    for lane in range(LANES):
        where = [place(lane >> 2, lane % 4, i) for i in range(count)]
        result += pack([matrix[row][column] for row, column in where], bits)
    return result


def count_of(layout, bits):
    return layout[0] * bits // max(32, bits)


# ---- Products

def random_bits(name, seed, row, column):
    """A pattern of a format: small numbers, whose sums are exact in every accumulator."""
    x = mix(seed * 10007 + row * 331 + column)
    if name in ("s8", "u8", "e4m3", "e5m2"):
        return x & 0xFF if name in ("s8", "u8") else (x & 0x80) | (0x30 + x % 24 if name == "e4m3" else 0x34 + x % 16)
    if name in ("s4", "u4"):
        return x & 15
    if name == "b1":
        return x >> 7 & 1
    if name == "s32":
        return x
    return exact.encode(Fraction(x % 65 - 32, 8), name) << (13 if name == "tf32" else 0)


def float_product(a, b, c, size, names):
    """d = a b + c of bit patterns, rounded once; zeros are +0 as sums of positive and negative ones are."""
    m, n, k = size
    in_name, c_name, d_name = names
    d = []
    for row in range(m):
        d.append([])
        for column in range(n):
            total = exact.decode(c[row][column], c_name)
            for inner in range(k):
                left, right = exact.decode(a[row][inner], in_name[0]), exact.decode(b[inner][column], in_name[1])
                total = exact.add(total, exact.multiply(left, right))
            d[-1].append(exact.encode(total, d_name))
    return d


def integer_value(bits, name):
    width = int(name[1:])
    return bits - (1 << width) if name[0] == "s" and bits >> width - 1 else bits


def integer_product(a, b, c, size, names, saturates):
    m, n, k = size
    d = []
    for row in range(m):
        d.append([])
        for column in range(n):
            total = integer_value(c[row][column], "s32")
            total += sum(integer_value(a[row][i], names[0]) * integer_value(b[i][column], names[1]) for i in range(k))
            if saturates:
                total = min(max(total, -(1 << 31)), (1 << 31) - 1)
            d[-1].append(total & ALL)
    return d


def bit_product(a, b, c, size, operation):
    m, n, k = size
    count = (lambda x, y: x ^ y) if operation == "xor" else (lambda x, y: x & y)
    return [[c[row][column] + sum(count(a[row][i], b[i][column]) for i in range(k)) & ALL for column in range(n)]
            for row in range(m)]


def matrix(rows, columns, element):
    return [[element(row, column) for column in range(columns)] for row in range(rows)]


# ---- mma

BITS = {"f16": 16, "bf16": 16, "tf32": 32, "f32": 32, "f64": 64, "s8": 8, "u8": 8, "s4": 4, "u4": 4, "b1": 1, "s32": 32,
        "e4m3": 8, "e5m2": 8}


def fragment_text(name, count):
    return "{" + ", ".join(f"%{name}_{i}" for i in range(count)) + "}"


def write_mma(name, title, instruction, matrices, layouts, bits, **options):
    """matrices: a, b, c, d; layouts and bits in the same order. One product by one warp."""
    case = Case(name, title, **options)
    counts = []
    for role, values, layout, width in zip("abcd", matrices, layouts, bits):
        wide = width == 64
        case.buffer("out" if role == "d" else "in", role, "u64" if wide else "u32",
                    hexes(registers_of(values, layout, width), 16 if wide else 8))
        counts.append(count_of(layout, width))
    a, b, c, d = (fragment_text(role, count) for role, count in zip("abcd", counts))
    case.write(f"{instruction} {d}, {a}, {b}, {c};")


def mma_case(shape, types, kind="", seed=1, a=None, b=None, c=None, suffix="", title="", **options):
    """types: d, a, b, c. kind: satfinite, xor, and, or a rounding of f64."""
    d_name, a_name, b_name, c_name = types
    size = m, n, k = size_of(shape)
    a = a or matrix(m, k, lambda row, column: random_bits(a_name, seed, row, column))
    b = b or matrix(k, n, lambda row, column: random_bits(b_name, seed + 1, row, column))
    c = c or matrix(m, n, lambda row, column: random_bits(c_name, seed + 2, row, column))
    if a_name == "b1":
        d = bit_product(a, b, c, size, kind)
    elif d_name == "s32":
        d = integer_product(a, b, c, size, (a_name, b_name), kind == "satfinite")
    elif d_name == "f64":
        d = fused_product(a, b, c, size, kind or "rn")
    else:
        d = float_product(a, b, c, size, ((a_name, b_name), c_name, d_name))
    layout_a, layout_b = LAYOUTS[f"{shape}.{BITS[a_name]}"]
    layout_c = accumulator_layout(m)
    modifiers = {"satfinite": ".satfinite", "xor": ".xor.popc", "and": ".and.popc"}.get(kind, f".{kind}" if kind else "")
    instruction = f"mma.sync.aligned.{shape}.row.col.{'.'.join(types)}{modifiers}"
    name = f"mma_{shape}_{'_'.join(types)}" + (f"_{kind}" if kind else "") + suffix
    bits = [BITS[x] for x in (a_name, b_name, c_name, d_name)]
    write_mma(name, title or f"{instruction}: the fragments' layout, exact sums", instruction, (a, b, c, d),
              (layout_a, layout_b, layout_c, layout_c), bits, **options)


def fused_product(a, b, c, size, mode):
    """f64: fused multiply-adds along k, beginning with c, each rounded."""
    m, n, k = size
    d = []
    for row in range(m):
        d.append([])
        for column in range(n):
            bits = c[row][column]
            for i in range(k):
                product = exact.multiply(exact.decode(a[row][i], "f64"), exact.decode(b[i][column], "f64"))
                bits = exact.encode(exact.add(product, exact.decode(bits, "f64")), "f64", mode)
            d[-1].append(bits)
    return d


# ---- mma.m8n8k4 of f16: four products

def quad_pair_layouts(a_row, b_row):
    """Element i of a lane of each fragment: (product, row, column)."""
    def lower(lane):
        return lane < 16
    product = lambda lane: lane % 16 // 4
    a = (lambda lane, i: (product(lane), lane % 4 + (0 if lower(lane) else 4), i)) if a_row else \
        (lambda lane, i: (product(lane), i % 4 + (0 if lower(lane) else 4), lane % 4))
    b = (lambda lane, i: (product(lane), lane % 4, i + (0 if lower(lane) else 4))) if b_row else \
        (lambda lane, i: (product(lane), i, lane % 4 + (0 if lower(lane) else 4)))
    c16 = lambda lane, i: (product(lane), lane % 4 + (0 if lower(lane) else 4), i)

    def c32(lane, i):
        x = (lane & 1) + (i & 2)
        return product(lane), x if lower(lane) else x + 4, (i & 4) + (lane & 2) + (i & 1)
    return a, b, c16, c32


def quad_pair_case(a_row, b_row, d_name, c_name):
    a_layout, b_layout, c16, c32 = quad_pair_layouts(a_row, b_row)
    size = (8, 8, 4)
    make = lambda name, seed, rows, columns: [matrix(rows, columns, lambda r, c: random_bits(name, seed + p, r, c))
                                              for p in range(4)]
    a, b, c = make("f16", 10, 8, 4), make("f16", 20, 4, 8), make(c_name, 30, 8, 8)
    d = [float_product(a[p], b[p], c[p], size, (("f16", "f16"), c_name, d_name)) for p in range(4)]
    c_layout = {"f16": c16, "f32": c32}

    def registers(products, layout, count, bits):
        result = []
        for lane in range(LANES):
            where = [layout(lane, i) for i in range(count)]
            result += pack([products[p][row][column] for p, row, column in where], bits)
        return result
    layouts = ("row" if a_row else "col") + "." + ("row" if b_row else "col")
    instruction = f"mma.sync.aligned.m8n8k4.{layouts}.{d_name}.f16.f16.{c_name}"
    case = Case(f"mma_m8n8k4_{layouts.replace('.', '_')}_{d_name}_f16_f16_{c_name}",
                f"{instruction}: four products, each of two groups of four lanes", target="sm_70")
    case.buffer("in", "a", "u32", hexes(registers(a, a_layout, 4, 16)))
    case.buffer("in", "b", "u32", hexes(registers(b, b_layout, 4, 16)))
    case.buffer("in", "c", "u32", hexes(registers(c, c_layout[c_name], 8, BITS[c_name])))
    case.buffer("out", "d", "u32", hexes(registers(d, c_layout[d_name], 8, BITS[d_name])))
    counts = {"f16": 4, "f32": 8}
    case.write(f"{instruction} {fragment_text('d', counts[d_name])}, {fragment_text('a', 2)}, {fragment_text('b', 2)}, "
               f"{fragment_text('c', counts[c_name])};")


# ---- Special values

def special_float_case(d_name):
    """Row by row: infinity, inf - inf, NaN, overflow of the sum, subnormals, rounding ties, cancellation, -0."""
    m, n, k = 16, 8, 16
    a = matrix(m, k, lambda r, c: 0)
    b = matrix(k, n, lambda r, c: exact.encode(Fraction(1 + c), "f16") if r == 0 else 0x3C00)
    c = matrix(m, n, lambda r, column: 0)
    f16 = lambda x: exact.encode(Fraction(x), "f16")
    to_c = lambda x: exact.encode(Fraction(x) if not isinstance(x, str) else x, d_name)
    a[0][0] = 0x7C00                                   # inf
    a[1][0], a[1][1] = 0x7C00, 0xFC00                  # inf - inf
    a[2][3] = 0x7E01                                   # NaN
    a[3] = [0x7BFF] * k                                # 16 times the largest f16: beyond f16, not beyond f32
    a[4][0], a[4][1] = 1, 0x8001                       # subnormals
    a[5][1] = f16(Fraction(1, 1024))                   # ties against c, of f16 and f32
    c[5] = [to_c(Fraction(2 + 2 * i)) for i in range(n)]
    a[6][1], a[6][2], a[6][3] = f16(2048), f16(-2048), f16(Fraction(1, 4096))
    c[7] = [to_c("inf")] * n
    c[8] = [to_c("-inf")] * n
    c[9] = [to_c("nan")] * n
    c[10] = [to_c(Fraction(60000))] * n
    a[10] = [f16(700)] * k
    a[11] = [f16(-4096)] + [f16(2048)] * 2 + [0] * 13
    title = f"mma.m16n8k16 f16 to {d_name}: infinities, NaNs, overflow, subnormals, ties, cancellation"
    mma_case("m16n8k16", (d_name, "f16", "f16", d_name), a=a, b=b, c=c, suffix="_special", title=title)


def tf32_low_bits_case():
    """The low 13 bits of a tf32 register do not count."""
    a = matrix(16, 8, lambda r, c: random_bits("tf32", 5, r, c) | mix(r * 8 + c) & 0x1FFF)
    b = matrix(8, 8, lambda r, c: random_bits("tf32", 6, r, c) | mix(r * 8 + c + 500) & 0x1FFF)
    mma_case("m16n8k8", ("f32", "tf32", "tf32", "f32"), a=a, b=b, suffix="_low_bits",
             title="mma.m16n8k8 tf32: the low 13 bits of the registers are not part of the numbers")


def double_case(shape, mode, **options):
    """Numbers of full precision, so that every step rounds."""
    m, n, k = size_of(shape)
    number = lambda seed, r, c: (mix(seed + r * 64 + c) | mix(seed + 7000 + r * 64 + c) << 32) & ~(0x7FF << 52) | \
        (1020 + mix(seed + c) % 6) << 52
    mma_case(shape, ("f64",) * 4, kind=mode, a=matrix(m, k, lambda r, c: number(1, r, c)),
             b=matrix(k, n, lambda r, c: number(2000, r, c)), c=matrix(m, n, lambda r, c: number(4000, r, c)),
             title=f"mma.{shape} f64{'.' + mode if mode else ''}: fused multiply-adds along k, beginning with c", **options)


def saturation_case(shape, types, kind):
    """c at both ends of the range."""
    m, n, _ = size_of(shape)
    ends = [0x7FFFFFFF, 0x80000000, 0x7FFFFF00, 0x800000FF]
    mma_case(shape, types, kind=kind, c=matrix(m, n, lambda r, c: ends[(r + c) % 4]), suffix="_ends",
             title=f"mma.{shape} {types[1]} {types[2]}: sums {'saturate' if kind else 'wrap'} at both ends of s32")


# ---- ldmatrix, stmatrix, movmatrix

def elements(i):
    return [mix(i * 8 + j) & 0xFFFF for j in range(8)]


def lane_pair(matrix_rows, lane, transposed):
    """What a lane holds of an 8x8 matrix: row lane / 4, columns 2 (lane % 4) and the next; transposed, rows are columns."""
    g, t = lane >> 2, lane % 4
    pair = [matrix_rows[2 * t + h][g] if transposed else matrix_rows[g][2 * t + h] for h in (0, 1)]
    return pair[0] | pair[1] << 16


def row_words(row):
    return [row[j] | row[j + 1] << 16 for j in range(0, 8, 2)]


def ldmatrix_case(count, transposed, generic):
    """Each lane stores one row of 16 bytes, turned around, then the addresses of rows come from the lanes in order."""
    rows = [elements(i) for i in range(LANES)]
    words = [word for row in rows for word in row_words(row)]
    want = []
    for lane in range(LANES):
        for index in range(count):
            chosen = [rows[(index * 8 + r) * 5 % 32] for r in range(8)]  # lane L gives the address of row 5 L mod 32
            want.append(lane_pair(chosen, lane, transposed))
    trans = ".trans" if transposed else ""
    space = "" if generic else ".shared"
    name = f"ldmatrix_x{count}" + ("_trans" if transposed else "") + ("_generic" if generic else "")
    case = Case(name, f"ldmatrix.m8n8.x{count}{trans}{space}.b16: rows from the addresses of lanes 0 to {8 * count - 1}",
                shared=512)
    case.buffer("in", "w", "u32", hexes(words)).buffer("out", "r", "u32", hexes(want))
    address = "cvta.shared.u64 %g, %p;\nadd.u64 %g, %g, %x;" if generic else ""
    place = "%g" if generic else "%s"
    case.write(f"""
        mov.u32 %s, tile;
        shl.b32 %i, %lane, 4;
        add.u32 %i, %s, %i;
        st.shared.v4.u32 [%i], {{%w_0, %w_1, %w_2, %w_3}};
        bar.warp.sync -1;
        mul.lo.u32 %i, %lane, 5;
        and.b32 %i, %i, 31;
        shl.b32 %i, %i, 4;
        add.u32 %s, %s, %i;
        mov.u64 %p, tile;
        cvt.u64.u32 %x, %i;
        {address}
        ldmatrix.sync.aligned.m8n8.x{count}{trans}{space}.b16 {fragment_text('r', count)}, [{place}];
        """, ".reg .u32 %s, %i;\n.reg .u64 %p, %g, %x;")


def stmatrix_case(count, transposed):
    registers = [[mix(lane * 4 + index) for index in range(count)] for lane in range(LANES)]
    stored = []
    for index in range(count):
        rows = [[0] * 8 for _ in range(8)]
        for lane in range(LANES):
            g, t = lane >> 2, lane % 4
            for half in (0, 1):
                value = registers[lane][index] >> 16 * half & 0xFFFF
                if transposed:
                    rows[2 * t + half][g] = value
                else:
                    rows[g][2 * t + half] = value
        stored += rows
    words = [word for row in stored for word in row_words(row)] + [0xBAD] * (4 * (LANES - 8 * count))
    trans = ".trans" if transposed else ""
    case = Case(f"stmatrix_x{count}" + ("_trans" if transposed else ""),
                f"stmatrix.m8n8.x{count}{trans}.shared.b16: rows to the addresses of lanes 0 to {8 * count - 1}",
                target="sm_90", shared=512)
    case.buffer("in", "r", "u32", hexes([x for lane in registers for x in lane])).buffer("out", "w", "u32", hexes(words))
    case.write(f"""
        mov.u32 %s, tile;
        shl.b32 %i, %lane, 4;
        add.u32 %s, %s, %i;
        mov.u32 %i, 0xbad;
        st.shared.v4.u32 [%s], {{%i, %i, %i, %i}};
        bar.warp.sync -1;
        stmatrix.sync.aligned.m8n8.x{count}{trans}.shared.b16 [%s], {fragment_text('r', count)};
        bar.warp.sync -1;
        ld.shared.v4.u32 {{%w_0, %w_1, %w_2, %w_3}}, [%s];
        """, ".reg .u32 %s, %i;")


def movmatrix_case():
    rows = [elements(i) for i in range(8)]
    case = Case("movmatrix_trans", "movmatrix.m8n8.trans.b16: transposes a matrix in the registers of a warp")
    case.buffer("in", "a", "u32", hexes([lane_pair(rows, lane, False) for lane in range(LANES)]))
    case.buffer("out", "d", "u32", hexes([lane_pair(rows, lane, True) for lane in range(LANES)]))
    case.write("movmatrix.sync.aligned.m8n8.trans.b16 %d_0, %a_0;")


def ldmatrix_fault_case(name, title, fault, offset):
    case = Case(name, title, shared=512, fault=fault)
    case.buffer("out", "r", "u32", ["0"] * LANES)
    case.write(f"""
        mov.u32 %s, tile;
        shl.b32 %i, %lane, 4;
        add.u32 %s, %s, %i;
        ldmatrix.sync.aligned.m8n8.x1.shared.b16 {{%r_0}}, [%s+{offset}];
        """, ".reg .u32 %s, %i;")


def main():
    for d_name in ("f16", "f32"):
        mma_case("m16n8k8", (d_name, "f16", "f16", d_name))
        mma_case("m16n8k16", (d_name, "f16", "f16", d_name))
        special_float_case(d_name)
    for shape in ("m16n8k8", "m16n8k16"):
        mma_case(shape, ("f32", "bf16", "bf16", "f32"))
    for shape in ("m16n8k4", "m16n8k8"):
        mma_case(shape, ("f32", "tf32", "tf32", "f32"))
    tf32_low_bits_case()
    for a_name in ("e4m3", "e5m2"):
        for b_name in ("e4m3", "e5m2"):
            mma_case("m16n8k32", ("f32", a_name, b_name, "f32"), version="8.4", target="sm_89")
    mma_case("m16n8k16", ("f16", "e4m3", "e5m2", "f16"), version="8.7", target="sm_89")
    double_case("m8n8k4", "")
    for shape in ("m16n8k4", "m16n8k8", "m16n8k16"):
        double_case(shape, "", target="sm_90")
    for mode in ("rz", "rm", "rp"):
        double_case("m8n8k4", mode)
    for shape in ("m8n8k16", "m16n8k16", "m16n8k32"):
        for types in (("s8", "s8"), ("u8", "u8"), ("s8", "u8"), ("u8", "s8")):
            mma_case(shape, ("s32", *types, "s32"))
    for shape in ("m8n8k32", "m16n8k32", "m16n8k64"):
        for types in (("s4", "s4"), ("u4", "u4"), ("s4", "u4"), ("u4", "s4")):
            mma_case(shape, ("s32", *types, "s32"))
    for kind in ("", "satfinite"):
        saturation_case("m16n8k16", ("s32", "s8", "u8", "s32"), kind)
        saturation_case("m8n8k32", ("s32", "s4", "s4", "s32"), kind)
    for shape in ("m8n8k128", "m16n8k128", "m16n8k256"):
        for operation in ("xor", "and"):
            mma_case(shape, ("s32", "b1", "b1", "s32"), kind=operation)
    quad_pair_case(True, False, "f32", "f32")
    quad_pair_case(False, True, "f16", "f16")
    quad_pair_case(True, True, "f32", "f16")
    quad_pair_case(False, False, "f32", "f32")
    for count in (1, 2, 4):
        for transposed in (False, True):
            ldmatrix_case(count, transposed, False)
            stmatrix_case(count, transposed)
    ldmatrix_case(4, False, True)
    movmatrix_case()
    ldmatrix_fault_case("ldmatrix_misaligned", "ldmatrix: rows are aligned to 16 bytes", "misaligned", 8)
    ldmatrix_fault_case("ldmatrix_out_of_bounds", "ldmatrix: rows are in shared memory", "out_of_bounds", 512)


if __name__ == "__main__":
    main()
