// How lanes part, meet, wait and call: small kernels whose outcome is worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "compute/ptx/parser.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

constexpr const char* kHead = ".version 7.0\n.target sm_70\n.address_size 64\n";

// A kernel `k(.param .u64 out)` whose threads each write one u32: what `body` leaves in %r0.
struct KernelRun {
  RunReport report;
  std::vector<std::uint32_t> out;
};

std::string kernel(const std::string& body, const std::string& before = "") {
  return std::string(kHead) + before +
         ".visible .entry k(.param .u64 out) {\n"
         ".reg .b32 %r<16>; .reg .b64 %rd<16>; .reg .pred %p<8>; .reg .f32 %f<8>;\n" +
         body +
         "\nld.param.u64 %rd1, [out];\nmov.u32 %r15, %tid.x;\nmov.u32 %r14, %ctaid.x;\nmov.u32 %r13, %ntid.x;\n"
         "mad.lo.s32 %r15, %r14, %r13, %r15;\nmul.wide.u32 %rd2, %r15, 4;\nadd.s64 %rd1, %rd1, %rd2;\n"
         "st.global.u32 [%rd1], %r0;\nret;\n}\n";
}

KernelRun run_text(const std::string& text, std::uint32_t threads, std::uint32_t blocks = 1,
                   const RunOptions& options = {}) {
  KernelRun result;
  auto module = ptx::parse(text, "test.ptx");
  if (!module) {
    ADD_FAILURE() << module.error().front().text();
    return result;
  }
  GlobalMemory memory;
  const auto program = Program::load(std::make_shared<const ptx::Module>(std::move(*module)), memory);
  if (!program) {
    ADD_FAILURE() << program.error().front().text();
    return result;
  }
  Launch launch;
  launch.function = (*program)->find_function("k");
  launch.grid = {blocks, 1, 1};
  launch.block = {threads, 1, 1};
  const std::size_t bytes = std::size_t{threads} * blocks * 4;
  const std::uint64_t address = *memory.allocate(bytes, AllocationKind::kBuffer, "out");
  launch.parameters.resize(8);
  std::memcpy(launch.parameters.data(), &address, 8);
  TextureTable textures;
  auto in_pieces = Machine::create(*program, launch, memory);
  result.report = run(*program, launch, memory, textures, options);
  if (in_pieces && options.threads == 1) {  // one step at a time it comes to the same
    while (in_pieces->run(1) == 1) {
    }
    EXPECT_EQ(in_pieces->state().memory.hash(), memory.hash());
    EXPECT_EQ(in_pieces->state().steps, result.report.warp_instructions);
    EXPECT_EQ(in_pieces->state().fault.has_value(), result.report.fault.has_value());
  }
  result.out.resize(std::size_t{threads} * blocks);
  EXPECT_TRUE(memory.read(address, {reinterpret_cast<std::uint8_t*>(result.out.data()), bytes}));
  return result;
}

TEST(Engine, BothSidesOfABranchRunAndMeetAgain) {
  // Odd lanes take 7, even ones 5; behind the branch activemask must be whole.
  const KernelRun done =
      run_text(kernel("mov.u32 %r1, %tid.x;\nand.b32 %r2, %r1, 1;\nsetp.eq.s32 %p1, %r2, 0;\n@%p1 bra EVEN;\n"
                      "mov.u32 %r3, 7;\nbra JOIN;\nEVEN:\nmov.u32 %r3, 5;\nJOIN:\nactivemask.b32 %r4;\n"
                      "popc.b32 %r4, %r4;\nmad.lo.s32 %r0, %r4, 100, %r3;"),
               32);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], 3200 + (i % 2 == 0 ? 5 : 7)) << i;
}

TEST(Engine, LanesThatLeaveALoopAtDifferentTimesMeetBehindIt) {
  const KernelRun done =
      run_text(kernel("mov.u32 %r1, %tid.x;\nmov.u32 %r2, 0;\nLOOP:\nsetp.ge.u32 %p1, %r2, %r1;\n@%p1 bra OUT;\n"
                      "add.s32 %r2, %r2, 1;\nbra LOOP;\nOUT:\nactivemask.b32 %r4;\npopc.b32 %r4, %r4;\n"
                      "mad.lo.s32 %r0, %r4, 100, %r2;"),
               32);
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], 3200 + i) << i;
}

