// Edits of a paused machine: what was written is read back, what cannot be is refused, and history forks there.
#include "compute/trace/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "compute/trace/inspect.h"
#include "tests/trace/traced_kernel.h"

namespace warpscope::trace {
namespace {

using ::testing::HasSubstr;
using vgpu::AccessSpace;
using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(std::uint32_t value) {
  Bytes bytes(4);
  std::memcpy(bytes.data(), &value, 4);
  return bytes;
}

std::uint32_t word_at(const vgpu::MachineState& state, std::uint64_t address) {
  Bytes bytes(4);
  EXPECT_TRUE(state.memory.read(address, bytes));
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), 4);
  return value;
}

// A lane's word of the tile is set to 77 once all have written theirs.
struct Forked {
  std::uint64_t position = 0;
  std::vector<Edit> edits;
};
Forked fork_at_the_barrier(Timeline& timeline) {
  Forked forked;
  while ((timeline.records()[forked.position].flags & kBarrier) == 0) ++forked.position;
  ++forked.position;
  const auto set = [](std::uint64_t word, std::uint32_t value) {
    return [=](vgpu::MachineState& state) {
      ASSERT_TRUE(write_memory(state, {AccessSpace::kShared, 4 * word, 4, 0, 0}, bytes_of(value)));
    };
  };
  // Of one position in their order; and one further on that comes before them here.
  forked.edits = {{forked.position + 1, set(9, 5)}, {forked.position, set(3, 1)}, {forked.position, set(3, 77)}};
  return forked;
}

TimelineOptions with(std::vector<Edit> edits, std::uint64_t interval) {
  TimelineOptions options;
  options.keyframe_interval = interval;
  options.edits = std::move(edits);
  return options;
}

TEST(Edits, HistoryForksAtTheirPosition) {
  Timeline plain = tests::traced(tests::kLoops, {1, 1, 1}, {32, 1, 1});
  plain.record(1'000'000);
  const auto [position, edits] = fork_at_the_barrier(plain);
  Timeline edited = tests::traced(tests::kLoops, {1, 1, 1}, {32, 1, 1}, with(edits, 64));
  edited.record(1'000'000);
  ASSERT_TRUE(edited.is_complete());
  for (std::uint64_t n = 0; n <= plain.size(); ++n) {
    plain.seek(n);
    edited.seek(n);
    if (n < position) {
      ASSERT_EQ(plain.state().hash(), edited.state().hash()) << n;
    } else {
      ASSERT_NE(plain.state().hash(), edited.state().hash()) << n;
    }
  }
  std::uint64_t out = 0;
  std::memcpy(&out, plain.launch().parameters.data(), 8);
  EXPECT_EQ(word_at(plain.state(), out + 12), 2U * 3 * 3) << "thread 3 added 3 up three times";
  EXPECT_EQ(word_at(edited.state(), out + 12), 2U * 77);
  EXPECT_EQ(word_at(edited.state(), out + 36), 2U * 9 * 9) << "it had been loaded by then";
  EXPECT_EQ(word_at(edited.state(), out + 40), word_at(plain.state(), out + 40)) << "others are as they were";
}

TEST(Edits, EveryPositionIsTheSameStateWhicheverWayItIsReached) {
  Timeline plain = tests::traced(tests::kLoops, {2, 1, 1}, {70, 1, 1});
  plain.record(1'000'000);
  const auto [position, edits] = fork_at_the_barrier(plain);
  std::vector<Edit> all = edits;
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{64}, std::uint64_t{65}, plain.size()}) {
    all.push_back({at, [at](vgpu::MachineState& state) {
                     const std::uint64_t buffer = state.memory.allocations().back().address;
                     ASSERT_TRUE(write_memory(state, {AccessSpace::kGlobal, buffer + 8, 4, 0, 0},
                                              bytes_of(static_cast<std::uint32_t>(at) + 1'000'000)));
                   }});
  }
  // Keyframes at the very positions of edits, elsewhere, and ones that are thinned out.
  for (const std::uint64_t interval : {std::uint64_t{1}, std::uint64_t{64}, std::uint64_t{61}, position}) {
    TimelineOptions options = with(all, interval);
    if (interval == 1) options.keyframe_bytes = 1U << 20;
    Timeline timeline = tests::traced(tests::kLoops, {2, 1, 1}, {70, 1, 1}, options);
    while (!timeline.has_ended()) timeline.record(33);
    std::vector<std::uint64_t> hashes;
    for (std::uint64_t n = 0; n <= timeline.size(); ++n) {
      timeline.seek(n);
      hashes.push_back(timeline.state().hash());
    }
    std::mt19937 random(5);
    for (int i = 0; i < 1000; ++i) {
      const std::uint64_t n = random() % hashes.size(), back = random() % (n + 1);
      timeline.seek(n);
      ASSERT_EQ(timeline.state().hash(), hashes[n]) << n << " with keyframes every " << interval;
      timeline.seek(n - back);
      ASSERT_EQ(timeline.state().hash(), hashes[n - back]) << n << " back " << back;
    }
  }
}

