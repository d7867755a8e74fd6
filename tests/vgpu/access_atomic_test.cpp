// Atomics: order of the lanes, threads that share memory, spin hints; the word of an mbarrier.
#include <thread>

#include "compute/vgpu/access/mbarrier.h"
#include "compute/vgpu/address_space.h"
#include "tests/vgpu/lone_instruction.h"

namespace warpscope::tests {
namespace {

using vgpu::kSharedWindow;
using vgpu::access::MbarrierWord;

std::uint64_t read(LoneInstruction& lone, std::uint64_t address, int bytes) {
  std::uint64_t value = 0;
  EXPECT_TRUE(lone.memory.read(address, {reinterpret_cast<std::uint8_t*>(&value), static_cast<std::size_t>(bytes)})
                  .has_value());
  return value;
}

TEST(Atomics, LanesTakeTheirTurnsInOrder) {
  LoneInstruction lone(".reg .b64 %a; .reg .b32 %v, %d;", "atom.global.exch.b32 %d, [%a], %v;");
  const std::uint64_t buffer = lone.allocate(64);
  for (std::uint32_t l = 0; l < 32; ++l) {
    lone.row<std::uint64_t>("%a")[l] = buffer + 8;
    lone.row<std::uint32_t>("%v")[l] = 100 + l;
    lone.row<std::uint32_t>("%d")[l] = 7;
  }
  lone.run(0x8000'0ff0U);
  std::uint32_t before = 0;
  for (std::uint32_t l = 0; l < 32; ++l) {
    const bool on = (0x8000'0ff0U >> l & 1U) != 0;
    EXPECT_EQ(lone.row<std::uint32_t>("%d")[l], on ? before : 7U) << l;
    if (on) before = 100 + l;
  }
  EXPECT_EQ(read(lone, buffer + 8, 4), 131U);
}

TEST(Atomics, SumsOfFloatsAreMadeInTheOrderOfTheLanes) {
  LoneInstruction lone(".reg .b64 %a; .reg .f32 %v, %d;", "atom.global.add.f32 %d, [%a], %v;");
  const std::uint64_t buffer = lone.allocate(64);
  float sum = 0;
  for (int l = 0; l < 32; ++l) {
    lone.row<std::uint64_t>("%a")[l] = buffer;
    lone.row<float>("%v")[l] = 1.0F / static_cast<float>(l * l + 3);
    sum += 1.0F / static_cast<float>(l * l + 3);
  }
  lone.run();
  EXPECT_EQ(read(lone, buffer, 4), std::bit_cast<std::uint32_t>(sum));
}

TEST(Atomics, SpacesMayDifferFromLaneToLane) {
  LoneInstruction lone(".reg .b64 %a; .reg .b32 %d;", "atom.add.u32 %d, [%a], 3;");
  const std::uint64_t buffer = lone.allocate(64);
  for (std::uint64_t l = 0; l < 32; ++l)
    lone.row<std::uint64_t>("%a")[l] = l % 2 == 0 ? buffer + 4 : kSharedWindow + 12;
  lone.watch();
  lone.run();
  EXPECT_EQ(read(lone, buffer + 4, 4), 48U);
  std::uint32_t shared;
  std::memcpy(&shared, lone.shared.data() + 12, 4);
  EXPECT_EQ(shared, 48U);
  ASSERT_EQ(lone.log.count, 2);
  EXPECT_EQ(lone.log.accesses[0].kind, vgpu::AccessKind::kAtomic);
  EXPECT_EQ(lone.log.accesses[0].order, vgpu::MemoryOrder::kRelaxed);
  EXPECT_EQ(lone.log.accesses[0].mask | lone.log.accesses[1].mask, 0xffff'ffffU);
  EXPECT_EQ(lone.log.accesses[0].store_bits[2], 6U);
}

TEST(Atomics, OnesThatChangeNothingArePolls) {
  LoneInstruction lone(".reg .b64 %a; .reg .b32 %b, %c, %d;", "atom.global.cas.b32 %d, [%a], %b, %c;");
  const std::uint64_t buffer = lone.allocate(64);
  for (int l = 0; l < 32; ++l) {
    lone.row<std::uint64_t>("%a")[l] = buffer;
    lone.row<std::uint32_t>("%b")[l] = 1;
    lone.row<std::uint32_t>("%c")[l] = 2;
  }
  lone.run();
  lone.run();
  EXPECT_EQ(lone.exec.polls, 2U);
  for (int l = 0; l < 32; ++l) lone.row<std::uint32_t>("%b")[l] = 0;
  lone.run();
  EXPECT_EQ(lone.exec.polls, 0U);
}

// Runs an instruction on the same place in `kThreads` threads at once, kRounds times each.
constexpr int kThreads = 4;
constexpr int kRounds = 2000;

template <class Prepare>
void hammer(const std::string& registers, const std::string& text, std::uint64_t place, vgpu::GlobalMemory& memory,
            Prepare prepare) {
  std::vector<std::unique_ptr<LoneInstruction>> each;
  for (int i = 0; i < kThreads; ++i) {
    each.push_back(std::make_unique<LoneInstruction>(registers, text));
    LoneInstruction& lone = *each.back();
    ASSERT_EQ(lone.problem, "");
    lone.exec.memory = &memory;
    lone.exec.threads_share_memory = true;
    for (int l = 0; l < 32; ++l) lone.row<std::uint64_t>("%a")[l] = place;
    prepare(lone);
  }
  memory.unshare_all();
  std::vector<std::thread> threads;
  for (auto& lone : each) {
    threads.emplace_back([&lone] {
      for (int round = 0; round < kRounds; ++round) lone->run(round % 2 == 0 ? 0xffff'ffffU : 0x00ff'ff00U);
    });
  }
  for (std::thread& thread : threads) thread.join();
}
constexpr std::uint64_t kSteps = std::uint64_t{kThreads} * kRounds * 24;  // 32 and 16 lanes in turn

TEST(Atomics, ThreadsLoseNothing) {
  vgpu::GlobalMemory memory;
  const std::uint64_t buffer = memory.allocate(64, vgpu::AllocationKind::kBuffer).value();
  const auto value = [&](std::uint64_t offset, int bytes) {
    std::uint64_t bits = 0;
    EXPECT_TRUE(memory.read(buffer + offset, {reinterpret_cast<std::uint8_t*>(&bits), static_cast<std::size_t>(bytes)})
                    .has_value());
    return bits;
  };
  const auto nothing = [](LoneInstruction&) {};
  hammer(".reg .b64 %a; .reg .b32 %d;", "atom.global.add.u32 %d, [%a], 1;", buffer, memory, nothing);
  EXPECT_EQ(value(0, 4), kSteps);
  hammer(".reg .b64 %a, %d;", "atom.add.u64 %d, [%a], 4294967297;", buffer + 8, memory, nothing);
  EXPECT_EQ(value(8, 8), kSteps << 32 | kSteps);
  hammer(".reg .b64 %a;", "red.global.add.f32 [%a], 0f3f800000;", buffer + 16, memory, nothing);
  EXPECT_EQ(std::bit_cast<float>(static_cast<std::uint32_t>(value(16, 4))), static_cast<float>(kSteps));
  hammer(".reg .b64 %a;", "red.global.add.f64 [%a], 0d3ff0000000000000;", buffer + 24, memory, nothing);
  EXPECT_EQ(std::bit_cast<double>(value(24, 8)), static_cast<double>(kSteps));
  hammer(".reg .b64 %a; .reg .b32 %d;", "atom.global.inc.u32 %d, [%a], 6;", buffer + 32, memory, nothing);
  EXPECT_EQ(value(32, 4), kSteps % 7);
}

// ---- mbarriers

TEST(Mbarrier, APhaseEndsWithItsLastArrival) {
  MbarrierWord word{3, 3, 0, false};
  word.arrive(1);
  word = MbarrierWord::from(word.bits());
  word.arrive(1);
  EXPECT_FALSE(word.odd);
  EXPECT_EQ(word.pending, 1U);
  word = MbarrierWord::from(word.bits());
  word.arrive(1);
  EXPECT_TRUE(word.odd);
  EXPECT_EQ(word.pending, 3U);
  word.arrive(3);
  EXPECT_FALSE(word.odd);
}

TEST(Mbarrier, BytesThatAreOwedKeepAPhaseOpen) {
  MbarrierWord word{1, 1, 0, false};
  word.expect_bytes(1024);
  word = MbarrierWord::from(word.bits());
  word.arrive(1);
  EXPECT_FALSE(word.odd);
  word.complete_bytes(1000);
  EXPECT_FALSE(word.odd);
  word.complete_bytes(24);
  EXPECT_TRUE(word.odd);
  EXPECT_EQ(word.owed_bytes, 0);
}

TEST(Mbarrier, BytesMayComeBeforeTheyAreExpected) {
  MbarrierWord word{2, 2, 0, false};
  word.complete_bytes(16);
  word = MbarrierWord::from(word.bits());
  EXPECT_EQ(word.owed_bytes, -16);
  word.expect_bytes(16);
  word.arrive(2);
  EXPECT_TRUE(word.odd);
}

TEST(Mbarrier, WhoDropsOutIsNotWaitedForAgain) {
  MbarrierWord word{2, 2, 0, false};
  word.arrive_and_drop(1);
  word.arrive(1);
  EXPECT_TRUE(word.odd);
  EXPECT_EQ(word.pending, 1U);
  word.arrive(1);
  EXPECT_FALSE(word.odd);
}

TEST(Mbarrier, TheWordHoldsTheLargestCounts) {
  const MbarrierWord word{0xf'ffff, 0xf'fffe, -0xf'ffff, true};
  const MbarrierWord again = MbarrierWord::from(word.bits());
  EXPECT_EQ(again.expected, word.expected);
  EXPECT_EQ(again.pending, word.pending);
  EXPECT_EQ(again.owed_bytes, word.owed_bytes);
  EXPECT_TRUE(again.odd);
}

TEST(Mbarrier, AFailedWaitIsAPoll) {
  LoneInstruction lone(".reg .b32 %a; .reg .pred %p;", "mbarrier.try_wait.parity.shared.b64 %p, [%a], 0;");
  ASSERT_EQ(lone.problem, "");
  lone.run();
  EXPECT_EQ(lone.exec.polls, 1U);
  LoneInstruction far(".reg .b64 %a; .reg .pred %p;", "mbarrier.try_wait.parity.b64 %p, [%a], 0;");
  const std::uint64_t buffer = far.allocate(64);
  for (int l = 0; l < 32; ++l) far.row<std::uint64_t>("%a")[l] = buffer;
  far.run();
  EXPECT_TRUE(far.exec.trouble.raised);
  EXPECT_EQ(far.exec.trouble.kind, static_cast<std::uint8_t>(vgpu::FaultKind::kBadOperand));
}

}  // namespace
}  // namespace warpscope::tests