TEST(Engine, ALaneThatHoldsALockGoesOnThoughItsWarpSpins) {
  // Every lane takes the lock in turn, counts, and lets it go: without progress for diverged lanes this never ends.
  const std::string lock = ".global .align 4 .u32 lock = 0;\n.global .align 4 .u32 count = 0;\n";
  const KernelRun done =
      run_text(kernel("mov.u64 %rd3, lock;\nmov.u64 %rd4, count;\nSPIN:\natom.global.cas.b32 %r1, [%rd3], 0, 1;\n"
                      "setp.ne.s32 %p1, %r1, 0;\n@%p1 bra SPIN;\nld.volatile.global.u32 %r0, [%rd4];\n"
                      "add.s32 %r2, %r0, 1;\nst.volatile.global.u32 [%rd4], %r2;\nmembar.gl;\n"
                      "atom.global.exch.b32 %r3, [%rd3], 0;",
                      lock),
               64);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  std::vector<std::uint32_t> order = done.out;
  std::sort(order.begin(), order.end());
  for (std::uint32_t i = 0; i < 64; ++i) EXPECT_EQ(order[i], i) << "nobody was counted twice";
}

TEST(Engine, AWarpWaitsForAnotherThroughMemory) {
  // Warp 0 polls a flag that warp 1 sets.
  const std::string flag = ".global .align 4 .u32 flag = 0;\n";
  const KernelRun done =
      run_text(kernel("mov.u64 %rd3, flag;\nmov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 32;\n@%p1 bra WAIT;\n"
                      "mov.u32 %r2, 9;\nst.volatile.global.u32 [%rd3], %r2;\nbra DONE;\nWAIT:\n"
                      "ld.volatile.global.u32 %r2, [%rd3];\nsetp.eq.s32 %p2, %r2, 0;\n@%p2 bra WAIT;\nDONE:\n"
                      "mov.u32 %r0, %r2;",
                      flag),
               64);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  EXPECT_THAT(done.out, Each(9U));
}

TEST(Engine, BlocksWaitForEachOtherAsAGridBarrierDoes) {
  const std::string count = ".global .align 4 .u32 count = 0;\n";
  for (const int threads : {1, 2}) {
    RunOptions options;
    options.threads = threads;
    const KernelRun done =
        run_text(kernel("mov.u64 %rd3, count;\natom.global.add.u32 %r1, [%rd3], 1;\nWAIT:\n"
                        "ld.volatile.global.u32 %r0, [%rd3];\nsetp.lt.u32 %p1, %r0, 640;\n@%p1 bra WAIT;",
                        count),
                 64, 10, options);
    ASSERT_FALSE(done.report.fault) << done.report.fault->message;
    EXPECT_THAT(done.out, Each(640U)) << threads << " threads";
  }
}

TEST(Engine, ABarrierOrdersTheWarpsOfABlock) {
  // Each thread reads what the thread half a block away wrote.
  const KernelRun done =
      run_text(kernel(".shared .align 4 .b8 tile[1024];\nmov.u32 %r1, %tid.x;\nmov.u32 %r2, tile;\n"
                      "shl.b32 %r3, %r1, 2;\nadd.s32 %r3, %r2, %r3;\nst.shared.u32 [%r3], %r1;\nbar.sync 0;\n"
                      "xor.b32 %r4, %r1, 128;\nshl.b32 %r4, %r4, 2;\nadd.s32 %r4, %r2, %r4;\n"
                      "ld.shared.u32 %r0, [%r4];"),
               256);
  for (std::uint32_t i = 0; i < 256; ++i) EXPECT_EQ(done.out[i], i ^ 128U);
}

TEST(Engine, ABarrierReducesAPredicateOverTheBlock) {
  const KernelRun done =
      run_text(kernel("mov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 10;\nbar.red.popc.u32 %r0, 0, %p1;\n"
                      "bar.red.or.pred %p2, 0, %p1;\nbar.red.and.pred %p3, 0, %p1;\n@%p2 add.s32 %r0, %r0, 100;\n"
                      "@%p3 add.s32 %r0, %r0, 1000;"),
               96);
  EXPECT_THAT(done.out, Each(110U));
}

