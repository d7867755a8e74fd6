#!/usr/bin/env python3
"""Opcode cases of floating-point arithmetic: exact fractions, rounded once (float_numbers.py)."""
from float_numbers import BF16, F16, F32, F64, MODES, compute, pick
from lane_case import Case, filled, mixed

THREADS = 208  # six warps and a half


def random_near_one(fmt, count, seed):
    """Exponents within a few of 1, so that sums and products have something to round."""
    values = []
    for x in mixed(count, 64, seed):
        exponent = fmt.bias - 3 + (x >> 56) % 7
        values.append((x >> 8 & 1) << (fmt.bits - 1) | exponent << fmt.mantissa_bits |
                      (x >> 10 & ((1 << fmt.mantissa_bits) - 1)))
    return values


def operands(fmt, count):
    """Every edge with some others, then random bits, then random numbers near 1, then sources that nearly cancel."""
    edges = fmt.edges()
    rows = []
    for i, a in enumerate(edges):
        for step in (0, 1, 5, 12):
            rows.append([a, edges[(i + step) % len(edges)], edges[(i * 7 + step * 3) % len(edges)]])
    near = [random_near_one(fmt, 48, 10 + i) for i in range(3)]
    wild = [mixed(24, fmt.bits, 20 + i) for i in range(3)]
    rows += [list(row) for row in zip(*near)] + [list(row) for row in zip(*wild)]
    for a, b, nudge in zip(near[1], near[2], mixed(16, 2, 30)):
        cancel = compute(fmt, "mul", [a, b]) ^ fmt.sign
        rows.append([a, b if count == 3 else (a ^ fmt.sign) + nudge, cancel + nudge])
    rows = filled(rows[:THREADS], THREADS)
    return [[row[i] for row in rows] for i in range(count)]


def case(name, title, fmt, count, variants, target="sm_80", version="7.8"):
    """One file: sources a, b, c and an output for each variant (output name, instruction, function of the operands)."""
    sources = operands(fmt, count)
    made = Case(name, title, target, version, THREADS)
    for source, values in zip("abc", sources):
        made.input(source, fmt.name, values)
    body = []
    names = ", ".join("%" + source for source in "abc"[:count])
    for output, instruction, function in variants:
        made.output(output, fmt.name, [function(*row) for row in zip(*sources)])
        body.append(f"{instruction} %{output}, {names};")
    made.write("\n".join(body))


def variant(fmt, opcode, output, suffix, **options):
    return output, f"{opcode}{suffix}.{fmt.name}", lambda *row: compute(fmt, opcode, row, **options)


COUNT = {"add": 2, "sub": 2, "mul": 2, "fma": 3, "mad": 3, "div": 2, "rcp": 1, "sqrt": 1}


def arithmetic():
    for fmt in (F32, F64):
        for opcode, count in COUNT.items():
            modes = [variant(fmt, opcode, mode, "." + mode, mode=mode) for mode in MODES]
            if opcode in ("add", "sub", "mul"):
                modes.insert(0, variant(fmt, opcode, "d", ""))
            case(f"{opcode}_{fmt.name}", f"{opcode}.{fmt.name} in every rounding mode", fmt, count, modes)
    for opcode, count in COUNT.items():
        flushed = [variant(F32, opcode, mode, f".{mode}.ftz", mode=mode, ftz=True) for mode in MODES]
        case(f"{opcode}_ftz_f32", f"{opcode}.ftz.f32: subnormal numbers are zero, before and after", F32, count, flushed)
        if opcode in ("add", "sub", "mul", "fma", "mad"):
            clamped = [variant(F32, opcode, mode, f".{mode}.sat", mode=mode, sat=True) for mode in MODES]
            clamped.append(variant(F32, opcode, "f", ".rn.ftz.sat", ftz=True, sat=True))
            case(f"{opcode}_sat_f32", f"{opcode}.sat.f32: at least +0, at most 1; NaN becomes +0", F32, count, clamped)


