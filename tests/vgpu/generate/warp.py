"""Opcode cases of shfl, vote, match, redux, activemask, elect and bar.warp.sync.

Expected values follow the pseudo-code and prose of the PTX ISA 9.0 for shfl.sync, bar.warp.sync, vote.sync, match.sync, activemask,
redux.sync and elect.sync, in plain Python.
"""
import math
import struct

from warp_cases import LANES, Case, hexes

ALL = 0xFFFFFFFF


def mix(i):
    """Numbers that look like nothing."""
    i = (i * 0x9E3779B9 + 0x7F4A7C15) & ALL
    i ^= i >> 15
    return i * 0x85EBCA6B & ALL


def lanes_of(mask):
    return [lane for lane in range(LANES) if mask >> lane & 1]


# ---- shfl

def shuffle(mode, values, b, c, mask):
    """(d, p) of every lane in the mask; None where it reads a lane that is not."""
    result = []
    for lane in range(LANES):
        bval, cval, segment = b[lane] & 31, c[lane] & 31, c[lane] >> 8 & 31
        max_lane = (lane & segment) | (cval & ~segment & 31)
        min_lane = lane & segment
        if mode == "up":
            j = lane - bval
            p = j >= max_lane
        elif mode == "down":
            j = lane + bval
            p = j <= max_lane
        elif mode == "bfly":
            j = lane ^ bval
            p = j <= max_lane
        else:
            j = min_lane | (bval & ~segment & 31)
            p = j <= max_lane
        j = j if p else lane
        result.append((values[j] if mask >> j & 1 else None, int(p)))
    return result


def shuffle_case(mode):
    """Four warps: whole warp, segments of 8, of 16 with a clamp inside, and numbers of any kind in every lane."""
    values = [mix(i) for i in range(4 * LANES)]
    whole = 0 if mode == "up" else 31
    b, c = [], []
    for warp in range(4):
        for lane in range(LANES):
            if warp == 0:
                b.append([1, 5, 16, 31][lane % 4])
                c.append(whole)
            elif warp == 1:
                b.append(lane % 9)
                c.append(0x1800 | whole)
            elif warp == 2:
                b.append(mix(lane) % 32)
                c.append(0x1000 | (3 if mode == "up" else 11))
            else:
                b.append(mix(lane + 7))
                c.append(mix(lane + 99))
    d, p = [], []
    for warp in range(4):
        at = slice(warp * LANES, (warp + 1) * LANES)
        for value, inside in shuffle(mode, values[at], b[at], c[at], ALL):
            d.append(value)
            p.append(inside)
    case = Case(f"shfl_sync_{mode}", f"shfl.sync.{mode}.b32: d and p, segments, clamps, b and c from registers", 128)
    case.buffer("in", "a", "u32", hexes(values)).buffer("in", "b", "u32", hexes(b)).buffer("in", "c", "u32", hexes(c))
    case.buffer("out", "d", "u32", hexes(d)).buffer("out", "p", "u32", [str(x) for x in p])
    case.write(f"""
        shfl.sync.{mode}.b32 %d_0|%q, %a_0, %b_0, %c_0, -1;
        selp.u32 %p_0, 1, 0, %q;
        """, ".reg .pred %q;")


def shuffle_immediate_case():
    values = [mix(i) for i in range(LANES)]
    d = []
    results = [shuffle("down", values, [16] * 32, [31] * 32, ALL), shuffle("up", values, [1] * 32, [0] * 32, ALL),
               shuffle("bfly", values, [4] * 32, [0x1C1F] * 32, ALL), shuffle("idx", values, [0] * 32, [31] * 32, ALL)]
    for lane in range(LANES):
        d += [result[lane][0] for result in results]
    case = Case("shfl_sync_immediate", "shfl.sync: immediate operands, d without p, p without d, d and a the same register")
    case.buffer("in", "a", "u32", hexes(values)).buffer("out", "d", "u32", hexes(d))
    case.write("""
        shfl.sync.down.b32 %d_0, %a_0, 16, 31, -1;
        shfl.sync.up.b32 %d_1|%q, %a_0, 1, 0, 0xffffffff;
        shfl.sync.bfly.b32 %d_2, %a_0, 4, 0x1c1f, -1;
        shfl.sync.idx.b32 %a_0, %a_0, 0, 31, -1;
        mov.b32 %d_3, %a_0;
        """, ".reg .pred %q;")