TEST(Engine, ThreadsThatHaveExitedAreNotWaitedForAtABarrier) {
  const KernelRun done =
      run_text(kernel("mov.u32 %r1, %tid.x;\nsetp.ge.u32 %p1, %r1, 40;\n@%p1 exit;\nbar.sync 0;\nmov.u32 %r0, 3;"), 96);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  for (std::uint32_t i = 0; i < 96; ++i) EXPECT_EQ(done.out[i], i < 40 ? 3U : 0U);
}

TEST(Engine, ADeadlockIsReportedAndNotWaitedFor) {
  // Barrier 1 for two warps, to which only one comes.
  const KernelRun done = run_text(
      kernel("mov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 32;\n@!%p1 bra END;\nbar.sync 1, 64;\nEND:\nmov.u32 %r0, 1;"),
      64);
  ASSERT_TRUE(done.report.fault);
  EXPECT_EQ(done.report.fault->kind, FaultKind::kDeadlock);
  EXPECT_THAT(done.report.fault->message, HasSubstr("barrier 1"));
}

constexpr const char* kFactorial =
    ".func (.param .b32 result) factorial(.param .b32 n) {\n.reg .b32 %r<4>; .reg .pred %p;\nld.param.b32 %r1, [n];\n"
    "setp.gt.s32 %p, %r1, 1;\n@%p bra MORE;\nmov.b32 %r2, 1;\nst.param.b32 [result], %r2;\nret;\nMORE:\nsub.s32 %r2, "
    "%r1, 1;\n"
    "{\n.param .b32 a;\n.param .b32 b;\nst.param.b32 [a], %r2;\ncall (b), factorial, (a);\nld.param.b32 %r3, [b];\n}\n"
    "mul.lo.s32 %r3, %r3, %r1;\nst.param.b32 [result], %r3;\nret;\n}\n";

TEST(Engine, FunctionsCallThemselvesToDifferentDepthsInEachLane) {
  const KernelRun done = run_text(
      kernel("mov.u32 %r1, %tid.x;\nrem.u32 %r1, %r1, 10;\n{\n.param .b32 a;\n.param .b32 b;\nst.param.b32 [a], %r1;\n"
             "call (b), factorial, (a);\nld.param.b32 %r0, [b];\n}\nactivemask.b32 %r4;\nsetp.ne.s32 %p1, %r4, -1;\n"
             "@%p1 mov.u32 %r0, 0;",
             kFactorial),
      64);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  const std::uint32_t expected[] = {1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880};
  for (std::uint32_t i = 0; i < 64; ++i) EXPECT_EQ(done.out[i], expected[i % 10]) << i;
}

TEST(Engine, EndlessRecursionIsAStackOverflow) {
  const KernelRun done = run_text(
      kernel("call forever;\nmov.u32 %r0, 1;", ".func forever() {\n.local .b8 x[64];\ncall forever;\nret;\n}\n"), 32);
  ASSERT_TRUE(done.report.fault);
  EXPECT_EQ(done.report.fault->kind, FaultKind::kStackOverflow);
}

TEST(Engine, EachLaneCallsTheFunctionItsPointerNames) {
  const std::string functions =
      ".func (.param .b32 r) two(.param .b32 x) {\n.reg .b32 %a;\nld.param.b32 %a, [x];\nshl.b32 %a, %a, "
      "1;\nst.param.b32 [r], %a;\nret;\n}\n"
      ".func (.param .b32 r) three(.param .b32 x) {\n.reg .b32 %a;\nld.param.b32 %a, [x];\nmul.lo.s32 %a, %a, "
      "3;\nst.param.b32 [r], %a;\nret;\n}\n"
      ".global .align 8 .u64 table[2] = {two, three};\n";
  const KernelRun done =
      run_text(kernel("mov.u32 %r1, %tid.x;\nand.b32 %r2, %r1, 1;\nmul.wide.u32 %rd3, %r2, 8;\nmov.u64 %rd4, "
                      "table;\nadd.s64 %rd4, %rd4, %rd3;\n"
                      "ld.global.u64 %rd5, [%rd4];\n{\n.param .b32 a;\n.param .b32 b;\nst.param.b32 [a], %r1;\n"
                      "prototype_0 : .callprototype (.param .b32 _) _ (.param .b32 _);\ncall (b), %rd5, (a), "
                      "prototype_0;\nld.param.b32 %r0, [b];\n}",
                      functions),
               32);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], i % 2 == 0 ? 2 * i : 3 * i) << i;
}

