// Kernels made up at random, with loops, branches, barriers, calls and ways out wherever lanes happen to be: traced,
// each leaves what it leaves without, and every warp is recorded once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "compute/device/virtual_device.h"
#include "compute/device/warp_trace.h"
#include "tests/device/stand_in.h"

namespace warpscope::device {
namespace {

// %r0 is the thread in the grid, %r1 a number that statements change and that says which way a lane goes. All of it
// ends: loops count down in a register of their own.
class MadeUp {
 public:
  explicit MadeUp(std::uint32_t seed) : random_(seed) {}

  std::string text() {
    return ".func (.param .b32 result) mix(.param .b32 value) {\n.reg .pred %p<2>; .reg .b32 %r<4>;\n"
           "ld.param.u32 %r1, [value];\n" +
           std::string(pick(2) == 0 ? exit_where(7) : "") +
           "mad.lo.u32 %r1, %r1, 1664525, 1013904223;\nst.param.b32 [result], %r1;\nret;\n}\n"
           ".visible .entry k(.param .u64 out) {\n.reg .pred %p<2>; .reg .b32 %r<30>; .reg .b64 %rd<3>;\n"
           "mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mov.u32 %r1, %tid.x;\nmad.lo.u32 %r0, %r2, %r3, %r1;\n"
           "ld.param.u64 %rd0, [out]; mad.wide.u32 %rd0, %r0, 4, %rd0;\n"
           "mad.lo.u32 %r1, %r0, 747796405, 2891336453;\n" +
           statements(0, true) + (pick(2) == 0 ? "ret;\n" : "") + "}\n";
  }

 private:
  std::uint32_t pick(std::uint32_t count) { return static_cast<std::uint32_t>(random_() % count); }
  // %p0: about one lane in `count`.
  std::string one_in(std::uint32_t count) {
    return fmt::format("shr.u32 %r2, %r1, {}; rem.u32 %r2, %r2, {}; setp.eq.u32 %p0, %r2, {};\n", pick(20), count,
                       pick(count));
  }
  std::string exit_where(std::uint32_t count) {
    if (pick(2) == 0) return one_in(count) + "@%p0 exit;\n";
    return one_in(count) + "@!%p0 bra STAY;\nexit;\nSTAY:\n";
  }
  std::string way_out() {
    const char* const out = pick(2) == 0 ? "ret" : "exit";
    if (pick(2) == 0) return one_in(5) + "@%p0 " + out + ";\n";
    const int label = label_++;
    return one_in(5) + fmt::format("@!%p0 bra L{0};\nst.global.u32 [%rd0], %r1;\n{1};\nL{0}:\n", label, out);
  }
  std::string branch(int depth) {
    const int label = label_++;
    const std::string condition = one_in(2 + pick(3));
    return condition + fmt::format("@%p0 bra ELSE{0};\n{{\n{1}}}\nbra END{0};\nELSE{0}:\n{{\n{2}}}\nEND{0}:\n", label,
                                   statements(depth + 1, false), statements(depth + 1, false));
  }
  std::string loop(int depth) {
    const int label = label_++;
    return fmt::format(
        "and.b32 %r{1}, %r1, 3;\nLOOP{0}:\n{2}setp.eq.u32 %p0, %r{1}, 0;\nsub.u32 %r{1}, %r{1}, 1;\n"
        "@!%p0 bra LOOP{0};\n",
        label, 10 + depth, statements(depth + 1, false));
  }
  std::string call() {
    return "{ .param .b32 v; .param .b32 w; st.param.b32 [v], %r1; call (w), mix, (v); ld.param.b32 %r1, [w]; }\n";
  }
  std::string statements(int depth, bool all_lanes_here) {
    std::string text;
    for (std::uint32_t i = 0, count = 1 + pick(4); i < count; ++i) {
      const std::uint32_t what = pick(depth < 3 ? 9 : 5);
      if (what == 0)
        text += way_out();
      else if (what == 1)
        text += call();
      else if (what == 2)
        text += "st.global.u32 [%rd0], %r1;\n";
      else if (what <= 4)
        text += fmt::format("mad.lo.u32 %r1, %r1, {}, {};\n", 1 + 2 * pick(1000), pick(1000));
      else if (what <= 6)
        text += branch(depth);
      else if (what == 7)
        text += loop(depth);
      else if (all_lanes_here)
        text += "barrier.sync 0;\n";
    }
    return text;
  }

  std::mt19937 random_;
  int label_ = 0;
};

testing::Bytes numbers(std::uint32_t count) {
  testing::Bytes bytes(std::size_t{4} * count);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
  return bytes;
}

TEST(WarpTraceProperty, RandomKernelsLeaveTheSameAndEveryWarpIsRecordedOnce) {
  std::uint64_t early = 0, warps = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    const std::string text = MadeUp(seed).text();
    const auto module = testing::module_of(text);
    ASSERT_NE(module, nullptr) << text;
    const std::uint32_t grid = 1 + seed % 3, block = 1 + seed * 29 % 130;
    testing::Bytes results[2];
    for (const bool traced : {false, true}) {
      VirtualDevice device;
      const testing::Bytes before = numbers(grid * block);
      const auto out = device.allocate(before.size(), "out");
      ASSERT_TRUE(out && device.write(*out, before));
      LaunchRequest request{"k", {grid}, {block}, 0, {testing::bytes_of(*out)}, {}};
      request.schedule = {static_cast<vgpu::WarpScheduler>(seed % 4), seed};
      if (traced) {
        const auto trace = trace_warps(device, module, request, {});
        ASSERT_TRUE(trace) << "seed " << seed << ": " << trace.error().text() << "\n" << text;
        ASSERT_FALSE(trace->report.fault) << "seed " << seed << ": " << trace->report.fault->message << "\n" << text;
        for (const ptx::WarpTraceRecord& record : trace->records) early += record.end_clock < 60;
        warps += trace->records.size();
      } else {
        ASSERT_TRUE(device.load(module));
        const auto report = device.launch(request, {});
        ASSERT_TRUE(report && !report->fault) << "seed " << seed << "\n" << text;
      }
      results[traced ? 1 : 0] = before;
      ASSERT_TRUE(device.read(*out, results[traced ? 1 : 0]));
    }
    ASSERT_EQ(results[1], results[0]) << "seed " << seed << "\n" << text;
  }
  EXPECT_GT(warps, 1000U);
  EXPECT_LT(early, warps / 2) << "most kernels do something";
}

}  // namespace
}  // namespace warpscope::device