def signs():
    def neg(fmt, a):
        return keep(fmt, a, a ^ fmt.sign)

    def absolute(fmt, a):
        return keep(fmt, a, a & ~fmt.sign)

    def keep(fmt, a, result):
        # NaNs: f64 passes them on unchanged, the others make their one.
        if not fmt.is_nan(a):
            return result
        return a if fmt.bits == 64 else fmt.nan()

    for opcode, function in (("neg", neg), ("abs", absolute)):
        for fmt, target in ((F32, "sm_80"), (F64, "sm_80"), (F16, "sm_80"), (BF16, "sm_80")):
            variants = [("d", f"{opcode}.{fmt.name}", lambda a, f=fmt, g=function: g(f, a))]
            if fmt in (F32, F16):
                variants.append(("f", f"{opcode}.ftz.{fmt.name}", lambda a, f=fmt, g=function: g(f, f.flush(a))))
            case(f"{opcode}_{fmt.name}", f"{opcode}.{fmt.name}, zeros and NaNs too", fmt, 1, variants, target)


def pick_variants(fmt, opcode, flavours):
    out = []
    for i, flavour in enumerate(flavours):
        options = {"ftz": "ftz" in flavour, "nan": "NaN" in flavour, "xorsign": "xorsign" in flavour,
                   "absolute": "abs" in flavour}
        suffix = "".join("." + word for word in flavour)
        out.append((f"d{i}", f"{opcode}{suffix}.{fmt.name}",
                    lambda *row, f=fmt, o=options: pick(f, opcode == "min", row, **o)))
    return out


def choices():
    for opcode in ("min", "max"):
        for fmt in (F32, F64, F16, BF16):
            flavours = [()]
            if fmt is not F64:
                flavours.append(("NaN",))
            if fmt in (F32, F16):
                flavours += [("ftz",), ("ftz", "NaN")]
            case(f"{opcode}_{fmt.name}", f"{opcode}.{fmt.name}: of a NaN and a number the number; -0 < +0", fmt, 2,
                 pick_variants(fmt, opcode, flavours))
            if fmt is not F64:
                flavours = [flavour + ("xorsign", "abs") for flavour in flavours]
                case(f"{opcode}_xorsign_abs_{fmt.name}", f"{opcode}.xorsign.abs.{fmt.name}: sizes compared, signs multiplied",
                     fmt, 2, pick_variants(fmt, opcode, flavours), "sm_86")
        three = [(), ("NaN",), ("ftz",), ("abs",), ("NaN", "abs"), ("ftz", "NaN", "abs")]
        case(f"{opcode}_three_f32", f"{opcode}.f32 of three", F32, 3, pick_variants(F32, opcode, three), "sm_100", "8.8")


def halves():
    for fmt in (F16, BF16):
        target, version = ("sm_80", "7.8") if fmt is F16 else ("sm_90", "7.8")
        for opcode in ("add", "sub", "mul", "fma"):
            variants = [variant(fmt, opcode, "rn", ".rn")]
            if opcode != "fma":
                variants.append(variant(fmt, opcode, "d", ""))
            if fmt is F16:
                variants += [variant(fmt, opcode, "f", ".rn.ftz", ftz=True), variant(fmt, opcode, "s", ".rn.sat", sat=True),
                             variant(fmt, opcode, "fs", ".rn.ftz.sat", ftz=True, sat=True)]
            if opcode == "fma":
                variants.append(variant(fmt, opcode, "r", ".rn.relu", relu=True))
                if fmt is F16:
                    variants.append(variant(fmt, opcode, "fr", ".rn.ftz.relu", ftz=True, relu=True))
            case(f"{opcode}_{fmt.name}", f"{opcode}.{fmt.name} rounds once", fmt, COUNT[opcode], variants, target, version)