TEST(Engine, AJumpTableSendsEachLaneItsWay) {
  const KernelRun done = run_text(
      kernel("mov.u32 %r1, %tid.x;\nand.b32 %r2, %r1, 3;\nways: .branchtargets A, B, C, A;\nbrx.idx %r2, ways;\n"
             "A:\nmov.u32 %r0, 10;\nbra E;\nB:\nmov.u32 %r0, 20;\nbra E;\nC:\nmov.u32 %r0, 30;\nE:\n"
             "activemask.b32 %r4;\npopc.b32 %r4, %r4;\nadd.s32 %r0, %r0, %r4;"),
      32);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  const std::uint32_t expected[] = {42, 52, 62, 42};
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], expected[i % 4]) << i;
}

TEST(Engine, LanesOfBothSidesOfABranchMeetAtAWarpBarrier) {
  const KernelRun done =
      run_text(kernel("mov.u32 %r1, %laneid;\nsetp.lt.u32 %p1, %r1, 16;\n@%p1 bra LOW;\nbar.warp.sync 0xffffffff;\n"
                      "mov.u32 %r0, 1;\nbra END;\nLOW:\nbar.warp.sync 0xffffffff;\nmov.u32 %r0, 2;\nEND:"),
               32);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], i < 16 ? 2U : 1U);
}

TEST(Engine, AFaultNamesItsThreadAndTheProcessGoesOn) {
  const KernelRun done = run_text(
      kernel("mov.u32 %r1, %tid.x;\nsetp.ne.u32 %p1, %r1, 37;\n@%p1 bra FINE;\ntrap;\nFINE:\nmov.u32 %r0, 1;"), 64);
  ASSERT_TRUE(done.report.fault);
  EXPECT_EQ(done.report.fault->kind, FaultKind::kTrap);
  EXPECT_EQ(done.report.fault->thread, 37U);
  EXPECT_GT(done.report.fault->line, 0);
}

TEST(Engine, WhatCannotBeExecutedStopsOnlyTheKernelThatNeedsIt) {
  const std::string other = ".visible .entry other() {\nwgmma.fence.sync.aligned;\nret;\n}\n";
  const std::string text = kernel("mov.u32 %r0, 4;", other);
  EXPECT_THAT(run_text(text, 32).out, Each(4U));
  auto module = ptx::parse(text, "test.ptx");
  ASSERT_TRUE(module);
  GlobalMemory memory;
  const auto program = Program::load(std::make_shared<const ptx::Module>(std::move(*module)), memory);
  ASSERT_TRUE(program);
  Launch launch;
  launch.function = (*program)->find_function("other");
  const auto refused = check_launch(**program, launch);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("test.ptx:5:1: 'wgmma.fence.sync.aligned'"));
}

TEST(Machine, StepsOneByOneAsItRunsAtOnceAndGoesBackToACopy) {
  auto module =
      ptx::parse(kernel("mov.u32 %r1, %tid.x;\nmov.u32 %r2, 0;\nLOOP:\nsetp.ge.u32 %p1, %r2, %r1;\n@%p1 bra OUT;\n"
                        "add.s32 %r2, %r2, 1;\nbra LOOP;\nOUT:\nbar.sync 0;\nmov.u32 %r0, %r2;"),
                 "test.ptx");
  ASSERT_TRUE(module);
  GlobalMemory memory;
  const auto program = Program::load(std::make_shared<const ptx::Module>(std::move(*module)), memory);
  Launch launch;
  launch.function = (*program)->find_function("k");
  launch.grid = {3, 1, 1};
  launch.block = {48, 1, 1};
  const std::uint64_t address = *memory.allocate(3 * 48 * 4, AllocationKind::kBuffer, "out");
  launch.parameters.resize(8);
  std::memcpy(launch.parameters.data(), &address, 8);
  auto whole = Machine::create(*program, launch, memory), steps = Machine::create(*program, launch, memory);
  ASSERT_TRUE(whole && steps);
  const std::uint64_t total = whole->run(1'000'000);
  std::vector<std::uint64_t> hashes;
  MachineState middle;
  while (steps->state().status == RunStatus::kRunning) {
    if (hashes.size() == total / 2) middle = steps->state();
    hashes.push_back(steps->state().hash());
    if (steps->run(1) == 0) break;
  }
  EXPECT_EQ(steps->state().hash(), whole->state().hash());
  EXPECT_GE(hashes.size(), total);
  for (std::size_t i = 1; i < total; ++i) ASSERT_NE(hashes[i], hashes[i - 1]) << "a step that changes nothing: " << i;
  steps->restore(middle);
  EXPECT_EQ(steps->state().hash(), hashes[total / 2]);
  steps->run(1'000'000);
  EXPECT_EQ(steps->state().hash(), whole->state().hash()) << "a state that went on elsewhere is not changed by it";
}

