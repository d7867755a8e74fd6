#!/usr/bin/env python3
"""Opcode cases of copies that go on while a kernel does, cp.async and cp.async.bulk, and of mbarrier."""
from memory_case import THREADS, KernelCase, mask, mixed, places


def asynchronous():
    values = mixed(THREADS * 4, 32, 25)
    case = KernelCase("cp_async", "cp.async: sizes 4, 8 and 16, source sizes, groups")
    case.buffer("in", "x", "u32", values)
    expected = []
    for t in range(THREADS):
        v = values[4 * t:4 * t + 4]
        short = sum(x << 32 * i for i, x in enumerate(v)) & mask(8 * (t % 17))
        expected += v + v[:2] + [v[0]] + [v[3]] + [short >> 32 * i & mask(32) for i in range(4)]
    case.buffer("out", "r", "u32", expected)
    case.write(f"""mov.u32 %s, tile;
        mad.lo.u32 %s, %t, 48, %s;
        {places("x", 16)}
        cp.async.cg.shared.global [%s], [%a], 16;
        cp.async.commit_group;
        cp.async.ca.shared.global [%s+16], [%a], 8;
        cp.async.ca.shared.global [%s+24], [%a], 4;
        cp.async.ca.shared.global.L2::128B [%s+28], [%a+12], 4;
        cp.async.commit_group;
        rem.u32 %k, %t, 17;
        cp.async.cg.shared.global.L2::64B [%s+32], [%a], 16, %k;
        cp.async.wait_group 1;
        cp.async.wait_all;
        bar.sync 0;
        {places("r", 48)}
        ld.shared.v4.u32 {{%v0, %v1, %v2, %v3}}, [%s];
        st.global.v4.u32 [%a], {{%v0, %v1, %v2, %v3}};
        ld.shared.v4.u32 {{%v0, %v1, %v2, %v3}}, [%s+16];
        st.global.v4.u32 [%a+16], {{%v0, %v1, %v2, %v3}};
        ld.shared.v4.u32 {{%v0, %v1, %v2, %v3}}, [%s+32];
        st.global.v4.u32 [%a+32], {{%v0, %v1, %v2, %v3}};""",
               ".reg .u64 %a;\n.reg .u32 %s, %k, %v0, %v1, %v2, %v3;", f".shared .align 16 .b8 tile[{48 * THREADS}];")
    case = KernelCase("cp_async_ignore", "cp.async with ignore-src: zeros instead", version="8.4")
    case.buffer("in", "x", "u32", values[:THREADS])
    case.buffer("out", "r", "u32", [0 if t % 3 == 0 else values[t] for t in range(THREADS)])
    case.write(f"""mov.u32 %s, tile;
        mad.lo.u32 %s, %t, 4, %s;
        {places("x", 4)}
        rem.u32 %k, %t, 3;
        setp.eq.u32 %p, %k, 0;
        cp.async.ca.shared.global [%s], [%a], 4, %p;
        cp.async.wait_all;
        ld.shared.u32 %k, [%s];
        {places("r", 4)}
        st.global.u32 [%a], %k;""", ".reg .u64 %a;\n.reg .u32 %s, %k;\n.reg .pred %p;",
               f".shared .align 16 .b8 tile[{4 * THREADS}];")