def packed():
    """Two numbers in a register: the second half of the operands beside the first, in reverse."""
    for fmt, bits in ((F16, 32), (BF16, 32), (F32, 64)):
        pair, half = {F16: "f16x2", BF16: "bf16x2", F32: "f32x2"}[fmt], bits // 2
        target, version = {F16: ("sm_80", "7.8"), BF16: ("sm_90", "7.8"), F32: ("sm_100", "8.6")}[fmt]
        for opcode in ("add", "sub", "mul", "fma"):
            count = COUNT[opcode]
            sources = operands(fmt, count)
            # The upper numbers come from other lanes, so that each pair has two different ones.
            both = [[low | values[-1 - i] << half for i, low in enumerate(values)] for values in sources]
            made = Case(f"{opcode}_{pair}", f"{opcode}.{pair}: each number by itself", target, version, THREADS)
            for source, values in zip("abc", both):
                made.input(source, f"b{bits}", values)
            flavours = [("rn", ".rn", {})]
            if fmt is F32:
                flavours = [(mode, "." + mode, {"mode": mode}) for mode in MODES] + [("f", ".rn.ftz", {"ftz": True})]
            if fmt is F16:
                flavours += [("f", ".rn.ftz", {"ftz": True}), ("s", ".rn.sat", {"sat": True})]
            if opcode == "fma" and fmt is not F32:
                flavours.append(("r", ".rn.relu", {"relu": True}))
            body = []
            for output, suffix, options in flavours:
                results = [compute(fmt, opcode, row, **options) for row in zip(*sources)]
                made.output(output, f"b{bits}", [low | results[-1 - i] << half for i, low in enumerate(results)])
                names = ", ".join("%" + source for source in "abc"[:count])
                body.append(f"{opcode}{suffix}.{pair} %{output}, {names};")
            made.write("\n".join(body))
    for fmt in (F16, BF16):
        pair = fmt.name + "x2"
        a, b = operands(fmt, 2)
        made = Case(f"unary_and_choice_{pair}", f"neg, abs, min and max of {pair}", "sm_86", "7.8", THREADS)
        both = [[low | values[-1 - i] << 16 for i, low in enumerate(values)] for values in (a, b)]
        made.input("a", "b32", both[0]).input("b", "b32", both[1])
        body = []
        for output, instruction, function in [
                ("n", f"neg.{pair} %n, %a;", lambda x, y: fmt.nan() if fmt.is_nan(x) else x ^ fmt.sign),
                ("m", f"abs.{pair} %m, %a;", lambda x, y: fmt.nan() if fmt.is_nan(x) else x & ~fmt.sign),
                ("l", f"min.{pair} %l, %a, %b;", lambda x, y: pick(fmt, True, (x, y))),
                ("g", f"max.NaN.{pair} %g, %a, %b;", lambda x, y: pick(fmt, False, (x, y), nan=True)),
                ("x", f"max.xorsign.abs.{pair} %x, %a, %b;", lambda x, y: pick(fmt, False, (x, y), xorsign=True))]:
            results = [function(x, y) for x, y in zip(a, b)]
            made.output(output, "b32", [low | results[-1 - i] << 16 for i, low in enumerate(results)])
            body.append(instruction)
        made.write("\n".join(body))


def mixed_precision():
    """f32 arithmetic with halves as first sources."""
    for fmt in (F16, BF16):
        for opcode, count in (("add", 2), ("sub", 2), ("fma", 3)):
            small = operands(fmt, 2)[:count - 1]
            last = operands(F32, 1)[0]
            made = Case(f"{opcode}_f32_{fmt.name}", f"{opcode}.f32.{fmt.name}: converted exactly, rounded once", "sm_100",
                        "8.6", THREADS)
            for source, values in zip("ab", small):
                made.input(source, fmt.name, values)
            made.input("c", "f32", last)
            wide = [[F32.nan() if fmt.is_nan(x) else F32.encode(fmt.decode(x)) for x in values] for values in small]
            names = ", ".join("%" + source for source in "ab"[:count - 1])
            body = []
            for mode in MODES + ["s"]:
                options = {"sat": True} if mode == "s" else {"mode": mode}
                suffix = ".rn.sat" if mode == "s" else "." + mode
                made.output(mode, "f32", [compute(F32, opcode, row, **options) for row in zip(*wide, last)])
                body.append(f"{opcode}{suffix}.f32.{fmt.name} %{mode}, {names}, %c;")
            made.write("\n".join(body))


if __name__ == "__main__":
    arithmetic()
    signs()
    choices()
    halves()
    packed()
    mixed_precision()