TEST(Engine, LanesInDifferentFunctionsKeepTheirRegisters) {
  // Three functions whose registers differ in width. Each parts its lanes once, so that some wait for others of their
  // function while those of another function run.
  const std::string functions =
      ".func (.param .b32 out) f0(.param .b32 x) {\n.reg .b64 %a<9>; .reg .b32 %r<4>; .reg .pred %p;\n"
      "ld.param.u32 %r1, [x];\ncvt.u64.u32 %a1, %r1;\nmul.lo.u64 %a2, %a1, 1000;\nand.b32 %r2, %r1, 4;\n"
      "setp.eq.u32 %p, %r2, 0;\n@%p bra A;\nadd.u64 %a2, %a2, 5;\nbra B;\nA:\nadd.u64 %a2, %a2, 7;\nB:\n"
      "add.u64 %a3, %a2, %a1;\ncvt.u32.u64 %r3, %a3;\nst.param.b32 [out], %r3;\nret;\n}\n"
      ".func (.param .b32 out) f1(.param .b32 x) {\n.reg .b32 %a<9>; .reg .b16 %h<9>; .reg .pred %p;\n"
      "ld.param.u32 %a1, [x];\nmul.lo.u32 %a2, %a1, 2000;\nand.b32 %a3, %a1, 8;\nsetp.eq.u32 %p, %a3, 0;\n"
      "@%p bra A;\nadd.u32 %a2, %a2, 11;\nbra B;\nA:\nadd.u32 %a2, %a2, 13;\nB:\nadd.u32 %a4, %a2, %a1;\n"
      "st.param.b32 [out], %a4;\nret;\n}\n"
      ".func (.param .b32 out) f2(.param .b32 x) {\n.reg .b16 %h<9>; .reg .b64 %d<3>; .reg .b32 %a<9>; .reg .pred %p;\n"
      "ld.param.u32 %a1, [x];\ncvt.u16.u32 %h1, %a1;\nmul.lo.u16 %h2, %h1, 300;\nand.b32 %a3, %a1, 16;\n"
      "setp.eq.u32 %p, %a3, 0;\n@%p bra A;\nadd.u16 %h2, %h2, 17;\nbra B;\nA:\nadd.u16 %h2, %h2, 19;\nB:\n"
      "cvt.u32.u16 %a4, %h2;\nadd.u32 %a4, %a4, %a1;\nst.param.b32 [out], %a4;\nret;\n}\n"
      ".global .align 8 .u64 table[3] = {f0, f1, f2};\n";
  const KernelRun done =
      run_text(kernel("mov.u32 %r1, %tid.x;\nrem.u32 %r2, %r1, 3;\nmov.u64 %rd3, table;\nmul.wide.u32 %rd4, %r2, 8;\n"
                      "add.s64 %rd3, %rd3, %rd4;\nld.global.u64 %rd5, [%rd3];\n{\n.param .b32 p;\n.param .b32 q;\n"
                      "st.param.b32 [p], %r1;\nproto: .callprototype (.param .b32 _) _ (.param .b32 _);\n"
                      "call (q), %rd5, (p), proto;\nld.param.b32 %r0, [q];\n}\n",
                      functions),
               32);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  for (std::uint32_t i = 0; i < 32; ++i) {
    const std::uint32_t want[] = {i * 1000 + ((i & 4) == 0 ? 7 : 5) + i, i * 2000 + ((i & 8) == 0 ? 13 : 11) + i,
                                  i * 300 + ((i & 16) == 0 ? 19 : 17) + i};
    EXPECT_EQ(done.out[i], want[i % 3]) << i;
  }
}

