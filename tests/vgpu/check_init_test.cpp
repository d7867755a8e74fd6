// Reads of memory that nobody has written, in real kernels.
#include "compute/vgpu/observers/check_init.h"

#include <gtest/gtest.h>

#include "tests/vgpu/check_kernel.h"
#include "tests/vgpu/warp_kernel.h"

namespace warpscope::vgpu {
namespace {

using tests::iota;
using tests::line_of;
using tests::texts;

class Inits : public tests::CheckTest<CheckInit> {
 protected:
  Inits() : CheckTest("init") {}

  const Finding* expect(const std::string& marker, const std::string& space) {
    for (const Finding& f : check_.findings()) {
      EXPECT_EQ(f.where.line, line_of("init.cu", marker)) << f.message;
      EXPECT_NE(f.message.find(space), std::string::npos) << f.message;
      EXPECT_EQ(f.kind, FindingKind::kInit);
    }
    EXPECT_FALSE(check_.findings().empty());
    return check_.findings().empty() ? nullptr : &check_.findings()[0];
  }
};
INSTANTIATE_TEST_SUITE_P(Flavours, Inits, testing::Values("", "_debug"), tests::flavour_name);

TEST_P(Inits, TheHaloOfATile) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("halo_unwritten", {2}, {64});
  const Finding* f = expect("halo", "shared memory");
  ASSERT_NE(f, nullptr);
  EXPECT_TRUE((f->at.thread == 0 && f->address == 0) || (f->at.thread == 63 && f->address == 260)) << f->message;
}
TEST_P(Inits, TheHaloIsWritten) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("halo_written", {2}, {64});
  expect_clean();
}
TEST_P(Inits, AnAtomicReadsToo) {
  kernel_.out(4);
  run_to_the_end("shared_counter_unwritten", {1}, {32});
  expect("count", "shared memory");
}
TEST_P(Inits, LocalArrayHalfFull) {
  kernel_.in(iota(8)).out(32).scalar(4);
  run_to_the_end("local_array", {1}, {8});
  const Finding* f = expect("local", "local memory");
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->at.thread, 4U);
  EXPECT_EQ(f->count, 4U);
}
TEST_P(Inits, LocalArrayFull) {
  kernel_.in(iota(8)).out(32).scalar(8);
  run_to_the_end("local_array", {1}, {8});
  expect_clean();
}
TEST_P(Inits, GlobalMemoryTheHostNeverWrote) {
  kernel_.out(256).out(256);
  run_to_the_end("reads_global", {1}, {64});
  const Finding* f = expect("global", "global memory");
  ASSERT_NE(f, nullptr);
  EXPECT_NE(f->message.find("buffer 0"), std::string::npos);
}
TEST_P(Inits, GlobalMemoryTheHostWroteInPart) {
  kernel_.out(256).out(256);
  kernel_.write(0, 0, std::vector<std::uint8_t>(128, 1));
  run_to_the_end("reads_global", {1}, {64});
  const Finding* f = expect("global", "global memory");
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->at.thread, 32U);
}
TEST_P(Inits, GlobalMemoryTheKernelWrote) {
  kernel_.out(256).out(256);
  run_to_the_end("writes_then_reads", {1}, {64});
  expect_clean();
  const std::vector<Interval> all = {{0, 256}};
  for (const Allocation& a : kernel_.memory().allocations()) {
    if (a.address == kernel_.address(0) || a.address == kernel_.address(1)) {
      EXPECT_EQ(check_.written(a), all);
    }
  }
}
TEST_P(Inits, WhatAKernelWroteIsKnownByIntervals) {
  kernel_.in(std::vector<std::int64_t>(8, 0)).out(256);
  run_to_the_end("padding_by_member", {1}, {8});
  expect_clean();
  for (const Allocation& a : kernel_.memory().allocations()) {
    if (a.address != kernel_.address(1)) continue;
    const std::vector<Interval> written = check_.written(a);
    ASSERT_EQ(written.size(), 9U);  // the tag; the value with the next tag; ... ; the last value
    EXPECT_EQ(written[0], (Interval{0, 1}));
    EXPECT_EQ(written[1], (Interval{4, 9}));
    EXPECT_EQ(written[8], (Interval{60, 64}));
  }
}
TEST_P(Inits, PaddingThatIsCopiedAsAWholeIsRead) {
  kernel_.out(64).out(64);
  for (std::uint64_t i = 0; i < 8; ++i) {
    kernel_.write(0, i * 8, {7});
    kernel_.write(0, i * 8 + 4, {9, 0, 0, 0});
  }
  run_to_the_end("padding_as_whole", {1}, {8});
  const Finding* f = expect("padding", "global memory");
  ASSERT_NE(f, nullptr);
  EXPECT_NE(f->message.find("byte 1 of them"), std::string::npos) << f->message;
}
TEST_P(Inits, TheStackOfACallIsNew) {
  kernel_.out(256);
  run_to_the_end("stack_of_a_call", {1}, {64});
  expect("pick", "local memory");
}

// A function that reads its own stack before it has written it, said to come from `file`.
std::size_t findings_of_a_function_in(const std::string& file) {
  tests::WarpKernel kernel = tests::WarpKernel::from_text(
      ".version 7.0\n.target sm_70\n.address_size 64\n.file 1 \"kernel.cu\"\n.file 2 \"" + file +
      "\"\n.func f() {\n.local .align 4 .b8 stack[8];\n.reg .b32 %r<2>;\n.loc 2 7 1\nld.local.u32 %r1, "
      "[stack];\nret;\n}\n"
      ".visible .entry k() {\n.loc 1 3 1\ncall.uni f, ();\nret;\n}\n");
  CheckInit check;
  TextureTable textures;
  GlobalMemory memory = kernel.memory();
  RunOptions options;
  options.observers = {&check};
  const RunReport report =
      vgpu::run(kernel.shared_program(), kernel.launch("k", {1, 1, 1}, {32, 1, 1}), memory, textures, options);
  EXPECT_FALSE(report.fault) << report.fault->message;
  return check.findings().size();
}
TEST(InitOfTheToolkit, WhatItDoesWithItsOwnStackIsNotTold) {
  EXPECT_EQ(findings_of_a_function_in("mine.h"), 1U);
  EXPECT_EQ(findings_of_a_function_in("/usr/local/cuda/include/cooperative_groups.h"), 0U);
}

}  // namespace
}  // namespace warpscope::vgpu
