// Accesses outside of memory and misuse of malloc, in real kernels.
#include "compute/vgpu/observers/check_memory.h"

#include <gtest/gtest.h>

#include "tests/vgpu/check_kernel.h"

namespace warpscope::vgpu {
namespace {

using tests::iota;
using tests::line_of;
using tests::texts;

class Memory : public tests::CheckTest<CheckMemory> {
 protected:
  Memory() : CheckTest("memory") {}

  const Finding& expect(const std::string& marker, const std::string& text) {
    static const Finding none;
    EXPECT_EQ(check_.findings().size(), 1U) << texts(check_.findings());
    if (check_.findings().empty()) return none;
    const Finding& f = check_.findings()[0];
    EXPECT_EQ(f.kind, FindingKind::kMemory);
    EXPECT_EQ(f.where.line, line_of("memory.cu", marker)) << f.message;
    EXPECT_NE(f.message.find(text), std::string::npos) << f.message;
    return f;
  }
};
INSTANTIATE_TEST_SUITE_P(Flavours, Memory, testing::Values("", "_debug"), tests::flavour_name);

TEST_P(Memory, OneElementTooMany) {
  kernel_.out(40).scalar(10);
  EXPECT_EQ(run("off_by_one", {1}, {32}), RunStatus::kFaulted);
  const Finding& f = expect("off-by-one", "buffer 0");
  EXPECT_EQ(f.at.thread, 10U);
  EXPECT_EQ(f.address, kernel_.address(0) + 40);
}
TEST_P(Memory, AllElementsAndNoMore) {
  kernel_.out(40).scalar(10);
  EXPECT_EQ(run("within", {1}, {32}), RunStatus::kDone);
  expect_clean();
}
TEST_P(Memory, Misaligned) {
  kernel_.out(40);
  EXPECT_EQ(run("misaligned", {1}, {1}), RunStatus::kFaulted);
  expect("misaligned", "multiple of 4");
}
TEST_P(Memory, Leaks) {
  kernel_.out(64);
  EXPECT_EQ(run("leaks", {2}, {4}), RunStatus::kDone);
  const Finding& f = expect("malloc", "leak: 16 bytes");
  EXPECT_EQ(f.count, 8U);
  EXPECT_EQ(f.severity, Severity::kWarning);
}
TEST_P(Memory, WhatIsFreedDoesNotLeak) {
  kernel_.out(64);
  EXPECT_EQ(run("frees", {2}, {4}), RunStatus::kDone);
  expect_clean();
}
TEST_P(Memory, UseAfterFree) {
  kernel_.out(64);
  EXPECT_EQ(run("use_after_free", {1}, {1}), RunStatus::kFaulted);
  const Finding& f = expect("use", "use after free");
  EXPECT_TRUE(f.has_other);
  EXPECT_EQ(f.other_where.line, line_of("memory.cu", "free"));
}
TEST_P(Memory, DoubleFree) {
  EXPECT_EQ(run("double_free", {1}, {1}), RunStatus::kFaulted);
  expect("double-free", "double free");
}
TEST_P(Memory, UseOfWhatTheHostFreed) {
  kernel_.out(40).scalar(10);
  ASSERT_TRUE(kernel_.memory().free(kernel_.address(0)));
  EXPECT_EQ(run("within", {1}, {32}), RunStatus::kFaulted);
  ASSERT_EQ(check_.findings().size(), 1U);
  EXPECT_NE(check_.findings()[0].message.find("use after free"), std::string::npos) << check_.findings()[0].message;
}

}  // namespace
}  // namespace warpscope::vgpu