// ---- Lanes of one instruction with different member masks

// %r1 is the lane, %r2 the mask of its group of eight, %p1 whether the lane is a multiple of three.
const std::string kGroups =
    "mov.u32 %r1, %tid.x;\nand.b32 %r3, %r1, 24;\nmov.u32 %r2, 255;\nshl.b32 %r2, %r2, %r3;\n"
    "rem.u32 %r4, %r1, 3;\nsetp.eq.u32 %p1, %r4, 0;\n";
constexpr std::uint32_t kThirds = 0x4924'9249U;

std::uint32_t group_of(std::uint32_t lane) {
  return 0xffU << (lane & 24);
}

TEST(MemberMasks, GroupsOfAWarpVoteForThemselves) {
  const KernelRun done = run_text(kernel(kGroups + "vote.sync.ballot.b32 %r0, %p1, %r2;"), 32);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], kThirds & group_of(i)) << i;
}

TEST(MemberMasks, GroupsOfAWarpAgreeForThemselves) {
  // Lanes below 16 are of one mind in their groups, the others are not.
  const KernelRun done = run_text(kernel(kGroups + "setp.lt.u32 %p2, %r1, 20;\nvote.sync.all.pred %p3, %p2, %r2;\n"
                                                   "vote.sync.any.pred %p4, %p2, %r2;\nselp.u32 %r5, 1, 0, %p3;\n"
                                                   "selp.u32 %r6, 2, 0, %p4;\nadd.u32 %r0, %r5, %r6;"),
                                  32);
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], i < 16 ? 3U : i < 24 ? 2U : 0U) << i;
}

TEST(MemberMasks, GroupsOfAWarpReduceAndMatchForThemselves) {
  std::string text = kernel(kGroups +
                            "redux.sync.add.u32 %r5, %r1, %r2;\nmatch.any.sync.b32 %r6, %r4, %r2;\n"
                            "shl.b32 %r5, %r5, 24;\nxor.b32 %r0, %r5, %r6;");
  text.replace(text.find("sm_70"), 5, "sm_80");
  const KernelRun done = run_text(text, 32);
  for (std::uint32_t i = 0; i < 32; ++i) {
    std::uint32_t sum = 0, alike = 0;
    for (std::uint32_t other = i & 24; other < (i & 24) + 8; ++other) {
      sum += other;
      if (other % 3 == i % 3) alike |= 1U << other;
    }
    EXPECT_EQ(done.out[i], (sum << 24) ^ alike) << i;
  }
}

TEST(MemberMasks, AGroupWaitsForItsMissingLaneWhileOthersGoOn) {
  // Lane 3 votes in a place of its own; the others of its group wait until it does.
  const KernelRun done = run_text(kernel(kGroups + "setp.ne.u32 %p2, %r1, 3;\nmov.u32 %r0, 77;\n"
                                                   "@%p2 vote.sync.ballot.b32 %r0, %p1, %r2;\n"
                                                   "@!%p2 vote.sync.ballot.b32 %r0, %p1, %r2;"),
                                  32);
  ASSERT_FALSE(done.report.fault) << done.report.fault->message;
  for (std::uint32_t i = 0; i < 32; ++i) {
    const std::uint32_t together = i == 3 ? 1U << 3 : i < 8 ? 0xf7U : group_of(i);
    EXPECT_EQ(done.out[i], kThirds & together) << i;
  }
}

TEST(MemberMasks, GroupsThatLeaveALoopOneAfterTheOther) {
  const KernelRun done = run_text(kernel(kGroups + "shr.u32 %r5, %r1, 3;\nmov.u32 %r0, 0;\nmov.u32 %r6, 0;\nLOOP:\n"
                                                   "vote.sync.ballot.b32 %r7, %p1, %r2;\nadd.u32 %r0, %r0, %r7;\n"
                                                   "add.u32 %r6, %r6, 1;\nsetp.le.u32 %p2, %r6, %r5;\n@%p2 bra LOOP;"),
                                  32);
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], (kThirds & group_of(i)) * (i / 8 + 1)) << i;
}

}  // namespace
}  // namespace warpscope::vgpu
