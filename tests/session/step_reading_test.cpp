// What a moment says, beside what can be worked out by hand.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "compute/session/step_condition.h"
#include "compute/session/step_navigation.h"
#include "tests/session/live_step.h"

namespace warpscope::tests {
namespace {

using session::LaneState;
using session::ValueFormat;

class StepReading : public LiveStep {
 protected:
  const session::StepRun& run() { return *session_.view()->run; }
  const session::StepMoment& moment() { return *session_.view()->moment; }
  std::vector<session::WarpRow> rows() { return session::warp_rows(run(), moment()); }
};

TEST_F(StepReading, TheLastWarpOfVectorAddHasEightLanesBehindTheGuard) {
  open("vector_add");
  // 1,000 elements: thread 992 is lane 0 of warp 31, which is warp 7 of block 3. Elements 992..999 exist.
  after(session::FollowWarp{3 * 8 + 7});
  go(StepGoal::kAtLine, Direction::kForward, line_with("sum[i] ="));
  const session::WarpRow row = rows()[7];
  EXPECT_EQ(row.active, 0xffU);
  for (std::size_t lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(row.lanes[lane], lane < 8 ? LaneState::kIssues : LaneState::kOff) << "lane " << lane;
  }
  EXPECT_EQ(value("i", 7), "999");
  EXPECT_EQ(session::thread_text(run().launch.block, session::thread_index(run(), moment().followed, 3)), "227");
}

TEST_F(StepReading, WarpsWaitAtTheBarrierUntilTheLastOneComes) {
  open("matmul_tiled");
  go(StepGoal::kBarrier);
  go(StepGoal::kInstruction);  // warp 0 comes to the barrier; the next time it runs the barrier has let go
  const auto position = moment().position;
  // Somewhere before, all other warps stood there.
  after(session::SeekTo{position - 1, false});
  const auto barriers = session::barrier_rows(run(), moment());
  ASSERT_EQ(barriers.size(), 1U);
  EXPECT_EQ(barriers[0].expected, 256U);
  EXPECT_EQ(barriers[0].line, line_with("__syncthreads();"));
  std::uint32_t waiting = 0;
  for (const session::WarpRow& row : rows()) {
    for (const LaneState state : row.lanes) waiting += state == LaneState::kAtBarrier ? 1 : 0;
  }
  EXPECT_EQ(waiting, barriers[0].arrived);
}

TEST_F(StepReading, ArraysUnfoldDownToTheirElements) {
  open("matmul_tiled");
  go(StepGoal::kBarrier);
  const std::vector<std::string> unfolded{"a_tile", "a_tile[1]"};
  bool has_element = false;
  for (const auto& row : session::variable_rows(run(), moment(), unfolded)) {
    if (row.path == "a_tile") {
      EXPECT_TRUE(row.has_parts);
      EXPECT_TRUE(row.is_shared);
    }
    if (row.path == "a_tile[1][3]") has_element = row.bytes == 4 && row.depth == 2 && !row.has_parts;
  }
  EXPECT_TRUE(has_element);
  const auto place = session::find_variable(run(), moment(), "a_tile[1][3]");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->offset_bytes, (16U + 3) * 4);
  EXPECT_FALSE(session::find_variable(run(), moment(), "a_tile[16][0]"));
  EXPECT_FALSE(session::find_variable(run(), moment(), "nobody"));
  const auto memory = session::memory_of(run(), moment(), *place, 0);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->space, vgpu::AccessSpace::kShared);
}

TEST_F(StepReading, AVariableOfAnInnerScopeIsSaidToBeOutOfScope) {
  open("matmul_tiled");
  go(StepGoal::kAtLine, Direction::kForward, line_with("a_tile[threadIdx.y][threadIdx.x] ="));
  for (const auto& row : session::variable_rows(run(), moment())) {
    if (row.name != "k") continue;
    EXPECT_FALSE(row.in_scope);
    EXPECT_EQ(row.declared_line, line_with("for (int k = 0"));
    return;
  }
  FAIL() << "k is not listed";
}

TEST_F(StepReading, CostsAreThoseOfTheTransposedTile) {
  open("transpose_shared");
  go(StepGoal::kAtLine, Direction::kForward, line_with("out[out_y * height + out_x] ="));
  bool found = false;
  while (!found && line() == line_with("out[out_y * height + out_x] =")) {
    for (const vgpu::Access& access : moment().followed_accesses) {
      if (access.space != vgpu::AccessSpace::kShared) continue;
      found = true;
      EXPECT_EQ(session::cost_of(access).wavefronts, 32);
      EXPECT_EQ(session::cost_of(access).fewest_wavefronts, 1);
    }
    if (!found) go(StepGoal::kInstruction);
  }
  EXPECT_TRUE(found);
}