def shuffle_members_case():
    """Even and odd lanes shuffle among themselves, in different branches; p and d of the others are untouched."""
    values = [mix(i) for i in range(LANES)]
    even = shuffle("bfly", values, [2] * 32, [31] * 32, 0x55555555)
    odd = shuffle("idx", values, [7] * 32, [31] * 32, 0xAAAAAAAA)
    d = [(odd if lane % 2 else even)[lane][0] for lane in range(LANES)]
    guarded = [values[lane ^ 1] if lane < 16 else 0xBAD for lane in range(LANES)]
    case = Case("shfl_sync_members", "shfl.sync: masks of some lanes in both branches of an if; under a guard")
    case.buffer("in", "a", "u32", hexes(values)).buffer("out", "d", "u32", hexes(d))
    case.buffer("out", "g", "u32", hexes(guarded))
    case.write("""
        and.b32 %odd, %lane, 1;
        setp.ne.u32 %q, %odd, 0;
        @%q bra ODD;
        shfl.sync.bfly.b32 %d_0, %a_0, 2, 31, 0x55555555;
        bra DONE;
ODD:
        shfl.sync.idx.b32 %d_0, %a_0, 7, 31, 0xaaaaaaaa;
DONE:
        mov.u32 %g_0, 0xbad;
        setp.lt.u32 %h, %lane, 16;
        @%h shfl.sync.bfly.b32 %g_0, %a_0, 1, 31, 0xffff;
        """, ".reg .u32 %odd;\n.reg .pred %q, %h;")


def shuffle_late_case():
    """Lanes reach the same shuffle one after the other: the first ones wait."""
    values = [mix(i) for i in range(LANES)]
    d = [values[(lane + 1) % 32] ^ 1 for lane in range(LANES)]
    case = Case("shfl_sync_waits", "shfl.sync: lanes that come early wait for those that come late")
    case.buffer("in", "a", "u32", hexes(values)).buffer("out", "d", "u32", hexes(d))
    case.write("""
        setp.lt.u32 %q, %lane, 9;
        @%q bra FEW;
        xor.b32 %a_0, %a_0, 1;
        bra MEET;
FEW:
        mov.u32 %i, 0;
LOOP:
        add.u32 %i, %i, 1;
        setp.lt.u32 %h, %i, 10;
        @%h bra LOOP;
        xor.b32 %a_0, %a_0, 1;
MEET:
        add.u32 %i, %lane, 1;
        shfl.sync.idx.b32 %d_0, %a_0, %i, 31, -1;
        """, ".reg .u32 %i;\n.reg .pred %q, %h;")


def shuffle_partial_case():
    """20 threads: lanes that do not exist give nothing. The ISA leaves the value open; p follows the pseudo-code."""
    values = [mix(i) for i in range(20)] + [0] * 12
    result = shuffle("down", values, [16] * 32, [31] * 32, (1 << 20) - 1)
    d = [0 if result[lane][0] is None else result[lane][0] for lane in range(20)]
    case = Case("shfl_sync_absent", "shfl.sync.down of a warp of 20 threads: lanes that do not exist count as 0", 20)
    case.buffer("in", "a", "u32", hexes(values[:20])).buffer("out", "d", "u32", hexes(d))
    case.buffer("out", "p", "u32", [str(result[lane][1]) for lane in range(20)])
    case.write("""
        shfl.sync.down.b32 %d_0|%q, %a_0, 16, 31, -1;
        selp.u32 %p_0, 1, 0, %q;
        """, ".reg .pred %q;")


