// What lanes hold, read from paused machines: registers of every width, memory of every space, variables by name.
#include "compute/trace/inspect.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/trace/traced_kernel.h"

namespace warpscope::trace {
namespace {

// Of a timeline's present position: the warp whose turn it is.
WarpView view_of(const Timeline& timeline, std::optional<WarpIndex> warp = {}) {
  const WarpIndex index = warp ? *warp : timeline.records()[timeline.position()].warp;
  const auto view = find_warp(timeline.program(), timeline.launch(), timeline.state(), index);
  EXPECT_TRUE(view);
  return *view;
}

// Goes to the first step of a warp at or behind which its pc is at a record with the flag.
void seek_to(Timeline& timeline, std::uint16_t flag) {
  for (std::uint64_t n = 0; n < timeline.size(); ++n) {
    if ((timeline.records()[n].flags & flag) == 0) continue;
    timeline.seek(n);
    return;
  }
  FAIL() << "no such step";
}

template <class T>
T value_of(const std::vector<std::uint8_t>& bytes) {
  T value{};
  EXPECT_EQ(bytes.size(), sizeof value);
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

const std::string kWidths =
    ".version 7.0\n.target sm_70\n.address_size 64\n.const .align 4 .u32 seven = 7;\n"
    ".visible .entry k(.param .u64 out) {\n.reg .b16 %h; .reg .b32 %r; .reg .b64 %rd<3>; .reg .f32 %f; .reg .pred %p;\n"
    ".local .align 4 .b8 stack[8];\n.shared .align 4 .b8 tile[128];\n"
    "mov.u32 %r, %tid.x;\ncvt.u16.u32 %h, %r;\ncvt.rn.f32.u32 %f, %r;\nmul.wide.u32 %rd1, %r, 1000000;\n"
    "setp.gt.u32 %p, %r, 4;\nst.local.u32 [stack+4], %r;\n.reg .b32 %at;\nmov.u32 %at, tile;\nshl.b32 %r, %r, 2;\n"
    "add.u32 %at, %at, %r;\nst.shared.u32 [%at], %r;\nbar.sync 0;\nret;\n}\n";

TEST(Inspect, RegistersOfEveryWidthAndMemoryOfEverySpace) {
  Timeline timeline = tests::traced(kWidths, {1, 1, 1}, {32, 1, 1});
  timeline.record(1000);
  seek_to(timeline, kBarrier);
  const WarpView view = view_of(timeline);
  const auto& registers = view.program->module->functions[0].registers;
  const auto read = [&](const std::string& name, int lane) {
    for (std::size_t i = 0; i < registers.size(); ++i) {
      if (registers[i].name == name) return read_register(view, lane, static_cast<int>(i));
    }
    ADD_FAILURE() << name;
    return std::uint64_t{0};
  };
  for (int lane = 0; lane < 32; ++lane) {
    const auto l = static_cast<std::uint64_t>(lane);
    EXPECT_EQ(read("%h", lane), l);
    EXPECT_EQ(read("%r", lane), 4 * l);
    EXPECT_EQ(read("%rd1", lane), 1'000'000 * l);
    EXPECT_EQ(read("%p", lane), lane > 4 ? 1U : 0U);
    EXPECT_EQ(value_of<std::uint32_t>(read_memory(view, lane, ptx::Space::kLocal, 4, 4)), l);
    EXPECT_EQ(value_of<std::uint32_t>(read_memory(view, 0, ptx::Space::kShared, 4 * l, 4)), 4 * l);
  }
  EXPECT_EQ(value_of<std::uint64_t>(read_memory(view, 0, ptx::Space::kParam, 0, 8)),
            value_of<std::uint64_t>(view.launch->parameters));
  EXPECT_EQ(value_of<std::uint32_t>(read_memory(view, 0, ptx::Space::kConst, view.program->variable_addresses[0], 4)),
            7U);
  EXPECT_TRUE(read_memory(view, 0, ptx::Space::kShared, 126, 4).empty()) << "beyond its end";
  EXPECT_TRUE(read_memory(view, 0, ptx::Space::kGlobal, 16, 4).empty()) << "nothing is there";
  EXPECT_TRUE(read_memory(view, 0, ptx::Space::kLocal, ~0ULL - 1, 4).empty());
}

TEST(Inspect, WarpsThatHaveNotBegunOrHaveEndedAreNotThere) {
  Timeline timeline = tests::traced(tests::kLoops, {2, 1, 1}, {64, 1, 1});
  timeline.record(1'000'000);
  timeline.seek(0);
  EXPECT_TRUE(find_warp(timeline.program(), timeline.launch(), timeline.state(), 0));
  EXPECT_TRUE(find_warp(timeline.program(), timeline.launch(), timeline.state(), 1));
  EXPECT_FALSE(find_warp(timeline.program(), timeline.launch(), timeline.state(), 2)) << "block 1 comes later";
  timeline.seek(timeline.size());
  EXPECT_FALSE(find_warp(timeline.program(), timeline.launch(), timeline.state(), 0));
}

// The tiled product as nvcc -G compiles it, 16 x 16: a[i] = i, b[i] = 1.
class TiledProduct : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(WARPSCOPE_SOURCE_DIR) + "/assets/ptx/matmul_tiled.debug.ptx");
    std::ostringstream text;
    text << file.rdbuf();
    loaded = tests::load(text.str());
    vgpu::Launch launch;
    launch.function = loaded.program->find_function("matmul_tiled");
    launch.grid = {1, 1, 1};
    launch.block = {16, 16, 1};
    std::vector<float> numbers(256);
    for (std::size_t i = 0; i < 256; ++i) numbers[i] = static_cast<float>(i);
    const std::uint64_t a = put(numbers), b = put(std::vector<float>(256, 1)), c = put(std::vector<float>(256, 0));
    const std::int32_t n = 16;
    launch.parameters.resize(28);
    std::memcpy(launch.parameters.data(), &a, 8);
    std::memcpy(launch.parameters.data() + 8, &b, 8);
    std::memcpy(launch.parameters.data() + 16, &c, 8);
    std::memcpy(launch.parameters.data() + 24, &n, 4);
    timeline = std::make_unique<Timeline>(*Timeline::create(loaded.program, launch, loaded.memory, {}));
    while (!timeline->has_ended()) timeline->record(100'000);
    debug = ptx::DebugInfo::read(*loaded.program->module);
  }
  std::uint64_t put(const std::vector<float>& values) {
    const std::uint64_t address = *loaded.memory.allocate(values.size() * 4, vgpu::AllocationKind::kBuffer, "matrix");
    EXPECT_TRUE(
        loaded.memory.write(address, {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * 4}));
    return address;
  }
  std::vector<std::uint8_t> variable(const WarpView& view, int lane, const std::string& name) {
    std::vector<std::uint8_t> bytes;
    for (const ptx::VariableInfo* v : debug.variables(view.function(), view.instruction())) {
      if (v->name != name) continue;
      bytes = read_variable(view, lane, *v, debug.types()[static_cast<std::size_t>(v->type)]);
    }
    return bytes;
  }
  tests::Loaded loaded;
  std::unique_ptr<Timeline> timeline;
  ptx::DebugInfo debug;
};

TEST_F(TiledProduct, ShowsItsVariablesByName) {
  // The second barrier a warp comes to: the tile is full, and its sum is done (there is one tile only).
  const auto& records = timeline->records();
  std::uint64_t at = 0;
  for (int barriers = 0; at < records.size(); ++at) {
    if (records[at].warp == 3 && (records[at].flags & kBarrier) != 0 && ++barriers == 2) break;
  }
  timeline->seek(at);
  const WarpView view = view_of(*timeline);
  for (int lane = 0; lane < 32; ++lane) {
    const int row = 6 + lane / 16, column = lane % 16;
    EXPECT_EQ(value_of<std::int32_t>(variable(view, lane, "n")), 16);
    EXPECT_EQ(value_of<std::int32_t>(variable(view, lane, "row")), row);
    EXPECT_EQ(value_of<std::int32_t>(variable(view, lane, "column")), column);
    // The sum of a row of a: 16 numbers from 16 * row on.
    EXPECT_EQ(value_of<float>(variable(view, lane, "sum")), static_cast<float>(16 * 16 * row + 120));
  }
  const std::vector<std::uint8_t> tile = variable(view, 0, "a_tile");
  ASSERT_EQ(tile.size(), 1024U);
  float element = 0;
  std::memcpy(&element, tile.data() + 4 * (3 * 16 + 5), 4);
  EXPECT_EQ(element, 53.0F) << "a_tile[3][5]";
  seek_to(*timeline, kShared);
  const std::vector<std::uint8_t> before = variable(view_of(*timeline), 0, "a_tile");
  EXPECT_EQ(before, std::vector<std::uint8_t>(1024, 0)) << "back before the first store nothing is in it";
}

}  // namespace
}  // namespace warpscope::trace