TEST_F(StepReading, WordsThatNobodyWroteYetAreToldApart) {
  open("vector_add");
  const auto& sum = run().buffers[2];
  ASSERT_EQ(sum.first_write.size(), 1000U);
  const auto first = sum.first_write[0];
  ASSERT_NE(first, session::kNeverWritten);
  EXPECT_TRUE(session::is_never_written(sum, 0, first));
  EXPECT_FALSE(session::is_never_written(sum, 0, first + 1));
  EXPECT_FALSE(session::is_never_written(run().buffers[0], 0, 0)) << "the host filled it";
  EXPECT_EQ(sum.writes[999], 1U);
  EXPECT_EQ(run().buffers[0].reads[5], 1U);
}

TEST_F(StepReading, ValuesAreReadAndWrittenAsPeopleDo) {
  const float third = 1.0F / 3;
  std::vector<std::uint8_t> bytes(4);
  std::memcpy(bytes.data(), &third, 4);
  using kernels::ElementType;
  EXPECT_EQ(session::element_text(ElementType::kF32, bytes, ValueFormat::kNatural), "0.33333334");
  EXPECT_EQ(session::element_text(ElementType::kF32, bytes, ValueFormat::kHex), "0x3eaaaaab");
  EXPECT_EQ(session::element_text(ElementType::kI32, bytes, ValueFormat::kNatural), "1051372203");
  for (const ElementType type : {ElementType::kF32, ElementType::kF64, ElementType::kF16}) {
    for (const char* text : {"0.5", "-2", "1e3", "inf", "65504"}) {
      const auto parsed = session::parse_element(type, text);
      ASSERT_TRUE(parsed) << text;
      EXPECT_EQ(session::element_number(type, *parsed), std::strtod(text, nullptr)) << text;
    }
  }
  EXPECT_FALSE(session::parse_element(ElementType::kU8, "256"));
  EXPECT_FALSE(session::parse_element(ElementType::kI8, "-129"));
  EXPECT_TRUE(session::parse_element(ElementType::kI8, "-128"));
  EXPECT_FALSE(session::parse_element(ElementType::kI32, "1.5"));
  EXPECT_EQ(session::parse_element(ElementType::kU32, "0xffffffff")->size(), 4U);
}

TEST(StepValues, EveryHalfIsReadBackFromItsText) {
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(bits >> 8)};
    const std::string text = session::element_text(kernels::ElementType::kF16, bytes, ValueFormat::kNatural);
    const auto parsed = session::parse_element(kernels::ElementType::kF16, text);
    ASSERT_TRUE(parsed) << text;
    ASSERT_EQ(*parsed, bytes) << text;
  }
}

TEST(StepConditionTest, MistakesAreExplained) {
  EXPECT_TRUE(session::StepCondition::parse("sum > 100"));
  EXPECT_TRUE(session::StepCondition::parse("threadIdx.x == 3 && tile[3][5] != 0.5f || lane<2"));
  for (const char* wrong : {"", "sum", "sum >", "> 3", "a b == 3", "a === 3", "(a) > 3"}) {
    EXPECT_FALSE(session::StepCondition::parse(wrong)) << wrong;
  }
}

TEST_F(StepReading, AConditionSelectsLanes) {
  open("vector_add");
  go(StepGoal::kAtLine, Direction::kForward, line_with("sum[i] ="));
  const auto view = trace::find_warp(*run().program, run().launch, *moment().state, moment().followed);
  ASSERT_TRUE(view);
  const auto lanes = [&](const char* text) {
    const auto condition = session::StepCondition::parse(text);
    return condition->lanes(run(), *view, view->active()).value_or(0xdead);
  };
  EXPECT_EQ(lanes("i >= 30"), 0xc000'0000U);
  EXPECT_EQ(lanes("lane == 1 || threadIdx.x == 2"), 0b110U);
  EXPECT_EQ(lanes("i > 3 && i < 6"), 0b110000U);
  EXPECT_EQ(lanes("nobody == 1"), 0xdeadU);
}

}  // namespace
}  // namespace warpscope::tests