def shuffle_old_case():
    """The forms without .sync of PTX before 6.0: among the lanes that happen to be there."""
    values = [mix(i) for i in range(LANES)]
    inner = (1 << 24) - 1
    results = [shuffle("down", values, [3] * 32, [0x1807] * 32, ALL), shuffle("idx", values, [40] * 32, [31] * 32, ALL)]
    few = shuffle("bfly", values, [1] * 32, [31] * 32, inner)
    d = []
    for lane in range(LANES):
        d += [results[0][lane][0], results[0][lane][1], results[1][lane][0], few[lane][0] if lane < 24 else 0xBAD]
    case = Case("shfl_without_sync", "shfl without .sync: down, idx, and bfly of some lanes", version="6.3", target="sm_70")
    case.buffer("in", "a", "u32", hexes(values)).buffer("out", "d", "u32", hexes(d))
    case.write("""
        shfl.down.b32 %d_0|%q, %a_0, 3, 0x1807;
        selp.u32 %d_1, 1, 0, %q;
        shfl.idx.b32 %d_2, %a_0, 40, 31;
        mov.u32 %d_3, 0xbad;
        setp.lt.u32 %q, %lane, 24;
        @%q shfl.bfly.b32 %d_3, %a_0, 1, 31;
        """, ".reg .pred %q;")


# ---- vote

def vote_old_case():
    """Without .sync only the lanes that are there have a vote."""
    pattern = mix(5)
    want = []
    for lane in range(LANES):
        want += [int(pattern != 0), int(pattern == ALL), pattern, pattern & 0xFFF0 if 4 <= lane < 16 else 0xBAD]
    case = Case("vote_without_sync", "vote without .sync: any, all, ballot, and a ballot of some lanes", version="6.3",
                target="sm_70")
    case.buffer("in", "f", "u32", [str(pattern >> lane & 1) for lane in range(LANES)])
    case.buffer("out", "r", "u32", hexes(want))
    case.write("""
        setp.ne.u32 %v, %f_0, 0;
        vote.any.pred %q, %v;
        selp.u32 %r_0, 1, 0, %q;
        vote.all.pred %q, %v;
        selp.u32 %r_1, 1, 0, %q;
        vote.ballot.b32 %r_2, %v;
        mov.u32 %r_3, 0xbad;
        sub.u32 %i, %lane, 4;
        setp.ge.u32 %q, %i, 12;
        @%q bra DONE;
        vote.ballot.b32 %r_3, %v;
DONE:
        """, ".reg .u32 %i;\n.reg .pred %v, %q;")


def vote_case():
    """Warps of different votes: none, all, one, some. Every form, with and without '!'."""
    patterns = [0, ALL, 1 << 13, mix(5)]
    flags = [pattern >> lane & 1 for pattern in patterns for lane in range(LANES)]
    want = []
    for pattern in patterns:
        for _ in range(LANES):
            no = pattern ^ ALL
            want += [int(pattern == ALL), int(pattern != 0), int(pattern in (0, ALL)), pattern, int(no == ALL), int(no != 0),
                     no, int(pattern & 0xFF == 0xFF)]
    want_masked = []
    for pattern in patterns:
        for lane in range(LANES):
            want_masked += [pattern & 0xFF, int(pattern & 0xFF == 0xFF)] if lane < 8 else [0xBAD, 2]
    case = Case("vote_sync", "vote.sync: all, any, uni, ballot; both orders of modifiers, negation, masks", 128)
    case.buffer("in", "f", "u32", [str(x) for x in flags]).buffer("out", "r", "u32", hexes(want))
    case.buffer("out", "m", "u32", hexes(want_masked))
    case.write("""
        setp.ne.u32 %v, %f_0, 0;
        vote.sync.all.pred %q, %v, -1;
        selp.u32 %r_0, 1, 0, %q;
        vote.sync.any.pred %q, %v, -1;
        selp.u32 %r_1, 1, 0, %q;
        vote.sync.uni.pred %q, %v, -1;
        selp.u32 %r_2, 1, 0, %q;
        vote.sync.ballot.b32 %r_3, %v, -1;
        vote.sync.all.pred %q, !%v, -1;
        selp.u32 %r_4, 1, 0, %q;
        vote.sync.any.pred %q, !%v, -1;
        selp.u32 %r_5, 1, 0, %q;
        vote.ballot.sync.b32 %r_6, !%v, -1;
        mov.u32 %m_0, 0xbad;
        mov.u32 %m_1, 2;
        setp.ge.u32 %h, %lane, 8;
        @%h bra REST;
        vote.sync.ballot.b32 %m_0, %v, 0xff;
        vote.all.sync.pred %q, %v, 0xff;
        selp.u32 %m_1, 1, 0, %q;
REST:
        shfl.sync.idx.b32 %r_7, %m_1, 0, 31, -1;
        """, ".reg .pred %v, %q, %h;")


