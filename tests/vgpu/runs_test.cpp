// Straight-line code executed in one go: where it begins and ends, what loads in it know of their base register, and
// that whoever executes it in one go, in pieces or one by one comes to the same state.
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "compute/vgpu/machine.h"
#include "tests/vgpu/warp_kernel.h"

namespace warpscope::vgpu {
namespace {

using tests::WarpKernel;

constexpr std::uint32_t kWords = 8192;  // of the buffer: two pages

// A kernel k(in, out): %rd1 is the address of `in`, %rd2 that of out[2 * thread], %r0 and %r1 are written there at the
// end; %r15 is the lane, and 4 KiB of shared memory hold word i = 3 * i.
std::string kernel(const std::string& body) {
  return ".version 8.0\n.target sm_70\n.address_size 64\n"
         ".visible .entry k(.param .u64 in, .param .u64 out) {\n"
         ".reg .b32 %r<32>; .reg .b64 %rd<32>; .reg .pred %p<8>; .reg .b32 %f<8>;\n.shared .align 16 .b8 tile[4096];\n"
         "ld.param.u64 %rd1, [in];\nld.param.u64 %rd2, [out];\nmov.u32 %r15, %tid.x;\n"
         "mul.wide.u32 %rd3, %r15, 8;\nadd.s64 %rd2, %rd2, %rd3;\n"
         "mul.lo.u32 %r20, %r15, 4;\nmul.lo.u32 %r21, %r15, 3;\n"
         "mov.u32 %r22, tile;\nadd.u32 %r20, %r20, %r22;\n"
         "FILL:\nst.shared.u32 [%r20], %r21;\nadd.u32 %r20, %r20, 128;\nadd.u32 %r21, %r21, 96;\n"
         "setp.lt.u32 %p1, %r21, 3072;\n@%p1 bra FILL;\nbar.sync 0;\n" +
         body + "\nst.global.v2.u32 [%rd2], {%r0, %r1};\nret;\n}\n";
}

struct Outcome {
  std::vector<std::uint32_t> out;
  std::uint64_t hash = 0, steps = 0;
  std::optional<Fault> fault;
};

// `stride` steps at a time.
Outcome execute(const std::string& text, std::uint64_t stride) {
  std::vector<std::uint32_t> in(kWords);
  std::iota(in.begin(), in.end(), 1000U);
  WarpKernel k = WarpKernel::from_text(text);
  k.buffer(in).buffer(std::vector<std::uint32_t>(64, 0));
  Outcome outcome;
  auto machine = Machine::create(k.shared_program(), k.launch("k", {1, 1, 1}, {32, 1, 1}), k.memory());
  EXPECT_TRUE(machine.has_value()) << (machine ? "" : machine.error().text());
  if (!machine) return outcome;
  while (machine->run(stride) == stride) {
  }
  outcome.hash = machine->state().hash();
  outcome.steps = machine->state().steps;
  outcome.fault = machine->state().fault;
  outcome.out.resize(64);
  EXPECT_TRUE(machine->state().memory.read(k.address(1), {reinterpret_cast<std::uint8_t*>(outcome.out.data()), 256}));
  return outcome;
}

Outcome execute_in_every_way(const std::string& text) {
  const Outcome one_by_one = execute(text, 1);
  for (const std::uint64_t stride : {2ULL, 7ULL, 1000ULL, 1'000'000ULL}) {
    const Outcome other = execute(text, stride);
    EXPECT_EQ(other.hash, one_by_one.hash) << stride;
    EXPECT_EQ(other.steps, one_by_one.steps) << stride;
    EXPECT_EQ(other.out, one_by_one.out) << stride;
    EXPECT_EQ(other.fault.has_value(), one_by_one.fault.has_value()) << stride;
    if (!other.fault || !one_by_one.fault) continue;
    EXPECT_EQ(other.fault->pc, one_by_one.fault->pc) << stride;
    EXPECT_EQ(other.fault->address, one_by_one.fault->address) << stride;
    EXPECT_EQ(other.fault->message, one_by_one.fault->message) << stride;
  }
  return one_by_one;
}

// `first` and `second` give what a lane should have in %r0 and %r1.
template <class First, class Second>
void expect_values(const std::string& body, First first, Second second) {
  const Outcome done = execute_in_every_way(kernel(body));
  ASSERT_FALSE(done.fault) << done.fault->message;
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(done.out[2 * lane], first(lane)) << "lane " << lane;
    EXPECT_EQ(done.out[2 * lane + 1], second(lane)) << "lane " << lane;
  }
}

TEST(Runs, LoadsOneBehindTheOtherAndAtOnePlace) {
  expect_values(
      "mul.wide.u32 %rd4, %r15, 4;\nadd.s64 %rd4, %rd1, %rd4;\nld.global.u32 %r2, [%rd4+256];\n"
      "ld.global.u32 %r3, [%rd4+512];\nld.global.u32 %r4, [%rd1+40];\nadd.u32 %r0, %r2, %r3;\nmov.u32 %r1, %r4;",
      [](std::uint32_t l) { return 1000 + l + 64 + 1000 + l + 128; }, [](std::uint32_t) { return 1010U; });
}

TEST(Runs, EachHalfOfAWarpInItsOwnWay) {
  // Lanes 0-15 at one place, lanes 16-31 one behind the other; then both scattered.
  expect_values(
      "sub.u32 %r2, %r15, 16;\nsetp.lt.u32 %p1, %r15, 16;\nselp.u32 %r2, 0, %r2, %p1;\nshl.b32 %r2, %r2, 2;\n"
      "add.u32 %r2, %r2, %r22;\nld.shared.u32 %r0, [%r2+64];\nmul.lo.u32 %r3, %r15, %r15;\nshl.b32 %r3, %r3, 2;\n"
      "add.u32 %r3, %r3, %r22;\nld.shared.u32 %r1, [%r3+16];\nld.shared.u32 %r4, [%r2+68];\nadd.u32 %r0, %r0, %r4;",
      [](std::uint32_t l) { return (l < 16 ? 2 * 48U : 2 * (16 + l - 16) * 3) + 3; },
      [](std::uint32_t l) { return (l * l + 4) * 3; });
}

TEST(Runs, ABaseThatChangesBetweenLoads) {
  // By arithmetic, by the load itself, and as the second register of an unpacking mov.
  expect_values(
      "shl.b32 %r2, %r15, 2;\nadd.u32 %r2, %r2, %r22;\nld.shared.u32 %r3, [%r2];\nadd.u32 %r2, %r2, 128;\n"
      "ld.shared.u32 %r4, [%r2];\nmov.u32 %r5, %r22;\nld.shared.u32 %r5, [%r5+16];\nadd.u32 %r5, %r5, %r22;\n"
      "ld.shared.u32 %r6, [%r5+4];\nmov.u32 %r7, %r2;\nmov.b64 %rd4, {%r15, %r22};\nld.shared.u32 %r8, [%r7];\n"
      "mov.b64 {%r9, %r7}, %rd4;\nld.shared.u32 %r10, [%r7+8];\n"
      "add.u32 %r0, %r3, %r4;\nadd.u32 %r1, %r6, %r8;\nmad.lo.u32 %r1, %r10, 1000, %r1;",
      [](std::uint32_t l) { return 3 * l + 3 * (l + 32); },
      // %r5 is 3 * 4 = 12, behind it stands word 4 = 12.
      [](std::uint32_t l) { return 12 + 3 * (l + 32) + 6 * 1000; });
}

TEST(Runs, VectorsAndWidthsOfOneBase) {
  expect_values(
      "mul.wide.u32 %rd4, %r15, 16;\nadd.s64 %rd4, %rd1, %rd4;\nld.global.v4.u32 {%r2, %r3, %r4, %r5}, [%rd4];\n"
      "ld.global.u32 %r6, [%rd4+4];\nld.global.u64 %rd5, [%rd4+8];\nld.global.v4.u32 {%r7, %r8, %r9, %r10}, "
      "[%rd4+512];\n"
      "cvt.u32.u64 %r11, %rd5;\nadd.u32 %r0, %r5, %r6;\nadd.u32 %r0, %r0, %r11;\nadd.u32 %r1, %r7, %r10;",
      [](std::uint32_t l) { return 3000 + 12 * l + 3 + 1 + 2; },
      [](std::uint32_t l) { return 2 * (1000 + 4 * l + 128) + 3; });
}

TEST(Runs, LoadsAcrossTheEndOfAPage) {
  // 16 KiB are 4096 words: lanes 0-7 before it, the others behind it.
  expect_values(
      "mul.wide.u32 %rd4, %r15, 4;\nadd.s64 %rd4, %rd1, %rd4;\nld.global.u32 %r0, [%rd4+16352];\n"
      "ld.global.u32 %r1, [%rd4+16384];",
      [](std::uint32_t l) { return 1000 + 4088 + l; }, [](std::uint32_t l) { return 1000 + 4096 + l; });
}

TEST(Runs, AClockInBetweenCountsOn) {
  const Outcome done = execute_in_every_way(
      kernel("mov.u32 %r2, 1;\nadd.u32 %r2, %r2, 1;\nmov.u32 %r3, %clock;\nadd.u32 %r2, %r2, 1;\nadd.u32 %r2, %r2, 1;\n"
             "mov.u32 %r4, %clock;\nsub.u32 %r0, %r4, %r3;\nmov.u32 %r1, %r2;"));
  EXPECT_EQ(done.out[0], 3U);
  EXPECT_EQ(done.out[1], 4U);
}

TEST(Runs, AFaultInTheMiddleEndsTheRunThere) {
  for (const char* load :
       {"ld.shared.u32 %r3, [%r22+4096];", "ld.shared.u32 %r3, [%r22+2];", "ld.global.u32 %r3, [%rd1+49152];",
        "ld.global.u32 %r3, [%rd1+-4];", "ld.global.u32 %r3, [%rd1+1];"}) {
    const Outcome done =
        execute_in_every_way(kernel("mov.u32 %r2, 1;\nld.shared.u32 %r3, [%r22];\nld.global.u32 %r3, [%rd1];\n" +
                                    std::string(load) + "\nmov.u32 %r0, 5;\nmov.u32 %r1, 6;"));
    ASSERT_TRUE(done.fault) << load;
    EXPECT_EQ(done.out, std::vector<std::uint32_t>(64, 0)) << load;
  }
}

TEST(Runs, AddressesThatWrapAround) {
  // 64-bit addresses of shared memory just below 2^64: behind the end of shared memory, not at its beginning.
  const Outcome far = execute_in_every_way(
      kernel("mul.wide.u32 %rd4, %r15, 4;\nadd.s64 %rd4, %rd4, -64;\nld.shared.u32 %r0, [%rd4];\nmov.u32 %r1, 1;"));
  ASSERT_TRUE(far.fault);
  expect_values(
      "mov.u64 %rd4, -64;\nmov.u32 %r1, 1;\nld.shared.u32 %r0, [%rd4+76];", [](std::uint32_t) { return 9U; },
      [](std::uint32_t) { return 1U; });
}

// ---- Where runs are

const Inst& inst_of(const Program& program, const std::string& opcode, int skip = 0) {
  for (Pc pc = 0; pc < program.code.size(); ++pc) {
    const ptx::Instruction* source = program.source(pc);
    if (source != nullptr && source->name.rfind(opcode, 0) == 0 && skip-- == 0) return program.code[pc];
  }
  ADD_FAILURE() << "no " << opcode;
  return program.code[0];
}

TEST(Runs, EndAtGuardsLabelsClocksAndWaits) {
  const WarpKernel k = WarpKernel::from_text(
      ".version 8.0\n.target sm_70\n.address_size 64\n.visible .entry k(.param .u64 in) {\n"
      ".reg .b32 %r<8>; .reg .b64 %rd<8>; .reg .pred %p<8>;\n"
      "ld.param.u64 %rd1, [in];\nadd.u32 %r1, %r1, 1;\nsetp.eq.u32 %p1, %r1, 0;\n"       // a run of 3
      "@%p1 sub.u32 %r1, %r1, 1;\n"                                                      // a guard
      "and.b32 %r2, %r1, 1;\nor.b32 %r2, %r1, 1;\n"                                      // 2
      "THERE:\nxor.b32 %r2, %r1, 1;\nnot.b32 %r2, %r1;\n"                                // 2: something jumps here
      "mov.u32 %r3, %clock;\n"                                                           // alone
      "ld.volatile.global.u32 %r4, [%rd1];\nmin.u32 %r2, %r1, 1;\n"                      // may be a poll; 1 is no run
      "bar.sync 0;\nmax.u32 %r2, %r1, 1;\nshl.b32 %r2, %r1, 1;\nshr.u32 %r2, %r1, 1;\n"  // 3
      "@%p1 bra THERE;\nret;\n}\n");
  const Program& program = k.program();
  EXPECT_EQ(inst_of(program, "ld.param").run, 3);
  EXPECT_EQ(inst_of(program, "add").run, 0);
  EXPECT_EQ(inst_of(program, "sub").run, 0);
  EXPECT_EQ(inst_of(program, "and").run, 2);
  EXPECT_EQ(inst_of(program, "xor").run, 2);
  EXPECT_EQ(inst_of(program, "mov").run, 0);
  EXPECT_EQ(inst_of(program, "ld.volatile").run, 0);
  EXPECT_EQ(inst_of(program, "min").run, 0);
  EXPECT_EQ(inst_of(program, "max").run, 3);
}

TEST(Runs, ABaseIsLookedAtOnceUntilItIsWritten) {
  const WarpKernel k = WarpKernel::from_text(
      ".version 8.0\n.target sm_70\n.address_size 64\n.visible .entry k() {\n"
      ".reg .b32 %r<8>; .reg .b64 %rd<8>; .shared .align 16 .b8 tile[64];\n"
      "ld.shared.u32 %r2, [%r1];\nld.shared.u32 %r3, [%r1+4];\nld.shared.u64 %rd1, [%r1+8];\n"
      "add.u32 %r4, %r1, 4;\nld.shared.u32 %r5, [%r1+12];\nst.shared.u32 [%r1], %r5;\nld.shared.u32 %r1, [%r1+16];\n"
      "ld.shared.u32 %r2, [%r1];\nmov.b64 {%r6, %r7}, %rd1;\nld.shared.u32 %r2, [%r1];\nret;\n}\n");
  const auto known = [&](int load) { return inst_of(k.program(), "ld.shared", load).shape_known; };
  EXPECT_FALSE(known(0));
  EXPECT_TRUE(known(1));
  EXPECT_FALSE(known(2)) << "8 bytes lie otherwise than 4";
  EXPECT_TRUE(known(3)) << "arithmetic and loads into other registers change nothing";
  EXPECT_TRUE(known(4)) << "nor do stores";
  EXPECT_FALSE(known(5)) << "the load before wrote it";
  EXPECT_FALSE(known(6)) << "several registers were written: nothing is known any more";
  EXPECT_NE(inst_of(k.program(), "ld.shared", 0).shape, inst_of(k.program(), "ld.shared", 2).shape);
}

}  // namespace
}  // namespace warpscope::vgpu
