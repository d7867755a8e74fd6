// Searches through records written by hand: what comes next, forwards and backwards.
#include "compute/trace/navigate.h"

#include <gtest/gtest.h>

#include "tests/trace/traced_kernel.h"

namespace warpscope::trace {
namespace {

// Two lines of a kernel (pcs 0-2 and 3-5) and one of a function (6-8), by .loc.
const std::string kLines =
    ".version 7.0\n.target sm_70\n.address_size 64\n.file 1 \"k.cu\"\n"
    ".visible .entry k(.param .u64 out) {\n.reg .b32 %r<4>;\n"
    ".loc 1 10 1\nmov.u32 %r1, 1;\nmov.u32 %r1, 2;\nmov.u32 %r1, 3;\n"
    ".loc 1 11 1\nmov.u32 %r1, 4;\nmov.u32 %r1, 5;\nret;\n}\n"
    ".func f() {\n.reg .b32 %r<4>;\n.loc 1 20 1\nmov.u32 %r1, 1;\nmov.u32 %r1, 2;\nret;\n}\n";

class Navigate : public testing::Test {
 protected:
  void add(WarpIndex warp, Pc pc, std::uint16_t depth = 0, std::uint16_t flags = 0) {
    records.push_back({pc, ~0U, warp, depth, flags});
  }
  std::optional<Position> line(Position from, Direction direction, LineStep step, WarpIndex warp = 0) const {
    return find_line(records, from, direction, warp, step, lines);
  }
  std::vector<StepRecord> records;
  tests::Loaded loaded = tests::load(kLines);
  vgpu::SourceMap lines{*loaded.program};
  // The implicit ret of the kernel stands between: the function begins at 7.
  static constexpr Pc kFunction = 7;
};

TEST_F(Navigate, InstructionsOfAWarpAmongOthers) {
  for (const WarpIndex warp : {0U, 1U, 1U, 0U, 2U, 0U}) add(warp, 0);
  EXPECT_EQ(find_instruction(records, 0, Direction::kForward, 0), 3U);
  EXPECT_EQ(find_instruction(records, 3, Direction::kForward, 0), 5U);
  EXPECT_EQ(find_instruction(records, 5, Direction::kForward, 0), std::nullopt);
  EXPECT_EQ(find_instruction(records, 5, Direction::kBackward, 0), 3U);
  EXPECT_EQ(find_instruction(records, 6, Direction::kBackward, 2), 4U) << "from the end";
  EXPECT_EQ(find_instruction(records, 0, Direction::kBackward, 0), std::nullopt);
}

TEST_F(Navigate, StepsOfAKind) {
  add(0, 0);
  add(0, 1, 0, kBarrier);
  add(1, 1, 0, kBarrier | kGlobal);
  add(0, 2);
  const auto barrier = [](const StepRecord& r) { return (r.flags & kBarrier) != 0; };
  EXPECT_EQ(find_step(records, 0, Direction::kForward, barrier), 1U);
  EXPECT_EQ(find_step(records, 1, Direction::kForward, barrier), 2U);
  EXPECT_EQ(find_step(records, 2, Direction::kForward, barrier), std::nullopt);
  EXPECT_EQ(find_step(records, 4, Direction::kBackward, barrier), 2U);
}

TEST_F(Navigate, LinesForwardsAndBackToTheirBeginning) {
  for (Pc pc = 0; pc < 6; ++pc) {
    add(0, pc);
    add(1, pc);
  }
  EXPECT_EQ(line(0, Direction::kForward, LineStep::kInto), 6U);
  EXPECT_EQ(line(2, Direction::kForward, LineStep::kOver), 6U) << "from within the line";
  EXPECT_EQ(line(6, Direction::kForward, LineStep::kInto), std::nullopt);
  EXPECT_EQ(line(10, Direction::kBackward, LineStep::kInto), 0U) << "to the beginning of the line before";
  EXPECT_EQ(line(1, Direction::kForward, LineStep::kInto, 1), 7U);
  EXPECT_EQ(line(0, Direction::kForward, LineStep::kInto, 1), 1U) << "another warp: to its next step";
}

TEST_F(Navigate, IntoOverAndOutOfAFunction) {
  add(0, 0);                 // 0: line 10
  add(0, 1, 0, kCall);       // 1
  add(0, kFunction, 1);      // 2: line 20
  add(0, kFunction + 1, 1);  // 3
  add(0, kFunction + 2, 1, kReturn);
  add(0, 2);  // 5: line 10 again
  add(0, 3);  // 6: line 11
  EXPECT_EQ(line(0, Direction::kForward, LineStep::kInto), 2U);
  EXPECT_EQ(line(0, Direction::kForward, LineStep::kOver), 6U);
  EXPECT_EQ(line(3, Direction::kForward, LineStep::kOut), 5U);
  EXPECT_EQ(line(3, Direction::kForward, LineStep::kOver), 5U) << "at the end of a function: to who called it";
  EXPECT_EQ(line(0, Direction::kForward, LineStep::kOut), std::nullopt);
  EXPECT_EQ(line(6, Direction::kBackward, LineStep::kOver), 0U) << "over the call, to the beginning of its line";
  EXPECT_EQ(line(6, Direction::kBackward, LineStep::kInto), 5U);
  EXPECT_EQ(line(5, Direction::kBackward, LineStep::kInto), 2U);
  EXPECT_EQ(line(4, Direction::kBackward, LineStep::kOut), 0U);
}

TEST_F(Navigate, RoundsOfABlock) {
  // Block 1 of two warps; block 0 runs in between.
  for (const WarpIndex warp : {2U, 0U, 3U, 2U, 3U, 3U, 2U}) add(warp, 0);
  EXPECT_EQ(find_round(records, 0, Direction::kForward, 1, 2), 3U);
  EXPECT_EQ(find_round(records, 3, Direction::kForward, 1, 2), 5U) << "warp 3 comes again: a new round";
  EXPECT_EQ(find_round(records, 5, Direction::kForward, 1, 2), std::nullopt);
  EXPECT_EQ(find_round(records, 5, Direction::kBackward, 1, 2), 3U);
  EXPECT_EQ(find_round(records, 3, Direction::kBackward, 1, 2), 0U);
}

TEST_F(Navigate, LeadsThroughARealRunAndBackTheSameWay) {
  Timeline timeline = tests::traced(tests::kLoops, {2, 1, 1}, {64, 1, 1});
  timeline.record(1'000'000);
  const Records all = timeline.records();
  for (const WarpIndex warp : {0U, 1U, 2U, 3U}) {
    std::vector<Position> way;
    std::optional<Position> at = find_step(all, 0, Direction::kForward, [&](const auto& r) { return r.warp == warp; });
    if (warp == all[0].warp) at = 0;
    for (; at; at = find_instruction(all, *at, Direction::kForward, warp)) way.push_back(*at);
    ASSERT_GT(way.size(), 40U);
    at = all.size();
    for (std::size_t i = way.size(); i-- > 0;) {
      at = find_instruction(all, *at, Direction::kBackward, warp);
      ASSERT_EQ(at, way[i]);
    }
  }
}

}  // namespace
}  // namespace warpscope::trace