TEST(Edits, AtTheEndOfWhatIsRecordedComeBeforeTheNextStep) {
  std::uint64_t buffer = 0;
  const auto edit = [&](vgpu::MachineState& state) {
    buffer = state.memory.allocations().back().address;
    ASSERT_TRUE(write_memory(state, {AccessSpace::kGlobal, buffer, 4, 0, 0}, bytes_of(42)));
  };
  Timeline timeline = tests::traced(tests::kLoops, {1, 1, 1}, {32, 1, 1}, with({{100, edit}}, 4096));
  timeline.record(99);
  EXPECT_EQ(buffer, 0U);
  timeline.record(1);
  timeline.seek(100);
  EXPECT_EQ(word_at(timeline.state(), buffer), 42U);
  timeline.seek(99);
  EXPECT_EQ(word_at(timeline.state(), buffer), 0U);
}

TEST(Edits, WriteMemoryOfEverySpaceAndNothingBeyond) {
  auto machine = tests::machine_of(tests::kLoops, {2, 1, 1}, {40, 1, 1});
  machine.run(150);
  vgpu::MachineState state = machine.state();
  const Bytes three{1, 2, 3};
  ASSERT_TRUE(write_memory(state, {AccessSpace::kShared, 5, 3, 0, 0}, three));
  EXPECT_EQ(Bytes(state.blocks[0].shared.begin() + 4, state.blocks[0].shared.begin() + 9)[1], 1);
  EXPECT_EQ(state.blocks[0].shared[7], 3);
  ASSERT_TRUE(write_memory(state, {AccessSpace::kLocal, 3, 3, 0, 33}, three));
  const auto view = find_warp(machine.program(), machine.launch(), state, 1);
  ASSERT_TRUE(view);
  EXPECT_EQ(read_memory(*view, 1, ptx::Space::kLocal, 3, 3), three);
  EXPECT_NE(read_memory(*view, 2, ptx::Space::kLocal, 3, 3), three) << "of one thread only";

  const std::uint64_t before = state.hash();
  const auto error = [&](const MemoryPlace& place) {
    const auto done = write_memory(state, place, three);
    return done ? std::string("written") : done.error().message;
  };
  EXPECT_THAT(error({AccessSpace::kShared, 1022, 3, 0, 0}), HasSubstr("which has 1024"));
  EXPECT_THAT(error({AccessSpace::kShared, ~0ULL, 3, 0, 0}), HasSubstr("shared memory of block 0"));
  EXPECT_THAT(error({AccessSpace::kShared, 0, 3, 1, 0}), HasSubstr("block 1 does not run here"));
  EXPECT_THAT(error({AccessSpace::kLocal, 0, 3, 0, 40}), HasSubstr("no thread 40"));
  EXPECT_THAT(error({AccessSpace::kLocal, 1U << 20, 3, 0, 39}), HasSubstr("local memory of thread 39"));
  EXPECT_THAT(error({AccessSpace::kShared, 0, 4, 0, 0}), HasSubstr("the place has 4 bytes, 3 were given"));
  EXPECT_THAT(error({AccessSpace::kTexture, 0, 3, 0, 0}), HasSubstr("only global"));
  const std::uint64_t end = state.memory.allocations().back().end();
  EXPECT_NE(error({AccessSpace::kGlobal, end - 1, 3, 0, 0}), "written") << "not even the byte that exists";
  EXPECT_EQ(state.hash(), before);
}

// ---- Variables

const std::string kRegisters =
    ".version 7.0\n.target sm_70\n.address_size 64\n"
    ".visible .entry k(.param .u64 out) {\n.reg .b16 %h; .reg .b32 %r<3>; .reg .b64 %rd<3>; .reg .pred %p;\n"
    ".local .align 8 .b8 stack[16];\n.shared .align 4 .b8 tile[64];\n"
    "mov.u32 %r1, %tid.x;\ncvt.u16.u32 %h, %r1;\nmul.wide.u32 %rd1, %r1, 4;\nsetp.gt.u32 %p, %r1, 4;\n"
    "mov.u64 %rd2, stack;\nmov.u32 %r2, tile;\nbar.sync 0;\nret;\n}\n";

class Variables : public testing::Test {
 protected:
  Variables() : machine(tests::machine_of(kRegisters, {1, 1, 1}, {40, 1, 1})) {
    machine.run(6);
    state = machine.state();
    variable.name = "x";
    place.lo = 0;
    place.hi = 100;
    const auto& registers = machine.program().module->functions[0].registers;
    for (std::size_t i = 0; i < registers.size(); ++i) index[registers[i].name] = static_cast<int>(i);
  }
  std::string write(const Bytes& bytes, LaneMask lanes = 2, std::uint64_t offset = 0, WarpIndex warp = 0) {
    variable.places = {place};
    const auto done = write_variable(machine.program(), machine.launch(), state, warp, lanes, variable, offset, bytes);
    return done ? "" : done.error().message;
  }
  Bytes read(int lane, std::uint64_t bytes) {
    ptx::TypeInfo type;
    type.size_bytes = bytes;
    return read_variable(*find_warp(machine.program(), machine.launch(), state, 0), lane, variable, type);
  }
  vgpu::Machine machine;
  vgpu::MachineState state;
  ptx::VariableInfo variable;
  ptx::VariablePlace place;
  std::map<std::string, int> index;
};