def mbarriers():
    """Threads hand values over through shared memory; the barrier says when they are there."""
    case = KernelCase("mbarrier_arrive", "mbarrier.init, arrive, test_wait, inval, over two phases", threads=64)
    values = mixed(64, 32, 26)
    case.buffer("in", "x", "u32", values)
    case.buffer("out", "r", "u32", [values[63 - t] + 1 & mask(32) for t in range(64)])
    case.buffer("out", "c", "u32", [1] * 64)
    case.write(f"""setp.ne.u32 %p, %t, 0;
        @%p bra ready;
        mbarrier.init.shared.b64 [bar], 64;
        ready: bar.sync 0;
        {places("x", 4)}
        ld.global.u32 %v, [%a];
        mov.u32 %s, tile;
        mad.lo.u32 %s, %t, 4, %s;
        st.shared.u32 [%s], %v;
        mbarrier.arrive.shared.b64 %state, [bar];
        mbarrier.pending_count.b64 %k, %state;
        setp.ge.u32 %p, %k, 1;
        selp.u32 %c, 1, 0, %p;
        first: mbarrier.test_wait.shared.b64 %p, [bar], %state;
        @!%p bra first;
        mov.u32 %s, tile;
        sub.u32 %k, 63, %t;
        mad.lo.u32 %s, %k, 4, %s;
        ld.shared.u32 %v, [%s];
        add.u32 %v, %v, 1;
        mbarrier.arrive.shared.b64 %state, [bar];
        second: mbarrier.test_wait.parity.shared.b64 %p, [bar], 1;
        @!%p bra second;
        mbarrier.test_wait.parity.shared.b64 %p, [bar], 0;
        @%p mov.u32 %c, 7;
        {places("r", 4)}
        st.global.u32 [%a], %v;
        {places("c", 4)}
        st.global.u32 [%a], %c;
        bar.sync 0;
        setp.ne.u32 %p, %t, 0;
        @%p bra done;
        mbarrier.inval.shared.b64 [bar];
        done:""", ".reg .u64 %a, %state;\n.reg .u32 %v, %k, %s, %c;\n.reg .pred %p;",
               ".shared .align 8 .b64 bar;\n.shared .align 4 .b8 tile[256];")
    case = KernelCase("mbarrier_transactions", "mbarrier.arrive.expect_tx, complete_tx, try_wait, arrive_drop", threads=32,
                      target="sm_90", version="8.0")
    case.buffer("out", "r", "u32", [0, 0, 1, 1, 0, 1])
    case.write("""setp.ne.u32 %p, %t, 0;
        @%p bra done;
        mbarrier.init.shared.b64 [bar], 2;
        mbarrier.arrive.expect_tx.shared.b64 %state, [bar], 64;
        mbarrier.arrive.shared.b64 _, [bar];
        mbarrier.try_wait.shared.b64 %p, [bar], %state, 10;
        selp.u32 %v, 1, 0, %p;
        st.global.u32 [%p_r], %v;
        mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [bar], 32;
        mbarrier.try_wait.parity.shared.b64 %p, [bar], 0;
        selp.u32 %v, 1, 0, %p;
        st.global.u32 [%p_r+4], %v;
        mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [bar], 32;
        mbarrier.try_wait.parity.shared.b64 %p, [bar], 0;
        selp.u32 %v, 1, 0, %p;
        st.global.u32 [%p_r+8], %v;
        mbarrier.arrive_drop.shared.b64 %state, [bar];
        mbarrier.pending_count.b64 %k, %state;
        setp.eq.u32 %p, %k, 2;
        selp.u32 %v, 1, 0, %p;
        st.global.u32 [%p_r+12], %v;
        mbarrier.test_wait.shared.b64 %p, [bar], %state;
        selp.u32 %v, 1, 0, %p;
        st.global.u32 [%p_r+16], %v;
        mbarrier.arrive.shared.b64 _, [bar];
        mbarrier.arrive.shared.b64 %state, [bar], 1;
        mbarrier.test_wait.shared.b64 %p, [bar], %state;
        selp.u32 %v, 1, 0, %p;
        st.global.u32 [%p_r+20], %v;
        done:""", ".reg .u64 %state;\n.reg .u32 %v, %k;\n.reg .pred %p;", ".shared .align 8 .b64 bar;")
    case = KernelCase("cp_async_mbarrier", "cp.async.mbarrier.arrive.noinc arrives when the copies are there", threads=32)
    values = mixed(32, 32, 27)
    case.buffer("in", "x", "u32", values).buffer("out", "r", "u32", [values[31 - t] for t in range(32)])
    case.write(f"""setp.ne.u32 %p, %t, 0;
        @%p bra ready;
        mbarrier.init.shared.b64 [bar], 32;
        ready: bar.sync 0;
        {places("x", 4)}
        mov.u32 %s, tile;
        mad.lo.u32 %k, %t, 4, %s;
        cp.async.ca.shared.global [%k], [%a], 4;
        cp.async.mbarrier.arrive.shared.b64 [bar];
        cp.async.mbarrier.arrive.noinc.shared.b64 [bar];
        again: mbarrier.test_wait.parity.shared.b64 %p, [bar], 0;
        @!%p bra again;
        sub.u32 %k, 31, %t;
        mad.lo.u32 %k, %k, 4, %s;
        ld.shared.u32 %v, [%k];
        {places("r", 4)}
        st.global.u32 [%a], %v;""", ".reg .u64 %a;\n.reg .u32 %v, %k, %s;\n.reg .pred %p;",
               ".shared .align 8 .b64 bar;\n.shared .align 4 .b8 tile[128];")
    case = KernelCase("cp_async_bulk", "cp.async.bulk: in with an mbarrier, out with a group", threads=32, target="sm_90",
                      version="8.0")
    values = mixed(64, 32, 28)
    case.buffer("in", "x", "u32", values).buffer("out", "r", "u32", values)
    case.write("""setp.ne.u32 %p, %t, 0;
        @%p bra done;
        mov.u32 %s, tile;
        mov.u32 %b, bar;
        mbarrier.init.shared.b64 [%b], 1;
        mbarrier.arrive.expect_tx.shared.b64 %state, [%b], 256;
        cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%s], [%p_x], 256, [%b];
        again: mbarrier.try_wait.shared.b64 %p, [%b], %state;
        @!%p bra again;
        cp.async.bulk.global.shared::cta.bulk_group [%p_r], [%s], 256;
        cp.async.bulk.commit_group;
        cp.async.bulk.wait_group 0;
        done:""", ".reg .u64 %state;\n.reg .u32 %s, %b;\n.reg .pred %p;",
               ".shared .align 8 .b64 bar;\n.shared .align 16 .b8 tile[256];")


if __name__ == "__main__":
    asynchronous()
    mbarriers()