def vote_exited_case():
    """Lanes that have ended are not waited for, and have no vote."""
    want = []
    for lane in range(LANES):
        want += [0xBAD, 0xBAD] if lane % 3 == 0 else [sum(1 << i for i in range(LANES) if i % 3), 1]
    case = Case("vote_sync_exited", "vote.sync: lanes of the mask that have exited do not count")
    case.buffer("in", "x", "u32", ["2989"] * LANES).buffer("out", "r", "u32", hexes(want))
    case.write("""
        rem.u32 %i, %lane, 3;
        mov.u32 %r_0, 0xbad;
        mov.u32 %r_1, 0xbad;
        setp.eq.u32 %q, %i, 0;
        @%q bra STORE;
        bra VOTE;
STORE:
        ld.param.u64 %at, [r];
        mad.wide.u32 %at, %thread, 8, %at;
        st.global.v2.u32 [%at], {%r_0, %r_1};
        exit;
VOTE:
        setp.eq.u32 %q, %x_0, 2989;
        vote.sync.ballot.b32 %r_0, %q, -1;
        vote.sync.all.pred %q, %q, -1;
        selp.u32 %r_1, 1, 0, %q;
        """, ".reg .u32 %i;\n.reg .pred %q;")


# ---- match

def match_case(bits):
    """Warp 0: few values. 1: all equal. 2: all different. 3: equal but for one. Of b64, some differ in the upper half only."""
    values = []
    for lane in range(LANES):
        values.append((lane * lane % 5) << (32 if bits == 64 and lane % 2 else 0))
    values += [mix(3)] * LANES + [mix(100 + lane) for lane in range(LANES)] + [77] * 21 + [78] + [77] * 10
    want = []
    for warp in range(4):
        v = values[warp * LANES:(warp + 1) * LANES]
        for lane in range(LANES):
            same = sum(1 << i for i in range(LANES) if v[i] == v[lane])
            half = 0xFFFF if lane < 16 else 0xFFFF0000
            everybody = len(set(v)) == 1
            halves = [v[i] for i in lanes_of(half)]
            want += [same, ALL if everybody else 0, int(everybody), same & half, half if len(set(halves)) == 1 else 0]
    case = Case(f"match_sync_b{bits}", f"match.sync.b{bits}: any and all, with p and without, whole warps and halves", 128)
    case.buffer("in", "a", f"u{bits}", hexes(values, bits // 4)).buffer("out", "r", "u32", hexes(want))
    case.write(f"""
        match.any.sync.b{bits} %r_0, %a_0, -1;
        match.all.sync.b{bits} %r_1|%q, %a_0, -1;
        selp.u32 %r_2, 1, 0, %q;
        setp.lt.u32 %h, %lane, 16;
        @%h bra LOW;
        match.any.sync.b{bits} %r_3, %a_0, 0xffff0000;
        match.all.sync.b{bits} %r_4, %a_0, 0xffff0000;
        bra DONE;
LOW:
        match.any.sync.b{bits} %r_3, %a_0, 0xffff;
        match.all.sync.b{bits} %r_4, %a_0, 0xffff;
DONE:
        """, ".reg .pred %q, %h;")


# ---- redux

def signed(x):
    return x - (1 << 32) if x >> 31 else x


def fold(values, combine):
    result = values[0]
    for value in values[1:]:
        result = combine(result, value)
    return result


REDUX = {
    "add_s32": lambda v: sum(v) & ALL,
    "add_u32": lambda v: sum(v) & ALL,
    "and_b32": lambda v: fold(v, lambda a, b: a & b),
    "max_s32": lambda v: max(v, key=signed),
    "max_u32": max,
    "min_s32": lambda v: min(v, key=signed),
    "min_u32": min,
    "or_b32": lambda v: fold(v, lambda a, b: a | b),
    "xor_b32": lambda v: fold(v, lambda a, b: a ^ b),
}


def redux_case():
    """Warps: extremes of both kinds, small numbers, anything. The upper half of the lanes reduces by itself as well."""
    rows = [[0x80000000, 0x7FFFFFFF, 0, ALL] * 8, [lane + 1 for lane in range(LANES)], [mix(lane) for lane in range(LANES)],
            [mix(lane) | 0x10010 for lane in range(LANES)]]
    names = sorted(REDUX)
    want = []
    for row in rows:
        for lane in range(LANES):
            want += [REDUX[name](row) for name in names]
            want += [REDUX[name](row[16:]) if lane >= 16 else 0xBAD for name in names]
    case = Case("redux_sync", "redux.sync: add, min, max, and, or, xor; of the whole warp and of its upper half", 128)
    case.buffer("in", "a", "u32", hexes([x for row in rows for x in row])).buffer("out", "r", "u32", hexes(want))
    body = [f"redux.sync.{name.replace('_', '.')} %r_{i}, %a_0, -1;" for i, name in enumerate(names)]
    body += [f"mov.u32 %r_{i + len(names)}, 0xbad;" for i in range(len(names))]
    body += ["setp.lt.u32 %h, %lane, 16;", "@%h bra DONE;"]
    body += [f"redux.sync.{name.replace('_', '.')} %r_{i + len(names)}, %a_0, 0xffff0000;" for i, name in enumerate(names)]
    body += ["DONE:"]
    case.write("\n".join(body), ".reg .pred %h;")


def float_of(bits):
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def redux_float(bits, largest, absolute, nan_wins):
    values = [x & 0x7FFFFFFF if absolute else x for x in bits]
    numbers = [x for x in values if not math.isnan(float_of(x))]
    if not numbers or (nan_wins and len(numbers) < len(values)):
        return 0x7FFFFFFF
    key = lambda x: (float_of(x), 0 if x >> 31 else 1)  # -0 is below +0
    return (max if largest else min)(numbers, key=key)


def redux_float_case():
    nan, inf, minus = 0x7FC00001, 0x7F800000, 0x80000000
    rows = [[struct.unpack("<I", struct.pack("<f", (lane * 7 % 32 - 15) / 4))[0] for lane in range(LANES)],
            [minus, 0] * 16, [nan, 0xFF800000, inf, 1] + [0x3F800000] * 28, [0xFFC12345] * LANES]
    forms = [(largest, absolute, nan_wins) for largest in (0, 1) for absolute in (0, 1) for nan_wins in (0, 1)]
    want = []
    for row in rows:
        want += [redux_float(row, *form) for form in forms] * LANES
    case = Case("redux_sync_f32", "redux.sync.f32: min and max, .abs, .NaN; zeros of both signs, infinities, NaNs", 128,
                version="8.6", target="sm_100a")
    case.buffer("in", "a", "u32", hexes([x for row in rows for x in row])).buffer("out", "r", "u32", hexes(want))
    body = ""
    for i, (largest, absolute, nan_wins) in enumerate(forms):
        name = ("max" if largest else "min") + (".abs" if absolute else "") + (".NaN" if nan_wins else "")
        body += f"redux.sync.{name}.f32 %x, %a_0, -1;\nmov.b32 %r_{i}, %x;\n"
    case.write(body, ".reg .f32 %x;")


# ---- The others

def activemask_case():
    want = []
    for lane in range(LANES):
        want += [ALL, sum(1 << i for i in range(LANES) if i % 4 == 1) if lane % 4 == 1 else 0xBAD]
    case = Case("activemask", "activemask: all lanes, and those in a branch")
    case.buffer("out", "r", "u32", hexes(want))
    case.write("""
        activemask.b32 %r_0;
        mov.u32 %r_1, 0xbad;
        and.b32 %i, %lane, 3;
        setp.ne.u32 %q, %i, 1;
        @%q bra DONE;
        activemask.b32 %r_1;
DONE:
        """, ".reg .u32 %i;\n.reg .pred %q;")


def elect_case():
    want = []
    for lane in range(LANES):
        late = lane >= 5
        want += [0, int(lane == 0), 5 if late else 0xBAD, int(lane == 5) if late else 0xBAD, int(lane == 6) if lane > 5 else 0xBAD]
    case = Case("elect_sync", "elect.sync: the leader is the first lane of the mask; '_' for d", version="8.0", target="sm_90")
    case.buffer("out", "r", "u32", hexes(want))
    case.write("""
        elect.sync %r_0|%q, -1;
        selp.u32 %r_1, 1, 0, %q;
        mov.u32 %r_2, 0xbad;
        mov.u32 %r_3, 0xbad;
        mov.u32 %r_4, 0xbad;
        setp.lt.u32 %h, %lane, 5;
        @%h bra DONE;
        elect.sync %r_2|%q, 0xffffffe0;
        selp.u32 %r_3, 1, 0, %q;
        setp.eq.u32 %h, %lane, 5;
        @%h bra DONE;
        elect.sync _|%q, 0xffffffc0;
        selp.u32 %r_4, 1, 0, %q;
DONE:
        """, ".reg .pred %q, %h;")


def bar_warp_case():
    """Lanes pass values on through shared memory; the lower half comes late."""
    values = [mix(i) for i in range(LANES)]
    case = Case("bar_warp_sync", "bar.warp.sync: what lanes wrote before it, others read behind it", shared=128)
    case.buffer("in", "a", "u32", hexes(values)).buffer("out", "r", "u32", hexes([values[31 - lane] for lane in range(LANES)]))
    case.write("""
        mov.u32 %s, tile;
        shl.b32 %i, %lane, 2;
        add.u32 %i, %s, %i;
        setp.ge.u32 %q, %lane, 16;
        @%q bra STORE;
        nanosleep.u32 20;
        nanosleep.u32 20;
STORE:
        st.volatile.shared.u32 [%i], %a_0;
        bar.warp.sync -1;
        sub.u32 %j, 31, %lane;
        shl.b32 %j, %j, 2;
        add.u32 %j, %s, %j;
        ld.volatile.shared.u32 %r_0, [%j];
        """, ".reg .u32 %s, %i, %j;\n.reg .pred %q;")


def main():
    for mode in ("up", "down", "bfly", "idx"):
        shuffle_case(mode)
    shuffle_immediate_case()
    shuffle_members_case()
    shuffle_late_case()
    shuffle_partial_case()
    shuffle_old_case()
    vote_case()
    vote_old_case()
    vote_exited_case()
    match_case(32)
    match_case(64)
    redux_case()
    redux_float_case()
    activemask_case()
    elect_case()
    bar_warp_case()


if __name__ == "__main__":
    main()