TEST_F(Variables, InRegistersOfEveryWidth) {
  place.reg = index["%r1"];
  EXPECT_EQ(write({1, 2, 3, 4}, 0x8000'0002U), "");
  EXPECT_EQ(read(1, 4), (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(read(31, 4), (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(read(2, 4), (Bytes{2, 0, 0, 0})) << "not asked for";
  EXPECT_EQ(write({9}, 2, 2), "");
  EXPECT_EQ(read(1, 4), (Bytes{1, 2, 9, 4}));
  EXPECT_THAT(write({1, 2, 3, 4, 5}), HasSubstr("'x': the variable lives in a register of 4 bytes"));
  EXPECT_EQ(write({7, 0, 0, 0, 0, 0}), "") << "nothing is lost of it";
  place.reg = index["%h"];
  EXPECT_EQ(write({0xff, 0x80}), "");
  EXPECT_EQ(read(1, 2), (Bytes{0xff, 0x80}));
  place.reg = index["%p"];
  EXPECT_EQ(write({1}), "");
  EXPECT_EQ(read(1, 1), Bytes{1});
  EXPECT_EQ(read(2, 1), Bytes{0});
  EXPECT_EQ(write({0}, 1U << 20), "");
  EXPECT_EQ(read(20, 1), Bytes{0});
  EXPECT_EQ(read(21, 1), Bytes{1});
}

TEST_F(Variables, InPiecesOfRegisters) {
  place.pieces = {{index["%r1"], 4}, {index["%rd1"], 8}};
  EXPECT_EQ(write({1, 2, 3, 4, 5, 6}, 2, 2), "");
  EXPECT_EQ(read(1, 12), (Bytes{1, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0}));
  EXPECT_EQ(read(2, 12), (Bytes{2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_THAT(write({1}, 2, 12), HasSubstr("registers of 12 bytes together"));
}

TEST_F(Variables, InMemoryAndByAnAddressInARegister) {
  place.kind = ptx::VariablePlace::Kind::kMemory;
  place.symbol.kind = ptx::SymbolKind::kFunctionVariable;
  place.symbol.index = 0;
  place.offset = 4;
  EXPECT_EQ(write({1, 2}, 6, 1), "");
  EXPECT_EQ(read(1, 4), (Bytes{0, 1, 2, 0}));
  EXPECT_EQ(read(2, 4), (Bytes{0, 1, 2, 0}));
  EXPECT_EQ(read(3, 4), (Bytes{0, 0, 0, 0}));
  EXPECT_THAT(write({1, 2}, 6, 11), HasSubstr("local memory of thread 1"));
  place.symbol.index = 1;
  EXPECT_EQ(write({5}, 2), "");
  EXPECT_EQ(state.blocks[0].shared[4], 5);
  place.kind = ptx::VariablePlace::Kind::kBased;
  place.space = ptx::Space::kShared;
  place.reg = index["%rd1"];  // four times the lane
  place.offset = 1;
  EXPECT_EQ(write({8}, 0b1100), "");
  EXPECT_EQ(state.blocks[0].shared[9], 8);
  EXPECT_EQ(state.blocks[0].shared[13], 8);
  const std::uint64_t before = state.hash();
  EXPECT_THAT(write({8}, 0xffff'ffffU), HasSubstr("which has 64"));
  EXPECT_EQ(state.hash(), before) << "lanes that could have been written are not either";
}

TEST_F(Variables, RefusesWhatCannotBeChanged) {
  const std::uint64_t before = state.hash();
  place.reg = index["%r1"];
  place.hi = 2;
  EXPECT_THAT(write({1}), HasSubstr("no value at this instruction"));
  place.hi = 100;
  EXPECT_THAT(write({1}, 1U << 9, 0, 1), HasSubstr("are no threads"));
  EXPECT_THAT(write({1}, 1, 0, 5), HasSubstr("has not begun, or has ended"));
  place.reg = 1000;
  EXPECT_THAT(write({1}), HasSubstr("does not exist"));
  place.kind = ptx::VariablePlace::Kind::kConstant;
  EXPECT_THAT(write({1}), HasSubstr("worked its value out"));
  place.kind = ptx::VariablePlace::Kind::kParameter;
  place.symbol.kind = ptx::SymbolKind::kParameter;
  place.symbol.index = 0;
  EXPECT_THAT(write({1}), HasSubstr("constant of the launch"));
  EXPECT_EQ(state.hash(), before);
}

}  // namespace
}  // namespace warpscope::trace
